"""Change 变更记录: who did what to which row, when, from where. The database refuses to edit it.

Each carries the hash of the one before it (`market.ledger`), so that a change of the past shows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment


class Change(SQLModel, table=True):
    """`before` and `after` hold only what differs, and never a secret or a way to reach somebody;
    a new row has no `before`. `actor` names a role or a command; a person is `person_id`, whose
    name is read from the account, so that it can be erased there. Ids have no gaps."""

    __table_args__ = (Index(None, "noun", "noun_id"),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Column(sa_type=Moment, index=True)
    actor: str = Column(max_length=200)
    person_id: int | None = Column(default=None, index=True)
    acting_for: int | None = Column(default=None, index=True)
    action: str = Column(max_length=60, index=True)
    noun: str = Column(max_length=40)
    noun_id: int | None = None
    before: dict[str, Any] | None = Column(default=None, sa_type=JSON)
    after: dict[str, Any] | None = Column(default=None, sa_type=JSON)
    reason: str = Column(default="", max_length=2000)
    origin: str = Column(default="", max_length=200)
    previous: str = Column(max_length=64)
    hash: str = Column(max_length=64)


class Ledger(SQLModel, table=True):
    """The one row that says where the chain ends, and up to where old entries were let go."""

    id: int = Column(default=1, primary_key=True)
    last_id: int = Column(default=0, sa_type=BigId)
    last_hash: str = Column(default="", max_length=64)
    pruned_to: int = Column(default=0, sa_type=BigId)
    pruned_hash: str = Column(default="", max_length=64)
