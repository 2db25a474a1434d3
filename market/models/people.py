"""Person 用户: an account, what it is linked with, what it agreed to, the roles it was given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, enum_type
from market.models.enums import ConsentTopic, DigestRhythm, Role


class Person(SQLModel, table=True):
    """Somebody who can sign in.

    `email` (lower case) and `mobile` (E.164) are stored only once they were proven, and both are
    empty after the account was erased. `password_hash` is None for somebody who signs in
    elsewhere. `visited_at` is when the workspace was last opened, `visited_before` when the visit
    before that ended. `totp_secret` is sealed with the installation's key; `totp_step` is the last
    time step whose code was taken, so that none is taken twice.
    """

    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Column(default=None, primary_key=True)
    name: str = Column(max_length=60)
    email: str | None = Column(default=None, unique=True, max_length=254)
    mobile: str | None = Column(default=None, unique=True, max_length=20)
    password_hash: str | None = Column(default=None, max_length=200)
    totp_secret: str | None = Column(default=None, max_length=400)
    totp_step: int | None = None
    acting_for: int | None = None
    personalised: bool = True
    digest: DigestRhythm = Column(default=DigestRhythm.AT_ONCE, sa_type=enum_type(DigestRhythm))
    digested_at: datetime | None = Column(default=None, sa_type=Moment)
    visited_at: datetime | None = Column(default=None, sa_type=Moment)
    visited_before: datetime | None = Column(default=None, sa_type=Moment)
    is_demo: bool = False
    created_at: datetime = Column(sa_type=Moment)
    suspended_at: datetime | None = Column(default=None, sa_type=Moment)
    erased_at: datetime | None = Column(default=None, sa_type=Moment)

    @property
    def key(self) -> int:
        """The id of a person who has been stored."""
        if self.id is None:
            raise ValueError("this person is not stored yet")
        return self.id


class Identity(SQLModel, table=True):
    """An account at an identity provider (OIDC) that this person may sign in with."""

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", index=True)
    issuer: str = Column(max_length=300)
    subject: str = Column(max_length=255)
    linked_at: datetime = Column(sa_type=Moment)


class Consent(SQLModel, table=True):
    """What a person agreed to, in which version. A withdrawal ends the row and keeps it."""

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", index=True)
    topic: ConsentTopic = Column(sa_type=enum_type(ConsentTopic))
    version: str = Column(max_length=20)
    given_at: datetime = Column(sa_type=Moment)
    withdrawn_at: datetime | None = Column(default=None, sa_type=Moment)


class Grant(SQLModel, table=True):
    """A role of the platform that a person was given. Ending it keeps the row."""

    id: int | None = Column(default=None, primary_key=True)
    person_id: int = Column(foreign_key="person.id", index=True)
    role: Role = Column(sa_type=enum_type(Role))
    granted_by: int | None = Column(default=None, foreign_key="person.id")
    granted_at: datetime = Column(sa_type=Moment)
    ended_at: datetime | None = Column(default=None, sa_type=Moment)
