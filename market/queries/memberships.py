"""Who belongs to an organisation, in the words of its members; and what would be left without an
owner. Names of members are for members and the bureau alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.certifications import Certification, Merge
from market.models.disclosures import Disclosure
from market.models.enums import (
    CertificationState,
    DisclosureState,
    ListingState,
    MembershipState,
    MergeState,
    Role,
    Standing,
)
from market.models.memberships import Invitation, Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.tables import TABLES
from market.roles import Permission, Viewer
from market.texts import masked

CURRENT = (MembershipState.REQUESTED, MembershipState.ACTIVE)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person in the list of members, or one who asks to join."""

    id: int
    person_id: int
    name: str
    role: Role
    state: MembershipState
    note: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organisation that the viewer belongs to, or asked to join."""

    id: int
    name: str
    role: Role
    state: MembershipState
    standing: Standing
    is_demo: bool


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation in the list of those who can take it back; the address is masked."""

    id: int
    role: Role
    target: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether somebody can still join with it."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at


def inside(session: Session, id: int, viewer: Viewer) -> Organisation:
    """One of the viewer's own organisations. What goes on inside another one is NotFound."""
    if not viewer.is_signed_in:
        rules.require(viewer, "organisation.open", id)
    is_theirs = 0 < id < 2**31 and rules.may(viewer, "organisation.open", id)
    row = session.get(Organisation, id) if is_theirs else None
    if row is None or row.merged_into_id is not None:
        raise NotFound
    return row


def members(session: Session, organisation_id: int, viewer: Viewer) -> list[MemberRow]:
    """The members, owners first; those who ask to join are shown to who may answer them."""
    sees_all = viewer.holds(Permission.QUEUE_READ)
    if not sees_all:
        inside(session, organisation_id, viewer)
    elif not 0 < organisation_id < 2**31 or session.get(Organisation, organisation_id) is None:
        raise NotFound
    states: tuple[MembershipState, ...] = (MembershipState.ACTIVE,)
    if sees_all or rules.may(viewer, "membership.manage", organisation_id):
        states = CURRENT
    query = (
        select(Membership, col(Person.name))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(_of(organisation_id), col(Membership.state).in_(states))
        .order_by(col(Membership.since), col(Membership.id))
    )
    rows = [
        MemberRow(m.id, m.person_id, name, m.role, m.state, m.note, m.since)
        for m, name in session.execute(query)
    ]
    ranks = {role: place for place, role in enumerate(Role)}
    return sorted(rows, key=lambda row: ranks[row.role])


def belongings(session: Session, viewer: Viewer) -> list[Belonging]:
    """The organisations that the viewer belongs to or asked to join, in the order of joining."""
    query = (
        select(Membership, Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Membership.person_id) == viewer.person_id, col(Membership.state).in_(CURRENT))
        .order_by(col(Membership.since), col(Membership.id))
    )
    return [
        Belonging(body.id, body.name, m.role, m.state, body.standing, body.is_demo)
        for m, body in session.execute(query)
    ]


def own_membership(session: Session, organisation_id: int, viewer: Viewer) -> Membership | None:
    """The viewer's membership there, be it asked for only."""
    query = select(Membership).where(
        _of(organisation_id),
        col(Membership.person_id) == viewer.person_id,
        col(Membership.state).in_(CURRENT),
    )
    is_known = viewer.is_signed_in and 0 < organisation_id < 2**31
    return session.execute(query).scalars().first() if is_known else None


def invitations(session: Session, organisation_id: int, viewer: Viewer) -> list[InvitationRow]:
    """The last invitations, for who may take them back."""
    inside(session, organisation_id, viewer)
    rules.require(viewer, "membership.manage", organisation_id)
    query = (
        select(Invitation, col(Person.name))
        .join(Person, col(Person.id) == col(Invitation.invited_by))
        .where(col(Invitation.organisation_id) == organisation_id)
        .order_by(col(Invitation.id).desc())
        .limit(50)
    )
    return [
        InvitationRow(
            i.id, i.role, masked(i.target), name, i.created_at, i.expires_at, i.accepted_at,
            i.revoked_at,
        )
        for i, name in session.execute(query)
    ]  # fmt: skip


def has_owner(session: Session, organisation_id: int, *, besides: int | None = None) -> bool:
    """Whether somebody with a working account owns it; `besides` leaves one membership out."""
    query = (
        select(col(Membership.id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            _of(organisation_id),
            col(Membership.state) == MembershipState.ACTIVE,
            col(Membership.role) == Role.OWNER,
            col(Membership.id) != (besides or 0),
            col(Person.suspended_at).is_(None),
            col(Person.erased_at).is_(None),
        )
    )
    return session.execute(query).first() is not None


def others(session: Session, organisation_id: int, besides: int | None) -> int:
    """How many members there are besides one."""
    query = select(func.count()).select_from(Membership).where(
        _of(organisation_id),
        col(Membership.state) == MembershipState.ACTIVE,
        col(Membership.id) != (besides or 0),
    )  # fmt: skip
    return session.execute(query).scalar() or 0


def open_matters(session: Session, organisation_id: int) -> list[str]:
    """What somebody must answer for, in words: an owner cannot leave it behind."""
    return [words.format(count) for words, count in _matters(session, organisation_id) if count]


def _matters(session: Session, id: int) -> Iterator[tuple[str, int]]:
    def count(table: Any, *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(*where)
        return session.execute(query).scalar() or 0

    yield (
        "{} 份待核验的认证申请",
        count(
            Certification,
            col(Certification.organisation_id) == id,
            col(Certification.state) == CertificationState.SUBMITTED,
        ),
    )
    yield (
        "{} 份待答复的加入申请",
        count(Membership, _of(id), col(Membership.state) == MembershipState.REQUESTED),
    )
    yield (
        "{} 项待审批的单位合并",
        count(
            Merge,
            or_(col(Merge.source_id) == id, col(Merge.target_id) == id),
            col(Merge.state) == MergeState.PREPARED,
        ),
    )
    for kind, tables in TABLES.items():
        own = col(tables.listing.owner_id) == id
        alive = col(tables.listing.state).in_(
            (ListingState.IN_REVIEW, ListingState.PUBLISHED, ListingState.TAKEN_DOWN)
        )
        yield f"{{}} 条已发布或在办的{kind.text}", count(tables.listing, own, alive)
        asked = col(Disclosure.listing_id).in_(select(col(tables.listing.id)).where(own))
        waits = col(Disclosure.state) == DisclosureState.REQUESTED
        yield (
            f"{{}} 份待答复的{kind.text}保密申请",
            count(Disclosure, col(Disclosure.kind) == kind, asked, waits),
        )


def _of(organisation_id: int) -> ColumnElement[bool]:
    return col(Membership.organisation_id) == organisation_id
