"""Applies a Move: checks it, writes the state, records the Change, tells people and the index.

All of it happens in the caller's transaction, so a row, its Change, its notices and the record
that the index must change are stored together or not at all. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from market import ledger, notices, rules
from market.errors import NotAllowed, NotFound
from market.ledger import Entry
from market.models.enums import Kind, ListingState
from market.models.indexing import IndexChange
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.suggestions import StaleSuggestion
from market.policy import current
from market.roles import Role, Viewer
from market.states import MOVES, Move, Situation, find_move, refusal

Differences = Mapping[int, tuple[dict[str, Any], dict[str, Any]]]
"""By listing id: what was and what is, of that which differs."""
OVERTAKEN = "刚刚有人处理了这一项，请刷新页面看最新的状态。"


def apply(
    session: Session, noun: str, name: str, row: Any, owner: Organisation | None, viewer: Viewer,
    now: datetime, *, reason: str = "", after: Mapping[str, Any] | None = None,
) -> Move:  # fmt: skip
    """Apply one move of `MOVES[noun]` to a row that has `id` and `state`, or raise NotAllowed.

    Whoever else is at the same row waits, and then finds that it has moved on.
    """
    lock(session, row)
    found = find_move(MOVES[noun], name, row.state)
    if found is None:
        raise NotAllowed(f"“{row.state.text}”的事项不能做这一步，可能刚刚有人处理过，请刷新页面。")
    why_not = refusal(found, Situation(row, owner, viewer, now, reason))
    if why_not is not None:
        rules.require(viewer, f"{noun}.{name}", owner.id if owner else None)
        raise NotAllowed(why_not)
    row.state = found.target
    session.add(row)
    ledger.note(
        session, viewer, now, f"{noun}.{name}", noun, row.id, before={"state": found.source},
        after={"state": found.target, **(after or {})}, reason=reason,
    )  # fmt: skip
    notices.tell(session, f"{noun}.{name}", row, owner, viewer, now, reason)
    return found


def lock(session: Session, row: Any) -> None:
    """Hold a row until the transaction ends; NotAllowed if it changed since it was read."""
    table = type(row)
    held = select(table.state).where(table.id == row.id).with_for_update()
    with session.no_autoflush:
        state = session.execute(held).scalar()
    if state is not row.state:
        raise NotAllowed(OVERTAKEN)


def move(
    session: Session, name: str, listing: Listing, viewer: Viewer, now: datetime, *,
    differences: Differences | None = None, origin: str = "", reason: str = "",
) -> None:  # fmt: skip
    """Apply one move to one listing, or raise NotAllowed with the reason."""
    lock(session, listing)
    move_all(
        session, name, [listing], viewer, now, differences=differences, origin=origin,
        reason=reason,
    )  # fmt: skip


def move_all(
    session: Session, name: str, listings: Sequence[Listing], viewer: Viewer, now: datetime, *,
    differences: Differences | None = None, origin: str = "", reason: str = "",
) -> None:  # fmt: skip
    """Apply the move to all of them or, if one is refused, raise before anything was written."""
    owners = _owners(session, listings)
    moves = [
        _allowed(name, listing, owners[listing.owner_id], viewer, now, reason)
        for listing in listings
    ]
    seen: list[Listing] = []
    entries: list[Entry] = []
    for listing, found in zip(listings, moves, strict=True):
        before, after = (differences or {}).get(listing.key, ({}, {}))
        before, after = _write(listing, found, viewer, now, reason, before, after)
        entries.append(
            Entry(f"listing.{name}", listing.kind.value, listing.key, before, after, reason)
        )
        if ListingState.PUBLISHED in (found.source, found.target):
            seen.append(listing)
        _first_time(owners[listing.owner_id], found, viewer, now)
    ledger.record(session, viewer, now, entries, origin=origin)
    pairs = [(listing, owners[listing.owner_id]) for listing in listings]
    notices.tell_all(session, f"listing.{name}", pairs, viewer, now, reason)
    tell_index(session, seen, now)


def _owners(session: Session, listings: Sequence[Listing]) -> dict[int, Organisation]:
    ids = {listing.owner_id for listing in listings}
    owners = {id: session.get(Organisation, id) for id in ids}
    if None in owners.values():
        raise NotFound
    return {id: owner for id, owner in owners.items() if owner is not None}


def _allowed(
    name: str, listing: Listing, owner: Organisation, viewer: Viewer, now: datetime, reason: str
) -> Move:
    found = find_move(MOVES["listing"], name, listing.state)
    if found is None:
        raise NotAllowed(f"“{listing.state.text}”的内容不能做这一步。")
    why_not = refusal(found, Situation(listing, owner, viewer, now, reason))
    if why_not is not None:
        rules.require(viewer, f"listing.{name}", owner.id)
        raise NotAllowed(why_not)
    return found


def _write(
    listing: Listing, found: Move, viewer: Viewer, now: datetime, reason: str,
    before: dict[str, Any], after: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    if found.source is not found.target:
        before, after = before | {"state": found.source}, after | {"state": found.target}
    listing.state = found.target  # type: ignore[assignment]
    if found.target is ListingState.PUBLISHED and listing.published_at is None:
        listing.published_at = now
    if found.target is ListingState.PUBLISHED and found.name != "change":
        _start_clock(listing, viewer, now, found)
    if found.name == "take-down":
        listing.taken_down_by = viewer.person_id
    if found.wants_reason or found.target is ListingState.PUBLISHED:
        listing.standing_reason = reason
    listing.changed_at = now
    if found.name == "change":
        listing.version += 1
    return before, after


def _start_clock(listing: Listing, viewer: Viewer, now: datetime, found: Move) -> None:
    """A published listing runs out unless it is renewed; an imported one stays until its file
    says otherwise."""
    if Role.OPERATOR in viewer.roles and found.name == "publish":
        return
    if found.name in ("publish", "approve", "renew") or (
        listing.expires_at is not None and listing.expires_at <= now
    ):
        listing.expires_at = now + current().period("listing_days")
        listing.reminded_at = None


def _first_time(owner: Organisation, found: Move, viewer: Viewer, now: datetime) -> None:
    """Remember that a first listing was let through; an import is nobody's word for its owner."""
    is_import = Role.OPERATOR in viewer.roles
    if found.name in ("publish", "approve") and not is_import and not owner.first_published_at:
        owner.first_published_at = now


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
