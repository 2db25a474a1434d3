"""The bureau lets an expert read what reviewers may read of a listing, and ends that again. Nobody
reviews what is their own organisation's, and no officer appoints for theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import ledger, notices, rules, workflow
from market.actions.disclosures import add, checked_reason, stored
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.disclosures import Disclosure
from market.models.enums import Audience, DisclosureState, Kind, MembershipState, Role
from market.models.listings import Listing
from market.models.memberships import Membership
from market.models.people import Grant, Person
from market.queries.visibility import is_seen, listing_seen
from market.roles import Viewer

NO_EXPERT = "请选择一位在任的评审专家。"
NO_REASON = "请写明为什么指定这位专家，例如评审事项。"
IS_INSIDER = "这位专家是发布单位的成员，须回避。"
IS_ONESELF = "不能指定自己，请由另一位经办人指定。"
OWN_MATTER = "这是您所在单位的事项，请由其他工作人员处理。"


def appoint(
    session: Session, kind: Kind, listing_id: int, person_id: int, reason: str, viewer: Viewer,
    now: datetime,
) -> Disclosure:  # fmt: skip
    """Let an expert read what reviewers may read of a listing; it holds at once."""
    rules.require(viewer, "disclosure.appoint")
    listing = listing_seen(session, kind, listing_id, viewer)
    _require_impartial(session, listing, person_id, viewer)
    if len(checked_reason(reason).strip()) < 2:
        raise Invalid([Problem("reason", NO_REASON)])
    row = Disclosure(
        kind=kind, listing_id=listing_id, audience=Audience.EXPERT, person_id=person_id,
        state=DisclosureState.GRANTED, reason=reason.strip(), requested_by=viewer.person_id or 0,
        requested_at=now, decided_by=viewer.person_id, decided_at=now,
    )  # fmt: skip
    add(session, row)
    ledger.note(
        session, viewer, now, "disclosure.appoint", "disclosure", row.id, reason=reason,
        after={"kind": kind, "listing_id": listing_id, "person_id": person_id},
    )  # fmt: skip
    notices.tell(session, "disclosure.appoint", row, None, viewer, now, reason)
    return row


def end_appointment(
    session: Session, id: int, viewer: Viewer, now: datetime, *, reason: str = ""
) -> Disclosure:
    """The expert reads no further."""
    rules.require(viewer, "disclosure.appoint")
    row, listing = stored(session, id, Audience.EXPERT)
    if not is_seen(listing, viewer):
        raise NotFound
    if listing.owner_id in viewer.memberships:
        raise NotAllowed(OWN_MATTER)
    workflow.lock(session, row)
    if row.state is not DisclosureState.GRANTED:
        raise NotAllowed(workflow.OVERTAKEN)
    row.state, row.decided_by, row.decided_at = DisclosureState.ENDED, viewer.person_id, now
    session.add(row)
    why = checked_reason(reason)
    ledger.note(
        session, viewer, now, "disclosure.dismiss", "disclosure", row.id, reason=why,
        before={"state": DisclosureState.GRANTED},
        after={"state": DisclosureState.ENDED, "person_id": row.person_id},
    )  # fmt: skip
    notices.tell(session, "disclosure.dismiss", row, None, viewer, now, reason)
    return row


def _require_impartial(session: Session, listing: Listing, person_id: int, viewer: Viewer) -> None:
    if listing.owner_id in viewer.memberships:
        raise NotAllowed(OWN_MATTER)
    if person_id == viewer.person_id:
        raise NotAllowed(IS_ONESELF)
    if not _is_expert(session, person_id):
        raise Invalid([Problem("person", NO_EXPERT)])
    inside = select(col(Membership.id)).where(
        col(Membership.person_id) == person_id,
        col(Membership.organisation_id) == listing.owner_id,
        col(Membership.state) == MembershipState.ACTIVE,
    )
    if session.execute(inside.limit(1)).first() is not None:
        raise NotAllowed(IS_INSIDER)


def _is_expert(session: Session, person_id: int) -> bool:
    """Whether this is somebody with an account in use who holds the role now."""
    held = (
        select(col(Grant.id))
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(
            col(Grant.person_id) == person_id,
            col(Grant.role) == Role.EXPERT,
            col(Grant.ended_at).is_(None),
            col(Person.suspended_at).is_(None),
            col(Person.erased_at).is_(None),
        )
    )
    return 0 < person_id < 2**31 and session.execute(held.limit(1)).first() is not None
