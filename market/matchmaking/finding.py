"""One search: a text that can be read, hits, and of those what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace

from sqlmodel import Session

from market.errors import Invalid, Problem
from market.matchmaking.documents import document_id, document_of, listing_key
from market.matchmaking.results import MatchFilter, MatchRow
from market.models.enums import Kind, ListingState
from market.queries.filters import ListingFilter
from market.queries.rows import FullRow, rows_for
from market.roles import Viewer
from market.texts import is_binary
from matching import (
    MAX_CHARACTERS,
    Document,
    Filters,
    Hit,
    Range,
    Reasons,
    errors,
    prepare,
)
from matching.searching import Search
from matching.text import require_content
from matching.view import View


def readable(text: str) -> Document:
    """A pasted text as what is searched with. Raises Invalid."""
    if is_binary(text):
        raise Invalid(
            [Problem("text", "这不像文字，可能是直接从文件复制的二进制内容，请粘贴文字。")]
        )
    if len(text) > MAX_CHARACTERS:
        raise Invalid(
            [Problem("text", f"文字有 {len(text):,} 个字符，最多 {MAX_CHARACTERS:,} 个，请删减。")]
        )
    try:
        query = prepare.as_document(text)
        require_content(query.title + query.text)
    except errors.ContentlessText as error:
        raise Invalid([Problem("text", "这里还没有文字，请写几个词或一段话。")]) from error
    return query


def matches(
    session: Session, search: Search, kinds: Collection[Kind], filters: MatchFilter, limit: int,
    viewer: Viewer,
) -> list[MatchRow]:  # fmt: skip
    """The best that the viewer may see; what the index holds on to too long is asked around."""
    asked = _as_filters(filters, kinds)
    for _ in range(3):
        hits = search.best(limit, asked, explain=True)
        rows = _rows(session, [hit.id for hit in hits], viewer)
        gone = frozenset(hit.id for hit in hits) - rows.keys()
        if not gone:
            break
        asked = replace(asked, excluded_ids=asked.excluded_ids | gone)
    view = search.view
    return [_match(_true(hit, rows[hit.id], view), rows[hit.id]) for hit in hits if hit.id in rows]


def _true(hit: Hit, row: FullRow, view: View) -> Hit:
    """The hit, without reasons if the index read something else than the listing says now: for a
    moment it can still hold words that were kept back just now."""
    slot = view.slots.get(hit.id)
    if slot is not None and view.document(slot) == document_of(row):
        return hit
    return replace(hit, reasons=Reasons(channels=hit.reasons.channels))


def _rows(session: Session, ids: Sequence[str], viewer: Viewer) -> dict[str, FullRow]:
    keys = [listing_key(id) for id in ids]
    found: dict[str, FullRow] = {}
    for kind in Kind:
        wanted = [number for each, number in keys if each is kind]
        rows = rows_for(session, kind, wanted, viewer)
        found |= {
            document_id(kind, number): row
            for number, row in rows.items()
            if row.row.state is ListingState.PUBLISHED
        }
    return found


def _match(hit: Hit, row: FullRow) -> MatchRow:
    return MatchRow(row.row, hit.score, hit.label, hit.reasons, row.title, row.text, row.keywords)


def _as_filters(filters: MatchFilter, kinds: Iterable[Kind]) -> Filters:
    return Filters(
        kinds=frozenset(kind.value for kind in kinds),
        fields=frozenset(filters.fields),
        divisions=frozenset(filters.divisions),
        modes=frozenset(mode.value for mode in filters.modes),
        readiness=_range(filters.readiness_min, filters.readiness_max),
        money=_range(filters.amount_min, filters.amount_max),
        excluded_owners=frozenset(str(owner) for owner in filters.excluded_owners),
    )


def as_list(filters: MatchFilter, kind: Kind) -> ListingFilter:
    """The same conditions on the table, to count what was considered."""
    states = (ListingState.PUBLISHED,)
    return ListingFilter(kind, **asdict(filters), states=states, unknown_passes=True)


def _range(low: int | None, high: int | None) -> Range | None:
    return None if low is None and high is None else Range(low, high)
