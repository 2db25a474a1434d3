"""How often listings were opened, for their owners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from market.calendar import day_of
from market.models.enums import Kind
from market.models.tables import TABLES
from market.models.views import ListingViews

LATELY = 30
"""Days, today included."""


@dataclass(frozen=True, slots=True)
class Views:
    """How often a listing was opened in all, and in the last `LATELY` days."""

    total: int
    lately: int


def view_counts(session: Session, kind: Kind, owner_id: int, now: datetime) -> dict[int, Views]:
    """Of all listings of an owner, by id; what nobody opened is left out."""
    table = TABLES[kind].listing
    since: date = day_of(now) - timedelta(days=LATELY - 1)
    lately = func.sum(case((col(ListingViews.day) >= since, ListingViews.count), else_=0))
    query = (
        select(col(ListingViews.listing_id), func.sum(ListingViews.count), lately)
        .join(table, col(table.id) == col(ListingViews.listing_id))
        .where(col(ListingViews.kind) == kind, col(table.owner_id) == owner_id)
        .group_by(col(ListingViews.listing_id))
    )
    return {id: Views(total, recent) for id, total, recent in session.execute(query)}
