"""A listing as a list shows it, read for many ids at once: three queries whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlmodel import Session, col

from market.models.enums import CooperationMode, Kind, Language, ListingState
from market.models.organisations import Organisation
from market.models.places import Division, Field
from market.models.tables import TABLES
from market.roles import Viewer
from market.rules import visible_states
from market.texts import shortened

EXCERPT = 140


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """A technology field by code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AmountRange:
    """A budget or a price in fen; an open end is None."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A need or an achievement in a list. `amount` is None when it is to be negotiated."""

    kind: Kind
    id: int
    title: str
    summary: str
    excerpt: str
    keywords: list[str]
    fields: list[FieldLabel]
    division_code: str | None
    division_name: str | None
    readiness: int | None
    modes: list[CooperationMode]
    amount: AmountRange | None
    owner_id: int
    owner_name: str
    owner_is_demo: bool
    is_demo: bool
    language: Language
    published_at: datetime | None
    changed_at: datetime
    state: ListingState


@dataclass(frozen=True, slots=True)
class FullRow:
    """A row together with what the matcher reads of it; spans of reasons count in these texts."""

    row: ListingRow
    body: str
    title: str
    text: str
    keywords: tuple[str, ...]
    version: int


def rows_for(
    session: Session, kind: Kind, ids: Sequence[int], viewer: Viewer
) -> dict[int, FullRow]:
    """The listings of these ids that the viewer may see."""
    if not ids:
        return {}
    table = TABLES[kind].listing
    shown = (col(table.id).in_(ids), col(table.state).in_(visible_states(viewer)))
    found = session.execute(_listings(kind).where(*shown)).all()
    present = [row[0].key for row in found]
    fields, modes = _fields(session, kind, present), _modes(session, kind, present)
    return {row[0].key: _full(row, fields, modes) for row in found}


def _listings(kind: Kind) -> Select[*tuple[Any, ...]]:
    table = TABLES[kind].listing
    columns: tuple[Any, ...] = (Organisation.name, Organisation.is_demo, Division.name)
    return (
        select(table, *columns)
        .join(Organisation, col(Organisation.id) == col(table.owner_id))
        .outerjoin(Division, col(Division.code) == col(table.division_code))
    )


def _fields(session: Session, kind: Kind, ids: Sequence[int]) -> dict[int, list[FieldLabel]]:
    link = TABLES[kind].fields
    found: dict[int, list[FieldLabel]] = {id: [] for id in ids}
    query = (
        select(col(link.listing_id), col(Field.code), col(Field.name))
        .join(Field, col(Field.code) == col(link.field_code))
        .where(col(link.listing_id).in_(ids))
        .order_by(col(Field.code))
    )
    for id, code, name in session.execute(query):
        found[id].append(FieldLabel(code, name))
    return found


def _modes(session: Session, kind: Kind, ids: Sequence[int]) -> dict[int, list[CooperationMode]]:
    link = TABLES[kind].modes
    found: dict[int, list[CooperationMode]] = {id: [] for id in ids}
    query = select(col(link.listing_id), col(link.mode)).where(col(link.listing_id).in_(ids))
    for id, mode in session.execute(query):
        found[id].append(mode)
    order = list(CooperationMode)
    return {id: sorted(modes, key=order.index) for id, modes in found.items()}


def _full(
    found: Row[*tuple[Any, ...]],
    fields: Mapping[int, list[FieldLabel]],
    modes: Mapping[int, list[CooperationMode]],
) -> FullRow:
    listing, owner_name, owner_is_demo, division_name = found
    low, high = listing.amount_min, listing.amount_max
    row = ListingRow(
        kind=listing.kind,
        id=listing.key,
        title=listing.title,
        summary=listing.summary,
        excerpt=shortened(" ".join((listing.summary or listing.body).split()), EXCERPT),
        keywords=list(listing.keywords),
        fields=fields[listing.key],
        division_code=listing.division_code,
        division_name=division_name,
        readiness=listing.readiness,
        modes=modes[listing.key],
        amount=None if low is None and high is None else AmountRange(low, high),
        owner_id=listing.owner_id,
        owner_name=owner_name,
        owner_is_demo=owner_is_demo,
        is_demo=listing.is_demo,
        language=listing.language,
        published_at=listing.published_at,
        changed_at=listing.changed_at,
        state=listing.state,
    )
    words = tuple(listing.keywords)
    return FullRow(row, listing.body, listing.title, listing.text, words, listing.version)
