"""The editorial queue, and a listing as the bureau reads it before it decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.attachments import Attachment
from market.models.changes import Change
from market.models.enums import Kind, ListingState, Standing, Tier
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.reports import Report
from market.models.tables import TABLES
from market.queries.attachments import AttachmentRow, attachments_of
from market.queries.desk import OPEN_REPORTS, Matter, due_after
from market.queries.details import ListingDetail, listing_by_id
from market.queries.pages import count_of
from market.queries.people import names
from market.roles import Viewer
from market.states import MOVES, Move, Situation, open_moves, refusal

MOST = 200
DECISIONS = ("approve", "return", "take-down")


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier decision of the bureau on the same listing."""

    action: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """All that lies before whoever decides on a listing. `kept` names the fields that not everybody
    will read, and who will; `why_not` is said where there is nothing that the viewer may do."""

    listing: ListingDetail
    owner: Organisation
    author: str
    since: datetime
    due: datetime | None
    moves: list[Move]
    kept: dict[str, Tier]
    files: list[AttachmentRow]
    earlier: list[Earlier]
    open_reports: int
    is_first: bool
    why_not: str = ""


def listings_in_review(session: Session, viewer: Viewer) -> list[Matter]:
    """What waits for the editorial check, the longest first."""
    rules.require(viewer, "listing.approve")
    found = [matter for kind in Kind for matter in _waiting(session, kind)]
    return sorted(found, key=lambda matter: matter.since)[:MOST]


def review_by_id(session: Session, kind: Kind, id: int, viewer: Viewer, now: datetime) -> Review:
    """One listing as the bureau reads it. NotFound for what the bureau does not see."""
    rules.require(viewer, "listing.approve")
    listing = listing_by_id(session, kind, id, viewer)
    row: Listing | None = session.get(TABLES[kind].listing, id)
    owner = session.get(Organisation, row.owner_id) if row else None
    if row is None or owner is None:
        raise NotFound
    situation = Situation(row, owner, viewer, now)
    moves = [m for m in open_moves(MOVES["listing"], situation) if m.name in DECISIONS]
    waits = row.state is ListingState.IN_REVIEW
    return Review(
        listing, owner, names(session, [row.author_id]).get(row.author_id or 0, ""),
        row.changed_at, due_after(row.changed_at) if waits else None, moves,
        {name: tier for name, tier in row.tiers.items() if tier is not Tier.PUBLIC},
        attachments_of(session, kind.value, id, viewer), _earlier(session, kind, id),
        _open_reports(session, kind, id),
        owner.standing is not Standing.VERIFIED and owner.first_published_at is None,
        why_not("listing", row, owner, viewer, now) if not moves else "",
    )  # fmt: skip


def why_not(noun: str, row: Any, owner: Organisation | None, viewer: Viewer, now: datetime) -> str:
    """Why somebody of the bureau has nothing to do about this row, in the words of its moves."""
    situation = Situation(row, owner, viewer, now)
    here = [m for m in MOVES[noun] if m.source is row.state and viewer.holds(m.by)]
    return next((why for m in here if (why := refusal(m, situation, offering=True))), "")


def _waiting(session: Session, kind: Kind) -> list[Matter]:
    table = TABLES[kind].listing
    files = select(func.count()).where(
        col(Attachment.noun) == kind.value, col(Attachment.noun_id) == col(table.id),
        col(Attachment.removed_at).is_(None),
    ).scalar_subquery()  # fmt: skip
    query = (
        select(table, col(Organisation.name), files)
        .join(Organisation, col(Organisation.id) == col(table.owner_id))
        .where(col(table.state) == ListingState.IN_REVIEW)
        .order_by(col(table.changed_at), col(table.id))
        .limit(MOST)
    )
    return [
        Matter(
            f"/bureau/listings/{kind.value}/{row.key}", row.title, row.changed_at,
            due_after(row.changed_at), name, row.owner_id,
            kind.text + (f"，附件 {count} 个" if count else ""), is_demo=row.is_demo,
        )
        for row, name, count in session.execute(query)
    ]  # fmt: skip


def _earlier(session: Session, kind: Kind, id: int) -> list[Earlier]:
    query = select(Change).where(
        col(Change.noun) == kind.value, col(Change.noun_id) == id,
        col(Change.action).in_([f"listing.{name}" for name in (*DECISIONS, "restore")]),
    )  # fmt: skip
    rows = session.execute(query.order_by(col(Change.id).desc()).limit(20)).scalars().all()
    called = names(session, [row.person_id for row in rows])
    return [
        Earlier(row.action, row.at, called.get(row.person_id or 0, row.actor), row.reason)
        for row in rows
    ]


def _open_reports(session: Session, kind: Kind, id: int) -> int:
    here = col(Report.kind) == kind, col(Report.listing_id) == id
    return count_of(session, Report, *here, col(Report.state).in_(OPEN_REPORTS))
