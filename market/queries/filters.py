"""What a reader asks a list for, and the SQL conditions that it becomes.

They look at what is public of a listing and at nothing else, whoever asks: see `visibility`. A
level or an amount that is kept back counts as not stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, not_, or_, select
from sqlmodel import col

from market.models.enums import CooperationMode, Kind, Language, ListingState
from market.models.tables import TABLES
from market.queries.visibility import is_public, listed, owned_by, public, seen
from market.roles import Viewer

Band = tuple[int, int]
BANDS: tuple[Band, ...] = ((1, 3), (4, 6), (7, 9))
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How many listings pass for each choice of a facet, with the other filters applied; choices
    that nothing passes may be missing. A field of the first level counts what lies under it, a
    division only itself."""

    fields: Mapping[str, int]
    divisions: Mapping[str, int]
    modes: Mapping[CooperationMode, int]
    readiness: Mapping[Band, int]


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """A list as its address asks for it; amounts in fen, fields and divisions by code.

    A code stands for itself and all under it. Alternatives within one facet, all of different
    facets. A price or budget that is to be negotiated passes any amount. `bands` are ranges of
    readiness; `unknown_passes` lets a listing without readiness or modes pass those filters too.
    Without `states`, only what is published is listed.
    """

    kind: Kind
    q: str = ""
    fields: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    modes: tuple[CooperationMode, ...] = ()
    readiness_min: int | None = None
    readiness_max: int | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    states: tuple[ListingState, ...] = ()
    organisation: int | None = None
    language: Language | None = None
    excluded_owners: tuple[int, ...] = ()
    unknown_passes: bool = False
    sort: str = "newest"
    page: int = 1
    per_page: int = 20


def division_prefix(code: str) -> str:
    """What the codes under a division begin with: it is filled up with pairs of zeros."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def conditions(wanted: ListingFilter, viewer: Viewer, *, without: str = "") -> list[Condition]:
    """The conditions on the listing's table; `without` leaves out those of one facet."""
    parts = {
        "fields": _fields(wanted),
        "divisions": _divisions(wanted),
        "modes": _modes(wanted),
        "readiness": _readiness(wanted),
        "words": _words(wanted),
        "amount": _amount(wanted),
        "rest": _rest(wanted, viewer),
    }
    return [condition for name, some in parts.items() if name != without for condition in some]


def _fields(wanted: ListingFilter) -> list[Condition]:
    if not wanted.fields:
        return []
    tables = TABLES[wanted.kind]
    code = col(tables.fields.field_code)
    under = or_(*(code.startswith(field, autoescape=True) for field in wanted.fields))
    return [col(tables.listing.id).in_(select(col(tables.fields.listing_id)).where(under))]


def _divisions(wanted: ListingFilter) -> list[Condition]:
    if not wanted.divisions:
        return []
    table = TABLES[wanted.kind].listing
    prefixes = map(division_prefix, wanted.divisions)
    code = col(table.division_code)
    under = or_(*(code.startswith(prefix, autoescape=True) for prefix in prefixes))
    return [and_(is_public(table, "division"), under)]


def _modes(wanted: ListingFilter) -> list[Condition]:
    if not wanted.modes:
        return []
    tables = TABLES[wanted.kind]
    id, held = col(tables.listing.id), col(tables.modes.listing_id)
    passed = id.in_(select(held).where(col(tables.modes.mode).in_(wanted.modes)))
    return [or_(passed, id.not_in(select(held))) if wanted.unknown_passes else passed]


def _readiness(wanted: ListingFilter) -> list[Condition]:
    table = TABLES[wanted.kind].listing
    level, known = col(table.readiness), is_public(table, "readiness")
    unknown = or_(level.is_(None), not_(known)) if wanted.unknown_passes else false()
    found: list[Condition] = []
    if wanted.readiness_min is not None:
        found.append(or_(and_(known, level >= wanted.readiness_min), unknown))
    if wanted.readiness_max is not None:
        found.append(or_(and_(known, level <= wanted.readiness_max), unknown))
    return found


def _amount(wanted: ListingFilter) -> list[Condition]:
    table = TABLES[wanted.kind].listing
    low, high = (public(table, "amount", name) for name in ("amount_min", "amount_max"))
    found: list[Condition] = []
    if wanted.amount_min is not None:
        found.append(or_(high.is_(None), high >= wanted.amount_min))
    if wanted.amount_max is not None:
        found.append(or_(low.is_(None), low <= wanted.amount_max))
    return found


def _words(wanted: ListingFilter) -> list[Condition]:
    if not wanted.q:
        return []
    from market.matchmaking import normal_form  # it imports these filters itself

    text = col(TABLES[wanted.kind].listing.search_text)
    words = normal_form(wanted.q).split()[:10]
    return [text.contains(word, autoescape=True) for word in words]


def _rest(wanted: ListingFilter, viewer: Viewer) -> list[Condition]:
    table = TABLES[wanted.kind].listing
    found = [listed(table, viewer)]
    if wanted.states:
        found = [col(table.state).in_(wanted.states), seen(table, viewer)]
    if wanted.organisation is not None:
        found.append(owned_by(table, wanted.organisation, viewer))
    if wanted.language is not None:
        found.append(col(table.language) == wanted.language)
    if wanted.excluded_owners:
        excluded = col(table.owner_id).in_(wanted.excluded_owners)
        found.append(not_(and_(is_public(table, "owner"), excluded)))
    return found
