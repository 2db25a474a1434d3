"""Demo content goes as it came: all of it, at once, for an installation that turns real.

The record of changes stays: it says that there was demo content, and when it went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session, SQLModel, col

from market import ledger, rules
from market.actions import removal
from market.models.enums import Kind
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.tables import TABLES
from market.roles import Viewer

AT_ONCE = 500


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
    removal.remove(session, kind, rows, now)
    return len(rows)


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
