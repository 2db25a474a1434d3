"""The import itself, in the caller's one transaction: new listings, changed ones, and what is done
with the new ones; and its undoing. Whoever is told of progress may raise to have it all undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from market import ledger, workflow
from market.actions import listings, removal
from market.actions.drafts import ListingDraft
from market.actions.imports import source_of
from market.contents import read as read_content
from market.imports.mapped import Columns
from market.models.enums import Kind, Tier
from market.models.imports import Import, ImportRow
from market.models.listings import TIERED_BY, Listing
from market.models.organisations import Organisation
from market.models.tables import TABLES
from market.models.versions import ListingVersion
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
    for some in _parts(new):
        room -= _store(session, found, some, owner, viewer, now, room)
        done += len(some)
        progress(done, len(work))
    for some in _parts(old):
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


def undo(
    session: Session, found: Import, rows: Sequence[ImportRow], viewer: Viewer, now: datetime,
    progress: Progress,
) -> None:  # fmt: skip
    """Remove what the import made and nobody has touched since, and bring back what it changed and
    nobody has changed since. Rows of what stays say why."""
    done = 0
    for some in _parts(rows):
        _undo_new(session, found, [row for row in some if row.was_new], now)
        _undo_changed(session, found, [row for row in some if not row.was_new], viewer, now)
        done += len(some)
        progress(done, len(rows))
    left = sum(row.listing_id is not None for row in rows)
    after = {"undone": len(rows) - left, "left": left}
    ledger.note(session, viewer, now, "import.undo", "import", found.id, after=after)


def _undo_new(session: Session, found: Import, rows: Sequence[ImportRow], now: datetime) -> None:
    held = _held(session, found.kind, rows)
    busy = removal.in_use(session, found.kind, list(held))
    going = []
    for row in rows:
        listing = held.get(row.listing_id or 0)
        why = _why_not_removed(found, row, listing, busy)
        row.problems = [[STAYS, why]] if why else []
        if listing is not None and not why:
            going.append(listing)
        if not why:
            row.listing_id = row.listing_version = None
        session.add(row)
    session.flush()
    removal.remove(session, found.kind, going, now)


def _why_not_removed(found: Import, row: ImportRow, listing: Listing | None, busy: set[int]) -> str:
    if listing is None:
        return ""
    if listing.owner_id != found.organisation_id:
        return "已归到其他单位名下。"
    if listing.version != row.listing_version:
        return "导入以后有人修改过。"
    if found.ended_at is None or listing.changed_at > found.ended_at:
        return f"导入以后有人处理过，现在“{listing.state.text}”。"
    return "已有附件、保密申请、举报或匹配反馈。" if listing.key in busy else ""


def _undo_changed(
    session: Session, found: Import, rows: Sequence[ImportRow], viewer: Viewer, now: datetime
) -> None:
    held = _held(session, found.kind, rows)
    written = listings.as_drafts(session, found.kind, list(held.values()))
    earlier = _earlier(session, found.kind, rows)
    pairs = []
    for row in rows:
        listing = held.get(row.listing_id or 0)
        content = earlier.get(row.listing_id or 0)
        why = _why_not_restored(row, listing, content)
        row.problems = [[STAYS, why]] if why else []
        if listing is not None and content is not None and not why:
            pairs.append((listing, _restored(found.kind, content, written[listing.key], listing)))
        if not why:
            row.listing_id = row.listing_version = None
        session.add(row)
    listings.bring_all(session, found.kind, pairs, viewer, now, origin=origin_of(found))


def _why_not_restored(row: ImportRow, listing: Listing | None, content: Any) -> str:
    if listing is None or content is None:
        return "原来的版本已经不在。"
    if listing.version != row.listing_version:
        return "导入以后有人修改过。"
    if find_move(MOVES["listing"], "change", listing.state) is None:
        return f"现在“{listing.state.text}”，不能改回。"
    return ""


def _restored(
    kind: Kind, content: dict[str, Any], held: ListingDraft, listing: Listing
) -> ListingDraft:
    """What the listing said: versions name only the tiers that are not public."""
    open_to_all = dict.fromkeys(TIERED_BY[kind], Tier.PUBLIC)
    draft = read_content(kind, content, replace(held, tiers=open_to_all))
    return replace(
        draft, is_demo=listing.is_demo, source=listing.source, source_id=listing.source_id,
        language=listing.language,
    )  # fmt: skip


def _held(session: Session, kind: Kind, rows: Sequence[ImportRow]) -> dict[int, Listing]:
    table = TABLES[kind].listing
    ids = [row.listing_id for row in rows]
    return {row.key: row for row in session.exec(select(table).where(col(table.id).in_(ids)))}


def _earlier(session: Session, kind: Kind, rows: Sequence[ImportRow]) -> dict[int, dict[str, Any]]:
    """What each listing said in the version before the import's own."""
    wanted = {row.listing_id: (row.listing_version or 1) - 1 for row in rows}
    query = select(ListingVersion).where(
        col(ListingVersion.kind) == kind, col(ListingVersion.listing_id).in_(wanted)
    )
    return {
        each.listing_id: each.content
        for each in session.exec(query)
        if wanted[each.listing_id] == each.version
    }


def origin_of(found: Import) -> str:
    """How the record of changes and versions name the import."""
    return f"import {found.id}: {found.name}"[:200]


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
