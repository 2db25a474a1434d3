"""Organisation 单位: whoever owns a listing. Identifiers are checked by `market.identifiers`."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_column, enum_type, moment_column
from market.models.enums import OrganisationKind, RegistrationType, Standing


class Organisation(SQLModel, table=True):
    """An enterprise, institution, bureau or service body; `key` is fixed for those from seeds.

    `standing` is the bureau's word on its proof. `first_published_at` is when an editor let its
    first listing through. One that was merged stays as a signpost to `merged_into_id`.
    """

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
    created_by: int | None = Column(default=None, foreign_key="person.id")
    standing: Standing = Column(default=Standing.UNVERIFIED, sa_type=enum_type(Standing))
    verified_at: datetime | None = Column(default=None, sa_type=Moment)
    first_published_at: datetime | None = Column(default=None, sa_type=Moment)
    merged_into_id: int | None = Column(default=None, foreign_key="organisation.id")
    version: int = 1
