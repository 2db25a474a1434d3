"""What was read of files, written down: the words of an attachment, and of a listing the words of
those of its files that everybody may read, as far as they speak of its matter, which is what the
matcher knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from market import workflow
from market.db import rows_changed
from market.files import IMAGES
from market.models.attachments import Attachment
from market.models.enums import Kind, ListingState, TextState, Tier
from market.models.listings import Listing
from market.models.tables import TABLES
from market.parts import part_of, text_of
from market.passages import related
from market.texts import has_words

MOST_TRIES = 3
MOST = 1_000
"""So many characters of its files stand in for a listing: those sentences that speak of its matter
(`market.passages`, with figures)."""
KINDS = tuple(kind.value for kind in Kind)


def waiting(session: Session, limit: int = 100) -> Sequence[tuple[int, int]]:
    """Files to be opened and how often that was tried, those first that were not yet: pictures,
    and what everybody may read. Of other files nobody but their readers learns a word."""
    is_wanted = or_(col(Attachment.tier) == Tier.PUBLIC, col(Attachment.media_type).in_(IMAGES))
    query = select(col(Attachment.id), col(Attachment.tries)).where(
        col(Attachment.text_state) == TextState.WAITING, col(Attachment.noun).in_(KINDS),
        col(Attachment.removed_at).is_(None), is_wanted,
    )  # fmt: skip
    order = (col(Attachment.tries), col(Attachment.id))
    found = session.execute(query.order_by(*order).limit(limit))
    return [(id, tries) for id, tries in found if id is not None]


def begin(session: Session, id: int, tries: int) -> Attachment | None:
    """Count one try before it is made, so that one which ends the whole process counts as well.
    None where somebody else has begun, or it was tried often enough."""
    counted = (
        update(Attachment)
        .where(col(Attachment.id) == id, col(Attachment.tries) == tries)
        .values(tries=tries + 1)
    )
    if not rows_changed(session, counted):
        return None
    row = session.get_one(Attachment, id, populate_existing=True)
    if row.tries > MOST_TRIES:
        row.text_state = TextState.FAILED
        return None
    return row


def keep(
    session: Session, id: int, now: datetime, *, text: str = "", small_as: str | None = None,
    size: tuple[int | None, int | None] = (None, None),
) -> None:  # fmt: skip
    """What was found in a file. Its listing follows."""
    row, listing = _held(session, id)
    row.text, row.small_as, (row.width, row.height) = text, small_as, size
    row.text_state = TextState.READ if has_words(text) else TextState.EMPTY
    if listing is not None:
        follow(session, listing, now)


def fail(session: Session, id: int, *, is_final: bool) -> None:
    """It could not be opened: now, or at all."""
    row, _ = _held(session, id)
    if is_final or row.tries >= MOST_TRIES:
        row.text_state = TextState.FAILED


def follow(session: Session, listing: Listing, now: datetime) -> None:
    """Have a listing, which the caller holds, say what its public files say by now."""
    words = _words_of(session, listing)
    if words == listing.files_text:
        return
    listing.files_text, listing.files_version = words, listing.files_version + 1
    session.add(listing)
    if listing.state is ListingState.PUBLISHED:
        workflow.tell_index(session, [listing], now)


def _held(session: Session, id: int) -> tuple[Attachment, Listing | None]:
    """A file and what it belongs to, which is held first, as whoever changes its files does."""
    row = session.get_one(Attachment, id)
    table = TABLES[Kind(row.noun)].listing
    listing = session.get(table, row.noun_id, with_for_update=True, populate_existing=True)
    held = session.get_one(Attachment, id, with_for_update=True, populate_existing=True)
    return held, listing


def _words_of(session: Session, listing: Listing) -> str:
    """What the public files say about the matter, in their order; none crowds out those that
    follow."""
    query = select(col(Attachment.text)).where(
        col(Attachment.noun) == listing.kind.value, col(Attachment.noun_id) == listing.key,
        col(Attachment.tier) == Tier.PUBLIC, col(Attachment.text_state) == TextState.READ,
        col(Attachment.removed_at).is_(None),
    )  # fmt: skip
    session.flush()
    texts = session.execute(query.order_by(col(Attachment.id))).scalars().all()
    own = _said(listing) if texts else ""
    found: list[str] = []
    room = MOST
    for left, text in zip(range(len(texts), 0, -1), texts, strict=True):
        if part := related(own, text, room // left):
            found.append(part)
            room -= len(part) + 1
    return "\n".join(found)


def _said(listing: Listing) -> str:
    """What everybody may read of the listing itself."""

    def value(name: str) -> Any:
        tier = part_of(listing.kind, name).tier
        held = getattr(listing, name)
        is_open = tier is None or listing.tiers[tier] is Tier.PUBLIC
        return held if is_open else type(held)()

    return "\n".join((listing.title, text_of(listing.kind, value), *value("keywords")))
