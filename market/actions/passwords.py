"""How a password is replaced: by its owner who knows it, or through a link that was sent.

Either way every other session and token ends, and every hashing is done before the session begins
to write.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from market import credentials, ledger, rules
from market.account_letters import send_letter, tell_account
from market.actions import one_time
from market.actions.sign_ins import WRONG_PASSWORD, end_all
from market.contacts import checked_target
from market.db import reading_beside, rows_changed
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.keys import Keys
from market.models.enums import OneTimePurpose
from market.models.people import Person
from market.policy import current
from market.queries.people import active_ones, is_active, person_by_target
from market.roles import Viewer

RESET = OneTimePurpose.RESET
OVERTAKEN = "密码刚刚在别处改过，请重新登录后再试。"


def ask_reset(session: Session, target: str, viewer: Viewer, now: datetime, keys: Keys) -> str:
    """Send a link to an address or a number, whose stored form is returned; where it has no
    account that can be used, a letter without one. Raises Invalid, and TooMany."""
    rules.require(viewer, "account.sign-in")
    target = checked_target(target)
    found = session.execute(person_by_target(target)).scalar()
    known = found if found and is_active(found) else None
    period = current().period("reset_minutes")
    id = known.key if known else None
    token = one_time.issue_link(session, RESET, target, now, period, person_id=id)
    if known is None:
        send_letter(session, "no-account", target, now, period=period)
    else:
        link = f"/reset/{token}"
        send_letter(session, "reset", target, now, link=link, period=period, person_id=id)
    ledger.note(session, viewer, now, "account.ask-reset", "one-time", None)
    return target


def may_reset(session: Session, token: str, now: datetime) -> bool:
    """Whether a link still works, for the page that it opens."""
    row = one_time.check_link(session, RESET, token, now)
    return row is not None and row.person_id is not None


def reset(session: Session, token: str, password: str, viewer: Viewer, now: datetime) -> Person:
    """Set a new password through a link, which is thereby used up. Whoever opened it proved the
    address, not who they are: they still sign in, second step and all."""
    rules.require(viewer, "account.sign-in")
    person = _owner_of(session, token, now)
    about = (person.name, person.email, person.mobile)
    if problems := credentials.password_problems(password, about):
        raise Invalid(problems)
    hashed = credentials.hash_password(password)
    row = one_time.check_link(session, RESET, token, now)
    held = session.get(Person, person.key)
    if row is None or held is None or not is_active(held):
        raise NotAllowed(one_time.WRONG_LINK)
    try:
        one_time.use_up(session, row, now)
    except Invalid:
        raise NotAllowed(one_time.WRONG_LINK) from None
    held.password_hash = hashed
    session.add(held)
    _after(session, held, "account.reset-password", viewer, now, keep=None)
    return held


def change(session: Session, old: str, new: str, viewer: Viewer, now: datetime) -> None:
    """Replace one's password. Somebody who never had one sets it after proving who they are."""
    rules.require(viewer, "account.use")
    person = _own(session, viewer)
    if person.password_hash is None:
        rules.require(viewer, "account.secure", now=now)
    elif not credentials.is_password(old, person.password_hash):
        raise Invalid([Problem("old", WRONG_PASSWORD)])
    about = (person.name, person.email, person.mobile)
    if problems := credentials.password_problems(new, about, field="new"):
        raise Invalid(problems)
    values = {"password_hash": credentials.hash_password(new)}
    same = (col(Person.id) == person.id, col(Person.password_hash).is_not_distinct_from(
        person.password_hash
    ))  # fmt: skip
    if rows_changed(session, update(Person).where(*same, active_ones()).values(values)) != 1:
        raise NotAllowed(OVERTAKEN)
    _after(session, person, "account.change-password", viewer, now, keep=viewer.sign_in_id)


def _after(
    session: Session, person: Person, action: str, viewer: Viewer, now: datetime, *,
    keep: int | None,
) -> None:  # fmt: skip
    ledger.note(session, viewer, now, action, "person", person.id)
    end_all(session, person.key, viewer, now, keep=keep)
    tell_account(session, person.key, "password", now)


def _own(session: Session, viewer: Viewer) -> Person:
    with reading_beside(session) as reading:
        query = select(Person).where(col(Person.id) == viewer.person_id)
        person: Person | None = reading.execute(query).scalar()
    if person is None:
        raise NotFound
    return person


def _owner_of(session: Session, token: str, now: datetime) -> Person:
    with reading_beside(session) as reading:
        row = one_time.check_link(reading, RESET, token, now)
        person = reading.get(Person, row.person_id) if row and row.person_id else None
    if person is None:
        raise NotAllowed(one_time.WRONG_LINK)
    return person
