"""A listing as the matcher reads it: what everybody may read of it, whoever looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from market.actions.drafts import MAX_KEYWORD, MAX_KEYWORDS, MAX_TITLE, ListingDraft
from market.models.enums import Kind, Tier
from market.parts import part_of, text_of
from market.queries.rows import FullRow
from market.texts import MAX_CHARACTERS
from matching import Document, Facts, Range
from matching.text import normalise


def normal_form(text: str) -> str:
    """The text as the matcher compares it: one width, lower case, Simplified characters."""
    return normalise(text)


def search_text_of(title: str, summary: str, keywords: Iterable[str]) -> str:
    """What the search of a list reads of a listing, in the normal form."""
    return normal_form("\n".join((title, summary, *keywords)))


def document_of(row: FullRow) -> Document:
    """The one place where a listing becomes what the matcher reads: what everybody may read of it,
    whoever looks. An owner who is kept back is nobody, so that leaving owners out tells nothing."""
    listing = row.public
    level, amount = listing.readiness, listing.amount
    facts = Facts(
        state=listing.state.value,
        fields=tuple(field.code for field in listing.fields),
        division=listing.division_code,
        readiness=None if level is None else Range(level, level),
        money=None if amount is None else Range(amount.low, amount.high),
        modes=tuple(mode.value for mode in listing.modes),
        owner=None if listing.owner_id is None else str(listing.owner_id),
    )
    id = document_id(listing.kind, listing.id)
    return Document(id, listing.kind.value, row.title, row.text, row.keywords, facts)


def document_id(kind: Kind, id: int) -> str:
    """A listing's id in the index."""
    return f"{kind.value}:{id}"


def listing_key(id: str) -> tuple[Kind, int]:
    """The listing that an id of the index stands for."""
    kind, _, number = id.partition(":")
    return Kind(kind), int(number)


def document_of_draft(
    kind: Kind, draft: ListingDraft, id: int | None = None, *, files_text: str = ""
) -> Document:
    """What the matcher would read of a listing if it were published as it is written now. `id` is
    that of a stored one that is being changed, `files_text` the words of its public files. What is
    too long to be published is read as far as it could be."""

    def said(name: str) -> Any:
        tier = part_of(kind, name).tier
        is_open = tier is None or draft.tiers.get(tier, Tier.PUBLIC) is Tier.PUBLIC
        value = getattr(draft, name)
        return value if is_open else type(value)()

    text = "\n".join(part for part in (text_of(kind, said), files_text) if part)
    key = document_id(kind, id or 0)
    keywords = tuple(word[:MAX_KEYWORD] for word in said("keywords")[:MAX_KEYWORDS])
    return Document(key, kind.value, draft.title[:MAX_TITLE], text[:MAX_CHARACTERS], keywords)
