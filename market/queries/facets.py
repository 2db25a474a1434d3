"""The choices of a list's facets, each with how many listings it would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from market.models.enums import CooperationMode
from market.models.places import Division, Field
from market.queries.filters import BANDS, Band, FacetCounts, ListingFilter, division_prefix
from market.queries.places import PROVINCE

Place = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Facet:
    """One choice. `parent` is the choice that it lies under, in the facets that are trees."""

    value: str
    label: str
    count: int
    selected: bool
    parent: str | None = None


def facets(session: Session, wanted: ListingFilter, counts: FacetCounts) -> dict[str, list[Facet]]:
    """The facets of a list, each in the order of its codes; choices without a listing are left
    out unless they are selected."""
    return {
        "fields": _tree(_places(session, Field), counts.fields, wanted.fields),
        "divisions": _divisions(session, wanted, counts.divisions),
        "modes": _modes(wanted, counts.modes),
        "readiness": _readiness(wanted, counts.readiness),
    }


def _divisions(session: Session, wanted: ListingFilter, own: Mapping[str, int]) -> list[Facet]:
    """A division counts what lies under it."""
    places = _places(session, Division)
    counts = {
        place: sum(n for code, n in own.items() if code.startswith(division_prefix(place)))
        for place, _, _ in places
    }
    return _tree(places, counts, wanted.divisions)


def _modes(wanted: ListingFilter, counts: Mapping[CooperationMode, int]) -> list[Facet]:
    return [
        Facet(mode.value, mode.text, counts.get(mode, 0), mode in wanted.modes)
        for mode in CooperationMode
        if counts.get(mode) or mode in wanted.modes
    ]


def _readiness(wanted: ListingFilter, counts: Mapping[Band, int]) -> list[Facet]:
    chosen = (wanted.readiness_min, wanted.readiness_max)
    return [
        Facet(
            f"{ends[0]}-{ends[1]}", f"{ends[0]}–{ends[1]} 级", counts.get(ends, 0), chosen == ends
        )
        for ends in BANDS
        if counts.get(ends) or chosen == ends
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
