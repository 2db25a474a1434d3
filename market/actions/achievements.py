"""What can happen to an achievement 科技成果. Each verb is a move of `market.states`;
what both kinds share is in `market.actions.listings`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from market.actions import listings, posting
from market.actions.drafts import ListingDraft
from market.actions.listings import Recorded
from market.models.achievements import Achievement
from market.models.enums import Kind
from market.models.listings import Listing
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


def create(session: Session, draft: ListingDraft, viewer: Viewer, now: datetime) -> Listing:
    """Store an achievement as a draft."""
    return posting.create(session, Kind.ACHIEVEMENT, draft, viewer, now)


def edit(
    session: Session,
    achievement: Achievement,
    draft: ListingDraft,
    version: int,
    viewer: Viewer,
    now: datetime,
) -> bool:
    """Bring an achievement to what its owner wrote, unless somebody else did since `version`."""
    return posting.edit(session, achievement, draft, version, viewer, now)


def submit(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """Have an editor look at it: the first of an organisation that is not verified."""
    listings.move(session, "submit", achievement, viewer, now)


def recall(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """Take it back from the editors."""
    listings.move(session, "recall", achievement, viewer, now)


def renew(session: Session, achievement: Achievement, viewer: Viewer, now: datetime) -> None:
    """It stays published for another period."""
    listings.move(session, "renew", achievement, viewer, now)


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
