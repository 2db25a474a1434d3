"""What can happen to a session: it is opened, used, proven once more, and revoked.

Of a token only its SHA-256 is stored, and every sign-in makes a new one. Wrong passwords are
counted at the door (`web`), per account and address: here nothing is locked, so that nobody can
lock somebody else out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from market import account_letters, credentials, ledger, rules
from market.db import reading_beside, rows_changed
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models.enums import SignInKind
from market.models.people import Person
from market.models.sign_ins import SignIn
from market.policy import current
from market.queries.people import (
    SECOND_STEP,
    TOUCH_EVERY,
    is_active,
    open_ones,
    person_by_target,
)
from market.roles import Viewer

TOKEN_DAYS = 365
TOKENS = 20
WRONG_PASSWORD = "密码不对。"


def authenticate(session: Session, login: str, password: str) -> Person | None:
    """The person with this address or number and password, or None without a word on which was
    wrong. One hashing whatever there is, in no transaction; the Person is not of `session`."""
    with reading_beside(session) as reading:
        person = reading.execute(person_by_target(login)).scalar()
    known = person if person and is_active(person) else None
    is_right = credentials.is_password(password, known.password_hash if known else None)
    return known if is_right else None


def open_session(
    session: Session, person: Person, viewer: Viewer, now: datetime, *, method: str = "password",
    agent: str = "", address: str = "", password: str = "",
) -> tuple[SignIn, str]:  # fmt: skip
    """A new session with a new token, which is told once. `method` ends in "+totp" when the second
    step was passed; `password`, just shown, lets a hash of an older cost be made anew."""
    rules.require(viewer, "account.sign-in")
    better = _better_hash(person, password)
    held = session.get(Person, person.key)
    if held is None or not is_active(held) or held.password_hash != person.password_hash:
        raise NotAllowed("账号刚刚有变化，请重新登录。")
    held.password_hash = better or held.password_hash
    token = credentials.new_token()
    row = SignIn(
        person_id=held.key, digest=credentials.digest_of(token), method=method, created_at=now,
        seen_at=now, expires_at=now + current().period("session_days"), proven_at=now,
        address=address[:60], agent=agent[:200],
    )  # fmt: skip
    session.add_all([held, row])
    session.flush()
    oneself = replace(viewer, person_id=held.key, name=held.name)
    ledger.note(session, oneself, now, "sign-in.open", "sign-in", row.id, after={"method": method})
    return row, token


def _better_hash(person: Person, password: str) -> str | None:
    """Made before the session is touched: a hashing keeps no other writer waiting."""
    if not password or person.password_hash is None:
        return None
    return credentials.renewed(password, person.password_hash)


def touch(session: Session, viewer: Viewer, now: datetime) -> bool:
    """Note that a session is in use, at most once a minute; whether it was noted."""
    id = viewer.sign_in_id
    due = (col(SignIn.seen_at) <= now - TOUCH_EVERY) & col(SignIn.revoked_at).is_(None)
    mark = update(SignIn).where(col(SignIn.id) == id, due).values(seen_at=now)
    return rows_changed(session, mark) == 1


def prove(session: Session, password: str, viewer: Viewer, now: datetime) -> None:
    """The password was shown once more in this session. Raises Invalid if it is wrong."""
    rules.require(viewer, "account.use")
    if not is_own_password(session, password, viewer):
        raise Invalid([Problem("password", WRONG_PASSWORD)])
    mark_proven(session, viewer, now, "password")


def mark_proven(session: Session, viewer: Viewer, now: datetime, method: str) -> None:
    """Whoever sits there has just shown who they are, in whatever way: sensitive acts are open."""
    row = session.get(SignIn, viewer.sign_in_id) if viewer.sign_in_id else None
    if row is None or row.kind is not SignInKind.BROWSER or row.revoked_at is not None:
        raise NotAllowed("请在网页上登录后再确认身份。")
    row.proven_at = now
    session.add(row)
    ledger.note(session, viewer, now, "sign-in.prove", "sign-in", row.id, after={"by": method})


def is_own_password(session: Session, password: str, viewer: Viewer) -> bool:
    """Whether this is the viewer's password; hashed before `session` begins to write."""
    with reading_beside(session) as reading:
        query = select(col(Person.password_hash)).where(col(Person.id) == viewer.person_id)
        stored = reading.execute(query).scalar()
    return credentials.is_password(password, stored)


def make_token(
    session: Session, name: str, days: int, viewer: Viewer, now: datetime
) -> tuple[SignIn, str]:
    """A token for programs, which is told once. It may what its person may, except what wants the
    password shown, and works for the bureau only if this session may."""
    rules.require(viewer, "account.secure", now=now)
    parent = _own(session, viewer.sign_in_id, viewer)
    problems = _token_problems(session, name, days, viewer, now)
    if problems:
        raise Invalid(problems)
    token = credentials.new_token()
    method = "token" + (SECOND_STEP if parent.method.endswith(SECOND_STEP) else "")
    row = SignIn(
        person_id=parent.person_id, kind=SignInKind.TOKEN, name=name.strip(), method=method,
        digest=credentials.digest_of(token), created_at=now, seen_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(row)
    session.flush()
    ledger.note(session, viewer, now, "sign-in.make-token", "sign-in", row.id, after={"days": days})
    account_letters.tell_account(session, parent.person_id, "token", now)
    return row, token


def _token_problems(
    session: Session, name: str, days: int, viewer: Viewer, now: datetime
) -> list[Problem]:
    problems = []
    if not 1 <= len(name.strip()) <= 60:
        problems.append(Problem("name", "请给令牌起个名字，说明用在哪里，最多 60 个字符。"))
    if not 1 <= days <= TOKEN_DAYS:
        problems.append(Problem("days", f"有效期应为 1 到 {TOKEN_DAYS} 天。"))
    held = select(func.count()).select_from(SignIn).where(
        col(SignIn.person_id) == viewer.person_id, col(SignIn.kind) == SignInKind.TOKEN,
        open_ones(now),
    )  # fmt: skip
    if session.execute(held).scalar_one() >= TOKENS:
        problems.append(Problem("name", f"最多同时有 {TOKENS} 个令牌，请先撤销不用的。"))
    return problems


def revoke(session: Session, id: int, viewer: Viewer, now: datetime) -> None:
    """End one of one's own sessions or tokens, at once."""
    rules.require(viewer, "account.use")
    row = _own(session, id, viewer)
    if row.revoked_at is None:
        row.revoked_at = now
        session.add(row)
        ledger.note(session, viewer, now, "sign-in.revoke", "sign-in", row.id)


def revoke_others(session: Session, viewer: Viewer, now: datetime) -> int:
    """End every session and token of one's own but this one; how many."""
    rules.require(viewer, "account.use")
    return end_all(session, viewer.person_id or 0, viewer, now, keep=viewer.sign_in_id)


def sign_out(session: Session, viewer: Viewer, now: datetime) -> None:
    """End this session."""
    if viewer.sign_in_id is not None:
        revoke(session, viewer.sign_in_id, viewer, now)


def sign_out_everywhere(session: Session, viewer: Viewer, now: datetime) -> int:
    """End every session and token of one's own, this one too; how many."""
    rules.require(viewer, "account.use")
    return end_all(session, viewer.person_id or 0, viewer, now)


def end_all(
    session: Session, person_id: int, viewer: Viewer, now: datetime, *, keep: int | None = None
) -> int:
    """End all sessions and tokens of a person, but for the one to keep; how many. Asked for by
    actions that have looked at their own rule."""
    theirs = (col(SignIn.person_id) == person_id) & col(SignIn.revoked_at).is_(None)
    if keep is not None:
        theirs &= col(SignIn.id) != keep
    ended = rows_changed(session, update(SignIn).where(theirs).values(revoked_at=now))
    if ended:
        ledger.note(
            session, viewer, now, "sign-in.revoke-all", "person", person_id, after={"ended": ended}
        )
    return ended


def _own(session: Session, id: int | None, viewer: Viewer) -> SignIn:
    row = session.get(SignIn, id) if id is not None and 0 < id < 2**63 else None
    if row is None or row.person_id != viewer.person_id:
        raise NotFound
    return row
