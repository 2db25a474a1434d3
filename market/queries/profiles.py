"""One's own account as its pages show it: how to reach somebody is masked even for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from market import rules
from market.errors import NotFound
from market.models.people import Person
from market.roles import Viewer
from market.texts import masked


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody set, and which ways in there are."""

    name: str
    email: str
    mobile: str
    has_password: bool
    has_totp: bool
    personalised: bool


def own_profile(session: Session, viewer: Viewer) -> Profile:
    """The viewer's own account."""
    rules.require(viewer, "account.use")
    person = session.get(Person, viewer.person_id)
    if person is None:
        raise NotFound
    return Profile(
        person.name, _masked(person.email), _masked(person.mobile),
        person.password_hash is not None, person.totp_secret is not None, person.personalised,
    )  # fmt: skip


def _masked(target: str | None) -> str:
    return masked(target) if target else ""
