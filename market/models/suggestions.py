"""Suggestion 匹配推荐: a stored match with reasons, and which listings need theirs anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import Kind


class Suggestion(SQLModel, table=True):
    """One row of the list that stands on the page of `side`.

    `reasons` were made for these versions of the two texts, by `model`, when the index had
    applied everything up to `position`.
    """

    __table_args__ = (
        UniqueConstraint("side", "need_id", "achievement_id"),
        Index(None, "side", "need_id", "rank"),
        Index(None, "side", "achievement_id", "rank"),
        Index(None, "label", "need_id", "achievement_id"),
    )

    id: int | None = Column(default=None, primary_key=True)
    side: Kind = Column(sa_type=enum_type(Kind))
    need_id: int = Column(foreign_key="need.id", ondelete="CASCADE", index=True)
    achievement_id: int = Column(foreign_key="achievement.id", ondelete="CASCADE", index=True)
    rank: int
    score: float | None = None
    label: str | None = Column(default=None, max_length=20)
    reasons: dict[str, Any] = Column(sa_type=JSON)
    model: str = Column(max_length=200)
    made_at: datetime = Column(sa_type=Moment)
    need_version: int
    achievement_version: int
    position: int = Column(sa_type=BigInteger)


class StaleSuggestion(SQLModel, table=True):
    """The suggestions of this listing must be made anew.

    `revision` grows when it is marked again meanwhile: whoever made suggestions for an earlier
    revision leaves the mark. `spreads`: the listing itself is new or changed, so the listings
    that it now suits follow.
    """

    __tablename__ = "stale_suggestion"

    kind: Kind = Column(sa_type=enum_type(Kind), primary_key=True)
    listing_id: int = Column(primary_key=True)
    since: datetime = Column(sa_type=Moment, index=True)
    revision: int = 1
    spreads: bool = True
