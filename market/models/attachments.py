"""Attachment 附件: a file that belongs to a listing, a certification, a report or an appeal.

The bytes lie in the data folder under the digest of their content (`market.files`), once however
many rows own them; whoever may read a row may read them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import TextState, Tier


class Attachment(SQLModel, table=True):
    """`noun` and `noun_id` say what it belongs to: need, achievement, certification, report or
    appeal. `stored_as` is where the bytes lie, `code` the name in addresses. `text` are its words,
    read by the worker, `small_as` is where a picture lies reduced to what pages show; a picture's
    `width` and `height` are those of the original in pixels."""

    __table_args__ = (Index(None, "noun", "noun_id"),)

    id: int | None = Column(default=None, primary_key=True)
    code: str = Column(unique=True, max_length=40)
    stored_as: str = Column(index=True, max_length=80)
    noun: str = Column(max_length=40)
    noun_id: int
    name: str = Column(max_length=200)
    media_type: str = Column(max_length=100)
    size: int
    sha256: str = Column(max_length=64)
    tier: Tier = Column(default=Tier.PUBLIC, sa_type=enum_type(Tier))
    text: str = Column(default="", sa_type=Text)
    text_state: TextState = Column(
        default=TextState.WAITING, sa_type=enum_type(TextState), index=True
    )
    tries: int = 0
    small_as: str | None = Column(default=None, max_length=80)
    width: int | None = None
    height: int | None = None
    uploaded_by: int | None = Column(default=None, foreign_key="person.id")
    uploaded_at: datetime = Column(sa_type=Moment)
    removed_at: datetime | None = Column(default=None, sa_type=Moment)
