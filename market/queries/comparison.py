"""Up to four achievements beside one need, or beside each other: facts, indicators under the need's
targets, and the reasons that were stored. Everything is what this viewer may read; what they may
not is named as such, and nothing is ordered by it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from market.matchmaking import normal_form
from market.measures import Fit, judged
from market.models.enums import Kind
from market.models.particulars import Indicator
from market.queries.rows import FullRow, ListingRow, rows_for
from market.queries.suggestions import SuggestionRow, suggestions_for
from market.roles import Viewer

MOST = 4
ALIKE = 0.6
"""From which share of common pairs of letters two names of indicators mean the same."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one achievement says of an indicator; `fit` is None where nothing was wanted of it."""

    row: Indicator | None = None
    fit: Fit | None = None
    is_renamed: bool = False
    """It stands there under another name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator across all columns; `wanted` is the need's row, if it has one."""

    name: str
    wanted: Indicator | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One achievement; `match` is its stored suggestion on the need's page."""

    listing: ListingRow
    match: SuggestionRow | None
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole table. `missing` counts those asked for that are not there for this viewer,
    `beyond` those that were too many."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...] = ()
    missing: int = 0
    beyond: int = 0

    @property
    def ids(self) -> tuple[int, ...]:
        """The achievements, in order."""
        return tuple(column.listing.id for column in self.columns)


def comparison(
    session: Session, ids: Sequence[int], viewer: Viewer, *, need: ListingRow | None = None
) -> Comparison:
    """The achievements of these ids, in this order, beside a need that the viewer was shown."""
    wanted = list(dict.fromkeys(ids))
    asked = [id for id in wanted if 0 < id < 2**31][:MOST]
    found = rows_for(session, Kind.ACHIEVEMENT, asked, viewer)
    rows = [found[id] for id in asked if id in found]
    stored = _stored(session, need, viewer) if need and rows else {}
    columns = tuple(Column(row.row, stored.get(row.row.id), row.text) for row in rows)
    targets = need.parts["indicators"] if need else []
    lines = lines_of(targets, [_indicators(row) for row in rows])
    unknown = len(wanted[:MOST]) - len(rows)
    return Comparison(columns, lines, unknown, max(0, len(wanted) - MOST))


def lines_of(
    targets: Sequence[Indicator], columns: Sequence[Sequence[Indicator]]
) -> tuple[Line, ...]:
    """Every indicator once: the need's in its order, then what only achievements say."""
    left = [_Left(list(rows)) for rows in columns]
    lines = [
        Line(target.name, target, tuple(_cell(target, rest.take(target.name)) for rest in left))
        for target in targets
    ]
    while name := next((row.name for rest in left for row in rest.rows), ""):
        cells = tuple(Cell(row, None, _is_renamed(name, row)) for row in _taken(left, name))
        lines.append(Line(name, None, cells))
    return tuple(lines)


@dataclass
class _Left:
    """The rows of one achievement that no line has taken yet."""

    rows: list[Indicator] = field(default_factory=list)

    def take(self, name: str) -> Indicator | None:
        """The row that is most likely about this, if one is."""
        ranked = [(likeness(name, row.name), -place) for place, row in enumerate(self.rows)]
        best, place = max(ranked, default=(0.0, 0))
        return self.rows.pop(-place) if best >= ALIKE else None


def likeness(one: str, other: str) -> float:
    """How likely two names mean the same indicator, 0 to 1: 1 for the same letters, 0.9 where one
    is the other with something before or after it, else the share of common pairs of letters."""
    first, second = _letters(one), _letters(other)
    if one == other:
        return 1.0
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    if min(len(first), len(second)) > 1 and (first in second or second in first):
        return 0.9
    pairs, others = _pairs(first), _pairs(second)
    return 2 * len(pairs & others) / (len(pairs) + len(others)) if pairs and others else 0.0


def _taken(left: Sequence[_Left], name: str) -> list[Indicator | None]:
    return [rest.take(name) for rest in left]


def _cell(target: Indicator, row: Indicator | None) -> Cell:
    if row is None:
        return Cell()
    return Cell(row, judged(target, row), _is_renamed(target.name, row))


def _is_renamed(name: str, row: Indicator | None) -> bool:
    return row is not None and _letters(row.name) != _letters(name)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", normal_form(name))


def _pairs(letters: str) -> set[str]:
    return {letters[at : at + 2] for at in range(len(letters) - 1)}


def _indicators(row: FullRow) -> list[Indicator]:
    held: list[Indicator] = row.row.parts["indicators"]
    return held


def _stored(session: Session, need: ListingRow, viewer: Viewer) -> Mapping[int, SuggestionRow]:
    found = suggestions_for(session, Kind.NEED, need.id, viewer)
    return {row.listing.id: row for row in found}
