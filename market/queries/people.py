"""Who somebody is: the viewer of a session, and the pages of administrators about people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlmodel import Session, col

from market import rules
from market.contacts import known_target
from market.credentials import digest_of
from market.db import row_by_id
from market.models.enums import BUREAU_ROLES, MembershipState, Role, SignInKind
from market.models.memberships import Membership
from market.models.organisations import Organisation
from market.models.people import Grant, Person
from market.models.sign_ins import SignIn
from market.policy import current
from market.queries.pages import count_of, turned_to
from market.roles import KIND_ROLES, Viewer
from market.texts import masked

TOUCH_EVERY = timedelta(minutes=1)
SECOND_STEP = "+totp"
"""How the method of a sign-in ends in which the second step was passed."""
NOBODY = "已注销用户"
"""What somebody is called whose account was erased."""


def viewer_of(
    session: Session, token: str, now: datetime, origin: str = "", kind: SignInKind | None = None
) -> Viewer | None:
    """Whoever signed in with this token, or None: revoked, expired, idle for too long, suspended
    and erased are no different from a token that never was. `kind`: a cookie is no API token."""
    query = (
        select(SignIn, Person)
        .join(Person, col(Person.id) == col(SignIn.person_id))
        .where(col(SignIn.digest) == digest_of(token))
    )
    found = session.execute(query).first()
    if found is None:
        return None
    sign_in, person = found
    if (kind and sign_in.kind is not kind) or not is_open(sign_in, now) or not is_active(person):
        return None
    return _viewer(session, person, sign_in, origin)


def viewer_for(session: Session, person_id: int, *, origin: str = "") -> Viewer | None:
    """The person with all of their roles, to ask what they may see; None if they cannot sign in."""
    person = session.get(Person, person_id)
    return _viewer(session, person, None, origin) if person and is_active(person) else None


def is_open(sign_in: SignIn, now: datetime) -> bool:
    """Whether a session still counts. A token of the API may rest; `open_ones` says it in SQL."""
    if sign_in.revoked_at is not None or now >= sign_in.expires_at:
        return False
    is_idle = now - sign_in.seen_at >= current().period("idle_hours")
    return sign_in.kind is SignInKind.TOKEN or not is_idle


def open_ones(now: datetime) -> ColumnElement[bool]:
    """The sessions that still count."""
    awake = col(SignIn.seen_at) > now - current().period("idle_hours")
    ends_well = (col(SignIn.kind) == SignInKind.TOKEN) | awake
    return col(SignIn.revoked_at).is_(None) & (col(SignIn.expires_at) > now) & ends_well


def is_active(person: Person) -> bool:
    """Whether the account can be used."""
    return person.suspended_at is None and person.erased_at is None


def active_ones() -> ColumnElement[bool]:
    """The accounts that can be used."""
    return col(Person.suspended_at).is_(None) & col(Person.erased_at).is_(None)


def touch_is_due(session: Session, viewer: Viewer, now: datetime) -> bool:
    """Whether `sign_ins.touch` should note that this session is in use: once a minute at most.
    Asked in the session of `viewer_of` it costs no query."""
    sign_in = session.get(SignIn, viewer.sign_in_id) if viewer.sign_in_id else None
    return sign_in is not None and now - sign_in.seen_at >= TOUCH_EVERY


def _viewer(session: Session, person: Person, sign_in: SignIn | None, origin: str) -> Viewer:
    memberships = _memberships(session, person.key)
    acting_for = person.acting_for if person.acting_for in memberships else None
    return Viewer(
        roles=_roles(session, person, sign_in),
        name=person.name,
        person_id=person.key,
        memberships=memberships,
        acting_for=acting_for or next(iter(memberships), None),
        proven_at=sign_in.proven_at if sign_in else None,
        origin=origin,
        sign_in_id=sign_in.id if sign_in else None,
    )


def _roles(session: Session, person: Person, sign_in: SignIn | None) -> frozenset[Role]:
    """Whoever set up a second step works for the bureau only in sessions that passed it."""
    query = select(col(Grant.role)).where(
        col(Grant.person_id) == person.key, col(Grant.ended_at).is_(None)
    )
    granted = set(session.execute(query).scalars())
    if person.totp_secret and sign_in and not sign_in.method.endswith(SECOND_STEP):
        granted -= set(BUREAU_ROLES)
    return frozenset({Role.VISITOR, Role.MEMBER, *granted})


def _memberships(session: Session, person_id: int) -> Mapping[int, frozenset[Role]]:
    """By organisation, the oldest membership first: the role in it, and what the organisation is
    to the platform."""
    query = (
        select(col(Organisation.id), col(Organisation.kind), col(Membership.role))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(
            col(Membership.person_id) == person_id,
            col(Membership.state) == MembershipState.ACTIVE,
            col(Organisation.merged_into_id).is_(None),
        )
        .order_by(col(Membership.since), col(Membership.id))
    )
    found: dict[int, frozenset[Role]] = {}
    for id, kind, role in session.execute(query):
        found[id] = frozenset({role, *({KIND_ROLES[kind]} if kind in KIND_ROLES else ())})
    return found


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role that somebody holds."""

    id: int
    role: Role
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as administrators see them; how to reach them is masked."""

    id: int
    name: str
    email: str
    mobile: str
    created_at: datetime
    suspended_at: datetime | None
    erased_at: datetime | None
    has_second_step: bool
    is_demo: bool
    grants: tuple[GrantRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, by name."""

    rows: list[PersonRow]
    total: int
    page: int
    pages: int


def people(
    session: Session, viewer: Viewer, q: str = "", page: int = 1, per_page: int = 30
) -> PeoplePage:
    """People whose name holds these words, or whose address or number this is exactly."""
    rules.require(viewer, "person.view")
    where = _named(q)
    total = count_of(session, Person, *where)
    page, pages, before = turned_to(page, total, per_page)
    order = (col(Person.erased_at).is_not(None), col(Person.name), col(Person.id))
    query = select(Person).where(*where).order_by(*order).limit(per_page)
    found = list(session.execute(query.offset(before)).scalars())
    grants = _grants(session, [person.key for person in found])
    return PeoplePage([_row(p, grants.get(p.key, ())) for p in found], total, page, pages)


def person_by_id(session: Session, id: int, viewer: Viewer) -> PersonRow:
    """One person as administrators see them, or NotFound."""
    rules.require(viewer, "person.view")
    person = row_by_id(session, Person, id)
    return _row(person, _grants(session, [id]).get(id, ()))


def person_by_target(text: str) -> Select[Person]:
    """The accounts with this address or number; no row where it is neither."""
    target = known_target(text) or ""
    return select(Person).where(or_(col(Person.email) == target, col(Person.mobile) == target))


def names(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """What people are called now; those who are gone have no name."""
    wanted = {id for id in ids if id is not None}
    query = select(col(Person.id), col(Person.name), col(Person.erased_at)).where(
        col(Person.id).in_(wanted)
    )
    found = session.execute(query).all() if wanted else []
    return {id: NOBODY if erased else name for id, name, erased in found if id is not None}


def _named(q: str) -> list[ColumnElement[bool]]:
    target = known_target(q)
    if target is not None:
        return [or_(col(Person.email) == target, col(Person.mobile) == target)]
    return [col(Person.name).icontains(word, autoescape=True) for word in q.split()[:10]]


def _grants(session: Session, ids: list[int]) -> dict[int, tuple[GrantRow, ...]]:
    query = (
        select(Grant)
        .where(col(Grant.person_id).in_(ids), col(Grant.ended_at).is_(None))
        .order_by(col(Grant.id))
    )
    found: dict[int, tuple[GrantRow, ...]] = {}
    for grant in session.execute(query).scalars():
        row = GrantRow(grant.id or 0, grant.role, grant.granted_at)
        found[grant.person_id] = (*found.get(grant.person_id, ()), row)
    return found


def _row(person: Person, grants: tuple[GrantRow, ...]) -> PersonRow:
    return PersonRow(
        person.key, person.name, masked(person.email) if person.email else "",
        masked(person.mobile) if person.mobile else "", person.created_at, person.suspended_at,
        person.erased_at, person.totp_secret is not None, person.is_demo, grants,
    )  # fmt: skip
