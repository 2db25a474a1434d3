"""Reads what was entered, one field after another, and names every problem in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from market.errors import Problem
from market.models import CooperationMode

MAX_QUESTION = 200
MAX_CHOICES = 60
MAX_PAGE = 10_000
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]")
"""Control characters, lone surrogates, and private signs such as the bullets of word processors."""
_MONEY = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)(亿|万|千)?元?")
_UNITS = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}


class Given(Protocol):
    """Query parameters or form fields; a name can come several times."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass
class Reading:
    """Reads one field after another and collects what was wrong."""

    given: Given
    problems: list[Problem] = field(default_factory=list)

    def raw(self, name: str) -> str:
        """The last value under a name as it was entered, without what cannot be seen."""
        values = [value for value in self.given.getlist(name) if isinstance(value, str)]
        return clean(values[-1]).strip() if values else ""

    def many(self, name: str) -> tuple[str, ...]:
        """Every value under a name, each once."""
        values = [clean(v).strip() for v in self.given.getlist(name) if isinstance(v, str)]
        return tuple(dict.fromkeys(v[:40] for v in values if v))[:MAX_CHOICES]

    def choice(self, name: str, known: Iterable[str], otherwise: str) -> str:
        """One of the known values."""
        value = self.raw(name)
        return value if value in set(known) else otherwise

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
        return int(Decimal(found[1]) * _UNITS[found[2] or ""] * 100)

    def page(self) -> int:
        """The number of a page; whatever is no number means the first."""
        value = self.raw("page") or "1"
        if not value.isdecimal() or not 0 < int(value[:9]) <= MAX_PAGE:
            self.wrong("page", f"页码应为正整数，现为“{value[:20]}”。")
            return 1
        return int(value)

    def modes(self) -> tuple[CooperationMode, ...]:
        """The ways of working together that were ticked."""
        return tuple(mode for mode in CooperationMode if mode.value in self.many("mode"))

    def ordered(self, low: str, high: str, values: tuple[int | None, int | None]) -> None:
        """Complain where a lower end lies above its upper end."""
        if None not in values and values[0] > values[1]:  # type: ignore[operator]
            self.wrong(low, "下限大于上限，请对调或清空其中一个。")

    def wrong(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))

    def kept(self, many: Iterable[str], single: Iterable[str]) -> dict[str, object]:
        """What was entered under these names, for the page and its addresses to keep."""
        lists: dict[str, object] = {name: self.many(name) for name in many}
        return lists | {name: self.raw(name)[:MAX_QUESTION] for name in single}


def clean(text: str) -> str:
    """The text without characters that nobody can see; line ends are those of Unix."""
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
