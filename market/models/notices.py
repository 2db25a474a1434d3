"""Notice 通知 in a person's inbox, and Delivery, the outbox of what must leave the house.

Both are written in the transaction of what they tell about; `market.outbox` delivers.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment, enum_type
from market.models.enums import Channel, DeliveryState, NoticeKind


class Notice(SQLModel, table=True):
    """`link` is a path of the site. `key` keeps one occurrence from being told twice."""

    __table_args__ = (Index(None, "person_id", "read_at"),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Column(foreign_key="person.id", index=True)
    kind: NoticeKind = Column(sa_type=enum_type(NoticeKind))
    subject: str = Column(max_length=200)
    text: str = Column(default="", sa_type=Text)
    link: str = Column(default="", max_length=300)
    key: str | None = Column(default=None, unique=True, max_length=200)
    at: datetime = Column(sa_type=Moment)
    read_at: datetime | None = Column(default=None, sa_type=Moment)
    digested_at: datetime | None = Column(default=None, sa_type=Moment)


class Delivery(SQLModel, table=True):
    """A mail or a short message. Tried at `next_at`; the text of one that carries a secret is
    blanked once it has left or has expired."""

    __table_args__ = (Index(None, "state", "next_at"),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    channel: Channel = Column(sa_type=enum_type(Channel))
    target: str = Column(max_length=254)
    person_id: int | None = Column(default=None, foreign_key="person.id", index=True)
    subject: str = Column(default="", max_length=200)
    text: str = Column(default="", sa_type=Text)
    unsubscribe: str = Column(default="", max_length=300)
    key: str | None = Column(default=None, unique=True, max_length=200)
    is_secret: bool = False
    state: DeliveryState = Column(default=DeliveryState.WAITING, sa_type=enum_type(DeliveryState))
    attempts: int = 0
    created_at: datetime = Column(sa_type=Moment)
    next_at: datetime = Column(sa_type=Moment)
    expires_at: datetime | None = Column(default=None, sa_type=Moment)
    sent_at: datetime | None = Column(default=None, sa_type=Moment)
    error: str = Column(default="", max_length=300)
