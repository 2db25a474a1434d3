"""People who are brought in by the command line rather than by registering: demo accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from market import ledger, rules
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Grant, Person
from market.roles import Role, Viewer


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """Somebody before they are stored: `memberships` has the role by the organisation's key."""

    email: str
    name: str
    roles: Sequence[Role] = ()
    memberships: Mapping[str, Role] = field(default_factory=dict)
    is_demo: bool = False


def record(
    session: Session, draft: PersonDraft, password_hash: str, viewer: Viewer, now: datetime, *,
    origin: str = "",
) -> Person:  # fmt: skip
    """Store somebody with an address that needs no proof, or leave the one who has it alone."""
    rules.require(viewer, "person.record")
    stored = session.exec(select(Person).where(col(Person.email) == draft.email)).first()
    if stored is not None:
        return stored
    person = Person(
        name=draft.name, email=draft.email, password_hash=password_hash, is_demo=draft.is_demo,
        created_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    session.add_all(Grant(person_id=person.key, role=r, granted_at=now) for r in draft.roles)
    session.add_all(_memberships(session, draft, person, now))
    roles = {"roles": list(draft.roles), "memberships": dict(draft.memberships)}
    ledger.note(
        session, viewer, now, "person.record", "person", person.id, after=roles, origin=origin
    )
    return person


def _memberships(
    session: Session, draft: PersonDraft, person: Person, now: datetime
) -> list[Membership]:
    query = select(Organisation).where(col(Organisation.key).in_(draft.memberships))
    return [
        Membership(
            person_id=person.key, organisation_id=body.id or 0,
            role=draft.memberships[str(body.key)], since=now,
        )
        for body in session.exec(query)
    ]  # fmt: skip
