"""Change → who is told, in which words. Fills the inbox and the outbox (`market.outbox` delivers).

Everything is written in the transaction of what it tells about. Who hears of which action, and in
which words, is a table: `market.telling`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from market.models.enums import Channel, DigestRhythm, NoticeKind
from market.models.notices import Delivery, Notice
from market.models.organisations import Organisation
from market.models.people import Person
from market.roles import Viewer
from market.texts import shortened

Item = TypeVar("Item")
MAX_SUBJECT = 200
AT_ONCE = 500
"""Rows of one statement."""
SMS = "【科揭】{subject}。详情请登录网站，在“通知”中查看。"


@dataclass(frozen=True, slots=True)
class Posting:
    """The same words for several people. `key` names the occurrence: nobody hears of it twice."""

    person_ids: Collection[int]
    kind: NoticeKind
    subject: str
    text: str = ""
    link: str = ""
    key: str | None = None


def tell(
    session: Session, action: str, row: Any, owner: Organisation | None, viewer: Viewer,
    now: datetime, reason: str = "",
) -> None:  # fmt: skip
    """Tell those whom an accepted action concerns, whoever did it excepted."""
    tell_all(session, action, [(row, owner)], viewer, now, reason)


def tell_all(
    session: Session, action: str, rows: Sequence[tuple[Any, Organisation | None]],
    viewer: Viewer, now: datetime, reason: str = "",
) -> None:  # fmt: skip
    """The same for an action on many rows, with as many queries as for one."""
    from market import telling

    if action in telling.TELLINGS and rows:
        session.flush()
        post_all(session, telling.postings(session, action, rows, viewer, now, reason), now)


def send(
    session: Session, channel: Channel, target: str, subject: str, text: str, now: datetime, *,
    is_secret: bool = False, expires_at: datetime | None = None, person_id: int | None = None,
    key: str | None = None, unsubscribe: str = "",
) -> None:  # fmt: skip
    """Write one message to an address or a number. Nothing leaves before the transaction ends.

    A line of `text` that begins with "/" is a path of the site: the outbox puts the address of the
    site before it. `is_secret`: a code or a link that works once is in the text (never put it into
    the subject); it is blanked once it was sent or has expired. The same `key` is sent once.
    `unsubscribe`: what the person may do without; the outbox says how.
    """
    delivery = Delivery(
        channel=channel, target=target, person_id=person_id, subject=one_line(subject), text=text,
        key=key, is_secret=is_secret, created_at=now, next_at=now, expires_at=expires_at,
        unsubscribe=unsubscribe,
    )  # fmt: skip
    _insert(session, [delivery])


def post(
    session: Session, person_ids: Collection[int], kind: NoticeKind, subject: str, text: str,
    link: str, now: datetime, *, key: str | None = None,
) -> None:  # fmt: skip
    """Put a notice into the inbox of each of them, and into their mail as they wish.

    `link` is a path of the site. With a `key` nobody is told the same occurrence twice. What is
    optional waits for the digest of whoever wants one.
    """
    session.flush()
    post_all(session, [Posting(person_ids, kind, subject, text, link, key)], now)


def post_all(session: Session, postings: Sequence[Posting], now: datetime) -> None:
    """Several at once, with as many queries as for one."""
    people = _people(session, {id for posting in postings for id in posting.person_ids})
    pairs = [
        (_notice(posting, person, now), person)
        for posting in postings
        for person in (people[id] for id in sorted(set(posting.person_ids)) if id in people)
    ]
    told = _told(session, [notice.key for notice, _ in pairs if notice.key])
    fresh = [(notice, person) for notice, person in pairs if notice.key not in told]
    _insert(session, [notice for notice, _ in fresh])
    mails = (_delivery(notice, person, now) for notice, person in fresh)
    _insert(session, [mail for mail in mails if mail])


def one_line(text: str, limit: int = MAX_SUBJECT) -> str:
    """The text as a subject: no line ends, which would begin another header, and not too long."""
    return shortened(" ".join(text.split()), limit)


def letter_text(name: str, text: str, link: str) -> str:
    """A notice as the text of a mail."""
    parts = [f"{name}，您好：", text.strip(), f"请打开网页查看：\n{link}" if link else ""]
    return "\n\n".join(part for part in parts if part)


def _notice(posting: Posting, person: Person, now: datetime) -> Notice:
    return Notice(
        person_id=person.key,
        kind=posting.kind,
        subject=one_line(posting.subject),
        text=posting.text.strip(),
        link=posting.link if posting.link.startswith("/") else "",
        key=f"{posting.key}:{person.key}" if posting.key else None,
        at=now,
        digested_at=None if _waits(posting.kind, person) else now,
    )


def _waits(kind: NoticeKind, person: Person) -> bool:
    """Whether `market.digests` mails it: what comes by the dozen is gathered in any case."""
    if not kind.is_optional or person.digest is DigestRhythm.OFF:
        return False
    return person.digest is not DigestRhythm.AT_ONCE or kind is NoticeKind.MATCH


def _delivery(notice: Notice, person: Person, now: datetime) -> Delivery | None:
    """The mail of a notice: none for those who do without, or who wait for their digest. Somebody
    without an address gets what is not optional as a short message."""
    is_optional = notice.kind.is_optional
    if is_optional and (person.digest is DigestRhythm.OFF or not person.email):
        return None
    if notice.digested_at is None or not (person.email or person.mobile):
        return None
    body = notice.text or f"{notice.subject}。"
    return Delivery(
        channel=Channel.EMAIL if person.email else Channel.SMS,
        target=person.email or person.mobile or "",
        person_id=person.key,
        subject=notice.subject if person.email else "",
        text=letter_text(person.name, body, notice.link)
        if person.email
        else SMS.format(subject=one_line(notice.subject, 60)),
        unsubscribe=notice.kind.value if is_optional else "",
        key=f"notice:{notice.key}"[:200] if notice.key else None,
        created_at=now,
        next_at=now,
    )


def _people(session: Session, ids: Collection[int]) -> dict[int, Person]:
    """Those who can be told; their rows as they are now, pending changes included."""
    found: dict[int, Person] = {}
    for some in _parts(sorted(ids)):
        query = select(Person).where(col(Person.id).in_(some), col(Person.erased_at).is_(None))
        found |= {person.key: person for person in session.execute(query).scalars()}
    return found


def _told(session: Session, keys: Sequence[str]) -> set[str | None]:
    found: set[str | None] = set()
    for some in _parts(keys):
        query = select(col(Notice.key)).where(col(Notice.key).in_(some))
        found |= set(session.execute(query).scalars())
    return found


def _insert(session: Session, rows: Sequence[SQLModel]) -> None:
    """Store them, those left out whose key is there already: somebody else was faster."""
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(type(rows[0]))
    statement = insert.on_conflict_do_nothing(index_elements=["key"])
    session.connection().execute(statement, [row.model_dump(exclude={"id"}) for row in rows])


def _parts(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
