"""Applies a Move: checks it, writes the state, records the Change, and tells the index.

All of it happens in the caller's transaction, so a listing and the record that the index must
change are stored together or not at all. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from market import rules
from market.errors import NotAllowed, NotFound
from market.models.changes import Change
from market.models.enums import Kind, ListingState
from market.models.indexing import IndexChange
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.suggestions import StaleSuggestion
from market.roles import Viewer
from market.states import Move, Situation, find_move, refusal

Differences = Mapping[int, tuple[dict[str, Any], dict[str, Any]]]
"""By listing id: what was and what is, of that which differs."""


def move(
    session: Session, name: str, listing: Listing, viewer: Viewer, now: datetime, *,
    differences: Differences | None = None, origin: str = "",
) -> None:  # fmt: skip
    """Apply one move to one listing, or raise NotAllowed with the reason."""
    move_all(session, name, [listing], viewer, now, differences=differences, origin=origin)


def move_all(
    session: Session, name: str, listings: Sequence[Listing], viewer: Viewer, now: datetime, *,
    differences: Differences | None = None, origin: str = "",
) -> None:  # fmt: skip
    """Apply the move to all of them or, if one is refused, raise before anything was written."""
    rules.require(viewer, "listing.move")
    moves = [_allowed(session, name, listing, viewer, now) for listing in listings]
    seen: list[Listing] = []
    for listing, found in zip(listings, moves, strict=True):
        before, after = (differences or {}).get(listing.key, ({}, {}))
        before, after = _write(listing, found, now, before, after)
        session.add(
            Change(
                at=now, actor=viewer.name, action=name, noun=listing.kind.value,
                noun_id=listing.key, before=before, after=after, origin=origin,
            )
        )  # fmt: skip
        if ListingState.PUBLISHED in (found.source, found.target):
            seen.append(listing)
    tell_index(session, seen, now)


def _allowed(session: Session, name: str, listing: Listing, viewer: Viewer, now: datetime) -> Move:
    found = find_move(name, listing.state)
    if found is None:
        raise NotAllowed(f"“{listing.state.text}”的内容不能做这一步。")
    owner = session.get(Organisation, listing.owner_id)
    if owner is None:
        raise NotFound
    reason = refusal(found, Situation(listing, owner, viewer, now))
    if reason is not None:
        raise NotAllowed(reason)
    return found


def _write(
    listing: Listing, found: Move, now: datetime, before: dict[str, Any], after: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    if found.source is not found.target:
        before, after = before | {"state": found.source}, after | {"state": found.target}
    listing.state = found.target
    if found.target is ListingState.PUBLISHED and listing.published_at is None:
        listing.published_at = now
    listing.changed_at = now
    if found.name == "change":
        listing.version += 1
    return before, after


def tell_index(session: Session, listings: Iterable[Listing], now: datetime) -> None:
    """Record that the index must look at these again, and that their suggestions are old.

    A reader of the record must never see a number before a smaller one: SQLite has one writer,
    PostgreSQL gets a lock until the transaction ends.
    """
    rows = list(listings)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(20261124)"))
    session.add_all(IndexChange(kind=row.kind, listing_id=row.key, at=now) for row in rows)
    for kind in Kind:
        mark_stale(session, kind, [row.key for row in rows if row.kind is kind], now)


def mark_stale(
    session: Session, kind: Kind, ids: Sequence[int], now: datetime, *, spreads: bool = True
) -> None:
    """Have the suggestions of these listings made anew. A second mark raises the revision."""
    if not ids:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(StaleSuggestion)
    table = StaleSuggestion.__table__  # type: ignore[attr-defined]
    again = {
        "revision": table.c.revision + 1,
        "spreads": table.c.spreads | insert.excluded.spreads,
    }
    statement = insert.on_conflict_do_update(index_elements=["kind", "listing_id"], set_=again)
    rows = [
        {"kind": kind, "listing_id": id, "since": now, "revision": 1, "spreads": spreads}
        for id in ids
    ]
    session.connection().execute(statement, rows)
