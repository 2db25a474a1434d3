"""What the bureau reads before two entries of one body become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.certifications import Merge
from market.models.enums import MembershipState, MergeState
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.places import Division
from market.models.tables import TABLES
from market.roles import Viewer
from market.states import MOVES, Move, Situation, open_moves


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, with what would move: all listings, whatever their state, and members."""

    organisation: Organisation
    division: str
    listings: int
    members: int


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merger in the queue."""

    id: int
    source: str
    target: str
    state: MergeState
    prepared_by: str
    prepared_at: datetime
    decided_at: datetime | None
    days: int


@dataclass(frozen=True, slots=True)
class MergePage:
    """One page of the queue, the longest waiting first; decided ones, the latest first."""

    rows: list[MergeRow]
    total: int
    waiting: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class MergeDetail:
    """All that lies before whoever decides. `loses_word`: the bureau verified the source and not
    the target, so the verified entry would be the one that goes."""

    row: Merge
    source: Side
    target: Side
    prepared_by: str
    decided_by: str
    days: int
    loses_word: bool
    moves: list[Move]


def merge_page(
    session: Session, viewer: Viewer, now: datetime, *, is_open: bool = True, page: int = 1,
    per_page: int = 30,
) -> MergePage:  # fmt: skip
    """A page of the bureau's queue."""
    rules.require(viewer, "queue.view")
    waits = col(Merge.state) == MergeState.PREPARED
    counts = [_count(session, Merge, where) for where in (waits, ~waits)]
    total = counts[0] if is_open else counts[1]
    pages = max(1, -(-total // per_page))
    page = max(1, min(page, pages))
    order = col(Merge.prepared_at) if is_open else col(Merge.decided_at).desc()
    source: Any = aliased(Organisation)
    target: Any = aliased(Organisation)
    query = (
        select(Merge, source.name, target.name, col(Person.name))
        .join(source, source.id == col(Merge.source_id))
        .join(target, target.id == col(Merge.target_id))
        .join(Person, col(Person.id) == col(Merge.prepared_by))
        .where(waits if is_open else ~waits)
        .order_by(order, col(Merge.id))
    )
    rows = session.execute(query.limit(per_page).offset((page - 1) * per_page))
    found = [
        MergeRow(
            m.id, name, other, m.state, who, m.prepared_at, m.decided_at,
            ((m.decided_at or now) - m.prepared_at).days,
        )
        for m, name, other, who in rows
    ]  # fmt: skip
    return MergePage(found, total, counts[0], page, pages)


def merge_by_id(session: Session, id: int, viewer: Viewer, now: datetime) -> MergeDetail:
    """One merger, for the bureau."""
    rules.require(viewer, "queue.view")
    row = session.get(Merge, id) if 0 < id < 2**31 else None
    source = side_of(session, row.source_id, viewer) if row else None
    target = side_of(session, row.target_id, viewer) if row else None
    if row is None or source is None or target is None:
        raise NotFound
    own = {row.source_id, row.target_id} & viewer.memberships.keys()
    moves = [] if own else open_moves(MOVES["merge"], Situation(row, None, viewer, now))
    words = [side.organisation.standing.value == "verified" for side in (source, target)]
    return MergeDetail(
        row, source, target, _name(session, row.prepared_by), _name(session, row.decided_by),
        ((row.decided_at or now) - row.prepared_at).days, words == [True, False], moves,
    )  # fmt: skip


def side_of(session: Session, id: int, viewer: Viewer) -> Side | None:
    """An organisation with what would move, or None if there is none."""
    rules.require(viewer, "queue.view")
    body = session.get(Organisation, id) if 0 < id < 2**31 else None
    if body is None:
        return None
    division = session.get(Division, body.division_code) if body.division_code else None
    listings = sum(
        _count(session, tables.listing, col(tables.listing.owner_id) == id)
        for tables in TABLES.values()
    )
    here = col(Membership.organisation_id) == id
    active = col(Membership.state) == MembershipState.ACTIVE
    members = _count(session, Membership, here & active)
    return Side(body, division.name if division else "", listings, members)


def _count(session: Session, table: Any, where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(where)
    return session.execute(query).scalar() or 0


def _name(session: Session, person_id: int | None) -> str:
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else ""
