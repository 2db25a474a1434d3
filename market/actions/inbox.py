"""What a person does with their notices: reads them, says how they want mails, ends those that are
optional."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from market import ledger, rules
from market.actions import consents
from market.db import rows_changed
from market.errors import Invalid, NotFound, Problem
from market.keys import Keys
from market.models.enums import ConsentTopic, DigestRhythm
from market.models.notices import Notice
from market.models.people import Person
from market.outbox import UNSUBSCRIBE
from market.queries.inbox import NoticeRow, notice_by_id
from market.roles import Viewer

BY_LINK = "退订链接"


def mark_read(session: Session, id: int, viewer: Viewer, now: datetime) -> NoticeRow:
    """Mark one notice as read; the notice, so that it can be opened."""
    found = notice_by_id(session, id, viewer)
    _read(session, viewer, now, id)
    return found


def mark_all_read(session: Session, viewer: Viewer, now: datetime) -> int:
    """Mark every notice as read; how many that were."""
    rules.require(viewer, "inbox.view")
    return _read(session, viewer, now)


def choose_rhythm(
    session: Session, rhythm: DigestRhythm | None, viewer: Viewer, now: datetime
) -> None:
    """Say how optional notices come by mail. To want them is a consent that is kept."""
    rules.require(viewer, "account.use")
    if rhythm is None:
        raise Invalid([Problem("digest", "请选择一种方式。")])
    person = session.get(Person, viewer.person_id)
    if person is None:
        raise NotFound
    if rhythm is DigestRhythm.OFF:
        _end(session, person, viewer, now)
        return
    consents.give(session, ConsentTopic.DIGEST, viewer, now)
    _set(session, person, rhythm, viewer, now)


def unsubscribe(session: Session, token: str, viewer: Viewer, now: datetime, keys: Keys) -> None:
    """End optional mails of whom the link was made for, whoever opens it. It can be repeated."""
    rules.require(viewer, "account.unsubscribe")
    _end(session, _person_of(session, token, keys), viewer, now, reason=BY_LINK)


def require_link(session: Session, token: str, viewer: Viewer, keys: Keys) -> None:
    """Raise NotFound unless the link is one of ours and its person is still there."""
    rules.require(viewer, "account.unsubscribe")
    _person_of(session, token, keys)


def _person_of(session: Session, token: str, keys: Keys) -> Person:
    id = keys.read(UNSUBSCRIBE, token) if len(token) <= 300 else None
    is_id = type(id) is int and 0 < id < 2**31
    person = session.get(Person, id) if is_id else None
    if person is None or person.erased_at is not None:
        raise NotFound
    return person


def _end(session: Session, person: Person, viewer: Viewer, now: datetime, reason: str = "") -> None:
    consents.end_all(session, person.key, ConsentTopic.DIGEST, now)
    _set(session, person, DigestRhythm.OFF, viewer, now, reason)


def _set(
    session: Session, person: Person, rhythm: DigestRhythm, viewer: Viewer, now: datetime,
    reason: str = "",
) -> None:  # fmt: skip
    """What waited for the old rhythm's hour is in the inbox, and does not come back later."""
    if person.digest is rhythm:
        return
    before, person.digest = person.digest, rhythm
    session.add(person)
    waiting = col(Notice.person_id) == person.key, col(Notice.digested_at).is_(None)
    if rhythm is DigestRhythm.OFF:
        session.execute(update(Notice).where(*waiting).values(digested_at=now))
    ledger.note(
        session, viewer, now, "account.digest", "person", person.key, before={"digest": before},
        after={"digest": rhythm}, reason=reason,
    )  # fmt: skip


def _read(session: Session, viewer: Viewer, now: datetime, id: int | None = None) -> int:
    mine = (col(Notice.person_id) == viewer.person_id) & col(Notice.read_at).is_(None)
    if id is not None:
        mine &= col(Notice.id) == id
    count = rows_changed(session, update(Notice).where(mine).values(read_at=now))
    if count:
        after = {"notices": count}
        ledger.note(session, viewer, now, "inbox.read", "person", viewer.person_id, after=after)
    return count
