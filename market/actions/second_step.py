"""The second step of signing in: six digits that a person's own device shows (TOTP, RFC 6238).

It is optional. Whoever has set it up works for the bureau only in sessions that passed it
(`queries.people`). The secret is sealed, and the code of one half-minute is taken once.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import ColumnElement, or_, select, update
from sqlmodel import Session, col

from market import ledger, rules
from market.account_letters import tell_account
from market.actions import one_time
from market.actions.accounts import oneself
from market.actions.sign_ins import end_all, mark_proven
from market.credentials import typed
from market.db import kept_apart, row_by_id, rows_changed
from market.errors import Invalid, NotAllowed, Problem
from market.keys import Keys
from market.models.enums import OneTimePurpose
from market.models.people import Person
from market.models.sign_ins import OneTime, SignIn
from market.queries.people import SECOND_STEP
from market.roles import Viewer

STEP = 30
WINDOW = 1
MINUTES = 15
SETUP = "setup"
"""Tells the secret that waits for its first code from other things of this purpose."""
WRONG = "验证码不对：请核对手机时间，等出现新的 6 位数字后再输入。"
NOT_BEGUN = "设置已过期，请重新开始。"
SET_ALREADY = "两步验证已经开启，请先关闭再重新设置。"


@dataclass(frozen=True, slots=True)
class TotpSetup:
    """What a person's device needs: the secret to type, and the same as a QR code's address."""

    secret: str
    uri: str


def begin(session: Session, viewer: Viewer, now: datetime, keys: Keys) -> TotpSetup:
    """A new secret, which counts once its first code was entered. It replaces one that waited."""
    person = oneself(session, viewer, now, "account.secure")
    if person.totp_secret is not None:
        raise NotAllowed(SET_ALREADY)
    secret = pyotp.random_base32()
    session.flush()
    rows_changed(session, update(OneTime).where(*_waiting(person.key, now)).values(used_at=now))
    session.add(
        OneTime(
            purpose=OneTimePurpose.SECOND_STEP, target=SETUP, person_id=person.id,
            digest=keys.digest(SETUP, secret), payload={"secret": keys.seal(secret)},
            created_at=now, expires_at=now + timedelta(minutes=MINUTES),
        )
    )  # fmt: skip
    session.flush()
    ledger.note(session, viewer, now, "second-step.begin", "person", person.id)
    return TotpSetup(secret, _uri(secret, person))


def waiting(session: Session, viewer: Viewer, now: datetime, keys: Keys) -> TotpSetup | None:
    """The secret that waits for its first code, to show its page once more."""
    person = oneself(session, viewer, now, "account.secure")
    row = _waiting_row(session, person.key, now)
    secret = keys.open(row.payload["secret"]) if row else None
    return TotpSetup(secret, _uri(secret, person)) if secret else None


def confirm(session: Session, code: str, viewer: Viewer, now: datetime, keys: Keys) -> None:
    """Count the second step from now on. This session has passed it; the others end."""
    rules.require(viewer, "account.secure", now=now)
    with kept_apart(session) as apart:
        row = _waiting_row(apart, viewer.person_id or 0, now)
        has_try = row is not None and one_time.claim_try(apart, row)
        payload = dict(row.payload) if row else {}
    secret = keys.open(payload["secret"]) if has_try else None
    if row is None or secret is None:
        raise NotAllowed(NOT_BEGUN)
    step = _step_of(secret, code, now)
    if step is None:
        raise one_time.WrongTry([Problem("code", WRONG)])
    one_time.use_up(session, row, now)
    person = oneself(session, viewer, now, "account.secure")
    person.totp_secret, person.totp_step = payload["secret"], step
    session.add(person)
    _pass(session, viewer)
    _after(session, person, "second-step.confirm", "second-step", viewer, now)


def is_right(session: Session, person: Person, code: str, now: datetime, keys: Keys) -> bool:
    """Whether this is the code of now (or of the half-minute before or after), which is taken by
    asking: of two who bring the same one, the second is told no."""
    secret = keys.open(person.totp_secret) if person.totp_secret else None
    step = _step_of(secret, code, now) if secret else None
    if step is None:
        return False
    unused = or_(col(Person.totp_step).is_(None), col(Person.totp_step) < step)
    take = update(Person).where(col(Person.id) == person.id, unused).values(totp_step=step)
    return rows_changed(session, take) == 1


def prove(session: Session, code: str, viewer: Viewer, now: datetime, keys: Keys) -> None:
    """Show who one is by the code of now, where there is no password. Raises Invalid."""
    person = oneself(session, viewer, now)
    if not is_right(session, person, code, now, keys):
        raise Invalid([Problem("code", WRONG)])
    mark_proven(session, viewer, now, "totp")


def end(session: Session, viewer: Viewer, now: datetime) -> None:
    """Do without the second step again. The other sessions end."""
    person = oneself(session, viewer, now, "account.secure")
    _end(session, person, "second-step.end", "second-step-end", viewer, now)


def lift(session: Session, person_id: int, viewer: Viewer, now: datetime) -> None:
    """End the second step of somebody who lost the device. They sign in again."""
    rules.require(viewer, "person.lift", now=now)
    person = row_by_id(session, Person, person_id)
    if person.id == viewer.person_id:
        raise NotAllowed("自己的两步验证请在“账号安全”里关闭。")
    _end(session, person, "second-step.lift", "second-step-lift", viewer, now)


def _end(
    session: Session, person: Person, action: str, notice: str, viewer: Viewer, now: datetime
) -> None:
    if person.totp_secret is None:
        raise NotAllowed("两步验证没有开启。")
    person.totp_secret = person.totp_step = None
    session.add(person)
    _after(session, person, action, notice, viewer, now)


def _after(
    session: Session, person: Person, action: str, notice: str, viewer: Viewer, now: datetime
) -> None:
    session.flush()
    ledger.note(session, viewer, now, action, "person", person.id)
    keep = viewer.sign_in_id if person.id == viewer.person_id else None
    end_all(session, person.key, viewer, now, keep=keep)
    tell_account(session, person.key, notice, now)


def _pass(session: Session, viewer: Viewer) -> None:
    row = session.get(SignIn, viewer.sign_in_id) if viewer.sign_in_id else None
    if row is not None and not row.method.endswith(SECOND_STEP):
        row.method += SECOND_STEP
        session.add(row)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half-minute whose code this is, of the three that count now."""
    typed_bytes = typed(code).encode("utf-8", "replace")
    totp = pyotp.TOTP(secret, interval=STEP)
    present, found = int(now.timestamp()) // STEP, None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed_bytes):
            found = step
    return found


def _uri(secret: str, person: Person) -> str:
    name = person.email or person.mobile or person.name
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=name, issuer_name="科揭")


def _waiting_row(session: Session, person_id: int, now: datetime) -> OneTime | None:
    query = select(OneTime).where(*_waiting(person_id, now)).order_by(col(OneTime.id).desc())
    return session.execute(query).scalar()


def _waiting(person_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OneTime.purpose) == OneTimePurpose.SECOND_STEP, col(OneTime.target) == SETUP,
        col(OneTime.person_id) == person_id, one_time.works(now),
    )  # fmt: skip
