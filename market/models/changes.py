"""Change 变更记录: who did what to which row, when, through which door. Never edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment


class Change(SQLModel, table=True):
    """`before` and `after` hold only what differs; a new row has no `before`."""

    __table_args__ = (Index(None, "noun", "noun_id"),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Column(sa_type=Moment, index=True)
    actor: str = Column(max_length=200)
    action: str = Column(max_length=60)
    noun: str = Column(max_length=40)
    noun_id: int | None = None
    before: dict[str, Any] | None = Column(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Column(default=None, sa_type=JSON)
    origin: str = Column(default="", max_length=200)
