"""What happens to needs and achievements alike; `needs` and `achievements` name it for their noun.

`record` takes many drafts at once, for seeds and imports: it creates what is new, changes what
differs, leaves the rest alone, and publishes what it created.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from market import ledger, rules, workflow
from market.actions import versions
from market.actions.drafts import (
    ListingDraft,
    as_new,
    columns_of,
    draft_from,
    known_codes,
    problems_of,
)
from market.actions.recorded import recorded
from market.errors import Invalid, Problem
from market.ledger import Entry
from market.matchmaking import search_text_of
from market.models.enums import Kind, ListingState, Tier
from market.models.listings import Listing
from market.models.tables import TABLES
from market.roles import Viewer

IN_ONE_QUERY = 500
"""How many values one IN may hold; SQLite's own limit is far higher, its planner's is not."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` did, counted."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


UNCHANGING = (ListingState.CLOSED, ListingState.WITHDRAWN, ListingState.MATCHED)
"""Where a new import of the same source changes nothing: it is dealt with."""
Links = dict[int, dict[str, frozenset[str]]]


def record(
    session: Session, kind: Kind, drafts: Sequence[ListingDraft], viewer: Viewer, now: datetime,
    *, origin: str = "",
) -> Recorded:  # fmt: skip
    """Store and publish drafts; one with the source and source_id of a listing changes it."""
    rules.require(viewer, "listing.record")
    check(session, drafts, now)
    stored = _stored(session, kind, drafts)
    new = [draft for draft in drafts if (draft.source, draft.source_id) not in stored]
    old = [(stored[d.source, d.source_id], d) for d in drafts if (d.source, d.source_id) in stored]
    _create(session, kind, new, viewer, now, origin)
    changed = _change(session, kind, old, viewer, now, origin)
    return Recorded(len(new), changed, len(old) - changed)


def check(session: Session, drafts: Sequence[ListingDraft], now: datetime) -> None:
    """Raise Invalid with every problem of every draft; rows are counted from 1."""
    known = known_codes(session)
    numbered = ((row, p) for row, d in enumerate(drafts, 1) for p in problems_of(d, known, now))
    problems = [Problem(problem.field, problem.reason, row) for row, problem in numbered]
    if problems:
        raise Invalid(problems)


def change(
    session: Session, listing: Listing, draft: ListingDraft, viewer: Viewer, now: datetime, *,
    origin: str = "",
) -> bool:  # fmt: skip
    """Bring a stored listing to its draft; False when there was nothing to change."""
    rules.require(viewer, "listing.record")
    check(session, [draft], now)
    return _change(session, listing.kind, [(listing, draft)], viewer, now, origin) == 1


def move(
    session: Session, name: str, listing: Listing, viewer: Viewer, now: datetime,
    origin: str = "", *, reason: str = "",
) -> None:  # fmt: skip
    """Apply a move of `market.states` that changes no text."""
    workflow.move(session, name, listing, viewer, now, origin=origin, reason=reason)


def store(
    session: Session, kind: Kind, draft: ListingDraft, viewer: Viewer, now: datetime
) -> Listing:
    """Keep a checked draft as a draft: nobody but its owner sees it yet."""
    table, draft = TABLES[kind].listing, as_new(draft)
    row = table(
        **_columns(draft, table), created_at=now, changed_at=now, author_id=viewer.person_id
    )
    session.add(row)
    session.flush()
    _link(session, kind, [(row.key, draft)])
    versions.keep(session, [(row, draft)], viewer, now)
    after = recorded(_values(draft, table), row.tiers)
    ledger.note(session, viewer, now, "listing.create", kind.value, row.key, after=after)
    return row


def bring(
    session: Session, listing: Listing, draft: ListingDraft, viewer: Viewer, now: datetime
) -> bool:
    """Bring a stored listing to its checked draft by the move `change`; False when nothing
    differed."""
    return _change(session, listing.kind, [(listing, draft)], viewer, now, "") == 1


def as_draft(session: Session, listing: Listing) -> ListingDraft:
    """What a listing says now, as its owner would write it; for whoever may write it."""
    links = _links(session, listing.kind, [listing.key])[listing.key]
    return draft_from(listing, links["field_codes"], links["modes"])


def _stored(
    session: Session, kind: Kind, drafts: Sequence[ListingDraft]
) -> dict[tuple[str | None, str | None], Listing]:
    table = TABLES[kind].listing
    sources = {draft.source for draft in drafts if draft.source is not None}
    rows = session.exec(select(table).where(col(table.source).in_(sources)))
    return {(row.source, row.source_id): row for row in rows}


def store_all(
    session: Session, kind: Kind, drafts: Sequence[ListingDraft], viewer: Viewer, now: datetime,
    *, action: str = "listing.create", origin: str = "",
) -> list[Listing]:  # fmt: skip
    """The same for many checked drafts, in their order."""
    table, drafts = TABLES[kind].listing, [as_new(draft) for draft in drafts]
    when: dict[str, Any] = {"created_at": now, "changed_at": now, "author_id": viewer.person_id}
    rows = [table(**_columns(draft, table), **when) for draft in drafts]
    session.add_all(rows)
    session.flush()
    _link(session, kind, [(row.key, draft) for row, draft in zip(rows, drafts, strict=True)])
    versions.keep(session, list(zip(rows, drafts, strict=True)), viewer, now, origin=origin)
    entries = [
        Entry(action, kind.value, row.key, after=recorded(_values(draft, table), row.tiers))
        for row, draft in zip(rows, drafts, strict=True)
    ]
    ledger.record(session, viewer, now, entries, origin=origin)
    return rows


def bring_all(
    session: Session, kind: Kind, pairs: Sequence[tuple[Listing, ListingDraft]], viewer: Viewer,
    now: datetime, *, origin: str = "",
) -> int:  # fmt: skip
    """Bring many stored listings to their checked drafts by the move `change`; how many differed.
    Their versions tell which."""
    return _change(session, kind, pairs, viewer, now, origin)


def as_drafts(session: Session, kind: Kind, listings: Sequence[Listing]) -> dict[int, ListingDraft]:
    """What many listings say now, by id."""
    links = _links(session, kind, [listing.key for listing in listings])
    return {
        row.key: draft_from(row, links[row.key]["field_codes"], links[row.key]["modes"])
        for row in listings
    }


def _create(
    session: Session, kind: Kind, drafts: Sequence[ListingDraft], viewer: Viewer, now: datetime,
    origin: str,
) -> None:  # fmt: skip
    rows = store_all(session, kind, drafts, viewer, now, action="listing.record", origin=origin)
    workflow.move_all(session, "publish", rows, viewer, now, origin=origin)
    session.flush()


def _link(session: Session, kind: Kind, drafts: Sequence[tuple[int, ListingDraft]]) -> None:
    """Write the links of stored listings. Links are only ever written and read as plain rows."""
    fields = [{"listing_id": i, "field_code": c} for i, d in drafts for c in set(d.field_codes)]
    modes = [{"listing_id": id, "mode": mode} for id, d in drafts for mode in set(d.modes)]
    for table, rows in ((TABLES[kind].fields, fields), (TABLES[kind].modes, modes)):
        if rows:
            session.connection().execute(insert(table), rows)


def _change(
    session: Session, kind: Kind, pairs: Sequence[tuple[Listing, ListingDraft]], viewer: Viewer,
    now: datetime, origin: str,
) -> int:  # fmt: skip
    links = _links(session, kind, [listing.key for listing, _ in pairs])
    moving: list[tuple[Listing, ListingDraft]] = []
    differences: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    earlier: list[tuple[Listing, ListingDraft]] = []
    for listing, draft in pairs:
        linked = links[listing.key]
        differing = _difference(listing, linked, draft)
        if not differing[1] or listing.state in UNCHANGING:
            continue
        earlier.append((listing, draft_from(listing, linked["field_codes"], linked["modes"])))
        moving.append((listing, draft))
        differences[listing.key] = differing
        _apply(session, kind, listing, draft, differing[1])
    versions.keep_first(session, kind, earlier)
    rows = [listing for listing, _ in moving]
    workflow.move_all(session, "change", rows, viewer, now, differences=differences, origin=origin)
    versions.keep(session, moving, viewer, now, origin=origin)
    session.flush()
    return len(moving)


def _links(session: Session, kind: Kind, ids: Sequence[int]) -> Links:
    links: Links = {id: {"field_codes": frozenset(), "modes": frozenset()} for id in ids}
    fields, modes = TABLES[kind].fields, TABLES[kind].modes
    for start in range(0, len(ids), IN_ONE_QUERY):
        some = ids[start : start + IN_ONE_QUERY]
        codes = select(fields.listing_id, fields.field_code).where(col(fields.listing_id).in_(some))
        for id, code in session.exec(codes):
            links[id]["field_codes"] |= {code}
        ways = select(modes.listing_id, modes.mode).where(col(modes.listing_id).in_(some))
        for id, mode in session.exec(ways):
            links[id]["modes"] |= {mode}
    return links


def _values(draft: ListingDraft, table: type[Listing]) -> dict[str, Any]:
    links = {"field_codes": frozenset(draft.field_codes), "modes": frozenset(draft.modes)}
    return columns_of(draft, table) | links


def _difference(
    listing: Listing, links: Mapping[str, frozenset[str]], draft: ListingDraft
) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = _values(draft, type(listing))
    if draft.published_at is None:
        del wanted["published_at"]
    stored = {name: links[name] if name in links else getattr(listing, name) for name in wanted}
    names = [name for name in wanted if wanted[name] != stored[name]]
    then = {**listing.tiers, **draft.tiers}
    before = recorded({name: stored[name] for name in names}, listing.tiers)
    return before, recorded({name: wanted[name] for name in names}, then)


def _columns(
    draft: ListingDraft, table: type[Listing], stored: Mapping[str, Tier] | None = None
) -> dict[str, Any]:
    """What is written into the listing's row: the draft, and what is derived from it. Lists are
    searched in what everybody may read."""
    tiers = {**(stored or {}), **draft.tiers}

    def is_public(name: str) -> bool:
        return tiers.get(name, Tier.PUBLIC) is Tier.PUBLIC

    summary = draft.summary if is_public("summary") else ""
    keywords = draft.keywords if is_public("keywords") else ()
    searched = search_text_of(draft.title, summary, keywords)
    return columns_of(draft, table) | {"search_text": searched}


def _apply(
    session: Session, kind: Kind, listing: Listing, draft: ListingDraft, after: Mapping[str, Any]
) -> None:
    columns = _columns(draft, type(listing), listing.tiers)
    for name in {"search_text", *after.keys()} & columns.keys():
        setattr(listing, name, columns[name])
    if after.keys() & {"field_codes", "modes"}:
        for link in (TABLES[kind].fields, TABLES[kind].modes):
            session.connection().execute(delete(link).where(col(link.listing_id) == listing.key))
        _link(session, kind, [(listing.key, draft)])
