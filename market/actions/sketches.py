"""Writing bit by bit: what is typed is kept as it is, right or wrong, until it becomes a listing or
a change of one. A sketch is its writer's alone; nothing here stands in the record of changes, until
`finish` stores the listing through `posting`.

What was typed is taken by names: a page that saves its own fields leaves those of others alone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from market import contents, policy, rules
from market.actions import posting
from market.actions.drafts import ListingDraft
from market.actions.listings import as_draft
from market.contents import TIERS
from market.credentials import digest_of
from market.db import rows_changed
from market.errors import Invalid, MarketError, NotAllowed, Problem
from market.models.enums import Kind, Tier
from market.models.listings import Listing
from market.models.sketches import Sketch
from market.models.versions import ListingVersion
from market.queries.sketches import DONE, own_sketch
from market.reconciling import Content, every_tier, reconcile
from market.roles import Viewer

Fields = Mapping[str, list[str]]
MOST_CHARACTERS = 400_000
MOST_SKETCHES = 200
TABS, THEIRS, CLASHING = "_tabs", "_theirs", "_clashing"
"""Beside the fields in `entered`: which window saved a step last; what somebody else stored
meanwhile, as a content, and the parts in which the writer still has to choose."""
TOO_LONG = f"填写的内容合计最多 {MOST_CHARACTERS:,} 个字符，请删减。"
TOO_MANY = f"没写完的内容最多保留 {MOST_SKETCHES} 份，请先删去不要的。"
GONE = "这份填写已经完成，请打开保存好的内容继续修改。"


class Overwritten(MarketError):
    """Another window saved other words in these fields since this one was opened; `fields` are
    the other window's."""

    def __init__(self, fields: Fields) -> None:
        super().__init__("这一步刚在另一个窗口里保存过。")
        self.fields = dict(fields)


class Clash(MarketError):
    """Somebody else changed the same parts of the listing; the writer has to choose. `taken` are
    the parts that only the others changed, `theirs` all that stands there now, as `contents`."""

    def __init__(self, taken: tuple[str, ...], clashing: tuple[str, ...], theirs: Content,
                 version: int) -> None:  # fmt: skip
        super().__init__("同事刚改过同样的地方。")
        self.taken, self.clashing, self.theirs = taken, clashing, theirs
        self.version = version


@dataclass(frozen=True, slots=True)
class Finished:
    """The listing, and the names of parts that somebody else had changed meanwhile and that were
    kept as they made them."""

    listing: Listing
    taken: tuple[str, ...] = ()


def start(session: Session, kind: Kind, fields: Fields, viewer: Viewer, now: datetime) -> Sketch:
    """A sketch of something new; one that was opened and never written in is taken again."""
    rules.require(viewer, "sketch.write")
    blank = select(Sketch).where(
        Sketch.person_id == viewer.person_id, Sketch.kind == kind, Sketch.revision == 1,
        col(Sketch.listing_id).is_(None), Sketch.step == "",
    )  # fmt: skip
    row = session.exec(blank).first() or _new(session, kind, viewer, now)
    return _begin(session, row, fields, now)


def start_change(
    session: Session, listing: Listing, fields: Fields, viewer: Viewer, now: datetime
) -> Sketch:
    """The viewer's sketch of a listing that they may change: the one they left, else a new one
    with what the listing says."""
    rules.require(viewer, "listing.write", listing.owner_id)
    mine = select(Sketch).where(
        Sketch.person_id == viewer.person_id, Sketch.kind == listing.kind,
        Sketch.listing_id == listing.key, col(Sketch.step) != DONE,
    )  # fmt: skip
    row = session.exec(mine.order_by(col(Sketch.saved_at).desc())).first()
    if row is not None and row.revision > 1:
        return row
    row = row or _new(session, listing.kind, viewer, now)
    row.listing_id, row.base_version, row.entered = listing.key, listing.version, dict(fields)
    row.saved_at = now
    session.add(row)
    session.flush()
    return row


def change_of(
    session: Session, listing: Listing, fields: Fields, version: int, viewer: Viewer,
    now: datetime,
) -> Sketch:  # fmt: skip
    """A change of a listing, begun from one of its versions, beside any other that was begun."""
    rules.require(viewer, "listing.write", listing.owner_id)
    row = _new(session, listing.kind, viewer, now)
    row.listing_id, row.base_version = listing.key, version
    return _begin(session, row, fields, now)


def copy(
    session: Session, listing: Listing, fields: Fields, viewer: Viewer, now: datetime
) -> Sketch:
    """A new listing begun from one of one's own organisation."""
    rules.require(viewer, "listing.write", listing.owner_id)
    return _begin(session, _new(session, listing.kind, viewer, now), fields, now)


def save(
    session: Session, sketch: Sketch, step: str, fields: Fields, viewer: Viewer, now: datetime, *,
    seen: str = "", tab: str = "",
) -> None:  # fmt: skip
    """Keep what one page of the form says. `seen` tells what stood there when the page was opened
    (`mark_of`): raises Overwritten where another window has changed it since."""
    rules.require(viewer, "sketch.write")
    session.refresh(sketch, with_for_update=True)
    if sketch.step == DONE:
        raise NotAllowed(GONE)
    stored = {name: sketch.entered.get(name, []) for name in fields}
    is_same_tab = bool(tab) and sketch.entered.get(TABS, {}).get(step) == tab
    if seen and seen != mark_of(stored) and not is_same_tab and dict(fields) != stored:
        raise Overwritten({n: v for n, v in stored.items() if v != fields[n]})
    sketch.step = step
    if dict(fields) != stored or (tab and not is_same_tab):
        tabs = {**sketch.entered.get(TABS, {}), step: tab}
        _keep(sketch, {**sketch.entered, **fields, TABS: tabs}, now)
    session.add(sketch)
    session.flush()


def mark_of(fields: Fields) -> str:
    """Tells one set of fields from another."""
    told = {name: [v for v in values if v] for name, values in fields.items()}
    held = json.dumps({n: v for n, v in told.items() if v}, sort_keys=True, ensure_ascii=False)
    return digest_of(held)[:16]


def store(
    session: Session, sketch: Sketch, draft: ListingDraft, viewer: Viewer, now: datetime
) -> Listing:
    """Store what is written so far as a draft, for files to hang on; the sketch goes on as a
    change of it."""
    rules.require(viewer, "sketch.write")
    _hold(session, sketch)
    row = posting.create(session, sketch.kind, draft, viewer, now)
    sketch.listing_id, sketch.base_version = row.key, row.version
    session.add(sketch)
    session.flush()
    return row


def finish(
    session: Session, sketch: Sketch, draft: ListingDraft, then: str, viewer: Viewer, now: datetime
) -> Finished:
    """Store the listing, or bring it to what was written, and apply the move `then`, if any.

    Raises Invalid, NotAllowed, or Clash where somebody else changed the same parts since: what
    they wrote then stands in the sketch, beside the writer's own.
    """
    rules.require(viewer, "sketch.write")
    _hold(session, sketch)
    taken: tuple[str, ...] = ()
    if sketch.listing_id is None:
        row = posting.create(session, sketch.kind, draft, viewer, now)
    else:
        row = posting.open_to_change(session, sketch.kind, sketch.listing_id, viewer)
        session.refresh(row, with_for_update=True)
        draft, taken = _reconciled(session, sketch, row, draft)
        posting.edit(session, row, draft, row.version, viewer, now)
    if then:
        posting.act(session, row, then, viewer, now)
    _end(session, sketch, row, now)
    return Finished(row, taken)


def show_clash(
    session: Session, sketch: Sketch, clash: Clash, taken: Fields, viewer: Viewer, now: datetime
) -> None:
    """Put what others stored beside the writer's own, until the writer has chosen; `taken` are the
    fields of what only they changed. From here on it is a change of what stands there now."""
    rules.require(viewer, "sketch.write")
    _hold(session, sketch)
    held = {CLASHING: list(clash.clashing), THEIRS: dict(clash.theirs)}
    sketch.base_version = clash.version
    _keep(sketch, {**sketch.entered, **taken, **held, TABS: {}}, now)
    session.add(sketch)
    session.flush()


def choose(
    session: Session, sketch: Sketch, settled: Collection[str], theirs: Fields, viewer: Viewer,
    now: datetime,
) -> None:  # fmt: skip
    """Settle a clash in these parts: they stay as the writer has them, but for the fields
    `theirs`."""
    rules.require(viewer, "sketch.write")
    _hold(session, sketch)
    left = [name for name in sketch.entered.get(CLASHING, []) if name not in settled]
    held = {n: v for n, v in sketch.entered.items() if n not in (CLASHING, THEIRS, TABS)}
    if left:
        held |= {CLASHING: left, THEIRS: sketch.entered[THEIRS]}
    _keep(sketch, {**held, **theirs}, now)
    session.add(sketch)
    session.flush()


def detach(session: Session, sketch: Sketch, viewer: Viewer, now: datetime) -> None:
    """Go on with it as something new: the listing that it changed can no longer be changed."""
    rules.require(viewer, "sketch.write")
    _hold(session, sketch)
    sketch.listing_id = sketch.base_version = None
    held = {n: v for n, v in sketch.entered.items() if n not in (CLASHING, THEIRS)}
    _keep(sketch, held, now)
    session.add(sketch)
    session.flush()


def discard(session: Session, sketch: Sketch, viewer: Viewer) -> None:
    """Throw away what was not finished; a listing that was stored stays."""
    rules.require(viewer, "sketch.write")
    session.delete(own_sketch(session, sketch.code, viewer))
    session.flush()


def forget(session: Session, now: datetime) -> int:
    """Sketches that nobody went on with for `KEJIE_SKETCH_DAYS`."""
    before = now - policy.current().period("sketch_days")
    return rows_changed(session, delete(Sketch).where(col(Sketch.saved_at) < before))


def _new(session: Session, kind: Kind, viewer: Viewer, now: datetime) -> Sketch:
    held = select(Sketch.id).where(Sketch.person_id == viewer.person_id, col(Sketch.step) != DONE)
    if len(session.exec(held.limit(MOST_SKETCHES)).all()) >= MOST_SKETCHES:
        raise NotAllowed(TOO_MANY)
    return Sketch(
        code=secrets.token_urlsafe(16), person_id=viewer.person_id or 0, kind=kind, created_at=now,
        saved_at=now,
    )  # fmt: skip


def _begin(session: Session, row: Sketch, fields: Fields, now: datetime) -> Sketch:
    row.saved_at = now
    if fields:
        _keep(row, dict(fields), now)
    session.add(row)
    session.flush()
    return row


def _keep(sketch: Sketch, entered: dict[str, Any], now: datetime) -> None:
    if len(json.dumps(entered, ensure_ascii=False)) > MOST_CHARACTERS:
        raise Invalid([Problem("page", TOO_LONG)])
    sketch.entered = entered
    sketch.revision += 1
    sketch.saved_at = now


def _hold(session: Session, sketch: Sketch) -> None:
    session.refresh(sketch, with_for_update=True)
    if sketch.step == DONE:
        raise NotAllowed(GONE)


def _end(session: Session, sketch: Sketch, row: Listing, now: datetime) -> None:
    """The words are in the listing now; what stays leads to it."""
    sketch.listing_id, sketch.step, sketch.saved_at = row.key, DONE, now
    sketch.entered, sketch.revision = {}, sketch.revision + 1
    session.add(sketch)
    session.flush()


def _reconciled(
    session: Session, sketch: Sketch, row: Listing, draft: ListingDraft
) -> tuple[ListingDraft, tuple[str, ...]]:
    """The draft with what only others changed since it was begun, and the names of that. Where
    the version it began from was not kept, every difference counts as one of both sides."""
    if sketch.base_version == row.version:
        return draft, ()
    theirs = _content(row, as_draft(session, row), row.tiers)
    held = _version(session, row, sketch.base_version)
    base: dict[str, Any] = every_tier(held, row.tiers) if held else {}
    tiers = {name: Tier(tier) for name, tier in base.get(TIERS, theirs[TIERS]).items()}
    found = reconcile(base, _content(row, draft, tiers), theirs)
    if found.clashing:
        raise Clash(found.taken, found.clashing, theirs, row.version)
    return contents.read(row.kind, found.content, draft), found.taken


def _content(row: Listing, draft: ListingDraft, tiers: Mapping[str, Tier]) -> dict[str, Any]:
    """A draft as a content that says every tier, those that it leaves open as they are."""
    said = replace(draft, tiers={**tiers, **draft.tiers})
    return every_tier(contents.write(row.kind, said), row.tiers)


def _version(session: Session, row: Listing, version: int | None) -> Content | None:
    query = select(ListingVersion.content).where(
        ListingVersion.kind == row.kind, ListingVersion.listing_id == row.key,
        ListingVersion.version == version,
    )  # fmt: skip
    return session.exec(query).first()
