"""One's own notices: what is unread, and pages of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.enums import DigestRhythm, NoticeKind
from market.models.notices import Notice
from market.models.people import Person
from market.queries.pages import turned_to
from market.roles import Viewer

PAGE = 30


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices are wanted."""

    kind: NoticeKind | None = None
    is_unread: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as its reader sees it."""

    id: int
    kind: NoticeKind
    subject: str
    text: str
    link: str
    at: datetime
    read_at: datetime | None

    @property
    def is_unread(self) -> bool:
        """Whether it is still new to its reader."""
        return self.read_at is None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One page: what is unread first, then the newest. `unread` counts without the filter, and
    `kinds` are those that the reader has any of."""

    rows: list[NoticeRow]
    total: int
    unread: int
    page: int
    pages: int
    kinds: list[NoticeKind]


@dataclass(frozen=True, slots=True)
class MailWishes:
    """How somebody wants optional notices by mail."""

    digest: DigestRhythm
    email: str | None


def notice_page(session: Session, viewer: Viewer, wanted: NoticeFilter) -> NoticePage:
    """One page of one's own notices."""
    rules.require(viewer, "inbox.view")
    where = _mine(viewer)
    by_kind = select(col(Notice.kind), func.count(), func.count().filter(_unread()))
    counted = session.execute(by_kind.where(where).group_by(col(Notice.kind))).all()
    counts = {kind: (every, new) for kind, every, new in counted}
    if wanted.kind:
        where &= col(Notice.kind) == wanted.kind
    if wanted.is_unread:
        where &= _unread()
    total = sum(
        new if wanted.is_unread else every
        for kind, (every, new) in counts.items()
        if wanted.kind in (None, kind)
    )
    page, pages, before = turned_to(wanted.page, total, PAGE)
    order = col(Notice.read_at).is_not(None), col(Notice.at).desc(), col(Notice.id).desc()
    query = select(Notice).where(where).order_by(*order).offset(before).limit(PAGE)
    rows = [_row(notice) for notice in session.execute(query).scalars()]
    unread = sum(new for _, new in counts.values())
    return NoticePage(
        rows, total, unread, page, pages, [kind for kind in NoticeKind if kind in counts]
    )


def notice_by_id(session: Session, id: int, viewer: Viewer) -> NoticeRow:
    """One of one's own notices; NotFound for anybody else's."""
    rules.require(viewer, "inbox.view")
    query = select(Notice).where(_mine(viewer), col(Notice.id) == id)
    found = session.execute(query).scalar() if 0 < id < 2**63 else None
    if found is None:
        raise NotFound
    return _row(found)


def mail_wishes(session: Session, viewer: Viewer) -> MailWishes:
    """How one gets optional notices, and where."""
    rules.require(viewer, "account.use")
    person = session.get(Person, viewer.person_id)
    if person is None:
        raise NotFound
    return MailWishes(person.digest, person.email)


def _mine(viewer: Viewer) -> ColumnElement[bool]:
    return col(Notice.person_id) == viewer.person_id


def _unread() -> ColumnElement[bool]:
    return col(Notice.read_at).is_(None)


def _row(notice: Notice) -> NoticeRow:
    return NoticeRow(
        notice.id or 0, notice.kind, notice.subject, notice.text, notice.link, notice.at,
        notice.read_at,
    )  # fmt: skip
