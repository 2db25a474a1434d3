"""All that a writer is told about one text, from one reading of the index."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from market import rules
from market.actions.drafts import ListingDraft
from market.advising.hints import Case, Hint, hints
from market.advising.kept import Kept, kept
from market.advising.twins import Twin, twins
from market.matchmaking import Asked, Matchmaker, MatchRow, document_of_draft
from market.models.enums import Kind
from market.models.listings import Listing
from market.models.tables import TABLES
from market.queries.rows import FieldLabel
from market.roles import Permission, Viewer
from market.texts import is_binary

SHOWN = 5
Seen = Mapping[int, float | None]
"""By id, the scores of the matches in the answer before this one."""


@dataclass(frozen=True, slots=True)
class AdvisedMatch:
    """A match so far. `change` is by how much its score moved since the last answer, None where
    it was not in it or has no score; `is_new`: it was not in it."""

    row: MatchRow
    change: float | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """`has_text`: there was something to go by; `has_index`: there was something to look in."""

    kind: Kind
    has_text: bool = True
    has_index: bool = True
    matches: list[AdvisedMatch] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    fields: list[FieldLabel] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    took_ms: float = 0.0


def advise(
    session: Session, matchmaker: Matchmaker, kind: Kind, draft: ListingDraft, viewer: Viewer,
    now: datetime, *, listing_id: int | None = None, seen: Seen | None = None,
) -> Advice:  # fmt: skip
    """What can be said about a draft, unfinished or wrong as it may be. `listing_id` is the
    viewer's own listing that it changes; another's counts as none."""
    rules.require(viewer, "match")
    started = time.perf_counter()
    stored = _own(session, kind, listing_id, viewer)
    draft = replace(draft, tiers={**(stored.tiers if stored else {}), **draft.tiers})
    files_text = stored.files_text if stored else ""
    document = document_of_draft(kind, draft, stored.id if stored else None, files_text=files_text)
    matcher = matchmaker.reader()
    if matcher is None or is_binary(document.title + document.text):
        return Advice(kind, has_text=matcher is None, has_index=matcher is not None)
    asked = Asked.of(matcher, kind, document)
    if asked is None:
        return Advice(kind, has_text=False)
    known = kept(session, matchmaker, now)
    found = asked.matches(session, viewer, SHOWN)
    codes = asked.fields(known.fields)
    case = Case(draft, asked, found, asked.best(), codes, known.figures[kind], files_text)
    return Advice(
        kind,
        matches=_since(found, seen),
        hints=hints(case),
        fields=_labels(codes, draft, known),
        twins=twins(session, asked, viewer, stored.id if stored else None),
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _own(session: Session, kind: Kind, id: int | None, viewer: Viewer) -> Listing | None:
    is_id = id is not None and 0 < id < 2**31
    row: Listing | None = session.get(TABLES[kind].listing, id) if is_id else None
    return row if row and viewer.holds(Permission.LISTING_OWN, row.owner_id) else None


def _labels(codes: list[str], draft: ListingDraft, known: Kept) -> list[FieldLabel]:
    """The suggested fields that are not chosen yet."""
    chosen = set(draft.field_codes)
    return [FieldLabel(c, known.names[c]) for c in codes if c not in chosen and c in known.names]


def _since(found: list[MatchRow], seen: Seen | None) -> list[AdvisedMatch]:
    return [_compared(row, seen) for row in found]


def _compared(row: MatchRow, seen: Seen | None) -> AdvisedMatch:
    is_new = seen is not None and row.listing.id not in seen
    before = (seen or {}).get(row.listing.id)
    if row.score is None or before is None:
        return AdvisedMatch(row, None, is_new)
    return AdvisedMatch(row, row.score - before, is_new)
