"""Need in full; lists are in `listings`."""

from __future__ import annotations

from sqlmodel import Session

from market.models.enums import Kind
from market.queries.details import ListingDetail, listing_by_id
from market.roles import Viewer

NeedDetail = ListingDetail


def need_by_id(session: Session, id: int, viewer: Viewer) -> NeedDetail:
    """The need, or NotFound where there is none that the viewer may see."""
    return listing_by_id(session, Kind.NEED, id, viewer)
