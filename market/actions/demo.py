"""Demo content goes as it came: all of it, at once, for an installation that turns real.

The record of changes stays: it says that there was demo content, and when it went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session, SQLModel, col

from market import ledger, rules, workflow
from market.models.attachments import Attachment
from market.models.disclosures import Disclosure
from market.models.enums import Kind
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.reports import Appeal, Report
from market.models.saved import SavedItem
from market.models.sketches import Sketch
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES
from market.models.versions import ListingVersion
from market.models.views import ListingViews
from market.roles import Viewer

AT_ONCE = 500
ABOUT_LISTINGS: tuple[Any, ...] = (
    Disclosure, Report, Appeal, ListingVersion, ListingViews, SavedItem, Sketch
)  # fmt: skip
"""What names a listing by kind and id, without a key that the database would follow."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was removed."""

    needs: int
    achievements: int
    organisations: int
    people: int


def purge(session: Session, viewer: Viewer, now: datetime) -> Purged:
    """Remove every demo listing, organisation and account, and what belongs to them."""
    rules.require(viewer, "demo.purge")
    counted = {kind: _purge_listings(session, kind, now) for kind in Kind}
    bodies = _demo(session, Organisation)
    _remove(session, _table(Organisation), bodies)
    people = _demo(session, Person)
    _remove(session, _table(Person), people)
    purged = Purged(counted[Kind.NEED], counted[Kind.ACHIEVEMENT], len(bodies), len(people))
    ledger.note(session, viewer, now, "demo.purge", "demo", None, before=asdict(purged))
    return purged


def _demo(session: Session, table: type[Organisation] | type[Person]) -> list[int]:
    found = session.execute(select(col(table.id)).where(col(table.is_demo))).scalars()
    return [id for id in found if id is not None]


def _purge_listings(session: Session, kind: Kind, now: datetime) -> int:
    table = TABLES[kind].listing
    rows = list(session.execute(select(table).where(col(table.is_demo))).scalars())
    ids = [row.key for row in rows]
    _mark_who_shows(session, kind, ids, now)
    workflow.tell_index(session, rows, now)
    session.flush()
    for some in _parts(ids):
        belonging = (col(Attachment.noun) == kind.value, col(Attachment.noun_id).in_(some))
        session.execute(delete(Attachment).where(*belonging))
        for about in ABOUT_LISTINGS:
            of_these = (col(about.kind) == kind, col(about.listing_id).in_(some))
            session.execute(delete(about).where(*of_these))
        mine = (col(StaleSuggestion.kind) == kind, col(StaleSuggestion.listing_id).in_(some))
        session.execute(delete(StaleSuggestion).where(*mine))
    session.execute(delete(table).where(col(table.is_demo)))
    return len(rows)


def _mark_who_shows(session: Session, kind: Kind, ids: list[int], now: datetime) -> None:
    ours, theirs = col(Suggestion.need_id), col(Suggestion.achievement_id)
    if kind is Kind.ACHIEVEMENT:
        ours, theirs = theirs, ours
    showing = select(theirs).where(col(Suggestion.side) == kind.other, ours.in_(ids)).distinct()
    others = list(session.execute(showing).scalars())
    workflow.mark_stale(session, kind.other, others, now, spreads=False)


def _remove(session: Session, table: Table, ids: Sequence[int]) -> None:
    """Delete rows, and the rows that cannot be without them; what can be is told to forget them."""
    for some in _parts(ids):
        for other in SQLModel.metadata.sorted_tables:
            for key in other.foreign_keys:
                if key.column.table is not table:
                    continue
                refers = key.parent.in_(some)
                if key.parent.nullable:
                    forget = update(other).where(refers).values({key.parent: None})
                    session.connection().execute(forget)
                elif "id" in other.c:
                    hanging = session.execute(select(other.c.id).where(refers)).scalars()
                    _remove(session, other, list(hanging))
        session.connection().execute(delete(table).where(table.c.id.in_(some)))


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
