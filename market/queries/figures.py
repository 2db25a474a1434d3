"""What published listings of this installation that say something have over those that do not: the
mean score of their best match. Counted is what everybody may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, or_, select
from sqlmodel import Session, col

from market.models.enums import Kind, ListingState
from market.models.listings import Listing
from market.models.suggestions import Suggestion
from market.models.tables import TABLES
from market.parts import READ_BY_THE_MATCHER
from market.queries.visibility import is_public

LEAST = 5
"""Of fewer listings on either side no mean is told."""
LONG = 150
"""So many characters are called a full text."""
INDICATORS, CASES, TEXT = "indicators", "cases", "text"


@dataclass(frozen=True, slots=True)
class Figure:
    """Mean best scores, and how many listings they are of."""

    given: float
    left_out: float
    n_given: int
    n_left_out: int


def best_scores(session: Session, kind: Kind) -> Mapping[str, Figure]:
    """Figures by what is said or left out; one query. What would stand on too few listings is not
    in it."""
    table = TABLES[kind].listing
    features = _features(table, kind)
    flags = [case((condition, 1), else_=0).label(name) for name, condition in features.items()]
    ours = Suggestion.need_id if kind is Kind.NEED else Suggestion.achievement_id
    query = (
        select(*flags, func.count(), func.sum(col(Suggestion.score)))
        .join(table, col(table.id) == col(ours))
        .where(col(Suggestion.side) == kind, col(Suggestion.rank) == 1)
        .where(col(Suggestion.score).is_not(None), col(table.state) == ListingState.PUBLISHED)
        .group_by(*flags)
    )
    rows = [tuple(row) for row in session.execute(query)]
    return {
        name: figure
        for place, name in enumerate(features)
        if (figure := _figure([(row[place], row[-2], row[-1]) for row in rows])) is not None
    }


def _features(table: type[Listing], kind: Kind) -> dict[str, ColumnElement[bool]]:
    found = {
        INDICATORS: and_(
            is_public(table, "indicators"), func.length(cast(col(table.indicators), Text)) > 2
        ),
        TEXT: _length(table, kind) >= LONG,
    }
    if kind is Kind.ACHIEVEMENT:
        cases = getattr(table, "cases")  # noqa: B009 (an achievement's column)
        found[CASES] = and_(is_public(table, "cases"), or_(cases != ""))
    return found


def _length(table: type[Listing], kind: Kind) -> ColumnElement[int]:
    """How many characters everybody may read, indicators aside."""
    names = [name for name in READ_BY_THE_MATCHER[kind] if name != "indicators"]
    lengths = [
        case((is_public(table, name), func.length(getattr(table, name))), else_=0) for name in names
    ]
    total: ColumnElement[int] = lengths[0]
    for more in lengths[1:]:
        total = total + more
    return total


def _figure(rows: list[tuple[int, int, float]]) -> Figure | None:
    counts, sums = {0: 0, 1: 0}, {0: 0.0, 1: 0.0}
    for flag, count, total in rows:
        counts[flag] += count
        sums[flag] += total or 0.0
    if min(counts.values()) < LEAST:
        return None
    return Figure(sums[1] / counts[1], sums[0] / counts[0], counts[1], counts[0])
