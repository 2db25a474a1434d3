"""Certification 单位认证: an organisation's proof and the bureau's decision on it; and Merge
单位合并, which one officer prepares and another person approves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import CertificationState, MergeState, RegistrationType


class Certification(SQLModel, table=True):
    """One request; its papers are attachments. At most one is open for an organisation.

    Whoever claims an organisation that has no number on record names it here; it is written there
    once it was verified.
    """

    __table_args__ = (
        Index(
            "uq_certification_open", "organisation_id", unique=True,
            sqlite_where=text("state = 'submitted'"),
            postgresql_where=text("state = 'submitted'"),
        ),
    )  # fmt: skip

    id: int | None = Column(default=None, primary_key=True)
    organisation_id: int = Column(foreign_key="organisation.id", index=True)
    state: CertificationState = Column(
        default=CertificationState.SUBMITTED, sa_type=enum_type(CertificationState)
    )
    statement: str = Column(default="", sa_type=Text)
    credit_code: str | None = Column(default=None, max_length=18)
    registration_type: RegistrationType | None = Column(
        default=None, nullable=True, sa_type=enum_type(RegistrationType)
    )
    registration_number: str | None = Column(default=None, max_length=40)
    submitted_by: int = Column(foreign_key="person.id")
    submitted_at: datetime = Column(sa_type=Moment, index=True)
    decided_by: int | None = Column(default=None, foreign_key="person.id")
    decided_at: datetime | None = Column(default=None, sa_type=Moment)
    reason: str = Column(default="", sa_type=Text)


class Merge(SQLModel, table=True):
    """Two entries of one body become one: what `source_id` has goes to `target_id`."""

    __table_args__ = (
        Index(
            "uq_merge_open", "source_id", unique=True,
            sqlite_where=text("state = 'prepared'"), postgresql_where=text("state = 'prepared'"),
        ),
    )  # fmt: skip

    id: int | None = Column(default=None, primary_key=True)
    source_id: int = Column(foreign_key="organisation.id", index=True)
    target_id: int = Column(foreign_key="organisation.id", index=True)
    state: MergeState = Column(default=MergeState.PREPARED, sa_type=enum_type(MergeState))
    reason: str = Column(default="", sa_type=Text)
    prepared_by: int = Column(foreign_key="person.id")
    prepared_at: datetime = Column(sa_type=Moment)
    decided_by: int | None = Column(default=None, foreign_key="person.id")
    decided_at: datetime | None = Column(default=None, sa_type=Moment)
    decision: str = Column(default="", sa_type=Text)
