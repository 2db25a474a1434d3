"""Report 举报 of a listing, with a receipt and a clock; and Appeal 申诉 against a take-down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import AppealState, Kind, ReportReason, ReportState


class Report(SQLModel, table=True):
    """Filed by anybody, signed in or not. Whoever has the receipt can follow it; who filed it is
    never shown to the one it is about. `due_at` is when an answer is owed."""

    id: int | None = Column(default=None, primary_key=True)
    receipt: str = Column(unique=True, max_length=20)
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int = Column(index=True)
    listing_title: str = Column(max_length=200)
    reason: ReportReason = Column(sa_type=enum_type(ReportReason))
    text: str = Column(default="", sa_type=Text)
    contact: str = Column(default="", max_length=254)
    reported_by: int | None = Column(default=None, foreign_key="person.id", index=True)
    state: ReportState = Column(default=ReportState.RECEIVED, sa_type=enum_type(ReportState))
    received_at: datetime = Column(sa_type=Moment, index=True)
    due_at: datetime = Column(sa_type=Moment)
    decided_by: int | None = Column(default=None, foreign_key="person.id")
    decided_at: datetime | None = Column(default=None, sa_type=Moment)
    answer: str = Column(default="", sa_type=Text)


class Appeal(SQLModel, table=True):
    """The owner disagrees with a take-down; somebody else than who decided it decides anew."""

    __table_args__ = (
        Index(
            "uq_appeal_open", "kind", "listing_id", unique=True,
            sqlite_where=text("state = 'filed'"), postgresql_where=text("state = 'filed'"),
        ),
    )  # fmt: skip

    id: int | None = Column(default=None, primary_key=True)
    kind: Kind = Column(sa_type=enum_type(Kind))
    listing_id: int = Column(index=True)
    text: str = Column(sa_type=Text)
    state: AppealState = Column(default=AppealState.FILED, sa_type=enum_type(AppealState))
    filed_by: int = Column(foreign_key="person.id")
    filed_at: datetime = Column(sa_type=Moment, index=True)
    against: int | None = Column(default=None, foreign_key="person.id")
    decided_by: int | None = Column(default=None, foreign_key="person.id")
    decided_at: datetime | None = Column(default=None, sa_type=Moment)
    answer: str = Column(default="", sa_type=Text)
