"""The editorial check before an unverified organisation's first publication, and taking down."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from market import rules, workflow
from market.actions.deciding import checked_reason, open_move
from market.actions.posting import found
from market.models.enums import Kind
from market.models.listings import Listing
from market.roles import Viewer

MOVES = ("approve", "return", "take-down")


def decide(
    session: Session, kind: Kind, id: int, name: str, viewer: Viewer, now: datetime,
    reason: str = "",
) -> Listing:  # fmt: skip
    """Let a listing through, send it back, or take it down. Raises NotFound, NotAllowed or
    Invalid."""
    if name in MOVES:
        rules.require(viewer, f"listing.{name}")
    listing = found(session, kind, id, viewer)
    reason = checked_reason(open_move("listing", name, listing, MOVES), reason)
    workflow.move(session, name, listing, viewer, now, reason=reason)
    return listing
