"""What is new for somebody since they were last in their workspace: the matches that they were told
of, each once, and still may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models.enums import Kind, ListingState, NoticeKind
from market.models.notices import Notice
from market.queries.rows import ListingRow, rows_for
from market.roles import Viewer

MOST = 6
Told = tuple[Kind, int, int, datetime]


@dataclass(frozen=True, slots=True)
class NewMatch:
    """A strong match of one of my own listings."""

    own: ListingRow
    listing: ListingRow
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """Since when, how many matches, and the newest of them; `since` is None on a first visit."""

    since: datetime | None
    count: int
    matches: list[NewMatch]


def news_for(session: Session, viewer: Viewer, since: datetime | None) -> News:
    """The matches that the viewer was told of since then, the latest first."""
    if since is None:
        return News(None, 0, [])
    told = (
        col(Notice.person_id) == viewer.person_id,
        col(Notice.kind) == NoticeKind.MATCH,
        col(Notice.at) > since,
    )
    count = session.execute(select(func.count()).select_from(Notice).where(*told)).scalar() or 0
    query = select(col(Notice.key), col(Notice.at)).where(*told)
    newest = session.execute(query.order_by(col(Notice.id).desc()).limit(MOST)).all()
    pairs = [_pair(key, at) for key, at in newest if key]
    rows = {kind: _listings(session, kind, pairs, viewer) for kind in Kind}
    found = [
        NewMatch(rows[side][own], rows[side.other][other], at)
        for side, own, other, at in pairs
        if own in rows[side] and other in rows[side.other]
    ]
    return News(since, count, found)


def _pair(key: str, at: datetime) -> Told:
    """The pair, as `market.match_news` named it: match:SIDE:OWN:OTHER:PERSON."""
    _, side, own, other, _ = key.split(":")
    return Kind(side), int(own), int(other), at


def _listings(
    session: Session, kind: Kind, pairs: list[Told], viewer: Viewer
) -> dict[int, ListingRow]:
    ids = [own if side is kind else other for side, own, other, _ in pairs]
    found = rows_for(session, kind, ids, viewer)
    return {id: r.row for id, r in found.items() if r.row.state is ListingState.PUBLISHED}
