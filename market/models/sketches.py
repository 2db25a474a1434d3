"""Sketch 未完成的填写: what somebody is writing, exactly as typed, before it is a listing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import Kind


class Sketch(SQLModel, table=True):
    """Belongs to one person and is seen by nobody else.

    `entered` holds the fields of the form by name, each a list of texts, right or wrong. A sketch
    of a change names its listing and the version that it began from. `revision` counts saves, so
    that two tabs are told apart; `step` is where the writer was.
    """

    id: int | None = Column(default=None, primary_key=True)
    code: str = Column(unique=True, max_length=40)
    person_id: int = Column(foreign_key="person.id", ondelete="CASCADE", index=True)
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int | None = Column(default=None, index=True)
    base_version: int | None = None
    step: str = Column(default="", max_length=40)
    entered: dict[str, Any] = Column(default_factory=dict, sa_type=JSON)
    revision: int = 1
    created_at: datetime = Column(sa_type=Moment)
    saved_at: datetime = Column(sa_type=Moment, index=True)
