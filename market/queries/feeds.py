"""A filtered list as programs follow it: what changed last comes first, as everybody may read it,
whoever asks. What is no longer listed drops out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from market.models.installation import Installation
from market.models.tables import TABLES
from market.queries.filters import ListingFilter, conditions
from market.queries.pages import turned_to
from market.queries.rows import ListingRow, rows_for
from market.roles import VISITOR_VIEWER

ENTRIES = 20


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of a feed. `updated` is the last change of everything that passes the filter;
    `installation` tells the ids of this site's listings from those of others; "" before anything
    was indexed."""

    rows: list[ListingRow]
    total: int
    page: int
    pages: int
    updated: datetime | None
    installation: str


def feed_page(session: Session, wanted: ListingFilter) -> FeedPage:
    """A page of the feed of a list; beyond the last one comes the last."""
    table = TABLES[wanted.kind].listing
    passes = conditions(wanted, VISITOR_VIEWER)
    changed = col(table.changed_at)
    total, updated = session.execute(
        select(func.count(), func.max(changed)).select_from(table).where(*passes)
    ).one()
    page, pages, before = turned_to(wanted.page, total, ENTRIES)
    ids = select(col(table.id)).where(*passes).order_by(changed.desc(), col(table.id).desc())
    found = [id for id in session.execute(ids.limit(ENTRIES).offset(before)).scalars() if id]
    rows = rows_for(session, wanted.kind, found, VISITOR_VIEWER)
    return FeedPage(
        [rows[id].public for id in found if id in rows], total, page, pages, updated,
        session.execute(select(col(Installation.uuid))).scalar() or "",
    )  # fmt: skip
