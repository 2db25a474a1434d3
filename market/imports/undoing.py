"""An import undone, in the caller's one transaction: what it made goes, what it changed comes back,
as far as nobody has gone on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from market import ledger
from market.actions import listings, removal
from market.actions.drafts import ListingDraft
from market.contents import read as read_content
from market.imports.bringing import STAYS, Progress, origin_of, parts
from market.models.enums import Kind, Tier
from market.models.imports import Import, ImportRow
from market.models.listings import TIERED_BY, Listing
from market.models.tables import TABLES
from market.models.versions import ListingVersion
from market.roles import Viewer
from market.states import MOVES, find_move


def undo(
    session: Session, found: Import, rows: Sequence[ImportRow], viewer: Viewer, now: datetime,
    progress: Progress,
) -> None:  # fmt: skip
    """Remove what the import made and nobody has touched since, and bring back what it changed and
    nobody has changed since. Rows of what stays say why."""
    done = 0
    for some in parts(rows):
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
