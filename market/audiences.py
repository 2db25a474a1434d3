"""Who is told: the members of an organisation, the people that a row names, or the officers of the
bureau. `market.telling` says who hears of which action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from market.models.enums import MembershipState, Role
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Grant, Person
from market.roles import PERMISSIONS, Permission, holders

Rows = Sequence[tuple[Any, Organisation | None]]
Inside = Mapping[int, Sequence[tuple[int, Role]]]
"""Who is in an organisation, and as what."""


@dataclass(frozen=True, slots=True)
class Members:
    """Those whose role in an organisation permits something: in the owner, or in those that
    columns of the row name."""

    permission: Permission
    columns: tuple[str, ...] = ()

    def organisations(self, row: Any, owner: Organisation | None) -> set[int]:
        """The organisations, by id."""
        ids = [getattr(row, column) for column in self.columns] if self.columns else []
        return {id for id in [*ids, owner.id if owner and not self.columns else None] if id}

    def of(self, row: Any, owner: Organisation | None, inside: Inside) -> set[int]:
        """The people, by id."""
        return {
            person
            for id in self.organisations(row, owner)
            for person, role in inside.get(id, ())
            if self.permission in PERMISSIONS[role]
        }


@dataclass(frozen=True, slots=True)
class People:
    """Those whom columns of the row name."""

    columns: tuple[str, ...]

    def of(self, row: Any, owner: Organisation | None, inside: Inside) -> set[int]:
        """The people, by id."""
        return {id for id in (getattr(row, column) for column in self.columns) if id is not None}


@dataclass(frozen=True, slots=True)
class Officers:
    """Those of the bureau who may decide, but not whoever is in the organisation that it is about
    or decided what is disputed."""

    permission: Permission

    def of(self, row: Any, owner: Organisation | None, inside: Inside) -> set[int]:
        """Those who are out of the question, by id."""
        own = {person for person, _ in inside.get(owner.id or 0, ())} if owner else set()
        return own | {getattr(row, "against", None) or 0}


Audience = Members | People | Officers


def members_inside(session: Session, audiences: Sequence[Audience], rows: Rows) -> Inside:
    """The members of every organisation that is concerned, in one query; none where nobody is
    told because of being a member."""
    ids = {id for to in audiences for row, owner in rows for id in _concerned(to, row, owner)}
    found: dict[int, list[tuple[int, Role]]] = {}
    if ids:
        query = select(
            col(Membership.organisation_id), col(Membership.person_id), col(Membership.role)
        ).where(
            col(Membership.organisation_id).in_(ids),
            col(Membership.state) == MembershipState.ACTIVE,
        )
        for id, person, role in session.execute(query):
            found.setdefault(id, []).append((person, role))
    return found


def _concerned(to: Audience, row: Any, owner: Organisation | None) -> set[int]:
    if isinstance(to, Members):
        return to.organisations(row, owner)
    return {owner.id} if isinstance(to, Officers) and owner and owner.id else set()


def officers_of(session: Session, to: Audience) -> set[int]:
    """Whoever holds the permission by a grant that has not ended."""
    if not isinstance(to, Officers):
        return set()
    query = (
        select(col(Grant.person_id))
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(
            col(Grant.role).in_(holders(to.permission)),
            col(Grant.ended_at).is_(None),
            col(Person.suspended_at).is_(None),
        )
    )
    return set(session.execute(query).scalars())
