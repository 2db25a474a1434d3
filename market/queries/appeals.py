"""Appeals: the queue of those who decide on them, and what an owner reads of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import rules
from market.db import row_by_id
from market.errors import NotFound
from market.models.changes import Change
from market.models.enums import AppealState, Kind
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.reports import Appeal
from market.models.tables import TABLES
from market.queries.desk import Matter, due_after
from market.queries.moderation import why_not
from market.queries.people import names
from market.queries.visibility import is_seen
from market.roles import Viewer
from market.states import MOVES, Move, Situation, open_moves

MOST = 200


@dataclass(frozen=True, slots=True)
class AppealDetail:
    """All that lies before the approver: what was taken down, by whom and why, and the appeal."""

    row: Appeal
    title: str
    owner: Organisation | None
    due: datetime
    taken_down_by: str
    taken_down_at: datetime | None
    why: str
    decided_by: str
    moves: list[Move]
    why_not: str


def open_appeals(session: Session, viewer: Viewer) -> list[Matter]:
    """What waits, the longest first."""
    rules.require(viewer, "appeal.uphold")
    query = select(Appeal).where(col(Appeal.state) == AppealState.FILED)
    return _matters(session, query.order_by(col(Appeal.filed_at), col(Appeal.id)), viewer)


def decided_appeals(session: Session, viewer: Viewer) -> list[Matter]:
    """What was decided, the latest first."""
    rules.require(viewer, "appeal.uphold")
    query = select(Appeal).where(col(Appeal.state) != AppealState.FILED)
    return _matters(session, query.order_by(col(Appeal.decided_at).desc()), viewer)


def appeal_by_id(session: Session, id: int, viewer: Viewer, now: datetime) -> AppealDetail:
    """One appeal, for those who decide."""
    rules.require(viewer, "appeal.uphold")
    row = row_by_id(session, Appeal, id)
    listing: Listing | None = session.get(TABLES[row.kind].listing, row.listing_id)
    owner = session.get(Organisation, listing.owner_id) if listing else None
    taken = _taken_down(session, row)
    called = names(session, [row.against, row.decided_by])
    moves = open_moves(MOVES["appeal"], Situation(row, owner, viewer, now))
    return AppealDetail(
        row, listing.title if listing else "", owner, due_after(row.filed_at),
        called.get(row.against or 0, taken.actor if taken else ""), taken.at if taken else None,
        taken.reason if taken else listing.standing_reason if listing else "",
        called.get(row.decided_by or 0, ""), moves,
        why_not("appeal", row, owner, viewer, now) if not moves else "",
    )  # fmt: skip


def own_appeals(session: Session, kind: Kind, listing_id: int, viewer: Viewer) -> list[Appeal]:
    """The appeals of a listing for the members of its owner, the latest first."""
    table = TABLES[kind].listing
    listing: Listing | None = session.get(table, listing_id) if 0 < listing_id < 2**31 else None
    if listing is None or not is_seen(listing, viewer):
        raise NotFound
    rules.require(viewer, "organisation.open", listing.owner_id)
    query = select(Appeal).where(col(Appeal.kind) == kind, col(Appeal.listing_id) == listing_id)
    return list(session.execute(query.order_by(col(Appeal.id).desc())).scalars())


def _matters(session: Session, query: object, viewer: Viewer) -> list[Matter]:
    rows = session.execute(query.limit(MOST)).scalars().all()  # type: ignore[attr-defined]
    known = {kind: _listings(session, kind, rows) for kind in Kind}
    return [_matter(row, known[row.kind].get(row.listing_id), viewer) for row in rows]


def _matter(row: Appeal, known: tuple[str, int, str] | None, viewer: Viewer) -> Matter:
    title, owner_id, owner_name = known or ("", None, "")
    is_open = row.state is AppealState.FILED
    not_mine = row.against is not None and row.against == viewer.person_id
    return Matter(
        f"/bureau/appeals/{row.id}", title, row.filed_at,
        due_after(row.filed_at) if is_open else None, owner_name, owner_id, row.kind.text,
        None if is_open else row.state, is_open and not_mine, decided_at=row.decided_at,
    )  # fmt: skip


def _listings(
    session: Session, kind: Kind, rows: Sequence[Appeal]
) -> dict[int | None, tuple[str, int, str]]:
    table = TABLES[kind].listing
    query = (
        select(col(table.id), col(table.title), col(Organisation.id), col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(table.owner_id))
        .where(col(table.id).in_({row.listing_id for row in rows if row.kind is kind}))
    )
    found = session.execute(query).all()
    return {id: (title, owner or 0, name) for id, title, owner, name in found}


def _taken_down(session: Session, row: Appeal) -> Change | None:
    """The entry of the take-down that this appeal is about."""
    query = select(Change).where(
        col(Change.noun) == row.kind.value, col(Change.noun_id) == row.listing_id,
        col(Change.action) == "listing.take-down", col(Change.at) <= row.filed_at,
    )  # fmt: skip
    found: Change | None = session.execute(query.order_by(col(Change.id).desc()).limit(1)).scalar()
    return found
