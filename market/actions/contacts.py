"""How the address or number of an account is changed: a code to the new one and a code to the old
one, and both must come back. An account has at most one of each; adding the other kind is
confirmed through the one there is.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import ledger, rules
from market.account_letters import adopt, send_letter, tell_account
from market.actions import consents, one_time
from market.actions.accounts import oneself
from market.actions.sign_ins import end_all
from market.contacts import channel_of, checked_target, is_abroad
from market.db import reading_beside
from market.errors import Invalid, NotAllowed, Problem
from market.keys import Keys
from market.models.enums import Channel, ConsentTopic, OneTimePurpose
from market.models.people import Person
from market.models.sign_ins import OneTime
from market.policy import current
from market.queries.people import person_by_target
from market.roles import Viewer

NEW, OLD = OneTimePurpose.CHANGE_CONTACT, OneTimePurpose.CONFIRM_CHANGE
ABROAD = "向港澳号码发送短信会把号码提供到境外，请先单独同意，或改用邮箱。"
NONE_ASKED = "请先填写新的邮箱或手机号，并获取验证码。"


def ask_change(session: Session, new_target: str, viewer: Viewer, now: datetime, keys: Keys) -> str:
    """Send a code to the new address or number, and one to the old. Whether the new one belongs to
    somebody else only its owner is told. The new one in its stored form is returned."""
    person = oneself(session, viewer, now, "account.secure")
    target = checked_target(new_target)
    if target in (person.email, person.mobile):
        raise Invalid([Problem("target", "这就是现在的联系方式。")])
    if is_abroad(target) and not consents.stands(session, person.key, ConsentTopic.CROSS_BORDER):
        raise Invalid([Problem("cross_border", ABROAD)])
    period = current().period("code_minutes")
    code = one_time.issue_code(session, NEW, target, now, period, keys, person_id=person.id)
    taken = session.execute(person_by_target(target)).scalar()
    if taken is None:
        send_letter(
            session, "change-new", target, now, code=code, period=period, person_id=person.id
        )
    else:
        send_letter(session, "taken", target, now, period=period, person_id=taken.key)
    _ask_the_old(session, person, target, now, keys)
    after = {"channel": channel_of(target)}
    ledger.note(session, viewer, now, "contact.ask-change", "person", person.id, after=after)
    return target


def _ask_the_old(session: Session, person: Person, target: str, now: datetime, keys: Keys) -> None:
    old = present(person, target)
    if old is None:
        return
    period = current().period("code_minutes")
    code = one_time.issue_code(session, OLD, old, now, period, keys, person_id=person.id)
    send_letter(session, "change-old", old, now, code=code, period=period, person_id=person.id)


def asked_target(session: Session, viewer: Viewer, now: datetime) -> str | None:
    """The new address or number that the viewer asked for and has not yet confirmed."""
    query = select(OneTime).where(
        col(OneTime.purpose) == NEW, col(OneTime.person_id) == viewer.person_id,
        col(OneTime.used_at).is_(None), col(OneTime.expires_at) > now,
    )  # fmt: skip
    row = session.execute(query.order_by(col(OneTime.id).desc())).scalar()
    return row.target if row else None


def confirm_change(
    session: Session, new_code: str, old_code: str, viewer: Viewer, now: datetime, keys: Keys
) -> Person:
    """Change the address or number once both codes have come back. Other sessions end, and the
    old address hears of it. Raises Invalid with what is wrong of the two."""
    rules.require(viewer, "account.secure", now=now)
    with reading_beside(session) as reading:
        person = oneself(reading, viewer, now)
        target = asked_target(reading, viewer, now)
    if target is None:
        raise NotAllowed(NONE_ASKED)
    old = present(person, target)
    given = {"new_code": (NEW, target, new_code), "old_code": (OLD, old, old_code)}
    rows = _checked(session, given, person.key, now, keys)
    if session.execute(person_by_target(target)).scalar() is not None:
        raise one_time.WrongTry([Problem("new_code", one_time.WRONG_CODE)])
    for row in rows:
        one_time.use_up(session, row, now)
    return _changed(session, target, viewer, now)


def _checked(
    session: Session, given: dict[str, tuple[OneTimePurpose, str | None, str]], person_id: int,
    now: datetime, keys: Keys,
) -> list[OneTime]:  # fmt: skip
    rows, problems = [], []
    for field, (purpose, target, code) in given.items():
        if target is None:
            continue
        try:
            rows.append(one_time.check_code(
                session, purpose, target, code, now, keys, person_id=person_id, field=field
            ))  # fmt: skip
        except one_time.WrongTry as wrong:
            problems += wrong.problems
    if problems:
        raise one_time.WrongTry(problems)
    return rows


def _changed(session: Session, target: str, viewer: Viewer, now: datetime) -> Person:
    person = oneself(session, viewer, now)
    channel = channel_of(target)
    column = "email" if channel is Channel.EMAIL else "mobile"
    old = getattr(person, column)
    setattr(person, column, target)
    session.add(person)
    session.flush()
    adopt(session, target, person.key)
    after = {"channel": channel, "replaced": old is not None}
    ledger.note(session, viewer, now, "contact.change", "person", person.id, after=after)
    end_all(session, person.key, viewer, now, keep=viewer.sign_in_id)
    tell_account(session, person.key, "contact", now)
    if old is not None:
        send_letter(session, "changed", old, now, person_id=person.key)
    return person


def present(person: Person, target: str) -> str | None:
    """Whom to ask before this becomes one of the account's: what it replaces, else the other."""
    if channel_of(target) is Channel.EMAIL:
        return person.email or person.mobile
    return person.mobile or person.email
