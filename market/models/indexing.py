"""What the index must still apply. Written in the transaction that changes the listing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment, enum_type
from market.models.enums import Kind


class IndexChange(SQLModel, table=True):
    """The index must look at this listing again. The index itself remembers the last `seq` that
    it applied, so a row is never updated and never lost."""

    __tablename__ = "index_change"
    __table_args__ = (Index(None, "kind", "listing_id"), {"sqlite_autoincrement": True})

    seq: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int
    at: datetime = Column(sa_type=Moment)
