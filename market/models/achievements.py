"""Achievement 科技成果, with its links to fields and ways of working together."""

from __future__ import annotations

from sqlalchemy import JSON
from sqlmodel import Field as Column

from market.models.columns import enum_type
from market.models.enums import CooperationMode, Kind
from market.models.listings import FieldLink, Listing, ModeLink, listing_rules


class Achievement(Listing, table=True):
    """What an institution can offer."""

    kind = Kind.ACHIEVEMENT
    __table_args__ = listing_rules()

    patents: list[str] = Column(default_factory=list, sa_type=JSON)
    """Numbers whose form was checked; nothing is said about whether a right is in force."""


class AchievementField(FieldLink, table=True):
    __tablename__ = "achievement_field"

    listing_id: int = Column(foreign_key="achievement.id", ondelete="CASCADE", primary_key=True)
    field_code: str = Column(foreign_key="field.code", primary_key=True, index=True)


class AchievementMode(ModeLink, table=True):
    __tablename__ = "achievement_mode"

    listing_id: int = Column(foreign_key="achievement.id", ondelete="CASCADE", primary_key=True)
    mode: CooperationMode = Column(sa_type=enum_type(CooperationMode), primary_key=True, index=True)
