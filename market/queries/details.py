"""One listing in full. `needs` and `achievements` name it for their noun."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlmodel import Session

from market.errors import NotFound
from market.models.enums import Kind
from market.models.listings import Listing
from market.models.tables import TABLES
from market.queries.rows import ListingRow, rows_for
from market.roles import Viewer


@dataclass(frozen=True, slots=True)
class ListingDetail(ListingRow):
    """A row and the rest. `text` is what the matcher reads, which is what everybody may: spans of
    reasons count in it; `public` is the row as everybody may read it. Where a listing was
    imported from is kept back together with its owner."""

    public: ListingRow
    text: str
    source: str | None
    source_id: str | None
    version: int
    created_at: datetime
    expires_at: datetime | None


def listing_by_id(session: Session, kind: Kind, id: int, viewer: Viewer) -> ListingDetail:
    """The listing, or NotFound where there is none that the viewer may see."""
    found = rows_for(session, kind, [id], viewer).get(id) if 0 < id < 2**31 else None
    stored: Listing | None = session.get(TABLES[kind].listing, id) if found else None
    if found is None or stored is None:
        raise NotFound
    row = {field.name: getattr(found.row, field.name) for field in fields(ListingRow)}
    is_named = "owner" not in found.row.hidden
    return ListingDetail(
        **row,
        public=found.public,
        text=found.text,
        source=stored.source if is_named else None,
        source_id=stored.source_id if is_named else None,
        version=stored.version,
        created_at=stored.created_at,
        expires_at=stored.expires_at,
    )
