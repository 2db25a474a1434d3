"""The one row that tells this installation from every other; its index carries the same mark."""

from __future__ import annotations

from sqlmodel import Field as Column
from sqlmodel import SQLModel


class Installation(SQLModel, table=True):
    id: int = Column(default=1, primary_key=True)
    uuid: str = Column(max_length=36)
