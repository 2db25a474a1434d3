"""What can happen to a need 技术需求. Each verb is a move of `market.states`;
what both kinds share is in `market.actions.listings`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from market.actions import listings
from market.actions.drafts import ListingDraft
from market.actions.listings import Recorded
from market.models.enums import Kind
from market.models.needs import Need
from market.roles import Viewer


def record(
    session: Session, drafts: Sequence[ListingDraft], viewer: Viewer, now: datetime, *,
    origin: str = "",
) -> Recorded:  # fmt: skip
    """Store and publish many needs; those that are known by their source are changed."""
    return listings.record(session, Kind.NEED, drafts, viewer, now, origin=origin)


def change(
    session: Session, need: Need, draft: ListingDraft, viewer: Viewer, now: datetime
) -> bool:
    """Bring a need to its draft; False when nothing differed."""
    return listings.change(session, need, draft, viewer, now)


def publish(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """Let everybody see it, and have it matched."""
    listings.move(session, "publish", need, viewer, now)


def close(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """It is dealt with; nobody is led to it any more."""
    listings.move(session, "close", need, viewer, now)


def withdraw(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """Its owner takes it back."""
    listings.move(session, "withdraw", need, viewer, now)


def reopen(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """A closed one is published again, a withdrawn one becomes a draft."""
    listings.move(session, "reopen", need, viewer, now)
