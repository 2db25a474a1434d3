"""Demo content goes as it came: all of it, at once, for an installation that turns real."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session, col

from market import ledger, rules, workflow
from market.models.enums import Kind
from market.models.organisations import Organisation
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES
from market.roles import Viewer


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was removed."""

    needs: int
    achievements: int
    organisations: int


def purge(session: Session, viewer: Viewer, now: datetime) -> Purged:
    """Remove every demo listing and organisation. The record of changes keeps what was done."""
    rules.require(viewer, "demo.purge")
    counted = {kind: _purge_listings(session, kind, now) for kind in Kind}
    demo_bodies = select(col(Organisation.id)).where(col(Organisation.is_demo))
    bodies = list(session.execute(demo_bodies).scalars())
    session.execute(delete(Organisation).where(col(Organisation.is_demo)))
    purged = Purged(counted[Kind.NEED], counted[Kind.ACHIEVEMENT], len(bodies))
    ledger.note(session, viewer, now, "demo.purge", "demo", None, before=asdict(purged))
    return purged


def _purge_listings(session: Session, kind: Kind, now: datetime) -> int:
    table = TABLES[kind].listing
    rows = list(session.execute(select(table).where(col(table.is_demo))).scalars())
    ids = [row.key for row in rows]
    _mark_who_shows(session, kind, ids, now)
    workflow.tell_index(session, rows, now)
    session.flush()
    session.execute(delete(table).where(col(table.is_demo)))
    mine = (col(StaleSuggestion.kind) == kind, col(StaleSuggestion.listing_id).in_(ids))
    session.execute(delete(StaleSuggestion).where(*mine))
    return len(rows)


def _mark_who_shows(session: Session, kind: Kind, ids: list[int], now: datetime) -> None:
    ours, theirs = col(Suggestion.need_id), col(Suggestion.achievement_id)
    if kind is Kind.ACHIEVEMENT:
        ours, theirs = theirs, ours
    showing = select(theirs).where(col(Suggestion.side) == kind.other, ours.in_(ids)).distinct()
    others = list(session.execute(showing).scalars())
    workflow.mark_stale(session, kind.other, others, now, spreads=False)

