"""A listing as a list shows it to one viewer, read for many ids at once: three queries whatever
their number, a fourth for somebody who is signed in.

A field that the viewer may not read is left blank here, before anything else sees it; `hidden`
says which those are. It does so whether or not something was written in the field.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlmodel import Session, col

from market.models.enums import (
    CooperationMode,
    Kind,
    Language,
    ListingState,
    OrganisationKind,
    Tier,
)
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.places import Division, Field
from market.models.tables import TABLES
from market.parts import PARTS, READ_BY_THE_MATCHER, Part, Shape, text_of
from market.policy import current
from market.queries.visibility import Condition, granted_to, readable_by, seen, tiers_for
from market.roles import Viewer
from market.texts import MAX_CHARACTERS, shortened

EXCERPT = 140
AT_ONCE = 500
"""Rows of a long list that are in memory together."""
Ids = Sequence[int] | Select[int | None]
UNNAMED = "单位名称不公开"


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
    """A need or an achievement in a list. `amount` is None when it is to be negotiated.

    `parts` holds every part of `market.parts` by name, as its column does (an amount as the pair of
    its ends; fields, modes and division as here). `tiers` names the fields that not everybody may
    read, `hidden` those of them that this viewer may not: they are blank here. An owner who is
    hidden has no id, and a name that says of which kind they are.
    """

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
    owner_id: int | None
    owner_name: str
    owner_is_demo: bool
    is_demo: bool
    language: Language
    published_at: datetime | None
    changed_at: datetime
    state: ListingState
    parts: Mapping[str, Any] = field(kw_only=True)
    tiers: Mapping[str, Tier] = field(kw_only=True)
    hidden: Mapping[str, Tier] = field(kw_only=True)

    def tells(self, name: str) -> bool:
        """Whether the matcher and the filters know this field: they know what is public."""
        return name not in self.tiers

    def is_stale(self, now: datetime) -> bool:
        """Whether it stands published though nobody changed or renewed it for long."""
        is_old = now - self.changed_at >= current().period("stale_days")
        return self.state is ListingState.PUBLISHED and is_old


@dataclass(frozen=True, slots=True)
class FullRow:
    """A row as the viewer may read it, together with what the matcher reads of the listing.

    `title`, `text`, `keywords` and `public` are what everybody may read, whoever looks: spans of
    reasons count in these texts. `version` changes with every one of them: the listing's own, and
    how often the words of its files changed.
    """

    row: ListingRow
    public: ListingRow
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
    shown = (col(table.id).in_(ids), seen(table, viewer))
    found = session.execute(_listings(kind).where(*shown)).all()
    present = [row[0].key for row in found]
    fields, modes = _fields(session, kind, present), _modes(session, kind, present)
    highest = tiers_for(session, kind, [row[0] for row in found], viewer)
    return {row[0].key: _full(row, fields, modes, highest[row[0].key]) for row in found}


def rows_under(
    session: Session, kind: Kind, where: Sequence[Condition], order: Sequence[Any], viewer: Viewer,
    most: int,
) -> Iterator[tuple[ListingRow, Listing]]:  # fmt: skip
    """The listings under these conditions that the viewer may see, one after the other: three
    queries whatever their number, a fourth for somebody who is signed in, and no list of ids in
    any of them. What is stored comes along for what a row does not hold: ask `hidden` first."""
    table = TABLES[kind].listing
    shown = (*where, seen(table, viewer))
    ids = select(col(table.id)).where(*shown).order_by(*order).limit(most)
    fields, modes = _fields(session, kind, ids), _modes(session, kind, ids)
    granted = granted_to(session, kind, viewer)
    query = _listings(kind).where(*shown).order_by(*order).limit(most)
    for found in session.execute(query.execution_options(yield_per=AT_ONCE)):
        listing = found[0]
        highest = readable_by(viewer, listing, granted)
        yield _row(found, fields[listing.key], modes[listing.key], highest), listing


def drafted(
    session: Session, listing: Listing, field_codes: Sequence[str],
    modes: Sequence[CooperationMode], highest: Tier,
) -> ListingRow:  # fmt: skip
    """How readers up to a tier would see a listing that is not stored: for its writer's preview."""
    owner = session.get_one(Organisation, listing.owner_id)
    division = session.get(Division, listing.division_code) if listing.division_code else None
    named = select(col(Field.code), col(Field.name)).where(col(Field.code).in_(field_codes))
    fields = [FieldLabel(*found) for found in session.execute(named.order_by(col(Field.code)))]
    found = (listing, owner.name, owner.kind, owner.is_demo, division.name if division else None)
    return _row(found, fields, list(modes), highest)


def tiers_of(listing: Listing) -> dict[str, Tier]:
    """The fields that the listing has and that not everybody may read."""
    return {name: tier for name, tier in listing.tiers.items() if tier.level}


def hidden_name(kind: OrganisationKind) -> str:
    """What an owner is called where the name is kept back."""
    return UNNAMED if kind is OrganisationKind.SOURCE else f"某{kind.text}（{UNNAMED}）"


def _listings(kind: Kind) -> Select[*tuple[Any, ...]]:
    table = TABLES[kind].listing
    columns: tuple[Any, ...] = (
        Organisation.name, Organisation.kind, Organisation.is_demo, Division.name,
    )  # fmt: skip
    return (
        select(table, *columns)
        .join(Organisation, col(Organisation.id) == col(table.owner_id))
        .outerjoin(Division, col(Division.code) == col(table.division_code))
    )


def _fields(session: Session, kind: Kind, ids: Ids) -> dict[int, list[FieldLabel]]:
    link = TABLES[kind].fields
    found: dict[int, list[FieldLabel]] = defaultdict(list)
    query = (
        select(col(link.listing_id), col(Field.code), col(Field.name))
        .join(Field, col(Field.code) == col(link.field_code))
        .where(col(link.listing_id).in_(ids))
        .order_by(col(Field.code))
    )
    for id, code, name in session.execute(query):
        found[id].append(FieldLabel(code, name))
    return found


def _modes(session: Session, kind: Kind, ids: Ids) -> dict[int, list[CooperationMode]]:
    link = TABLES[kind].modes
    found: dict[int, list[CooperationMode]] = defaultdict(list)
    query = select(col(link.listing_id), col(link.mode)).where(col(link.listing_id).in_(ids))
    for id, mode in session.execute(query):
        found[id].append(mode)
    order = list(CooperationMode)
    for modes in found.values():
        modes.sort(key=order.index)
    return found


def _full(
    found: Row[*tuple[Any, ...]],
    fields: Mapping[int, list[FieldLabel]],
    modes: Mapping[int, list[CooperationMode]],
    highest: Tier,
) -> FullRow:
    listing = found[0]
    row = _row(found, fields[listing.key], modes[listing.key], highest)
    is_for_all = not row.tiers or highest is Tier.PUBLIC
    public = row if is_for_all else _row(found, row.fields, row.modes, Tier.PUBLIC)
    said = text_of(listing.kind, public.parts.__getitem__)
    return FullRow(
        row=row,
        public=public,
        title=public.title,
        text="\n".join(part for part in (said, listing.files_text) if part)[:MAX_CHARACTERS],
        keywords=tuple(public.keywords),
        version=listing.version + listing.files_version,
    )


def _row(
    found: Iterable[Any], fields: list[FieldLabel], modes: list[CooperationMode],
    highest: Tier,
) -> ListingRow:  # fmt: skip
    """The listing up to a tier; the one place where fields are blanked."""
    listing, owner_name, owner_kind, owner_is_demo, division_name = found
    tiers = tiers_of(listing)
    hidden = {name: tier for name, tier in tiers.items() if tier.level > highest.level}
    parts = {part.name: _part(part, listing, hidden) for part in PARTS[listing.kind]}
    parts |= {"fields": fields, "modes": modes}
    ends = parts["amount"]
    is_named = "owner" not in hidden
    is_placed = "division" not in hidden
    return ListingRow(
        kind=listing.kind,
        id=listing.key,
        title=listing.title,
        summary=parts["summary"],
        excerpt=shortened(" ".join(_opening(listing.kind, parts).split()), EXCERPT),
        keywords=list(parts["keywords"]),
        fields=fields,
        division_code=listing.division_code if is_placed else None,
        division_name=division_name if is_placed else None,
        readiness=parts["readiness"],
        modes=modes,
        amount=None if ends == (None, None) else AmountRange(*ends),
        owner_id=listing.owner_id if is_named else None,
        owner_name=owner_name if is_named else hidden_name(owner_kind),
        owner_is_demo=owner_is_demo if is_named else listing.is_demo,
        is_demo=listing.is_demo,
        language=listing.language,
        published_at=listing.published_at,
        changed_at=listing.changed_at,
        state=listing.state,
        parts=parts,
        tiers=tiers,
        hidden=hidden,
    )


EMPTY: Mapping[Shape, Any] = {
    Shape.LINE: "", Shape.TEXT: "", Shape.AMOUNT: (None, None), Shape.WORDS: [],
    Shape.CHOICES: [], Shape.INDICATORS: [], Shape.RIGHTS: [], Shape.HOLDERS: [],
}  # fmt: skip


def _part(part: Part, listing: Listing, hidden: Mapping[str, Tier]) -> Any:
    """What the row says, or what an empty part looks like where it is kept back. Links are not in
    the row."""
    if part.name in ("fields", "modes") or part.tier in hidden:
        return EMPTY.get(part.shape)
    if part.shape is Shape.CHOICES and part.choices:
        return [part.choices(value) for value in getattr(listing, part.name)]
    held = [getattr(listing, column) for column in part.columns]
    return held[0] if len(held) == 1 else tuple(held)


def _opening(kind: Kind, parts: Mapping[str, Any]) -> str:
    """The first text of a listing that says something."""
    texts = (parts[name] for name in READ_BY_THE_MATCHER[kind] if name != "indicators")
    return next((text for text in texts if text), "")
