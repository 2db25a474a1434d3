"""A row → a draft of a listing and the owner that it names, or everything wrong with the row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from market import cells
from market.actions.drafts import MAX_KEYWORDS, Known, ListingDraft, problems_of
from market.errors import Invalid, Problem
from market.identifiers import checked_credit_code
from market.imports import values
from market.imports.headings import WORDS
from market.imports.tables import Row
from market.models.enums import CooperationMode, Kind
from market.parts import PARTS, Part, Shape
from market.texts import language_of

NOTHING = ListingDraft("", 0)
SAYING_NOTHING = frozenset({
    "无", "暂无", "没有", "不详", "未知", "/", "\\", "-", "--", "—", "——", "n/a", "na", "none",
})  # fmt: skip
"""What people write into a cell that they have to fill and have nothing for."""
TEXTS = frozenset(
    part.name for kind in Kind for part in PARTS[kind] if part.shape in (Shape.LINE, Shape.TEXT)
) | {"keywords", "owner", "kind"}
"""Where a word stands for itself."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An organisation as a row names it; nothing is known about it where both are empty."""

    name: str = ""
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What rows are read against. `fields` and `divisions` map codes and names to codes;
    `takes_prints`: the words of a row without a number stand in for it."""

    kind: Kind
    source: str
    known: Known
    fields: dict[str, str]
    divisions: dict[str, str]
    default_fields: tuple[str, ...]
    now: datetime
    takes_prints: bool = True


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
        if value is None or value == "" or value == [] or _says_nothing(name, value):
            return otherwise
        try:
            return read(value)
        except Invalid as error:
            self.problems += [Problem(name, p.reason, self.number) for p in error.problems]
        except (ValueError, OverflowError) as error:
            self.problems.append(Problem(name, f"{WORDS[name]}：{error}", self.number))
        return otherwise


def _says_nothing(name: str, value: Any) -> bool:
    is_word = isinstance(value, str) and name not in TEXTS
    return is_word and cells.plain(value) in SAYING_NOTHING


def read_row(row: Row, reading: Reading) -> ReadRow:
    """Everything that a row says, with everything that is wrong with it."""
    found = ReadRow(row.number)
    found.draft = _draft(found, row, reading)
    found.owner = Owner(
        found.take("owner", row, values.text, ""),
        found.take("credit_code", row, lambda v: checked_credit_code(values.text(v)), None),
    )
    kind = found.take("kind", row, lambda v: cells.choice(v, Kind, "类别"), reading.kind)
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
    said = {
        part.columns[0]: _part(found, row, reading, part)
        for part in PARTS[reading.kind]
        if part.shape is not Shape.AMOUNT
    }
    low, high = _amounts(found, row)
    said |= {"title": " ".join(said["title"].split())}
    said["keywords"] = said["keywords"][: MAX_KEYWORDS + 1]
    said["field_codes"] = said["field_codes"] or reading.default_fields
    spoken = "".join(str(said.get(name, "")) for name in ("title", "summary", "body"))
    return ListingDraft(
        **said,
        owner_id=0,
        amount_min=low,
        amount_max=high,
        language=found.take("language", row, values.language, language_of(spoken[:2000])),
        source=reading.source,
        source_id=_source_id(found, row, reading, said),
        published_at=found.take("published_at", row, values.day, None),
        tiers=found.take("tiers", row, lambda cell: cells.tiers(reading.kind, cell), {}),
    )


def _part(found: ReadRow, row: Row, reading: Reading, part: Part) -> Any:
    return found.take(part.name, row, partial(_read, reading, part), NOTHING_SAID.get(part.shape))


def _read(reading: Reading, part: Part, cell: Any) -> Any:
    """A cell as the part's value. Raises ValueError."""
    match part.shape:
        case Shape.FIELDS:
            return cells.codes(cell, reading.fields, "技术领域")
        case Shape.DIVISION:
            return _one(cells.codes(cell, reading.divisions, "行政区划"), "行政区划")
        case Shape.MODES:
            return cells.choices(cell, CooperationMode, part.text)
        case Shape.CHOICE if part.choices:
            return cells.choice(cell, part.choices, part.text)
        case Shape.CHOICES if part.choices:
            return cells.choices(cell, part.choices, part.text)
    return READERS[part.shape](cell)


READERS: Mapping[Shape, Callable[[Any], Any]] = {
    Shape.LINE: values.text, Shape.TEXT: values.text, Shape.WORDS: cells.words,
    Shape.LEVEL: values.readiness, Shape.DAY: values.day_by, Shape.INDICATORS: cells.indicators,
    Shape.RIGHTS: cells.rights, Shape.HOLDERS: cells.holders,
}  # fmt: skip
MANY = (
    Shape.WORDS, Shape.FIELDS, Shape.MODES, Shape.CHOICES, Shape.INDICATORS, Shape.RIGHTS,
    Shape.HOLDERS,
)  # fmt: skip
NOTHING_SAID: Mapping[Shape, Any] = {Shape.LINE: "", Shape.TEXT: ""} | dict.fromkeys(MANY, ())
"""What a part is where its cell is empty; None for the others."""


def _amounts(found: ReadRow, row: Row) -> tuple[int | None, int | None]:
    def unit(name: str) -> int:
        return row.units.get(name, 1)

    low, high = found.take("amount", row, lambda v: values.amounts(v, unit("amount")), (None, None))
    low = found.take("amount_min", row, lambda v: values.amount(v, unit("amount_min")), low)
    high = found.take(
        "amount_max", row, lambda v: values.amount(v, unit("amount_max"), "以内下"), high
    )
    return low, high


def _one(codes: tuple[str, ...], what: str) -> str:
    if len(codes) != 1:
        raise ValueError(f"只能填一个{what}。")
    return codes[0]


def _source_id(found: ReadRow, row: Row, reading: Reading, said: Mapping[str, Any]) -> str:
    given: str = found.take("source_id", row, values.text, "")
    return given or (_fingerprint(said["title"], said["body"]) if reading.takes_prints else "")


def _fingerprint(title: str, body: str) -> str:
    """Stands in for the number of a row that has none: the same words are the same listing."""
    return "sha256:" + hashlib.sha256(f"{title}\0{body}".encode()).hexdigest()[:24]
