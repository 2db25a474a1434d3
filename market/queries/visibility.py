"""Which listings a viewer sees, and what of each: the SQL halves, next to `market.rules`.

Two questions that never mix. *Reading*: `seen` and `tiers_for` say which listings, and which of
their fields, one viewer may read. *Finding*: filters, orders, counts, the search and the matcher
work on `public` values alone, whoever asks, so that no count and no order tells of a field that is
kept back, not even to those who may read it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, null, or_, select
from sqlmodel import Session, col

from market.errors import NotFound
from market.models.disclosures import Disclosure
from market.models.enums import Audience, DisclosureState, Kind, ListingState, Tier
from market.models.listings import Listing
from market.models.tables import TABLES
from market.roles import Permission, Viewer
from market.rules import readable_tier, visible_states

Condition = ColumnElement[bool]
Granted = tuple[int, Audience]


def seen(table: type[Listing], viewer: Viewer) -> Condition:
    """Everybody's in the states that the viewer sees, and all of their own organisations'."""
    own = viewer.organisations_with(Permission.LISTING_OWN)
    anybodys = col(table.state).in_(visible_states(viewer))
    return or_(anybodys, col(table.owner_id).in_(own)) if own else anybodys


def listed(table: type[Listing], viewer: Viewer) -> Condition:
    """What lists show: whatever is published, to whoever may see anything."""
    published = col(table.state) == ListingState.PUBLISHED
    if ListingState.PUBLISHED in visible_states(viewer):
        return published
    return and_(published, seen(table, viewer))


def is_seen(listing: Listing, viewer: Viewer) -> bool:
    """The same for one listing."""
    is_own = viewer.holds(Permission.LISTING_OWN, listing.owner_id)
    return listing.state in visible_states(viewer) or is_own


def listing_seen(session: Session, kind: Kind, id: int, viewer: Viewer) -> Listing:
    """The stored listing with all its fields, for whoever decides on it. Raises NotFound where the
    viewer sees none."""
    row: Listing | None = session.get(TABLES[kind].listing, id) if 0 < id < 2**31 else None
    if row is None or not is_seen(row, viewer):
        raise NotFound
    return row


def is_public(table: type[Listing], name: str) -> Condition:
    """Whether everybody may read a field."""
    tier: Condition = getattr(table, f"{name}_tier") == Tier.PUBLIC
    return tier


def public(table: type[Listing], name: str, column: str) -> ColumnElement[Any]:
    """A column of a field, as what everybody may read: nothing where it is kept back."""
    return case((is_public(table, name), getattr(table, column)), else_=null())


def owned_by(table: type[Listing], owner: Any, viewer: Viewer) -> Condition:
    """Whether an organisation, by id or column, is known to be the owner: to everybody where the
    owner is public, else to its members."""
    mine = col(table.owner_id) == owner
    own = viewer.organisations_with(Permission.LISTING_OWN)
    known = is_public(table, "owner")
    return and_(mine, or_(known, col(table.owner_id).in_(own)) if own else known)


def tier_for(session: Session, listing: Listing, viewer: Viewer) -> Tier:
    """The highest tier of the listing's fields that the viewer may read."""
    return tiers_for(session, listing.kind, [listing], viewer)[listing.key]


def tiers_for(
    session: Session, kind: Kind, listings: Collection[Listing], viewer: Viewer
) -> dict[int, Tier]:
    """The same for many listings of one kind, by id; one query, and only if it can matter."""
    ids = [row.key for row in listings if not viewer.holds(Permission.LISTING_OWN, row.owner_id)]
    granted = _granted(session, kind, viewer, ids) if ids else frozenset()
    return {row.key: readable_by(viewer, row, granted) for row in listings}


def readable_by(viewer: Viewer, listing: Listing, granted: Collection[Granted]) -> Tier:
    """The highest tier of one listing's fields, with what was disclosed to the viewer."""
    return readable_tier(
        viewer, listing.owner_id, disclosed=(listing.key, Audience.ORGANISATION) in granted,
        reviewing=(listing.key, Audience.EXPERT) in granted,
    )  # fmt: skip


def granted_to(session: Session, kind: Kind, viewer: Viewer) -> frozenset[Granted]:
    """Every listing of the kind that was disclosed to the viewer, or to an organisation of theirs:
    for lists of any length. One query, and only if it can matter."""
    return _granted(session, kind, viewer)


def _granted(
    session: Session, kind: Kind, viewer: Viewer, ids: Sequence[int] | None = None
) -> frozenset[Granted]:
    """The same, or those among these ids."""
    reads_all = viewer.holds(Permission.BUREAU_FIELDS)
    if not viewer.is_signed_in or reads_all:
        return frozenset()
    organisation = and_(
        col(Disclosure.audience) == Audience.ORGANISATION,
        col(Disclosure.organisation_id).in_(viewer.organisations_with(Permission.LISTING_OWN)),
    )
    expert = and_(
        col(Disclosure.audience) == Audience.EXPERT,
        col(Disclosure.person_id) == viewer.person_id,
    )
    query = select(col(Disclosure.listing_id), col(Disclosure.audience)).where(
        col(Disclosure.kind) == kind,
        col(Disclosure.state) == DisclosureState.GRANTED,
        or_(organisation, expert),
    )
    if ids is not None:
        query = query.where(col(Disclosure.listing_id).in_(ids))
    return frozenset((id, audience) for id, audience in session.execute(query))
