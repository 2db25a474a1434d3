"""What can happen to an achievement 科技成果. Each verb is a move of `market.states`;
what both kinds share is in `market.actions.listings`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from market.actions import listings
from market.actions.drafts import ListingDraft
from market.actions.listings import Recorded
from market.models.achievements import Achievement
from market.models.enums import Kind
from market.roles import Viewer


def record(
    session: Session, drafts: Sequence[ListingDraft], viewer: Viewer, now: datetime, *,
    origin: str = "",
) -> Recorded:  # fmt: skip
    """Store and publish many achievements; those that are known by their source are changed."""
    return listings.record(session, Kind.ACHIEVEMENT, drafts, viewer, now, origin=origin)


def change(
    session: Session, achievement: Achievement, draft: ListingDraft, viewer: Viewer, now: datetime
) -> bool:
    """Bring an achievement to its draft; False when nothing differed."""
    return listings.change(session, achievement, draft, viewer, now)


def publish(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """Let everybody see it, and have it matched."""
    listings.move(session, "publish", achievement, viewer, now)


def close(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """It is dealt with; nobody is led to it any more."""
    listings.move(session, "close", achievement, viewer, now)


def withdraw(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """Its owner takes it back."""
    listings.move(session, "withdraw", achievement, viewer, now)


def reopen(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """A closed one is published again, a withdrawn one becomes a draft."""
    listings.move(session, "reopen", achievement, viewer, now)
