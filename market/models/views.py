"""ListingViews 浏览: how often a listing was opened on a day, by others than its owner."""

from __future__ import annotations

from datetime import date

from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import enum_type
from market.models.enums import Kind


class ListingViews(SQLModel, table=True):
    """Counts only: nobody is remembered. Days are those of Shanghai."""

    __tablename__ = "listing_views"

    kind: Kind = Column(sa_type=enum_type(Kind), primary_key=True)
    listing_id: int = Column(primary_key=True)
    day: date = Column(primary_key=True)
    count: int = 0
