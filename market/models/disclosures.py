"""Disclosure 保密授权: who may read what a listing keeps back. An organisation asks under a promise
of secrecy and the owner answers; the bureau lets an expert read what reviewers may read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import Audience, DisclosureState, Kind

OPEN = text("state IN ('requested', 'granted')")


class Disclosure(SQLModel, table=True):
    """`organisation_id` for the tier "matched", `person_id` for the tier "reviewers". `promise` is
    the text of the promise as it was accepted."""

    __table_args__ = (
        Index(None, "kind", "listing_id"),
        Index(
            "uq_disclosure_organisation", "kind", "listing_id", "organisation_id", unique=True,
            sqlite_where=OPEN, postgresql_where=OPEN,
        ),
        Index(
            "uq_disclosure_person", "kind", "listing_id", "person_id", unique=True,
            sqlite_where=OPEN, postgresql_where=OPEN,
        ),
    )  # fmt: skip

    id: int | None = Column(default=None, primary_key=True)
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int
    audience: Audience = Column(sa_type=enum_type(Audience))
    organisation_id: int | None = Column(default=None, foreign_key="organisation.id", index=True)
    person_id: int | None = Column(default=None, foreign_key="person.id", index=True)
    state: DisclosureState = Column(
        default=DisclosureState.REQUESTED, sa_type=enum_type(DisclosureState)
    )
    purpose: str = Column(default="", sa_type=Text)
    promise: str = Column(default="", sa_type=Text)
    requested_by: int = Column(foreign_key="person.id")
    requested_at: datetime = Column(sa_type=Moment)
    decided_by: int | None = Column(default=None, foreign_key="person.id")
    decided_at: datetime | None = Column(default=None, sa_type=Moment)
    reason: str = Column(default="", sa_type=Text)
