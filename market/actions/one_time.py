"""Codes and links that work once. Of both only a digest is stored.

A new one kills those before it for the same purpose and target. Five wrong tries kill a code; a
try is counted before the code is compared and kept even though the action is refused, so that
many at once win nothing. Using one up is an UPDATE that only one of two can make.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from market.credentials import digest_of, is_same, new_code, new_token, typed
from market.db import kept_apart, rows_changed
from market.errors import Invalid, Problem, TooMany
from market.keys import Keys
from market.models.enums import OneTimePurpose
from market.models.sign_ins import OneTime

TRIES = 5
REST = timedelta(seconds=60)
A_DAY = 10
WRONG_CODE = "验证码不对或已失效，请核对最近一次收到的验证码，或重新获取。"
WRONG_LINK = "这个链接已用过或已过期，请重新申请。"


class WrongTry(Invalid):
    """A try that must stay counted, even where all else is rolled back."""

    keeps = True


def issue_code(
    session: Session, purpose: OneTimePurpose, target: str, now: datetime, period: timedelta,
    keys: Keys, *, person_id: int | None = None, payload: dict[str, Any] | None = None,
) -> str:  # fmt: skip
    """A new code of six digits for a target. Raises TooMany when one was just asked for."""
    code = new_code()
    digest = keys.digest(purpose, f"{target}\n{code}")
    _store(session, purpose, target, digest, now, period, person_id, payload)
    return code


def issue_link(
    session: Session, purpose: OneTimePurpose, target: str, now: datetime, period: timedelta, *,
    person_id: int | None = None,
) -> str:  # fmt: skip
    """A new token for a link that is sent to a target. Raises TooMany like `issue_code`."""
    token = new_token()
    _store(session, purpose, target, digest_of(token), now, period, person_id, None)
    return token


def check_code(
    session: Session, purpose: OneTimePurpose, target: str, code: str, now: datetime, keys: Keys,
    *, person_id: int | None = None, field: str = "code",
) -> OneTime:  # fmt: skip
    """The row of a code that is right; it is not yet used up. Raises WrongTry, which is counted.

    Asked before the session begins, so that the count outlives a refusal: see `kept_apart`.
    """
    code = typed(code)
    with kept_apart(session) as apart:
        row = _latest(apart, purpose, target, person_id, now)
        is_right = row is not None and claim_try(apart, row)
        if row is not None and is_right:
            digest = keys.digest(purpose, f"{target}\n{code}")
            is_right = is_same(digest, row.digest)
            if is_right:
                rows_changed(apart, _one(row.id).values(wrong_tries=OneTime.wrong_tries - 1))
    if row is None or not is_right:
        raise WrongTry([Problem(field, WRONG_CODE)])
    return row


def check_link(
    session: Session, purpose: OneTimePurpose, token: str, now: datetime
) -> OneTime | None:
    """The row of a link that still works, not yet used up."""
    query = select(OneTime).where(
        col(OneTime.digest) == digest_of(token), col(OneTime.purpose) == purpose, works(now)
    )
    return session.execute(query).scalar()


def use_up(session: Session, row: OneTime, now: datetime) -> None:
    """Take a code or a link. Raises Invalid for whoever comes second."""
    if rows_changed(session, _one(row.id).where(works(now)).values(used_at=now)) != 1:
        raise Invalid([Problem("code", WRONG_CODE)])


def _store(
    session: Session, purpose: OneTimePurpose, target: str, digest: str, now: datetime,
    period: timedelta, person_id: int | None, payload: dict[str, Any] | None,
) -> None:  # fmt: skip
    same = (col(OneTime.purpose) == purpose) & (col(OneTime.target) == target)
    _rest(session, same, now)
    dead = update(OneTime).where(same, col(OneTime.used_at).is_(None))
    if person_id is not None and purpose is OneTimePurpose.CHANGE_CONTACT:
        dead = update(OneTime).where(
            col(OneTime.purpose) == purpose, col(OneTime.used_at).is_(None),
            same | (col(OneTime.person_id) == person_id),
        )  # fmt: skip
    rows_changed(session, dead.values(used_at=now))
    row = OneTime(
        purpose=purpose, target=target, person_id=person_id, digest=digest, payload=payload or {},
        created_at=now, expires_at=now + period,
    )  # fmt: skip
    session.add(row)
    session.flush()


def _rest(session: Session, same: ColumnElement[bool], now: datetime) -> None:
    """Nobody's mailbox or telephone is flooded, and no message is paid for in vain."""
    query = select(func.count(), func.max(col(OneTime.created_at))).where(
        same, col(OneTime.created_at) > now - timedelta(days=1)
    )
    count, last = session.execute(query).one()
    if last is not None and now - last < REST:
        seconds = max(1, int((last + REST - now).total_seconds()))
        raise TooMany(f"刚刚发过一次，请 {seconds} 秒后再试。", seconds)
    if count >= A_DAY:
        raise TooMany("今天发送的次数已用完，请明天再试。", 24 * 3600)


def _latest(
    session: Session, purpose: OneTimePurpose, target: str, person_id: int | None, now: datetime
) -> OneTime | None:
    query = select(OneTime).where(
        col(OneTime.purpose) == purpose, col(OneTime.target) == target, works(now),
        col(OneTime.person_id) == person_id,
    )  # fmt: skip
    return session.execute(query.order_by(col(OneTime.id).desc())).scalar()


def claim_try(session: Session, row: OneTime) -> bool:
    left = col(OneTime.wrong_tries) < TRIES
    claim = _one(row.id).where(left).values(wrong_tries=OneTime.wrong_tries + 1)
    return rows_changed(session, claim) == 1


def _one(id: int | None) -> Any:
    return update(OneTime).where(col(OneTime.id) == id)


def works(now: datetime) -> ColumnElement[bool]:
    """Neither used nor expired nor out of tries. The SQL of what `check_code` asks."""
    return (
        col(OneTime.used_at).is_(None)
        & (col(OneTime.expires_at) > now)
        & (col(OneTime.wrong_tries) <= TRIES)
    )
