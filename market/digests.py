"""The mail that gathers what is optional: daily at eight, weekly on Mondays at eight, in Shanghai;
whoever wants optional notices at once gets what gathered since the last turn of the clock.

One mail holds all that is new and unread, and none is sent for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlmodel import Session, col

from market.calendar import ZONE
from market.models.enums import Channel, DigestRhythm, NoticeKind
from market.models.notices import Notice
from market.models.people import Person
from market.notices import letter_text, send

HOUR = 8
AT_ONCE = 200
"""People of one turn."""
SHOWN = 50
"""Notices that one mail lists."""
OPTIONAL = tuple(kind for kind in NoticeKind if kind.is_optional)
RHYTHMS = (DigestRhythm.AT_ONCE, DigestRhythm.DAILY, DigestRhythm.WEEKLY)
MORE = "另有 {count} 条，请在“通知”中查看。"


def mark_of(rhythm: DigestRhythm, now: datetime) -> datetime:
    """The hour at which a digest of this rhythm was last due."""
    if rhythm is DigestRhythm.AT_ONCE:
        return now
    local = now.astimezone(ZONE)
    mark = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    is_weekly = rhythm is DigestRhythm.WEEKLY
    mark -= timedelta(days=mark.weekday() if is_weekly else 0)
    return mark if mark <= local else mark - timedelta(days=7 if is_weekly else 1)


def send_due(session: Session, now: datetime) -> int:
    """Write the digests whose hour has come; how many."""
    sent = 0
    for rhythm in RHYTHMS:
        mark = mark_of(rhythm, now)
        for person in session.execute(_waiting(rhythm, mark)).scalars().all():
            _send(session, person, mark, now)
            sent += 1
    return sent


def _waiting(rhythm: DigestRhythm, mark: datetime) -> Select[Person]:
    """Those with this rhythm for whom something was new at that hour."""
    return (
        select(Person)
        .where(
            col(Person.digest) == rhythm,
            col(Person.email).is_not(None),
            col(Person.erased_at).is_(None),
            col(Person.suspended_at).is_(None),
            or_(col(Person.digested_at).is_(None), col(Person.digested_at) < mark),
            exists().where(
                _is_new(), col(Notice.person_id) == col(Person.id), col(Notice.at) <= mark
            ),
        )
        .order_by(col(Person.id))
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )


def _is_new() -> ColumnElement[bool]:
    """Whether a notice has neither been read nor been in a mail."""
    is_optional = col(Notice.kind).in_(OPTIONAL)
    return is_optional & col(Notice.digested_at).is_(None) & col(Notice.read_at).is_(None)


def _send(session: Session, person: Person, mark: datetime, now: datetime) -> None:
    mine = _is_new() & (col(Notice.person_id) == person.key)
    found = select(Notice).where(mine).order_by(col(Notice.at), col(Notice.id))
    news = session.execute(found).scalars().all()
    subject, text = _words(news)
    send(
        session, Channel.EMAIL, person.email or "", subject, letter_text(person.name, text, ""),
        now, person_id=person.key, unsubscribe="digest",
        key=f"digest:{person.key}:{mark.timestamp():.6f}",
    )  # fmt: skip
    session.execute(update(Notice).where(mine).values(digested_at=now))
    person.digested_at = now
    session.add(person)
    session.flush()


def _words(news: Sequence[Notice]) -> tuple[str, str]:
    """Subject and text. One notice is told in its own words."""
    first = news[0]
    if len(news) == 1:
        return first.subject, "\n".join(part for part in (first.text, first.link) if part)
    items = [
        "\n".join(part for part in (f"{number}. {notice.subject}", notice.link) if part)
        for number, notice in enumerate(news[:SHOWN], 1)
    ]
    if len(news) > SHOWN:
        items.append(MORE.format(count=len(news) - SHOWN))
    return f"{len(news)} 条新通知：{first.subject}", "\n\n".join(items)
