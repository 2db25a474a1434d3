"""What the approval of a merger moves: what the source has goes to the target, and the source
stays as a signpost. What happened under its name stays in the record of changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, col

from market import ledger, workflow
from market.ledger import Entry
from market.models.answers import Answer
from market.models.certifications import Certification
from market.models.disclosures import Disclosure
from market.models.enums import CertificationState, DisclosureState, MembershipState, Role
from market.models.listings import Listing
from market.models.memberships import Invitation, Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.models.tables import TABLES
from market.roles import Viewer

STRONGEST = (Role.OWNER, Role.TECHNOLOGY_MANAGER, Role.EDITOR, Role.VIEWER)
"""Somebody who is in both keeps the stronger role: nobody loses a right by a merger."""


def carry_out(
    session: Session, source: Organisation, target: Organisation, viewer: Viewer, now: datetime
) -> None:
    """Move everything, in the caller's transaction."""
    from_id, to_id = source.id or 0, target.id or 0
    _move_listings(session, from_id, to_id, viewer, now)
    _move_members(session, from_id, to_id, now)
    _move_certifications(session, from_id, to_id, now)
    _move_disclosures(session, from_id, to_id, now)
    _point(session, Invitation.organisation_id, from_id, to_id)
    _point(session, Person.acting_for, from_id, to_id)
    _point(session, Answer.organisation_id, from_id, to_id)
    _point(session, Organisation.merged_into_id, from_id, to_id)
    source.merged_into_id = to_id
    source.version += 1
    session.add(source)
    session.flush()
    _give_number(session, source, target)
    if target.first_published_at is None:
        target.first_published_at = source.first_published_at
    target.version += 1
    session.add(target)


def _point(session: Session, column: Any, from_id: int, to_id: int) -> None:
    """Have every row that names the one name the other."""
    table = column.class_
    session.execute(
        update(table).where(column == from_id).values({column.key: to_id}),
        execution_options={"synchronize_session": "fetch"},
    )


def _move_listings(
    session: Session, from_id: int, to_id: int, viewer: Viewer, now: datetime
) -> None:
    moved: list[Listing] = []
    for tables in TABLES.values():
        owner = col(tables.listing.owner_id)
        query = select(tables.listing).where(owner == from_id).order_by(col(tables.listing.id))
        moved += session.execute(query).scalars()
    for listing in moved:
        listing.owner_id = to_id
        session.add(listing)
    before, after = {"owner_id": from_id}, {"owner_id": to_id}
    entries = [Entry("merge.move", row.kind.value, row.key, before, after) for row in moved]
    ledger.record(session, viewer, now, entries)
    workflow.tell_index(session, moved, now)


def _move_members(session: Session, from_id: int, to_id: int, now: datetime) -> None:
    theirs = {row.person_id: row for row in _current(session, to_id)}
    for row in _current(session, from_id):
        other = theirs.get(row.person_id)
        if other is None:
            row.organisation_id = to_id
            session.add(row)
            continue
        if row.state is MembershipState.ACTIVE:
            is_asking = other.state is MembershipState.REQUESTED
            other.role = row.role if is_asking else min(row.role, other.role, key=STRONGEST.index)
            other.state = MembershipState.ACTIVE
        row.state, row.ended_at = MembershipState.ENDED, now
        session.add_all([row, other])
    session.flush()


def _current(session: Session, id: int) -> list[Membership]:
    states = (MembershipState.REQUESTED, MembershipState.ACTIVE)
    query = select(Membership).where(
        col(Membership.organisation_id) == id, col(Membership.state).in_(states)
    )
    return list(session.execute(query.order_by(col(Membership.id))).scalars())


def _move_certifications(session: Session, from_id: int, to_id: int, now: datetime) -> None:
    """At most one may be open: of two, that of the body which remains."""
    waits = col(Certification.state) == CertificationState.SUBMITTED
    theirs = select(col(Certification.id)).where(_of(Certification, to_id), waits)
    ours = select(Certification).where(_of(Certification, from_id), waits)
    if session.execute(theirs).first():
        for row in session.execute(ours).scalars():
            row.state, row.decided_at = CertificationState.WITHDRAWN, now
            row.reason = "单位已合并，由合并后单位的申请代替。"
            session.add(row)
    session.flush()
    _point(session, Certification.organisation_id, from_id, to_id)


def _move_disclosures(session: Session, from_id: int, to_id: int, now: datetime) -> None:
    """Where both asked to read one listing, one of the two ends and the further one stays."""
    states = col(Disclosure.state).in_((DisclosureState.REQUESTED, DisclosureState.GRANTED))
    theirs = session.execute(select(Disclosure).where(_of(Disclosure, to_id), states)).scalars()
    has = {(row.kind, row.listing_id): row for row in theirs}
    ours = session.execute(select(Disclosure).where(_of(Disclosure, from_id), states)).scalars()
    for row in ours:
        other = has.get((row.kind, row.listing_id))
        if other is None:
            continue
        if row.state is DisclosureState.GRANTED:
            other.state, other.promise = row.state, other.promise or row.promise
        row.state, row.decided_at = DisclosureState.ENDED, now
        session.add_all([row, other])
    session.flush()
    _point(session, Disclosure.organisation_id, from_id, to_id)


def _of(table: Any, id: int) -> ColumnElement[bool]:
    return col(table.organisation_id) == id


def _give_number(session: Session, source: Organisation, target: Organisation) -> None:
    """A target without any number takes the source's: the code of the body is not lost."""
    if target.credit_code or target.registration_number:
        return
    names = ("credit_code", "registration_type", "registration_number")
    values = {name: getattr(source, name) for name in names}
    for name in names:
        setattr(source, name, None)
    session.flush()
    for name, value in values.items():
        setattr(target, name, value)
