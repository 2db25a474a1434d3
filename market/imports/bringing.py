"""The import itself, in the caller's one transaction: new listings, changed ones, and what is done
with the new ones. Whoever is told of progress may raise to have it all undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from market import ledger, workflow
from market.actions import listings
from market.actions.drafts import ListingDraft
from market.actions.imports import source_of
from market.imports.mapped import Columns
from market.models.imports import Import, ImportRow
from market.models.listings import Listing
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.parts import PARTS
from market.roles import Viewer
from market.states import MOVES, Situation, find_move, refusal

AT_ONCE = 250
MOST_SUBMITTED = 100
"""People look at each of them; once one was let through, an organisation publishes by itself."""
Progress = Callable[[int, int], None]
STAYS = "then"
"""The part under which a row says why its listing stayed a draft, or as it was."""


@dataclass(frozen=True, slots=True)
class Work:
    """A row to bring, and the draft that it was read as."""

    row: ImportRow
    draft: ListingDraft


def bring(
    session: Session, found: Import, work: Sequence[Work], viewer: Viewer, now: datetime,
    progress: Progress,
) -> None:  # fmt: skip
    """Store and change what the rows say. The counts of the import say how many."""
    owner = session.get(Organisation, found.organisation_id)
    assert owner is not None
    columns = Columns.of(found)
    new = [each for each in work if each.row.listing_id is None]
    old = [each for each in work if each.row.listing_id is not None]
    done = 0
    room = MOST_SUBMITTED if found.then == "submit" else len(new)
    for some in parts(new):
        room -= _store(session, found, some, owner, viewer, now, room)
        done += len(some)
        progress(done, len(work))
    for some in parts(old):
        found.changed += _change(session, found, some, columns, viewer, now)
        done += len(some)
        progress(done, len(work))
    found.created = len(new)
    after = {"created": found.created, "changed": found.changed, "kind": found.kind}
    ledger.note(session, viewer, now, "import.run", "import", found.id, after=after)


def _store(
    session: Session, found: Import, work: Sequence[Work], owner: Organisation, viewer: Viewer,
    now: datetime, room: int,
) -> int:  # fmt: skip
    """Store new listings and move up to so many of them on; how many were."""
    drafts = [_new_draft(found, each, owner) for each in work]
    origin = origin_of(found)
    stored = listings.store_all(session, found.kind, drafts, viewer, now, origin=origin)
    moving: list[Listing] = []
    for each, listing in zip(work, stored, strict=True):
        each.row.listing_id, each.row.listing_version = listing.key, listing.version
        each.row.was_new = True
        why_not = _refused(found.then, listing, owner, viewer, now)
        if found.then and len(moving) >= room:
            why_not = f"一次最多送审 {MOST_SUBMITTED} 条，这一条留作草稿。"
        each.row.problems = [[STAYS, why_not]] if why_not else []
        moving += [] if why_not or not found.then else [listing]
        session.add(each.row)
    if moving:
        workflow.move_all(session, found.then, moving, viewer, now, origin=origin)
    session.flush()
    return len(moving)


def _new_draft(found: Import, work: Work, owner: Organisation) -> ListingDraft:
    number = work.draft.source_id
    return replace(
        work.draft, owner_id=found.organisation_id, is_demo=owner.is_demo, published_at=None,
        source=source_of(found.organisation_id) if number else None, source_id=number or None,
        division_code=work.draft.division_code or owner.division_code,
    )  # fmt: skip


def _refused(
    then: str, listing: Listing, owner: Organisation, viewer: Viewer, now: datetime
) -> str | None:
    move = find_move(MOVES["listing"], then, listing.state) if then else None
    return refusal(move, Situation(listing, owner, viewer, now)) if move else None


def _change(
    session: Session, found: Import, work: Sequence[Work], columns: Columns, viewer: Viewer,
    now: datetime,
) -> int:  # fmt: skip
    """Bring stored listings to what the file says; what it has no column for stays."""
    table = TABLES[found.kind].listing
    ids = [each.row.listing_id for each in work]
    held = {row.key: row for row in session.exec(select(table).where(col(table.id).in_(ids)))}
    written = listings.as_drafts(session, found.kind, list(held.values()))
    pairs, rows = [], []
    for each in work:
        listing = held.get(each.row.listing_id or 0)
        if listing is None or find_move(MOVES["listing"], "change", listing.state) is None:
            each.row.problems = [[STAYS, "这条内容刚刚有人处理过，现在不能修改。"]]
            each.row.listing_id = None
            session.add(each.row)
            continue
        pairs.append((listing, _merged(columns, each.draft, written[listing.key], listing)))
        rows.append(each.row)
    before = {listing.key: listing.version for listing, _ in pairs}
    changed = listings.bring_all(session, found.kind, pairs, viewer, now, origin=origin_of(found))
    for row, (listing, _) in zip(rows, pairs, strict=True):
        row.was_new = False
        row.listing_version = listing.version if listing.version != before[listing.key] else None
        session.add(row)
    session.flush()
    return changed


def _merged(
    columns: Columns, draft: ListingDraft, held: ListingDraft, listing: Listing
) -> ListingDraft:
    said: dict[str, Any] = {}
    for part in PARTS[columns.kind]:
        for name in part.columns:
            if part.name in columns.places or name in columns.places:
                said[name] = getattr(draft, name)
    return replace(
        held, **said, tiers={**held.tiers, **draft.tiers}, is_demo=listing.is_demo,
        source=listing.source, source_id=listing.source_id, language=draft.language,
    )  # fmt: skip


def origin_of(found: Import) -> str:
    """How the record of changes and versions name the import."""
    return f"import {found.id}: {found.name}"[:200]


def parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows, some at a time."""
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
