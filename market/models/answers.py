"""Answer 反馈: what somebody says of a suggestion. Answers are judgements to tune matching on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import AnswerReason, Kind, Verdict


class Answer(SQLModel, table=True):
    """One person's word on one pair, as seen on the page of `side`; answering again replaces it.

    `rank`, `score`, `label` and `model` are those that were shown, the versions those that were
    read. `organisation_id` is whom the person acted for.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "need_id", "achievement_id"),
        Index(None, "need_id", "achievement_id"),
    )

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", ondelete="CASCADE")
    organisation_id: int | None = Column(default=None, foreign_key="organisation.id", index=True)
    side: Kind = Column(sa_type=enum_type(Kind))
    need_id: int = Column(foreign_key="need.id", ondelete="CASCADE")
    achievement_id: int = Column(foreign_key="achievement.id", ondelete="CASCADE", index=True)
    verdict: Verdict = Column(sa_type=enum_type(Verdict))
    reason: AnswerReason = Column(sa_type=enum_type(AnswerReason))
    comment: str = Column(default="", sa_type=Text)
    rank: int | None = None
    score: float | None = None
    label: str | None = Column(default=None, max_length=20)
    model: str = Column(default="", max_length=200)
    need_version: int
    achievement_version: int
    at: datetime = Column(sa_type=Moment)
