"""Inviting somebody into an organisation by a letter to an address or a number.

Whoever opens the link signed in joins, whichever address their account has: the letter says so.
Of the token only a digest is stored. It works once, for a while, until it is taken back, and only
as long as whoever invited is still an owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import ledger, notices, rules
from market.actions.memberships import fits, store
from market.actions.organisations import held, person_of
from market.contacts import channel_of, checked_target
from market.credentials import digest_of, new_token
from market.db import row_by_id
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import MEMBERSHIP_ROLES, MembershipState, Role
from market.models.memberships import Invitation, Membership
from market.models.organisations import Organisation
from market.models.people import Person
from market.policy import current
from market.queries.memberships import own_membership
from market.roles import Viewer
from market.texts import masked

MOST_A_DAY = 30
OVER = "这份邀请已经用过、撤回或过期。请与单位负责人联系，重新发一份邀请。"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers, as whoever holds its link sees it."""

    organisation: str
    organisation_id: int
    role: Role
    invited_by: str
    expires_at: datetime
    is_open: bool


def invite(
    session: Session, organisation_id: int, target: str, role: Role, viewer: Viewer, now: datetime
) -> Invitation:
    """Send an invitation. A new one to the same address takes the place of the one before. Owners
    invite into every role; to invite another owner is as grave as to make one."""
    body = held(session, organisation_id, viewer)
    rules.require(viewer, "membership.manage", organisation_id)
    if role not in MEMBERSHIP_ROLES:
        raise Invalid([Problem("role", "请选择负责人、编辑、只读成员或技术经理人。")])
    if role is Role.OWNER:
        rules.require(viewer, "membership.promote", organisation_id, now=now)
    target = checked_target(target)
    _refuse_many(session, organisation_id, now)
    _replace(session, organisation_id, target, now)
    token = new_token()
    row = Invitation(
        organisation_id=organisation_id, role=role, target=target, digest=digest_of(token),
        invited_by=person_of(session, viewer).key, created_at=now,
        expires_at=now + current().period("invitation_days"),
    )  # fmt: skip
    session.add(row)
    session.flush()
    subject, text = _letter(body, row, viewer, token)
    notices.send(
        session, channel_of(target), target, subject, text, now, is_secret=True,
        expires_at=row.expires_at,
    )  # fmt: skip
    after = {"organisation_id": organisation_id, "role": role, "target": masked(target)}
    ledger.note(session, viewer, now, "invitation.send", "invitation", row.id, after=after)
    return row


def revoke(session: Session, id: int, viewer: Viewer, now: datetime) -> Invitation:
    """Take an invitation back."""
    row = row_by_id(session, Invitation, id)
    held(session, row.organisation_id, viewer)
    rules.require(viewer, "membership.manage", row.organisation_id)
    session.refresh(row)
    if not _is_open(row, now):
        raise NotAllowed("这份邀请已经用过、撤回或过期，不用再撤回。")
    row.revoked_at = now
    session.add(row)
    after = {"organisation_id": row.organisation_id}
    ledger.note(session, viewer, now, "invitation.revoke", "invitation", row.id, after=after)
    return row


def offer_of(session: Session, token: str, now: datetime) -> Offer:
    """What the link offers. NotFound for one that was never sent."""
    row, body = _by_token(session, token)
    person = session.get(Person, row.invited_by)
    return Offer(
        body.name, row.organisation_id, row.role, person.name if person else "", row.expires_at,
        _is_open(row, now) and _is_owner(session, row),
    )  # fmt: skip


def accept(session: Session, token: str, viewer: Viewer, now: datetime) -> Membership:
    """Join with an invitation; one who already asked to join is let in by it."""
    rules.require(viewer, "invitation.accept")
    person = person_of(session, viewer)
    row, body = _by_token(session, token, hold=True)
    if not _is_open(row, now) or not _is_owner(session, row):
        raise NotAllowed(OVER)
    fits(person, body)
    mine = own_membership(session, row.organisation_id, viewer)
    if mine is not None and mine.state is MembershipState.ACTIVE:
        raise NotAllowed(f"您已经是“{body.name}”的{mine.role.text}，不用再接受邀请。")
    mine = mine or Membership(
        person_id=person.key, organisation_id=row.organisation_id, role=row.role, since=now
    )
    mine.role, mine.state, mine.since = row.role, MembershipState.ACTIVE, now
    mine.decided_by = row.invited_by
    store(session, mine)
    row.accepted_at, row.accepted_by = now, person.key
    if person.acting_for is None:
        person.acting_for = row.organisation_id
    session.add_all([row, person])
    after = {
        "organisation_id": row.organisation_id, "person_id": person.key, "role": row.role,
        "membership_id": mine.id,
    }  # fmt: skip
    ledger.note(session, viewer, now, "invitation.accept", "invitation", row.id, after=after)
    notices.tell(session, "invitation.accept", row, body, viewer, now)
    return mine


def _by_token(
    session: Session, token: str, *, hold: bool = False
) -> tuple[Invitation, Organisation]:
    query = select(Invitation).where(col(Invitation.digest) == digest_of(token))
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.execute(query).scalars().first()
    body = session.get(Organisation, row.organisation_id) if row else None
    if row is None or body is None:
        raise NotFound
    return row, body


def _is_open(row: Invitation, now: datetime) -> bool:
    return row.accepted_at is None and row.revoked_at is None and now < row.expires_at


def _is_owner(session: Session, row: Invitation) -> bool:
    """Whether whoever invited may still do so: an owner who was removed leaves no back door."""
    query = (
        select(col(Membership.id))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.organisation_id) == row.organisation_id,
            col(Membership.person_id) == row.invited_by,
            col(Membership.role) == Role.OWNER,
            col(Membership.state) == MembershipState.ACTIVE,
            col(Person.suspended_at).is_(None),
        )
    )
    return session.execute(query).first() is not None


def _refuse_many(session: Session, organisation_id: int, now: datetime) -> None:
    query = select(func.count()).select_from(Invitation).where(
        col(Invitation.organisation_id) == organisation_id,
        col(Invitation.created_at) > now - timedelta(days=1),
    )  # fmt: skip
    if (session.execute(query).scalar() or 0) >= MOST_A_DAY:
        raise NotAllowed(f"一天最多发 {MOST_A_DAY} 份邀请，请明天再发。")


def _replace(session: Session, organisation_id: int, target: str, now: datetime) -> None:
    query = select(Invitation).where(
        col(Invitation.organisation_id) == organisation_id,
        col(Invitation.target) == target,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
    for row in session.execute(query).scalars():
        row.revoked_at = now
        session.add(row)


def _letter(body: Organisation, row: Invitation, viewer: Viewer, token: str) -> tuple[str, str]:
    """Subject and text. What a person wrote stands in quotes, and a name of two lines in one."""
    name, inviter = notices.one_line(body.name, 100), notices.one_line(viewer.name, 40)
    text = (
        f"{inviter}邀请您以“{row.role.text}”的身份加入“{name}”。打开下面的链接，登录或注册后加入：\n"
        f"/invitations/{token}\n"
        f"链接 {current().invitation_days} 天内有效，只能用一次；"
        "谁登录后打开它，谁就加入，请不要转发。"
        "如果您不认识对方，请不用理会。"
    )
    return f"邀请您加入“{name}”", text
