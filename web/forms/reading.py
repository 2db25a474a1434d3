"""Reads what was entered, one field after another, and names every problem in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from market.actions.drafts import MAX_FEN, Known
from market.errors import Problem
from market.models import CooperationMode

MAX_QUESTION = 200
MAX_CHOICES = 60
MAX_PAGE = 10_000
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]")
"""Control characters, lone surrogates, and private signs such as the bullets of word processors."""
_MONEY = re.compile(r"(\d{1,13}(?:\.\d{1,4})?)(亿|万|千)?元?")
_UNITS = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}


class Codes(Protocol):
    """Knows the codes of fields and divisions; asked only where an address names one."""

    @property
    def known(self) -> Known: ...


class Given(Protocol):
    """Query parameters or form fields; a name can come several times."""

    def getlist(self, key: str) -> Sequence[Any]: ...


class Paged:
    """A list that is read page by page."""

    page: int

    def page_beyond(self, pages: int) -> bool:
        """Whether a page was asked for that lies beyond the last."""
        return self.page > pages


@dataclass
class Reading:
    """Reads one field after another, collects what was wrong, and notes what was left out."""

    given: Given
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def raw(self, name: str) -> str:
        """The last value under a name as it was entered, without what cannot be seen."""
        values = [value for value in self.given.getlist(name) if isinstance(value, str)]
        return clean(values[-1]).strip() if values else ""

    def many(self, name: str) -> tuple[str, ...]:
        """Every value under a name, each once."""
        values = [clean(v).strip() for v in self.given.getlist(name) if isinstance(v, str)]
        return tuple(dict.fromkeys(v[:40] for v in values if v))[:MAX_CHOICES]

    def choice(self, name: str, known: Iterable[str], otherwise: str, word: str) -> str:
        """One of the known values; another one is left out and noted under its word."""
        value = self.raw(name)
        if value in set(known):
            return value
        if value:
            self.ignored(word, value)
        return otherwise

    def codes(self, name: str, known: Callable[[], Collection[str]], word: str) -> tuple[str, ...]:
        """Those values under a name that are known; the others are left out and noted."""
        given = self.many(name)
        there = known() if given else ()
        for code in given:
            if code not in there:
                self.ignored(word, code)
        return tuple(code for code in given if code in there)

    def fields(self, known: Codes) -> tuple[str, ...]:
        """Codes of technology fields."""
        return self.codes("field", lambda: known.known.fields, "领域")

    def divisions(self, known: Codes) -> tuple[str, ...]:
        """Codes of divisions."""
        return self.codes("division", lambda: known.known.divisions, "地区")

    def question(self, name: str = "q") -> str:
        """Words to look for, which have a length that a person would type."""
        text = self.raw(name)
        if len(text) > MAX_QUESTION:
            self.wrong(
                name, f"检索词最多 {MAX_QUESTION} 字，现有 {len(text)} 字；长文请用“匹配”页。"
            )
        return text[:MAX_QUESTION]

    def level(self, name: str) -> int | None:
        """A readiness level."""
        value = self.raw(name)
        if not value:
            return None
        if value not in "123456789" or len(value) != 1:
            self.wrong(name, f"成熟度应为 1 到 9 的整数，现为“{value[:20]}”。")
            return None
        return int(value)

    def money(self, name: str) -> int | None:
        """An amount of yuan, or of 万 or 亿, in fen."""
        value = unicodedata.normalize("NFKC", self.raw(name)).replace(",", "").replace(" ", "")
        if not value:
            return None
        found = _MONEY.fullmatch(value)
        if found is None:
            self.wrong(name, f"金额请写成“500000”或“50万”，现为“{value[:20]}”。")
            return None
        amount = int(Decimal(found[1]) * _UNITS[found[2] or ""] * 100)
        if amount > MAX_FEN:
            self.wrong(name, "金额过大，最多 1 万亿元，请核对单位是元、万还是亿。")
            return None
        return amount

    def page(self) -> int:
        """The number of a page; whatever is no number means the first, too high a one the last."""
        value = self.raw("page") or "1"
        number = int(value.lstrip("0")[:9] or 0) if value.isdecimal() else 0
        if not number:
            self.wrong("page", f"页码应为正整数，现为“{value[:20]}”。")
        return max(1, min(number, MAX_PAGE))

    def modes(self) -> tuple[CooperationMode, ...]:
        """The ways of working together that were ticked."""
        known = [mode.value for mode in CooperationMode]
        return tuple(map(CooperationMode, self.codes("mode", lambda: known, "合作方式")))

    def ordered(self, low: str, high: str, values: tuple[int | None, int | None]) -> None:
        """Complain where a lower end lies above its upper end."""
        if None not in values and values[0] > values[1]:  # type: ignore[operator]
            self.wrong(low, "下限大于上限，请对调或清空其中一个。")

    def ignored(self, word: str, value: str) -> None:
        self.notes.append(f"地址中的{word} {value[:20]} 不存在，已忽略。")

    def wrong(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))

    def kept(self, *names: str) -> dict[str, object]:
        """What was entered under these names, for the page and its addresses to keep."""
        return {name: self.raw(name)[:MAX_QUESTION] for name in names}


def clean(text: str) -> str:
    """The text without characters that nobody can see; line ends are those of Unix."""
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
