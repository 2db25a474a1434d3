"""ListingVersion 版本: what a listing said, each time that it was changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment, enum_type
from market.models.enums import Kind


class ListingVersion(SQLModel, table=True):
    """`content` is the whole listing as `market.contents` writes it, every tier: shown to those
    only who may read all of the listing. `author_id` is None for an import by command."""

    __tablename__ = "listing_version"
    __table_args__ = (UniqueConstraint("kind", "listing_id", "version"),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int
    version: int
    at: datetime = Column(sa_type=Moment)
    author_id: int | None = Column(default=None, foreign_key="person.id", index=True)
    origin: str = Column(default="", max_length=200)
    content: dict[str, Any] = Column(sa_type=JSON)
