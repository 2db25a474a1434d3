"""How many listings each choice of a facet would show, counted with the other filters applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from market.models.enums import CooperationMode
from market.models.places import Division, Field
from market.models.tables import TABLES
from market.queries.filters import ListingFilter, conditions, division_prefix
from market.queries.places import PROVINCE
from market.queries.visibility import public
from market.roles import Viewer

BANDS = ((1, 3), (4, 6), (7, 9))
Place = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Facet:
    """One choice. `parent` is the choice that it lies under, in the facets that are trees."""

    value: str
    label: str
    count: int
    selected: bool
    parent: str | None = None


def facets(session: Session, wanted: ListingFilter, viewer: Viewer) -> dict[str, list[Facet]]:
    """The facets of a list, each in the order of its codes; choices without a listing are left
    out unless they are selected."""
    return {
        "fields": _fields(session, wanted, viewer),
        "divisions": _divisions(session, wanted, viewer),
        "modes": _modes(session, wanted, viewer),
        "readiness": _readiness(session, wanted, viewer),
    }


def _fields(session: Session, wanted: ListingFilter, viewer: Viewer) -> list[Facet]:
    table, link = TABLES[wanted.kind].listing, TABLES[wanted.kind].fields
    ids = select(col(table.id)).where(*conditions(wanted, viewer, without="fields"))
    code = col(link.field_code)
    holder = col(link.listing_id)
    pairs = select(holder.label("id"), code.label("code")).where(holder.in_(ids)).subquery()
    leaves = dict(
        session.execute(
            select(pairs.c.code, func.count()).group_by(pairs.c.code)
        ).all()
    )  # fmt: skip
    top = func.substr(pairs.c.code, 1, 2)
    tops = dict(
        session.execute(
            select(top, func.count(pairs.c.id.distinct())).group_by(top)
        ).all()
    )  # fmt: skip
    return _tree(_places(session, Field), {**leaves, **tops}, wanted.fields)


def _divisions(session: Session, wanted: ListingFilter, viewer: Viewer) -> list[Facet]:
    table = TABLES[wanted.kind].listing
    code = public(table, "division", "division_code")
    where = conditions(wanted, viewer, without="divisions")
    query = select(code, func.count()).where(code.is_not(None), *where).group_by(code)
    own = {str(code): count for code, count in session.execute(query)}
    places = _places(session, Division)
    counts = {
        place: sum(n for code, n in own.items() if code.startswith(division_prefix(place)))
        for place, _, _ in places
    }
    return _tree(places, counts, wanted.divisions)


def _modes(session: Session, wanted: ListingFilter, viewer: Viewer) -> list[Facet]:
    table, link = TABLES[wanted.kind].listing, TABLES[wanted.kind].modes
    ids = select(col(table.id)).where(*conditions(wanted, viewer, without="modes"))
    mode = col(link.mode)
    query = select(mode, func.count()).where(col(link.listing_id).in_(ids)).group_by(mode)
    counts = dict(session.execute(query).all())
    return [
        Facet(mode.value, mode.text, counts.get(mode, 0), mode in wanted.modes)
        for mode in CooperationMode
        if counts.get(mode) or mode in wanted.modes
    ]


def _readiness(session: Session, wanted: ListingFilter, viewer: Viewer) -> list[Facet]:
    table = TABLES[wanted.kind].listing
    level = public(table, "readiness", "readiness")
    where = conditions(wanted, viewer, without="readiness")
    band = case(*((level.between(*ends), f"{ends[0]}-{ends[1]}") for ends in BANDS))
    query = select(band, func.count()).where(level.is_not(None), *where).group_by(band)
    counts = dict(session.execute(query).all())
    chosen = (wanted.readiness_min, wanted.readiness_max)
    return [
        Facet(value, f"{ends[0]}–{ends[1]} 级", counts.get(value, 0), chosen == ends)
        for ends in BANDS
        for value in (f"{ends[0]}-{ends[1]}",)
        if counts.get(value) or chosen == ends
    ]


def _places(session: Session, table: type[Field] | type[Division]) -> list[Place]:
    query = select(col(table.code), col(table.name), col(table.parent_code))
    if table is Division:
        query = query.where(col(Division.group) != PROVINCE)
    return sorted(session.execute(query).all(), key=lambda place: place[0])


def _tree(
    places: Sequence[Place], counts: Mapping[str, int], selected: tuple[str, ...]
) -> list[Facet]:
    return [
        Facet(code, name, counts.get(code, 0), code in selected, parent)
        for code, name, parent in places
        if counts.get(code) or code in selected
    ]
