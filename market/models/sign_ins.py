"""SignIn 登录: a session that the server keeps, in a browser or as a token of the API; and OneTime,
a code or link that works once. Of every secret only a digest is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import BigId, Moment, enum_type
from market.models.enums import OneTimePurpose, SignInKind


class SignIn(SQLModel, table=True):
    """One place where a person is signed in; ended by `revoked_at` or by time.

    `proven_at` is when the password (or the other identity) was last shown here: sensitive acts
    want that to be recent. A token is read as the same person with the same rights.
    """

    __tablename__ = "sign_in"

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Column(foreign_key="person.id", index=True)
    kind: SignInKind = Column(default=SignInKind.BROWSER, sa_type=enum_type(SignInKind))
    name: str = Column(default="", max_length=60)
    digest: str = Column(unique=True, max_length=64)
    method: str = Column(default="password", max_length=40)
    created_at: datetime = Column(sa_type=Moment)
    seen_at: datetime = Column(sa_type=Moment)
    expires_at: datetime = Column(sa_type=Moment, index=True)
    proven_at: datetime | None = Column(default=None, sa_type=Moment)
    revoked_at: datetime | None = Column(default=None, sa_type=Moment)
    address: str = Column(default="", max_length=60)
    agent: str = Column(default="", max_length=200)


class OneTime(SQLModel, table=True):
    """A code that was sent, or a link. `target` is where it was sent (an address or a number),
    `payload` what shall happen when it comes back. Too many wrong tries use it up."""

    __tablename__ = "one_time"
    __table_args__ = (Index(None, "purpose", "target"),)

    id: int | None = Column(default=None, primary_key=True, sa_type=BigId)
    purpose: OneTimePurpose = Column(sa_type=enum_type(OneTimePurpose))
    target: str = Column(default="", max_length=254)
    person_id: int | None = Column(default=None, foreign_key="person.id", index=True)
    digest: str = Column(max_length=64, index=True)
    payload: dict[str, Any] = Column(default_factory=dict, sa_type=JSON)
    created_at: datetime = Column(sa_type=Moment)
    expires_at: datetime = Column(sa_type=Moment, index=True)
    used_at: datetime | None = Column(default=None, sa_type=Moment)
    wrong_tries: int = 0
