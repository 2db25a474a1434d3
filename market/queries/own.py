"""A listing as those see it who can do something with it: its members, and the bureau's editors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from market import rules
from market.models.enums import Kind, ListingState
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.roles import Permission, Viewer, posts
from market.states import MOVES, Move, Situation, find_move, open_moves

P = Permission
BY_TEXT = ("change",)
REFUSED = (ListingState.DRAFT, ListingState.TAKEN_DOWN)
CHANGING = (ListingState.DRAFT, ListingState.PUBLISHED, ListingState.EXPIRED)


@dataclass(frozen=True, slots=True)
class OwnListing:
    """Where a listing stands, and what the viewer may do with it now. `reason` is why it was
    returned or taken down; `is_own`: one of the viewer's organisations owns it."""

    state: ListingState
    version: int
    is_own: bool
    reason: str
    expires_at: datetime | None
    published_at: datetime | None
    moves: list[Move]
    may_change: bool
    may_copy: bool
    may_attach: bool
    may_appeal: bool
    needs_review: bool


def own_listing(
    session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime
) -> OwnListing | None:
    """The listing that the viewer has just been shown; None for whoever only reads."""
    is_insider = bool(viewer.organisations_with(P.LISTING_OWN)) or viewer.holds(P.QUEUE_READ)
    row: Listing | None = session.get(TABLES[kind].listing, id) if is_insider else None
    is_own = row is not None and viewer.holds(P.LISTING_OWN, row.owner_id)
    if row is None or not (is_own or viewer.holds(P.QUEUE_READ)):
        return None
    writes = rules.may(viewer, "listing.write", row.owner_id)
    moves = moves_of(session, row, viewer, now)
    return OwnListing(
        row.state, row.version, is_own, row.standing_reason if row.state in REFUSED else "",
        row.expires_at, row.published_at, moves,
        may_change=writes and find_move(MOVES["listing"], "change", row.state) is not None,
        may_copy=writes,
        may_attach=writes and row.state in CHANGING,
        may_appeal=row.state is ListingState.TAKEN_DOWN
        and rules.may(viewer, "appeal.file", row.owner_id),
        needs_review=any(move.name == "submit" for move in moves),
    )  # fmt: skip


def moves_of(session: Session, row: Listing, viewer: Viewer, now: datetime) -> list[Move]:
    """The buttons of a listing."""
    owner = session.get(Organisation, row.owner_id)
    found = open_moves(MOVES["listing"], Situation(row, owner, viewer, now))
    return [move for move in found if move.name not in BY_TEXT]


def posting_for(session: Session, kind: Kind, viewer: Viewer) -> list[Organisation]:
    """The organisations that the viewer may write such a listing for, the present one first."""
    ids = viewer.organisations_with(P.LISTING_WRITE) & viewer.organisations_with(posts(kind))
    rows = session.exec(
        select(Organisation)
        .where(col(Organisation.id).in_(ids), col(Organisation.merged_into_id).is_(None))
        .order_by(col(Organisation.id) != (viewer.acting_for or 0), col(Organisation.name))
    )
    return list(rows)


def first_moves(
    kind: Kind, owners: Sequence[Organisation], viewer: Viewer, now: datetime
) -> list[Move]:
    """What can be done at once with a new listing of one of these organisations."""
    found: dict[str, Move] = {}
    for owner in owners:
        new = TABLES[kind].listing(
            title="新", owner_id=owner.id or 0, is_demo=owner.is_demo, state=ListingState.DRAFT,
            created_at=now, changed_at=now,
        )  # fmt: skip
        moves = open_moves(MOVES["listing"], Situation(new, owner, viewer, now))
        found |= {move.name: move for move in moves if move.name in ("publish", "submit")}
    return list(found.values())
