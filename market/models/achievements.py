"""Achievement 科技成果, with its links to fields and ways of working together."""

from __future__ import annotations

from sqlalchemy import JSON
from sqlmodel import Field as Column

from market.models.columns import enum_type
from market.models.enums import Assessment, CooperationMode, Kind, Stage, Tier
from market.models.listings import (
    FieldLink,
    Listing,
    ModeLink,
    listing_rules,
    rows_column,
    text_column,
    tier_column,
)
from market.models.particulars import Holder, Right


class Achievement(Listing, table=True):
    """What an institution can offer. `evidence` holds values of `Evidence`; `assessor` is whoever
    assessed the readiness; `body` is whatever else is to be said. Stage, evidence and assessment
    are read by whoever may read the readiness."""

    kind = Kind.ACHIEVEMENT
    __table_args__ = listing_rules()

    innovation: str = text_column()
    cases: str = text_column()
    stage: Stage | None = Column(default=None, sa_type=enum_type(Stage))
    evidence: list[str] = Column(default_factory=list, sa_type=JSON)
    assessment: Assessment | None = Column(default=None, sa_type=enum_type(Assessment))
    assessor: str = Column(default="", max_length=200)
    rights: list[Right] = rows_column(Right)
    holders: list[Holder] = rows_column(Holder)
    team: str = text_column()
    innovation_tier: Tier = tier_column("innovation")
    cases_tier: Tier = tier_column("cases")
    rights_tier: Tier = tier_column("rights")
    holders_tier: Tier = tier_column("holders")
    team_tier: Tier = tier_column("team")


class AchievementField(FieldLink, table=True):
    __tablename__ = "achievement_field"

    listing_id: int = Column(foreign_key="achievement.id", ondelete="CASCADE", primary_key=True)
    field_code: str = Column(foreign_key="field.code", primary_key=True, index=True)


class AchievementMode(ModeLink, table=True):
    __tablename__ = "achievement_mode"

    listing_id: int = Column(foreign_key="achievement.id", ondelete="CASCADE", primary_key=True)
    mode: CooperationMode = Column(sa_type=enum_type(CooperationMode), primary_key=True, index=True)
