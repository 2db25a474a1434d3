"""What listings said, kept each time that they are stored or changed. `listings` calls it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from market import contents
from market.actions.drafts import ListingDraft
from market.models.enums import Kind
from market.models.listings import Listing
from market.models.versions import ListingVersion
from market.roles import Viewer

AT_ONCE = 500
Pairs = Sequence[tuple[Listing, ListingDraft]]


def keep(
    session: Session, pairs: Pairs, viewer: Viewer, now: datetime, *, origin: str = ""
) -> None:
    """Keep what these listings say now, under the versions that they have now."""
    _insert(session, [_row(each, draft, viewer.person_id, now, origin) for each, draft in pairs])


def keep_first(session: Session, kind: Kind, pairs: Pairs) -> None:
    """Keep what listings said before their first change that is kept: those that were there
    before versions were, or that nobody has changed."""
    ids = [listing.key for listing, _ in pairs]
    held: set[int] = set()
    for start in range(0, len(ids), AT_ONCE):
        known = select(col(ListingVersion.listing_id)).where(
            col(ListingVersion.kind) == kind,
            col(ListingVersion.listing_id).in_(ids[start : start + AT_ONCE]),
        )
        held |= set(session.execute(known).scalars())
    missing = [(each, draft) for each, draft in pairs if each.key not in held]
    _insert(session, [_row(each, d, each.author_id, each.changed_at, "") for each, d in missing])


def _row(
    listing: Listing, draft: ListingDraft, author_id: int | None, at: datetime, origin: str
) -> dict[str, Any]:
    held = {**listing.tiers, **draft.tiers}
    tiers = {name: tier for name, tier in held.items() if tier.level}
    content = contents.write(listing.kind, replace(draft, tiers=tiers))
    return {
        "kind": listing.kind, "listing_id": listing.key, "version": listing.version, "at": at,
        "author_id": author_id, "origin": origin, "content": content,
    }  # fmt: skip


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(ListingVersion), rows)
