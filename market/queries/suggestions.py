"""The stored matches on a listing's page, best first, with the reasons that were stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from market.matchmaking import Label, Reasons
from market.models.enums import Kind, ListingState
from market.models.suggestions import Suggestion
from market.models.tables import TABLES
from market.queries.rows import FullRow, ListingRow, rows_for
from market.queries.visibility import seen
from market.roles import Viewer


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """One stored match. Its reasons point into `title`, `text` and `keywords`, and into the same
    parts of the listing whose page this is."""

    listing: ListingRow
    rank: int
    score: float | None
    label: Label | None
    reasons: Reasons
    model: str
    made_at: datetime
    title: str
    text: str
    keywords: tuple[str, ...]


def suggestions_for(
    session: Session, kind: Kind, listing_id: int, viewer: Viewer, limit: int = 20
) -> list[SuggestionRow]:
    """What suits the listing: achievements for a need, needs for an achievement.

    A pair has one score, whichever page it is read on: the one made for the need, where there is
    one, because that is what judges were asked.
    """
    table, other = TABLES[kind].listing, TABLES[kind.other].listing
    ours, theirs = sides(kind)
    judged = aliased(Suggestion)
    score = func.coalesce(col(judged.score), col(Suggestion.score))
    label = func.coalesce(col(judged.label), col(Suggestion.label))
    query = (
        select(Suggestion, score, label, col(table.version) + col(table.files_version))
        .outerjoin(judged, made_for_the_need(judged))
        .join(table, col(table.id) == col(getattr(Suggestion, ours)))
        .join(other, col(other.id) == col(getattr(Suggestion, theirs)))
        .where(col(Suggestion.side) == kind, col(table.id) == listing_id)
        .where(seen(table, viewer), seen(other, viewer))
        .where(col(other.state) == ListingState.PUBLISHED)
        .order_by(score.desc(), col(Suggestion.rank))
        .limit(limit)
    )
    found = session.execute(query).all()
    rows = rows_for(session, kind.other, [getattr(s, theirs) for s, *_ in found], viewer)
    return [
        _row(stored, (rank, *judgement), rows[getattr(stored, theirs)], kind, version)
        for rank, (stored, *judgement, version) in enumerate(found, 1)
    ]


def made_for_the_need(judged: type[Suggestion]) -> ColumnElement[bool]:
    """Whether another row is about the same pair and stands on the need's page."""
    return and_(
        col(judged.side) == Kind.NEED,
        col(judged.need_id) == col(Suggestion.need_id),
        col(judged.achievement_id) == col(Suggestion.achievement_id),
    )


@dataclass(frozen=True, slots=True)
class ShownPair:
    """How a pair is shown on one of its two pages; `rank` counts from 1."""

    rank: int
    score: float | None
    label: str | None
    model: str


def shown_pair(
    session: Session, side: Kind, need_id: int, achievement_id: int, viewer: Viewer
) -> ShownPair | None:
    """The same pair on the page of `side`, None where it is not suggested there."""
    own = need_id if side is Kind.NEED else achievement_id
    ranked = _ranked(side, col(getattr(Suggestion, sides(side)[0])) == own, viewer)
    pair = (ranked.c.need_id == need_id, ranked.c.achievement_id == achievement_id)
    query = select(ranked.c.place, ranked.c.score, ranked.c.label, ranked.c.model).where(*pair)
    found = session.execute(query).first()
    return ShownPair(*found) if found else None


def standings(session: Session, kind: Kind, listing_id: int, viewer: Viewer) -> dict[int, int]:
    """Where a listing stands in the lists of those that its own page suggests, by their ids; one
    that does not suggest it in turn is left out."""
    ours, theirs = sides(kind)
    mine = select(col(getattr(Suggestion, theirs))).where(
        col(Suggestion.side) == kind, col(getattr(Suggestion, ours)) == listing_id
    )
    ranked = _ranked(kind.other, col(getattr(Suggestion, theirs)).in_(mine), viewer)
    query = select(ranked.c[theirs], ranked.c.place).where(ranked.c[ours] == listing_id)
    return {id: int(place) for id, place in session.execute(query)}


def _ranked(side: Kind, wanted: ColumnElement[bool], viewer: Viewer) -> Subquery:
    """Suggestions of one side with the places that its pages give them, see `suggestions_for`."""
    own, theirs = (col(getattr(Suggestion, name)) for name in sides(side))
    other, judged = TABLES[side.other].listing, aliased(Suggestion)
    score = func.coalesce(col(judged.score), col(Suggestion.score))
    label = func.coalesce(col(judged.label), col(Suggestion.label))
    order = (score.desc(), col(Suggestion.rank))
    return (
        select(
            col(Suggestion.need_id),
            col(Suggestion.achievement_id),
            func.row_number().over(partition_by=own, order_by=order).label("place"),
            score.label("score"),
            label.label("label"),
            col(Suggestion.model),
        )
        .outerjoin(judged, made_for_the_need(judged))
        .join(other, col(other.id) == theirs)
        .where(col(Suggestion.side) == side, wanted, seen(other, viewer))
        .where(col(other.state) == ListingState.PUBLISHED)
        .subquery()
    )


def sides(kind: Kind) -> tuple[str, str]:
    """The names of our column and of theirs."""
    names = ("need_id", "achievement_id")
    return names if kind is Kind.NEED else (names[1], names[0])


def _row(
    stored: Suggestion,
    judged: tuple[int, float | None, str | None],
    found: FullRow,
    kind: Kind,
    version: int,
) -> SuggestionRow:
    """`judged` is (rank, score, label) as this page shows them."""
    rank, score, label = judged
    made_for = (stored.need_version, stored.achievement_version)
    is_current = made_for == (
        (version, found.version) if kind is Kind.NEED else (found.version, version)
    )
    reasons = Reasons.from_json(stored.reasons)
    if not is_current:  # changed since: what was said of them may be said no longer
        reasons = Reasons(channels=reasons.channels)
    return SuggestionRow(
        listing=found.row,
        rank=rank,
        score=score,
        label=Label(label) if label else None,
        reasons=reasons,
        model=stored.model,
        made_at=stored.made_at,
        title=found.title,
        text=found.text,
        keywords=found.keywords,
    )
