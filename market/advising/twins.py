"""Listings that are the same as the one that is being written: among one's own in every state, and
among everybody's that are published. Compared is what everybody may read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from market.matchmaking import Asked, alike, is_alike
from market.models.enums import Kind, ListingState
from market.models.tables import TABLES
from market.queries.rows import FullRow, ListingRow, rows_for
from market.roles import Permission, Viewer

NEAREST = 8
MOST_OWN = 200
"""So many of one's own that are not published are compared, the latest first."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Twin:
    """A listing that says the same. `share` is how much of the shorter text stands in the longer
    one, `is_own` whether one of the viewer's organisations has it."""

    listing: ListingRow
    share: float
    is_own: bool


def twins(
    session: Session, asked: Asked, viewer: Viewer, listing_id: int | None = None
) -> list[Twin]:
    """The likest of those that are called the same, without the listing itself."""
    ids = {*asked.like_it(NEAREST), *_own(session, asked.kind, viewer)} - {listing_id}
    rows = rows_for(session, asked.kind, sorted(ids), viewer).values()
    found = sorted(_alike(asked, rows, viewer), key=lambda twin: (-twin.share, twin.listing.id))
    return found[:SHOWN]


def _own(session: Session, kind: Kind, viewer: Viewer) -> list[int]:
    """Those of the viewer's organisations that no index knows."""
    table, own = TABLES[kind].listing, viewer.organisations_with(Permission.LISTING_OWN)
    if not own:
        return []
    query = (
        select(col(table.id))
        .where(col(table.owner_id).in_(own), col(table.state) != ListingState.PUBLISHED)
        .order_by(col(table.changed_at).desc())
        .limit(MOST_OWN)
    )
    return [id for id in session.execute(query).scalars() if id is not None]


def _alike(asked: Asked, rows: Iterable[FullRow], viewer: Viewer) -> Iterable[Twin]:
    own = viewer.organisations_with(Permission.LISTING_OWN)
    for row in rows:
        share = alike((asked.document.title, asked.document.text), (row.title, row.text))
        if is_alike(share):
            yield Twin(row.row, share, row.row.owner_id in own)
