"""What an administrator does to people: gives and ends roles of the platform, suspends accounts.

Nobody does any of it to themselves, and the last administrator stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlmodel import Session, col

from market import ledger, rules
from market.account_letters import tell_account
from market.actions.sign_ins import end_all
from market.db import row_by_id
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import PLATFORM_ROLES, Role
from market.models.people import Grant, Person
from market.queries.people import active_ones, is_active
from market.roles import Viewer

LAST = "这是最后一位系统管理员，请先授予另一个人系统管理员角色。"
ONESELF = "不能改变自己的角色或账号，请由另一位系统管理员进行。"


def grant(session: Session, person_id: int, role: Role, viewer: Viewer, now: datetime) -> Grant:
    """Give a role of the platform; whoever has it already keeps the one they have."""
    rules.require(viewer, "person.grant", now=now)
    person = _other(session, person_id, viewer)
    if role not in PLATFORM_ROLES:
        raise Invalid([Problem("role", "这个角色不能授予：单位里的角色由单位负责人决定。")])
    if not is_active(person):
        raise NotAllowed("账号已停用或注销，不能授予角色。")
    mine = _held(role).where(col(Grant.person_id) == person_id)
    held: Grant | None = session.execute(mine).scalar()
    if held is not None:
        return held
    row = Grant(person_id=person_id, role=role, granted_by=viewer.person_id, granted_at=now)
    session.add(row)
    session.flush()
    after = {"person_id": person_id, "role": role}
    ledger.note(session, viewer, now, "grant.give", "grant", row.id, after=after)
    tell_account(session, person_id, "grant", now, role=role.text)
    return row


def end(session: Session, grant_id: int, viewer: Viewer, now: datetime) -> None:
    """End a role; it stops counting with the next request."""
    rules.require(viewer, "person.grant", now=now)
    row = row_by_id(session, Grant, grant_id)
    person = _other(session, row.person_id, viewer)
    if row.ended_at is not None:
        return
    if row.role is Role.ADMINISTRATOR:
        refuse_last_administrator(session, person.key)
    row.ended_at = now
    session.add(row)
    before = {"person_id": row.person_id, "role": row.role}
    ledger.note(session, viewer, now, "grant.end", "grant", row.id, before=before)
    tell_account(session, row.person_id, "grant-end", now, role=row.role.text)


def suspend(session: Session, person_id: int, viewer: Viewer, now: datetime, reason: str) -> Person:
    """Close an account for the time being; its sessions and tokens end at once."""
    rules.require(viewer, "person.suspend", now=now)
    _why(reason)
    person = _other(session, person_id, viewer)
    if not is_active(person):
        raise NotAllowed("账号已经停用或注销。")
    refuse_last_administrator(session, person_id)
    return _set(session, person, now, viewer, now, "person.suspend", reason)


def resume(
    session: Session, person_id: int, viewer: Viewer, now: datetime, reason: str = ""
) -> Person:
    """Open a suspended account again. Its sessions stay ended."""
    rules.require(viewer, "person.suspend", now=now)
    person = _other(session, person_id, viewer)
    if person.suspended_at is None or person.erased_at is not None:
        raise NotAllowed("账号没有停用。")
    _set(session, person, None, viewer, now, "person.resume", reason)
    tell_account(session, person_id, "resume", now)
    return person


def refuse_last_administrator(session: Session, person_id: int) -> None:
    """Raise NotAllowed if nobody else could administrate once this person does not."""
    query = select(col(Grant.person_id)).join(Person, col(Person.id) == col(Grant.person_id)).where(
        col(Grant.role) == Role.ADMINISTRATOR, col(Grant.ended_at).is_(None), active_ones()
    )  # fmt: skip
    if set(session.execute(query.with_for_update()).scalars()) == {person_id}:
        raise NotAllowed(LAST)


def _set(
    session: Session, person: Person, suspended_at: datetime | None, viewer: Viewer, now: datetime,
    action: str, reason: str,
) -> Person:  # fmt: skip
    person.suspended_at = suspended_at
    session.add(person)
    session.flush()
    ledger.note(session, viewer, now, action, "person", person.id, reason=reason.strip())
    if suspended_at is not None:
        end_all(session, person.key, viewer, now)
    return person


def _other(session: Session, person_id: int, viewer: Viewer) -> Person:
    """Somebody else, held until the transaction ends."""
    person = session.get(Person, person_id, with_for_update=True) if 0 < person_id < 2**31 else None
    if person is None:
        raise NotFound
    if person_id == viewer.person_id:
        raise NotAllowed(ONESELF)
    return person


def _held(role: Role) -> Select[Grant]:
    return select(Grant).where(col(Grant.role) == role, col(Grant.ended_at).is_(None))


def _why(reason: str) -> None:
    if not 2 <= len(reason.strip()) <= 2000:
        raise Invalid([Problem("reason", "请写明停用的理由，当事人询问时要能说明。")])
