"""The stored matches on a listing's page, best first, with the reasons that were stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market.matchmaking import Label, Reasons
from market.models.enums import Kind
from market.models.suggestions import Suggestion
from market.models.tables import TABLES
from market.queries.rows import FullRow, ListingRow, rows_for
from market.roles import Viewer
from market.rules import visible_states


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
    """What suits the listing: achievements for a need, needs for an achievement."""
    table, other = TABLES[kind].listing, TABLES[kind.other].listing
    ours, theirs = _sides(kind)
    query = (
        select(Suggestion, col(table.version))
        .join(table, col(table.id) == col(getattr(Suggestion, ours)))
        .join(other, col(other.id) == col(getattr(Suggestion, theirs)))
        .where(col(Suggestion.side) == kind, col(table.id) == listing_id)
        .where(*(col(t.state).in_(visible_states(viewer)) for t in (table, other)))
        .order_by(col(Suggestion.rank))
        .limit(limit)
    )
    found = session.execute(query).all()
    rows = rows_for(session, kind.other, [getattr(s, theirs) for s, _ in found], viewer)
    return [_row(s, rows[getattr(s, theirs)], kind, version) for s, version in found]


def _sides(kind: Kind) -> tuple[str, str]:
    """The names of our column and of theirs."""
    names = ("need_id", "achievement_id")
    return names if kind is Kind.NEED else (names[1], names[0])


def _row(stored: Suggestion, found: FullRow, kind: Kind, version: int) -> SuggestionRow:
    made_for = (stored.need_version, stored.achievement_version)
    is_current = made_for == (
        (version, found.version) if kind is Kind.NEED else (found.version, version)
    )
    reasons = Reasons.from_json(stored.reasons)
    if not is_current:  # the texts have changed since; what pointed into them points nowhere now
        reasons = Reasons(channels=reasons.channels, facts=reasons.facts)
    return SuggestionRow(
        listing=found.row,
        rank=stored.rank,
        score=stored.score,
        label=Label(stored.label) if stored.label else None,
        reasons=reasons,
        model=stored.model,
        made_at=stored.made_at,
        title=found.title,
        text=found.text,
        keywords=found.keywords,
    )
