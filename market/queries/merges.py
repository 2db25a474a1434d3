"""What the bureau reads before two entries of one body become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from market import rules
from market.db import row_or_none
from market.errors import NotFound
from market.models.certifications import Merge
from market.models.enums import MembershipState, MergeState
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.tables import TABLES
from market.queries.desk import due_after
from market.queries.pages import QueuePage, count_of, turned_to
from market.queries.people import names
from market.queries.places import division_name
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

    @property
    def since(self) -> datetime:
        """Since when it waits."""
        return self.prepared_at

    @property
    def due(self) -> datetime:
        """By when the bureau means to decide."""
        return due_after(self.prepared_at)


@dataclass(frozen=True, slots=True)
class MergeDetail:
    """All that lies before whoever decides. `loses_word`: the bureau verified the source and not
    the target, so the verified entry would be the one that goes."""

    row: Merge
    due: datetime
    source: Side
    target: Side
    prepared_by: str
    decided_by: str
    loses_word: bool
    moves: list[Move]


def merge_page(
    session: Session, viewer: Viewer, *, is_open: bool = True, page: int = 1, per_page: int = 30
) -> QueuePage[MergeRow]:
    """A page of the bureau's queue."""
    rules.require(viewer, "queue.view")
    waits = col(Merge.state) == MergeState.PREPARED
    waiting, done = (count_of(session, Merge, where) for where in (waits, ~waits))
    total = waiting if is_open else done
    page, pages, before = turned_to(page, total, per_page)
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
    rows = [
        MergeRow(m.id, name, other, m.state, who, m.prepared_at, m.decided_at)
        for m, name, other, who in session.execute(query.limit(per_page).offset(before))
    ]
    return QueuePage(rows, total, waiting, page, pages)


def merge_by_id(session: Session, id: int, viewer: Viewer, now: datetime) -> MergeDetail:
    """One merger, for the bureau."""
    rules.require(viewer, "queue.view")
    row = row_or_none(session, Merge, id)
    source = side_of(session, row.source_id, viewer) if row else None
    target = side_of(session, row.target_id, viewer) if row else None
    if row is None or source is None or target is None:
        raise NotFound
    own = {row.source_id, row.target_id} & viewer.memberships.keys()
    moves = [] if own else open_moves(MOVES["merge"], Situation(row, None, viewer, now))
    words = [side.organisation.standing.value == "verified" for side in (source, target)]
    called = names(session, [row.prepared_by, row.decided_by])
    return MergeDetail(
        row, due_after(row.prepared_at), source, target, called.get(row.prepared_by, ""),
        called.get(row.decided_by or 0, ""), words == [True, False], moves,
    )  # fmt: skip


def side_of(session: Session, id: int, viewer: Viewer) -> Side | None:
    """An organisation with what would move, or None if there is none."""
    rules.require(viewer, "queue.view")
    body = row_or_none(session, Organisation, id)
    if body is None:
        return None
    listings = sum(
        count_of(session, tables.listing, col(tables.listing.owner_id) == id)
        for tables in TABLES.values()
    )
    here = col(Membership.organisation_id) == id
    active = col(Membership.state) == MembershipState.ACTIVE
    members = count_of(session, Membership, here, active)
    return Side(body, division_name(session, body.division_code), listings, members)
