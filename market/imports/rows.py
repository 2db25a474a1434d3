"""A row → a draft of a listing and the owner that it names, or everything wrong with the row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from market.actions.drafts import MAX_KEYWORDS, Known, ListingDraft, problems_of
from market.actions.particulars_problems import kind_of_number
from market.errors import Invalid, Problem
from market.identifiers import checked_credit_code, checked_patent_number
from market.imports import values
from market.imports.headings import WORDS
from market.imports.tables import Row
from market.models.enums import Kind
from market.models.particulars import Right
from market.texts import language_of

NOTHING = ListingDraft("", 0)


@dataclass(frozen=True, slots=True)
class Owner:
    """An organisation as a row names it; nothing is known about it where both are empty."""

    name: str = ""
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What rows are read against. `fields` and `divisions` map codes and names to codes."""

    kind: Kind
    source: str
    known: Known
    fields: dict[str, str]
    divisions: dict[str, str]
    default_fields: tuple[str, ...]
    now: datetime


@dataclass(slots=True)
class ReadRow:
    """A row that was read. Its draft counts only if there are no problems."""

    number: int
    problems: list[Problem] = field(default_factory=list)
    draft: ListingDraft = NOTHING
    owner: Owner = Owner()

    def take(self, name: str, row: Row, read: Callable[[Any], Any], otherwise: Any) -> Any:
        """The value of a column, or `otherwise` where the cell is empty or wrong."""
        value = row.values.get(name)
        if value is None or value == "" or value == []:
            return otherwise
        try:
            return read(value)
        except Invalid as error:
            self.problems += [Problem(name, p.reason, self.number) for p in error.problems]
        except (ValueError, OverflowError) as error:
            self.problems.append(Problem(name, f"{WORDS[name]}：{error}", self.number))
        return otherwise


def read_row(row: Row, reading: Reading) -> ReadRow:
    """Everything that a row says, with everything that is wrong with it."""
    found = ReadRow(row.number)
    found.draft = _draft(found, row, reading)
    found.owner = Owner(
        found.take("owner", row, values.text, ""),
        found.take("credit_code", row, lambda v: checked_credit_code(values.text(v)), None),
    )
    kind = found.take("kind", row, lambda v: values.member(v, Kind, "类别"), reading.kind)
    if kind is not reading.kind:
        reason = f"这一行是{kind.text}，这次导入的是{reading.kind.text}。"
        found.problems.append(Problem("kind", reason, row.number))
    told = {problem.field for problem in found.problems}
    found.problems += [
        Problem(p.field, p.reason, row.number)
        for p in problems_of(found.draft, reading.known, reading.now)
        if p.field not in told
    ]
    return found


def _draft(found: ReadRow, row: Row, reading: Reading) -> ListingDraft:
    title, summary, body = (
        found.take(name, row, values.text, "") for name in ("title", "summary", "body")
    )
    low, high = _amounts(found, row)
    division = found.take("division", row, _code(reading.divisions, "行政区划"), None)
    return ListingDraft(
        title=" ".join(title.split()),
        owner_id=0,
        summary=summary,
        body=body,
        keywords=found.take("keywords", row, values.words, ())[: MAX_KEYWORDS + 1],
        field_codes=found.take("fields", row, _codes(reading.fields), reading.default_fields),
        division_code=division,
        readiness=found.take("readiness", row, values.readiness, None),
        modes=found.take("modes", row, values.modes, ()),
        amount_min=low,
        amount_max=high,
        language=found.take(
            "language", row, values.language, language_of(f"{title}{summary}{body}"[:2000])
        ),
        source=reading.source,
        source_id=found.take("source_id", row, values.text, "") or _fingerprint(title, body),
        published_at=found.take("published_at", row, values.day, None),
        rights=found.take("rights", row, _patents, ()),
    )


def _amounts(found: ReadRow, row: Row) -> tuple[int | None, int | None]:
    def unit(name: str) -> int:
        return row.units.get(name, 1)

    low, high = found.take("amount", row, lambda v: values.amounts(v, unit("amount")), (None, None))
    low = found.take("amount_min", row, lambda v: values.amount(v, unit("amount_min")), low)
    high = found.take("amount_max", row, lambda v: values.amount(v, unit("amount_max")), high)
    return low, high


def _codes(known: dict[str, str]) -> Callable[[Any], tuple[str, ...]]:
    return lambda value: values.looked_up(value, known, "技术领域")


def _code(known: dict[str, str], what: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        codes = values.looked_up(value, known, what)
        if len(codes) != 1:
            raise ValueError(f"只能填一个{what}。")
        return codes[0]

    return read


def _patents(value: Any) -> tuple[Right, ...]:
    numbers = dict.fromkeys(checked_patent_number(number) for number in values.words(value))
    return tuple(Right(kind_of_number(number), number) for number in numbers)


def _fingerprint(title: str, body: str) -> str:
    """Stands in for the number of a row that has none: the same words are the same listing."""
    return "sha256:" + hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()[:24]
