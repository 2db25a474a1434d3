"""Accounts at an identity provider (OIDC) that somebody may sign in with.

What the provider says was checked by `web.oidc` before it comes here as Claims. An account is never
taken over through an address: whoever owns it signs in their own way first, and links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market import ledger, rules
from market.account_letters import tell_account
from market.actions.accounts import name_problems, one_line, oneself, stored
from market.contacts import known_target
from market.db import row_or_none
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import ConsentTopic
from market.models.people import Identity, Person
from market.queries.people import is_active, person_by_target
from market.roles import Viewer

CLOSED = "这个账号已停用，不能登录；如有疑问请联系主管部门。"
TAKEN = "这个统一身份账号已经与另一个科揭账号绑定，请先在那里解除。"
LAST_WAY = "这是您唯一的登录方式：请先设置密码，再解除绑定。"
HAS_ACCOUNT = "这个邮箱已有账号，请先用原来的方式登录，再绑定。"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider said of somebody, its signature checked. `issuer` and `subject` together
    name them; an `email` counts only where the provider says that it verified it."""

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Linking:
    """An account has this address: its owner signs in their own way, then links."""

    target: str


def known(session: Session, claims: Claims, now: datetime) -> Person | Linking | None:
    """The person who is linked with it; a Linking where only the address is known; None for
    somebody new. Raises NotAllowed for an account that is closed."""
    row = _identity(session, claims)
    if row is not None:
        person = session.get(Person, row.person_id)
        if person is None or not is_active(person):
            raise NotAllowed(CLOSED)
        return person
    target = _verified(claims)
    if target and session.execute(person_by_target(target)).scalar() is not None:
        return Linking(target)
    return None


def join(
    session: Session, claims: Claims, name: str, privacy: bool, viewer: Viewer, now: datetime
) -> Person:
    """A new account for somebody whom only the provider knows, without a password."""
    rules.require(viewer, "account.register")
    problems = name_problems(name)
    if not privacy:
        problems.append(Problem("privacy", "请阅读隐私政策；同意后才能建立账号。"))
    if problems:
        raise Invalid(problems)
    if known(session, claims, now) is not None:
        raise NotAllowed(HAS_ACCOUNT)
    person = Person(name=one_line(name), email=_verified(claims), created_at=now)
    stored(session, person, [ConsentTopic.PRIVACY], viewer, now, "oidc")
    _link(session, claims, person, now)
    return person


def link(session: Session, claims: Claims, viewer: Viewer, now: datetime) -> Identity:
    """Have one's account opened by it as well."""
    person = oneself(session, viewer, now, "account.secure")
    row = _identity(session, claims)
    if row is not None and row.person_id != person.id:
        raise NotAllowed(TAKEN)
    if row is not None:
        return row
    row = _link(session, claims, person, now)
    ledger.note(session, viewer, now, "identity.link", "identity", row.id)
    tell_account(session, person.key, "link", now)
    return row


def unlink(session: Session, id: int, viewer: Viewer, now: datetime) -> None:
    """Have one's account no longer opened by it, unless nothing else would."""
    person = oneself(session, viewer, now, "account.secure")
    row = row_or_none(session, Identity, id)
    if row is None or row.person_id != person.id:
        raise NotFound
    held = select(func.count()).select_from(Identity).where(col(Identity.person_id) == person.id)
    if person.password_hash is None and session.execute(held).scalar_one() == 1:
        raise NotAllowed(LAST_WAY)
    session.delete(row)
    session.flush()
    ledger.note(session, viewer, now, "identity.unlink", "identity", id)
    tell_account(session, person.key, "unlink", now)


def _identity(session: Session, claims: Claims) -> Identity | None:
    query = select(Identity).where(
        col(Identity.issuer) == claims.issuer, col(Identity.subject) == claims.subject
    )
    return session.execute(query).scalar()


def _link(session: Session, claims: Claims, person: Person, now: datetime) -> Identity:
    row = Identity(
        person_id=person.key, issuer=claims.issuer, subject=claims.subject, linked_at=now
    )
    session.add(row)
    session.flush()
    return row


def _verified(claims: Claims) -> str | None:
    """The address, if the provider verified it and it is one."""
    is_one = claims.email_verified is True and "@" in claims.email
    return known_target(claims.email) if is_one else None
