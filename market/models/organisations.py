"""Organisation 单位: whoever owns a listing. Identifiers are checked by `market.identifiers`."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import enum_column, moment_column
from market.models.enums import OrganisationKind, RegistrationType


class Organisation(SQLModel, table=True):
    """An enterprise, institution, bureau or service body; `key` is fixed for those from seeds."""

    id: int | None = Column(default=None, primary_key=True)
    key: str | None = Column(default=None, unique=True, max_length=80)
    kind: OrganisationKind = Column(sa_column=enum_column(OrganisationKind))
    name: str = Column(max_length=200, index=True)
    name_en: str | None = Column(default=None, max_length=200)
    about: str = ""
    division_code: str | None = Column(default=None, foreign_key="division.code", index=True)
    credit_code: str | None = Column(default=None, unique=True, max_length=18)
    registration_type: RegistrationType | None = Column(
        default=None, sa_column=enum_column(RegistrationType, nullable=True)
    )
    registration_number: str | None = Column(default=None, max_length=40)
    website: str | None = None
    is_demo: bool = False
    created_at: datetime = Column(sa_column=moment_column())
