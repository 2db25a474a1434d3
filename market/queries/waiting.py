"""What waits for somebody of an organisation: what came back from the bureau, who asks for
something, what runs out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models.disclosures import Disclosure
from market.models.enums import DisclosureState, Kind, ListingState, MembershipState
from market.models.memberships import Membership
from market.models.tables import TABLES
from market.queries.shelves import MOST, OwnRow, path_of
from market.roles import Permission, Viewer

P = Permission


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that somebody has to do: `count` of them where it is a queue, else 1."""

    name: str
    path: str
    title: str
    detail: str = ""
    at: datetime | None = None
    count: int = 1


def waiting_for(
    session: Session, organisation_id: int, rows: list[OwnRow], viewer: Viewer
) -> list[Waiting]:
    """All of it that the viewer can do something about."""
    found: list[Waiting] = []
    if viewer.holds(P.LISTING_WRITE, organisation_id):
        found += _returned(rows)
    if viewer.holds(P.ORGANISATION_MANAGE, organisation_id):
        found += _joining(session, organisation_id)
    if viewer.holds(P.DISCLOSURE_ANSWER, organisation_id):
        found += [ask for kind in Kind for ask in _disclosures(session, kind, organisation_id)]
    if viewer.holds(P.LISTING_WRITE, organisation_id):
        found += _due(rows)
    return found


def _returned(rows: list[OwnRow]) -> list[Waiting]:
    """What the bureau sent back or took down."""
    states = {ListingState.DRAFT: "returned", ListingState.TAKEN_DOWN: "taken-down"}
    return [
        Waiting(states[row.state], path_of(row), row.title, row.reason, row.changed_at)
        for row in rows
        if row.reason and row.state in states
    ]


def _due(rows: list[OwnRow]) -> list[Waiting]:
    """What runs out soon, soonest first, and what ran out."""
    ended = [row for row in rows if row.state is ListingState.EXPIRED]
    soon = sorted((r for r in rows if r.is_due), key=lambda r: (r.expires_at is None, r.expires_at))
    named = [*(("expiring", row) for row in soon), *(("expired", row) for row in ended)]
    return [
        Waiting(name, path_of(row), row.title, at=row.expires_at) for name, row in named[: 2 * MOST]
    ]


def _joining(session: Session, organisation_id: int) -> Iterator[Waiting]:
    asks = select(func.count()).select_from(Membership).where(
        col(Membership.organisation_id) == organisation_id,
        col(Membership.state) == MembershipState.REQUESTED,
    )  # fmt: skip
    if count := session.execute(asks).scalar() or 0:
        yield Waiting("join", f"/organisations/{organisation_id}/members", "", count=count)


def _disclosures(session: Session, kind: Kind, organisation_id: int) -> list[Waiting]:
    table = TABLES[kind].listing
    asked = (
        select(col(table.id), col(table.title), func.count(), func.min(Disclosure.requested_at))
        .join(table, col(table.id) == col(Disclosure.listing_id))
        .where(
            col(Disclosure.kind) == kind,
            col(Disclosure.state) == DisclosureState.REQUESTED,
            col(table.owner_id) == organisation_id,
        )
        .group_by(col(table.id), col(table.title))
    )
    folder = "needs" if kind is Kind.NEED else "achievements"
    return [
        Waiting("disclosure", f"/{folder}/{id}/disclosures", title, at=since, count=count)
        for id, title, count, since in session.execute(asked)
    ]
