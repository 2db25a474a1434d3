"""Membership 成员: a person in an organisation, in one of its roles; and Invitation, the way in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import MembershipState, Role


class Membership(SQLModel, table=True):
    """A person may be in many organisations, and has one role in each."""

    __table_args__ = (
        Index(
            "uq_membership_current", "person_id", "organisation_id", unique=True,
            sqlite_where=text("state IN ('requested', 'active')"),
            postgresql_where=text("state IN ('requested', 'active')"),
        ),
    )  # fmt: skip

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", index=True)
    organisation_id: int = Column(foreign_key="organisation.id", index=True)
    role: Role = Column(sa_type=enum_type(Role))
    state: MembershipState = Column(
        default=MembershipState.ACTIVE, sa_type=enum_type(MembershipState)
    )
    note: str = Column(default="", max_length=300)
    since: datetime = Column(sa_type=Moment)
    decided_by: int | None = Column(default=None, foreign_key="person.id")
    ended_at: datetime | None = Column(default=None, sa_type=Moment)


class Invitation(SQLModel, table=True):
    """A letter to an address or a number; whoever opens it signed in joins in this role."""

    id: int | None = Column(default=None, primary_key=True)
    organisation_id: int = Column(foreign_key="organisation.id", index=True)
    role: Role = Column(sa_type=enum_type(Role))
    target: str = Column(max_length=254)
    digest: str = Column(unique=True, max_length=64)
    invited_by: int = Column(foreign_key="person.id")
    created_at: datetime = Column(sa_type=Moment)
    expires_at: datetime = Column(sa_type=Moment)
    accepted_at: datetime | None = Column(default=None, sa_type=Moment)
    accepted_by: int | None = Column(default=None, foreign_key="person.id")
    revoked_at: datetime | None = Column(default=None, sa_type=Moment)
