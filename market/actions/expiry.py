"""Listings run out: their owners are reminded once, the clock ends them, one click renews them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import notices, workflow
from market.calendar import ZONE
from market.models.enums import Kind, ListingState, MembershipState, NoticeKind
from market.models.listings import Listing
from market.models.memberships import Membership
from market.models.tables import TABLES
from market.notices import Posting
from market.policy import current
from market.roles import CLOCK_VIEWER, Permission, Viewer, holders
from market.texts import shortened

AT_ONCE = 500
"""How many of each kind one transaction takes; the rest is next."""


def expire_due(session: Session, now: datetime) -> int:
    """End what has run out; how many."""
    done = 0
    for kind in Kind:
        rows = _published(session, kind, col(TABLES[kind].listing.expires_at) <= now)
        workflow.move_all(session, "expire", rows, CLOCK_VIEWER, now)
        done += len(rows)
    session.flush()
    return done


def remind_due(session: Session, now: datetime) -> int:
    """Tell the members who may renew, once, what runs out soon; how many listings that were."""
    done = 0
    for kind in Kind:
        table = TABLES[kind].listing
        soon = col(table.expires_at) <= now + current().period("remind_days")
        later, untold = col(table.expires_at) > now, col(table.reminded_at).is_(None)
        rows = _published(session, kind, soon, later, untold)
        members = _writers(session, {row.owner_id for row in rows})
        notices.post_all(session, list(_postings(rows, members)), now)
        for row in rows:
            row.reminded_at = now
        session.add_all(rows)
        done += len(rows)
    session.flush()
    return done


def renew(session: Session, listing: Listing, viewer: Viewer, now: datetime) -> None:
    """Start the period of a listing anew; what had ended is published again."""
    workflow.move(session, "renew", listing, viewer, now)


def _published(session: Session, kind: Kind, *where: object) -> Sequence[Listing]:
    table = TABLES[kind].listing
    query = select(table).where(col(table.state) == ListingState.PUBLISHED, *where)  # type: ignore[arg-type]
    query = query.order_by(col(table.expires_at), col(table.id)).limit(AT_ONCE)
    return session.execute(query.with_for_update()).scalars().all()


def _writers(session: Session, owner_ids: set[int]) -> dict[int, list[int]]:
    """By organisation, the members who may renew."""
    roles = holders(Permission.LISTING_WRITE)
    query = select(col(Membership.organisation_id), col(Membership.person_id)).where(
        col(Membership.organisation_id).in_(owner_ids),
        col(Membership.state) == MembershipState.ACTIVE,
        col(Membership.role).in_(roles),
    )
    found: dict[int, list[int]] = {}
    for owner, person in session.execute(query):
        found.setdefault(owner, []).append(person)
    return found


def _postings(rows: Sequence[Listing], members: dict[int, list[int]]) -> Iterator[Posting]:
    for row in rows:
        if row.owner_id not in members or row.expires_at is None:
            continue
        day = row.expires_at.astimezone(ZONE)
        when = f"{day.year}年{day.month}月{day.day}日"
        folder = "needs" if row.kind is Kind.NEED else "achievements"
        yield Posting(
            members[row.owner_id], NoticeKind.EXPIRY,
            f"{row.kind.text}“{shortened(row.title, 40)}”将于{when}到期",
            f"到期后不再公开，也不参与匹配。仍然有效的话，点一下“续期”，"
            f"再公开 {current().listing_days} 天。",
            f"/{folder}/{row.key}/renew", key=f"expiry:{row.kind}:{row.key}:{day:%Y%m%d}",
        )  # fmt: skip
