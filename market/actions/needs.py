"""What can happen to a need 技术需求. Each verb is a move of `market.states`;
what both kinds share is in `market.actions.listings`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from market.actions import listings, posting
from market.actions.drafts import ListingDraft
from market.actions.listings import Recorded
from market.models.enums import Kind
from market.models.listings import Listing
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


def create(session: Session, draft: ListingDraft, viewer: Viewer, now: datetime) -> Listing:
    """Store a need as a draft."""
    return posting.create(session, Kind.NEED, draft, viewer, now)


def edit(
    session: Session, need: Need, draft: ListingDraft, version: int, viewer: Viewer, now: datetime
) -> bool:
    """Bring a need to what its owner wrote, unless somebody else did since `version`."""
    return posting.edit(session, need, draft, version, viewer, now)


def submit(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """Have an editor look at it: the first of an organisation that is not verified."""
    listings.move(session, "submit", need, viewer, now)


def recall(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """Take it back from the editors."""
    listings.move(session, "recall", need, viewer, now)


def renew(session: Session, need: Need, viewer: Viewer, now: datetime) -> None:
    """It stays published for another period."""
    listings.move(session, "renew", need, viewer, now)


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
