"""SavedList 收藏夹: listings that somebody put together, with notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import Kind


class SavedList(SQLModel, table=True):
    """Belongs to one person and is seen by nobody else."""

    __tablename__ = "saved_list"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", ondelete="CASCADE")
    name: str = Column(max_length=60)
    created_at: datetime = Column(sa_type=Moment)
    changed_at: datetime = Column(sa_type=Moment)


class SavedItem(SQLModel, table=True):
    """One listing in a list. What it says is read anew each time, as its reader may see it."""

    __tablename__ = "saved_item"
    __table_args__ = (UniqueConstraint("list_id", "kind", "listing_id"),)

    id: int | None = Column(default=None, primary_key=True)
    list_id: int = Column(foreign_key="saved_list.id", ondelete="CASCADE")
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int = Column(index=True)
    note: str = Column(default="", max_length=500)
    added_at: datetime = Column(sa_type=Moment)
