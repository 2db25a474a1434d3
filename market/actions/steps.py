"""Ways that take several requests: to an identity provider and back, from the password to the
second step. What was begun is kept here under a token that is told once, for a few minutes.

The token goes to the browser that began (`web` keeps it in a cookie): nobody else can go on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from market import rules
from market.actions import one_time, second_step, sign_ins
from market.actions.accounts import oneself
from market.credentials import digest_of, new_token
from market.errors import Invalid, Problem
from market.keys import Keys
from market.models.enums import OneTimePurpose
from market.models.people import Person
from market.models.sign_ins import OneTime
from market.queries.people import is_active
from market.roles import Viewer

MINUTES = 10


def begin(
    session: Session, purpose: OneTimePurpose, viewer: Viewer, now: datetime, *,
    person_id: int | None = None, payload: dict[str, Any] | None = None,
) -> str:  # fmt: skip
    """The token of a way that begins now. `person_id` is whom it is about."""
    rules.require(viewer, "account.sign-in")
    token = new_token()
    session.add(
        OneTime(
            purpose=purpose, digest=digest_of(token), person_id=person_id, payload=payload or {},
            created_at=now, expires_at=now + timedelta(minutes=MINUTES),
        )
    )  # fmt: skip
    session.flush()
    return token


def begun(session: Session, purpose: OneTimePurpose, token: str, now: datetime) -> OneTime | None:
    """What was begun under this token and is not over."""
    return one_time.check_link(session, purpose, token, now) if token else None


def finish(session: Session, purpose: OneTimePurpose, token: str, now: datetime) -> OneTime | None:
    """The same, which from now on nobody can go on with: the second of two who try gets None."""
    found = begun(session, purpose, token, now)
    if found is not None:
        try:
            one_time.use_up(session, found, now)
        except Invalid:
            return None
    return found


def await_code(
    session: Session, person: Person, viewer: Viewer, now: datetime, payload: dict[str, Any]
) -> str:
    """The token of a sign-in whose password was right and whose second step is still to come."""
    return begin(
        session, OneTimePurpose.SECOND_STEP, viewer, now, person_id=person.id,
        payload={**payload, "stamp": _stamp(person)},
    )  # fmt: skip


def awaited(session: Session, token: str, now: datetime) -> tuple[Person, dict[str, Any]] | None:
    """Whose code is awaited under this token; nobody's once the password was changed since."""
    row = begun(session, OneTimePurpose.SECOND_STEP, token, now)
    person = session.get(Person, row.person_id) if row else None
    if row is None or person is None or not is_active(person) or person.totp_secret is None:
        return None
    return (person, row.payload) if row.payload.get("stamp") == _stamp(person) else None


def prove_by_code(session: Session, code: str, viewer: Viewer, now: datetime, keys: Keys) -> None:
    """Somebody without a password shows once more who they are. Raises Invalid."""
    person = oneself(session, viewer, now)
    if person.password_hash is not None:
        raise Invalid([Problem("password", "请填写密码。")])
    if not second_step.is_right(session, person, code, now, keys):
        raise Invalid([Problem("code", second_step.WRONG)])
    sign_ins.mark_proven(session, viewer, now, "totp")


def _stamp(person: Person) -> str:
    """Tells one password from the next, and neither from anything else."""
    return digest_of(person.password_hash or "")[:16]
