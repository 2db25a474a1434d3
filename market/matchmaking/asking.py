"""One text that is being written, asked about in several ways over one reading of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from market.matchmaking.documents import listing_key
from market.matchmaking.finding import matches
from market.matchmaking.reasons import judged
from market.matchmaking.results import MatchFilter, MatchRow
from market.models.enums import Kind
from market.roles import Viewer
from matching import Document, Filters, Matcher, tokens
from matching.searching import Search
from matching.text import has_content, normalise, sentences

NEAREST = 12
"""How many listings near a text say which fields it belongs to."""
OF_NAMES = 0.5
"""What the names and definitions of the fields count beside the nearest listings, which count 1;
chosen by `python -m market.advising.measured`."""


@dataclass(frozen=True)
class Asked:
    """A document scored once. `kind` is its own, matches are of the other."""

    kind: Kind
    document: Document
    matcher: Matcher
    search: Search

    @classmethod
    def of(cls, matcher: Matcher, kind: Kind, document: Document) -> Asked | None:
        """None where there is no word yet to search with."""
        if not has_content(document.title + document.text + document.part("keywords")):
            return None
        return cls(kind, document, matcher, matcher.scored(document))

    def matches(self, session: Session, viewer: Viewer, limit: int) -> list[MatchRow]:
        """The best of the other kind, with reasons, as far as the viewer may see them."""
        found = matches(session, self.search, (self.kind.other,), MatchFilter(), limit, viewer)
        return [replace(row, reasons=judged(row.reasons, self.kind)) for row in found]

    def best(self) -> float | None:
        """The score of the best match; None where there is none, or scores mean nothing."""
        return _best(self.search, self.kind)

    def tried(self, document: Document) -> float | None:
        """The score of the best match of the same listing, written in another way."""
        other = Asked.of(self.matcher, self.kind, document)
        return other.best() if other else None

    def like_it(self, limit: int) -> list[int]:
        """The published listings of its own kind that are nearest."""
        only = Filters(kinds=frozenset({self.kind.value}))
        return [listing_key(hit.id)[1] for hit in self.search.best(limit, only, explain=False)]

    def fields(self, names: Matcher, most: int = 3) -> list[str]:
        """The codes of the fields that it seems to belong to, the likeliest first: those of the
        listings nearest to it, and those whose names and definitions (`names`) are near."""
        votes = self._of_neighbours()
        for code, share in self._of_names(names).items():
            votes[code] = votes.get(code, 0.0) + OF_NAMES * share
        return sorted(votes, key=lambda code: (-votes[code], code))[:most]

    def _of_neighbours(self) -> dict[str, float]:
        votes: dict[str, float] = {}
        hits = self.search.best(NEAREST, Filters(), explain=False)
        least = hits[-1].rank_score if hits else 0.0
        for hit in hits:
            codes = self.matcher.document(hit.id).facts.fields if hit.id in self.matcher else ()
            for code in codes:
                votes[code] = votes.get(code, 0.0) + (hit.rank_score - least) / len(codes)
        return _shares(votes)

    def _of_names(self, names: Matcher) -> dict[str, float]:
        found = names.scored(replace(self.document, kind=""))
        hits = found.best(NEAREST, Filters(), explain=False) if len(names) else []
        least = hits[-1].rank_score if hits else 0.0
        return _shares({hit.id: hit.rank_score - least for hit in hits})


def field_names(named: Mapping[str, tuple[str, str]]) -> Matcher:
    """An index of fields by {code: (name, definition)}, on words alone."""
    matcher = Matcher()
    matcher.add(Document(code, "field", *words) for code, words in named.items())
    return matcher


def telling_words(text: str) -> int:
    """How many different words of a text carry something."""
    found = tokens.content_tokens(normalise(text))
    return len({token.word for token in found if tokens.is_telling(token.word)})


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, as they are written."""
    return [text[start:end] for start, end in sentences(text)]


def _best(search: Search, kind: Kind) -> float | None:
    only = Filters(kinds=frozenset({kind.other.value}))
    found = search.best(1, only, explain=False)
    return found[0].score if found else None


def shared_words(rows: Sequence[MatchRow], most: int = 5) -> list[str]:
    """The words that a text shares with its matches, those that brought most first: words of the
    dictionary alone, since a text cut wrongly makes others, and no common ones."""
    shares: dict[str, float] = {}
    for term in (term for row in rows for term in row.reasons.terms):
        word = term.term
        if len(word) > 1 and tokens.is_telling(word) and tokens.is_distinctive(word):
            shares[word] = shares.get(word, 0.0) + term.share
    chosen: list[str] = []
    for word in sorted(shares, key=lambda word: (-shares[word], word)):
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return chosen[:most]


def _shares(votes: Mapping[str, float]) -> dict[str, float]:
    total = sum(votes.values())
    return {code: vote / total for code, vote in votes.items()} if total > 0 else {}
