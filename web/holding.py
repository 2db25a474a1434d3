"""Which of the words that were searched for a hit holds, as far as the page can mark them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from market.matchmaking import MatchResult, MatchRow, Span
from web import facts

ALIKE = 5
JOINING = frozenset("的和与及或之在中")
"""Characters that join words: whether a listing has them says nothing."""


@dataclass(frozen=True)
class Groups:
    """Hits with every word, with some, and the first of those that only mean alike."""

    whole: list[MatchRow]
    part: list[MatchRow]
    alike: list[MatchRow]
    is_cut: bool

    @property
    def total(self) -> int:
        """How many hits the page lists."""
        return len(self.whole) + len(self.part) + len(self.alike)


def groups(found: MatchResult, limit: int) -> Groups:
    """The hits by what they hold, each group in the order of the ranking."""
    shown = [row for row in found.rows if _marks(row)]
    whole = [row for row in shown if holds_all(found, row)]
    part = [row for row in shown if row not in whole]
    alike = [row for row in found.rows if row not in shown]
    return Groups(whole, part, alike[:ALIKE], len(found.rows) >= limit)


def holds_all(found: MatchResult, row: MatchRow) -> bool:
    """Whether title and text of a hit hold all that was asked for. A word counts as held where
    it stands there as it was typed, or where shared terms make up all of it."""
    text = f"{row.title}\n{row.text}".casefold()
    asked = {"title": found.title, "text": found.text}
    spans = [span for term in row.reasons.terms if _are_shown(term.document) for span in term.query]
    return all(
        word.casefold() in text or _is_covered(word, start, part, spans)
        for part, whole in asked.items()
        for word, start in _words(whole)
    )


def _marks(row: MatchRow) -> bool:
    return _are_shown(facts.spans(row.reasons, "document"))


def _are_shown(spans: Iterable[Span]) -> bool:
    return any(span.part in ("title", "text") for span in spans)


def _words(text: str) -> list[tuple[str, int]]:
    """The pieces between white space, each with its place."""
    pieces, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        pieces.append((word, at))
        at += len(word)
    return pieces


def _is_covered(word: str, start: int, part: str, spans: Iterable[Span]) -> bool:
    covered = {n for span in spans if span.part == part for n in range(span.start, span.end)}
    return all(
        start + n in covered
        for n, character in enumerate(word)
        if character.isalnum() and character not in JOINING
    )
