"""People who are signed in, each with a browser of their own; `site.client` stays a visitor."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from itertools import count

from market.credentials import digest_of
from market.db import writing
from market.models import (
    Grant,
    Membership,
    Organisation,
    OrganisationKind,
    Person,
    Role,
    SignIn,
    SignInKind,
)
from tests.web.pages import Browser, Client
from tests.web.site import Site
from web import cookies

NUMBERS = count(1)


def signed_in(
    site: Site, *roles: Role, organisation: int | None = None, role: Role = Role.OWNER,
    person: int | None = None,
) -> Client:  # fmt: skip
    """Somebody with these roles of the platform and, in an organisation, that role; `person` is
    somebody who exists. The password was shown just now."""
    person = person or person_in(site, *roles, organisation=organisation, role=role)
    client = visitor(site)
    name = cookies.name(site.app.state.settings, cookies.SESSION)
    client.raw.cookies.set(name, token_of(site, person), domain="testserver.local")
    client.person_id = person
    return client


def visitor(site: Site) -> Client:
    """Another browser in which nobody is signed in."""
    return Client(Browser(site.app, follow_redirects=False))


def person_in(
    site: Site, *roles: Role, organisation: int | None = None, role: Role = Role.OWNER,
    **given: object,
) -> int:  # fmt: skip
    """The id of somebody new."""
    now, number = site.app.state.now(), next(NUMBERS)
    values = {"name": f"用户{number}", "email": f"someone{number}@example.com", **given}
    with writing(site.engine) as session:
        person = Person(created_at=now, acting_for=organisation, **values)
        session.add(person)
        session.flush()
        session.add_all(Grant(person_id=person.key, role=r, granted_at=now) for r in roles)
        if organisation is not None:
            session.add(
                Membership(person_id=person.key, organisation_id=organisation, role=role, since=now)
            )
        return person.key


def token_of(
    site: Site, person: int, *, kind: SignInKind = SignInKind.BROWSER,
    proven_at: datetime | None = None,
) -> str:  # fmt: skip
    """A new session of theirs, or a token for the API: what its cookie or header holds."""
    now, token = site.app.state.now(), secrets.token_urlsafe(32)
    with writing(site.engine) as session:
        session.add(
            SignIn(
                person_id=person, kind=kind, digest=digest_of(token), created_at=now, seen_at=now,
                expires_at=now + timedelta(days=30), proven_at=proven_at or now,
            )
        )  # fmt: skip
    return token


def organisation_in(
    site: Site, name: str, kind: OrganisationKind = OrganisationKind.ENTERPRISE, **given: object
) -> int:
    """The id of an organisation made past all actions."""
    with writing(site.engine) as session:
        made = Organisation(name=name, kind=kind, **{"created_at": site.app.state.now(), **given})
        session.add(made)
        session.flush()
        assert made.id is not None
        return made.id
