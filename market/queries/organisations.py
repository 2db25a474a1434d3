"""The directory of organisations, each with how much it shows here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.achievements import Achievement
from market.models.enums import OrganisationKind, RegistrationType, Standing
from market.models.needs import Need
from market.models.organisations import Organisation
from market.models.places import Division
from market.queries.directory import is_shown
from market.queries.filters import division_prefix
from market.queries.pages import turned_to
from market.queries.visibility import listed, owned_by
from market.roles import Viewer

LISTED: tuple[OrganisationKind, ...] = tuple(
    kind for kind in OrganisationKind if kind is not OrganisationKind.SOURCE
)
"""The kinds that the directory shows; a data source is no body."""


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation in the directory; `needs` and `achievements` count what is published and,
    as far as the viewer may know, its own."""

    id: int
    kind: OrganisationKind
    name: str
    name_en: str | None
    about: str
    division_code: str | None
    division_name: str | None
    credit_code: str | None
    registration_type: RegistrationType | None
    registration_number: str | None
    website: str | None
    is_demo: bool
    created_at: datetime
    standing: Standing
    verified_at: datetime | None
    version: int
    needs: int
    achievements: int


OrganisationDetail = OrganisationRow


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One page of the directory. `kinds` counts every kind with the other filters applied, those
    without a single body too, and `everywhere` is their sum."""

    rows: list[OrganisationRow]
    total: int
    page: int
    pages: int
    kinds: dict[OrganisationKind, int]

    @property
    def everywhere(self) -> int:
        """How many there are of all kinds together."""
        return sum(self.kinds.values())


def organisation_by_id(session: Session, id: int, viewer: Viewer) -> OrganisationDetail:
    """The organisation, or NotFound. A data source has a page too: listings lead to it. One that
    was merged has none: `directory.signpost` says where it went."""
    rules.require(viewer, "organisation.view")
    known = _rows(viewer).where(col(Organisation.id) == id, is_shown(viewer))
    found = session.execute(known).first() if 0 < id < 2**31 else None
    if found is None:
        raise NotFound
    return _row(found)


def organisation_page(
    session: Session, viewer: Viewer, *, q: str = "", kind: OrganisationKind | None = None,
    divisions: Sequence[str] = (), page: int = 1, per_page: int = 30,
) -> OrganisationPage:  # fmt: skip
    """A page of the directory, real bodies first, then by name; data sources are left out."""
    rules.require(viewer, "organisation.view")
    where = [is_shown(viewer), *_conditions(q, divisions)]
    kinds_held = col(Organisation.kind)
    by_kind = select(kinds_held, func.count()).where(*where).group_by(kinds_held)
    held = dict(session.execute(by_kind).all())
    kinds = {each: held.get(each, 0) for each in LISTED}
    total = kinds.get(kind, 0) if kind else sum(kinds.values())
    page, pages, before = turned_to(page, total, per_page)
    if kind:
        where.append(col(Organisation.kind) == kind)
    query = _rows(viewer).where(*where).order_by(
        col(Organisation.is_demo), col(Organisation.name), col(Organisation.id)
    ).limit(per_page).offset(before)  # fmt: skip
    return OrganisationPage([_row(r) for r in session.execute(query)], total, page, pages, kinds)


def _conditions(q: str, divisions: Sequence[str]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [col(Organisation.kind).in_(LISTED)]
    for word in q.split()[:10]:
        names = (col(Organisation.name), col(Organisation.name_en))
        where.append(or_(*(name.icontains(word, autoescape=True) for name in names)))
    if divisions:
        code = col(Organisation.division_code)
        prefixes = map(division_prefix, divisions)
        where.append(or_(*(code.startswith(prefix, autoescape=True) for prefix in prefixes)))
    return where


def _rows(viewer: Viewer) -> Select[Any]:
    def owned(table: type[Need] | type[Achievement]) -> Any:
        known = owned_by(table, col(Organisation.id), viewer), listed(table, viewer)
        return select(func.count()).select_from(table).where(*known).scalar_subquery()

    return select(Organisation, col(Division.name), owned(Need), owned(Achievement)).outerjoin(
        Division, col(Division.code) == col(Organisation.division_code)
    )


def _row(found: Any) -> OrganisationRow:
    body, division_name, needs, achievements = found
    return OrganisationRow(
        body.id, body.kind, body.name, body.name_en, body.about, body.division_code,
        division_name, body.credit_code, body.registration_type, body.registration_number,
        body.website, body.is_demo, body.created_at, body.standing, body.verified_at, body.version,
        needs, achievements,
    )  # fmt: skip
