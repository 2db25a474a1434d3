"""Need 技术需求, with its links to fields and ways of working together."""

from __future__ import annotations

from sqlmodel import Field as Column

from market.models.columns import enum_type
from market.models.enums import CooperationMode, Kind
from market.models.listings import FieldLink, Listing, ModeLink, listing_rules


class Need(Listing, table=True):
    """What an enterprise cannot solve alone."""

    kind = Kind.NEED
    __table_args__ = listing_rules()


class NeedField(FieldLink, table=True):
    __tablename__ = "need_field"

    listing_id: int = Column(foreign_key="need.id", ondelete="CASCADE", primary_key=True)
    field_code: str = Column(foreign_key="field.code", primary_key=True, index=True)


class NeedMode(ModeLink, table=True):
    __tablename__ = "need_mode"

    listing_id: int = Column(foreign_key="need.id", ondelete="CASCADE", primary_key=True)
    mode: CooperationMode = Column(sa_type=enum_type(CooperationMode), primary_key=True, index=True)
