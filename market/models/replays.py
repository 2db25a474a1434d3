"""Replay: the answer that a write of the API was given, so that asking again under the same
Idempotency-Key gives the same answer and does nothing twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment


class Replay(SQLModel, table=True):
    """`fingerprint` is the digest of method, address, conditions and body."""

    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", ondelete="CASCADE")
    key: str = Column(max_length=200)
    fingerprint: str = Column(max_length=64)
    status: int
    media_type: str = Column(default="", max_length=100)
    etag: str = Column(default="", max_length=80)
    body: str = Column(default="", sa_type=Text)
    at: datetime = Column(sa_type=Moment, index=True)
