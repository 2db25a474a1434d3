"""Need 技术需求, with its links to fields and ways of working together."""

from __future__ import annotations

from datetime import date

from sqlmodel import Field as Column

from market.models.columns import enum_type
from market.models.enums import CooperationMode, Kind, Tier
from market.models.listings import (
    FieldLink,
    Listing,
    ModeLink,
    listing_rules,
    text_column,
    tier_column,
)


class Need(Listing, table=True):
    """What an enterprise cannot solve alone. `tried` is what did not help, `wanted_by` the day by
    which it would like a solution; `body` is whatever else is to be said."""

    kind = Kind.NEED
    __table_args__ = listing_rules()

    background: str = text_column()
    problem: str = text_column()
    tried: str = text_column()
    wanted_by: date | None = None
    background_tier: Tier = tier_column("background")
    problem_tier: Tier = tier_column("problem")
    tried_tier: Tier = tier_column("tried")


class NeedField(FieldLink, table=True):
    __tablename__ = "need_field"

    listing_id: int = Column(foreign_key="need.id", ondelete="CASCADE", primary_key=True)
    field_code: str = Column(foreign_key="field.code", primary_key=True, index=True)


class NeedMode(ModeLink, table=True):
    __tablename__ = "need_mode"

    listing_id: int = Column(foreign_key="need.id", ondelete="CASCADE", primary_key=True)
    mode: CooperationMode = Column(sa_type=enum_type(CooperationMode), primary_key=True, index=True)
