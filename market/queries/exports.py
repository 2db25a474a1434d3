"""Lists taken away whole: a filtered one, one's own, a saved one. Each row says what its viewer may
read, as everywhere; a list of any length costs the same number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from market import rules
from market.errors import NotFound
from market.models.enums import Kind
from market.models.listings import Listing
from market.models.saved import SavedItem, SavedList
from market.models.tables import TABLES
from market.queries.filters import ListingFilter, conditions
from market.queries.listings import order_of
from market.queries.rows import ListingRow, rows_under
from market.roles import Permission, Viewer

MOST_ROWS = 50_000
"""Listings that one file holds; what comes after them in the list is left out."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A listing in a file. Where it was imported from is kept back together with its owner, and
    when it runs out is said to its owner only."""

    row: ListingRow
    source_id: str | None
    expires_at: datetime | None


def listed_rows(session: Session, wanted: ListingFilter, viewer: Viewer) -> Iterator[ExportRow]:
    """A filtered list in its order, from its first page on."""
    rules.require(viewer, "export.listed")
    found = rows_under(
        session, wanted.kind, conditions(wanted, viewer), order_of(wanted), viewer, MOST_ROWS
    )
    return (_row(row, stored, viewer) for row, stored in found)


def own_rows(session: Session, kind: Kind, viewer: Viewer) -> Iterator[ExportRow]:
    """Everything that the viewer's organisations have, drafts included; what changed last first."""
    rules.require(viewer, "export.own")
    table = TABLES[kind].listing
    mine = col(table.owner_id).in_(viewer.organisations_with(Permission.LISTING_OWN))
    order = (col(table.changed_at).desc(), col(table.id).desc())
    found = rows_under(session, kind, [mine], order, viewer, MOST_ROWS)
    return (_row(row, stored, viewer) for row, stored in found)


def saved_rows(session: Session, list_id: int, kind: Kind, viewer: Viewer) -> Iterator[ExportRow]:
    """What the viewer saved of one kind in a list. Raises NotFound where it is not theirs."""
    rules.require(viewer, "saved.use")
    held = session.get(SavedList, list_id) if 0 < list_id < 2**31 else None
    if held is None or held.person_id != viewer.person_id:
        raise NotFound
    table = TABLES[kind].listing
    item = (col(SavedItem.list_id) == list_id, col(SavedItem.kind) == kind)
    saved = col(table.id).in_(select(col(SavedItem.listing_id)).where(*item))
    added = (
        select(col(SavedItem.added_at))
        .where(*item, col(SavedItem.listing_id) == col(table.id))
        .scalar_subquery()
    )
    order = (added.desc(), col(table.id).desc())
    found = rows_under(session, kind, [saved], order, viewer, MOST_ROWS)
    return (_row(row, stored, viewer) for row, stored in found)


def _row(row: ListingRow, stored: Listing, viewer: Viewer) -> ExportRow:
    is_own = viewer.holds(Permission.LISTING_OWN, stored.owner_id)
    return ExportRow(
        row,
        stored.source_id if "owner" not in row.hidden else None,
        stored.expires_at if is_own else None,
    )
