"""Why a document was found: shared terms, the closest two sentences, channel shares, facts.

Terms are weighed by what they brought to the score: the BM25 part of the word and of the n-grams
inside it. Sentences are close when they share such terms; where two texts share none (two
languages, a paraphrase), sentence vectors are compared instead. Every reason says where in the
two texts it stands, in the characters that the authors wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from matching import lexical, text, tokens
from matching.encoders import Encoder
from matching.facts import fact_reasons
from matching.fusion import Ranked
from matching.lexical import Statistics
from matching.prepare import PARTS, PreparedQuery
from matching.types import Document, Part, Quote, Reasons, SentencePair, SharedTerm, Span
from matching.view import View
from matching.weights import Weights

MOST_TERMS = 12
LEAST_SHARE = 0.02
"""A term that brought less than this share is not worth a reader's time."""
MOST_SPANS = 6
MOST_SENTENCES = 24
"""How many sentences of a text are compared; the first ones of a long text."""
SHORT = 150
"""Characters of two sentences together at which sharing counts half."""
CLOSE = 0.45
"""The cosine from which two sentences without a shared term are called close."""


_LIMITING = re.compile("不涉及|未涉及|不含|不包括|不适合|不适用|不建议|不针对|不解决|不具备|尚不")
"""Words by which a text says what it is not about; in normalised text."""
LIMITED = 0.25
"""What a limiting sentence is worth as the one that is shown."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of one part, as written and normalised."""

    quote: Quote
    normal: str


@dataclass(frozen=True)
class Side:
    """One of the two texts, ready to be pointed at."""

    document: Document
    normal: dict[Part, str]
    offsets: dict[Part, Sequence[int]]
    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, document: Document) -> Side:
        """Normalise a document's parts and cut its title and text into sentences."""
        folded = {name: text.normalise_with_offsets(document.part(name)) for name, _ in PARTS}
        return cls(
            document,
            {name: pair[0] for name, pair in folded.items()},
            {name: pair[1] for name, pair in folded.items()},
            _sentences(document),
        )

    def spans(self, word: str) -> tuple[Span, ...]:
        """Where a normalised word stands, as the author's characters."""
        found: list[Span] = []
        for part, normal in self.normal.items():
            offsets = self.offsets[part]
            found += [
                Span(part, offsets[at], max(offsets[end], offsets[end - 1] + 1))
                for at in occurrences(word, normal)
                for end in (at + len(word),)
            ]
        return tuple(found[:MOST_SPANS])


def occurrences(word: str, normal: str) -> list[int]:
    """Where a word starts in a normalised text, as a word: 定量 does not stand in 稳定量产."""
    if word not in normal:
        return []
    if word.isascii():
        whole = rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"
        return [match.start() for match in re.finditer(whole, normal)]
    starts = [match.start() for match in re.finditer(re.escape(word), normal)][:MOST_SPANS]
    return [start for start in starts if tokens.stands_as_word(normal, start, start + len(word))]


def _sentences(document: Document) -> tuple[Sentence, ...]:
    """The first sentences of a document's title and text."""
    return tuple(islice(_every_sentence(document), MOST_SENTENCES))


def _every_sentence(document: Document) -> Iterator[Sentence]:
    parts: tuple[Part, ...] = ("title", "text")
    for name in parts:
        written = document.part(name)
        for start, end in text.sentences(written):
            piece = written[start:end]
            yield Sentence(Quote(name, start, end, piece), text.normalise(piece))


@dataclass(frozen=True)
class Explainer:
    """Explains the hits of one ranking."""

    query: PreparedQuery
    side: Side
    ranked: Ranked
    words: dict[str, float]
    """What one occurrence of each query word can bring at the most, its n-grams included."""
    counts: NDArray[np.uint8]
    """(hits, words) how often each hit holds each word, as the index counted."""

    @classmethod
    def of(cls, view: View, query: PreparedQuery, weights: Weights, ranked: Ranked) -> Explainer:
        """Weigh every word of the query as the two lexical channels did."""
        words = _word_weights(view, query, weights)
        keys = [ord(word) if len(word) == 1 else tokens.word_key(word) for word in words]
        counts = view.counts(np.array(keys, np.int64), ranked.slots)
        return cls(query, Side.of(query.document), ranked, words, counts)

    def reasons(self, document: Document, place: int) -> Reasons:
        """The reasons for the hit at one place of the ranking."""
        other = Side.of(document)
        brought = self._shared(place)
        return Reasons(
            terms=self._terms(other, brought),
            sentences=closest_by_terms(self.side.sentences, other.sentences, brought),
            channels=_shares(self.ranked, place),
            facts=fact_reasons(self.query.document.facts, document.facts),
        )

    def _shared(self, place: int) -> dict[str, float]:
        """The words of the query that a hit holds as words, and what each brought."""
        counts = self.counts[place].tolist()
        return {
            word: weight * count / (count + lexical.K1)
            for (word, weight), count in zip(self.words.items(), counts, strict=True)
            if count
        }

    def _terms(self, other: Side, brought: dict[str, float]) -> tuple[SharedTerm, ...]:
        whole = [w for w in brought if not any(w != v and w in v for v in brought)]
        least = LEAST_SHARE * sum(brought[word] for word in whole)
        best = sorted((w for w in whole if brought[w] > least), key=lambda w: (-brought[w], w))
        best = best[:MOST_TERMS]
        total = sum(brought[word] for word in best)
        return tuple(
            SharedTerm(w, brought[w] / total, self.side.spans(w), other.spans(w)) for w in best
        )


def _word_weights(view: View, query: PreparedQuery, weights: Weights) -> dict[str, float]:
    """{word: weight} of the query's strongest words and the dictionary words inside them."""
    held = [token for parts in query.parts.values() for token in parts]
    found = {piece.word for token in held for piece in tokens.search_words(token)}
    found = {word for word in found if tokens.is_telling(word)}
    found |= {character for token in held for character in token.word} & tokens.TELLING
    words = _brought(query.words, view.words, weights.words)
    grams = _brought(query.characters, view.characters, weights.characters)
    worth = {
        word: words.get(tokens.word_key(word), 0.0)
        + sum(grams.get(key, 0.0) for key in set(tokens.gram_keys(word)))
        for word in sorted(found)
    }
    best = nlargest(lexical.STRONGEST, worth, key=worth.__getitem__)
    return {word: worth[word] for word in best if worth[word] > 0}


def _brought(weighted: dict[int, float], statistics: Statistics, weight: float) -> dict[int, float]:
    """{key: what it can bring to the sum} of one channel's query."""
    query = lexical.Query.of(weighted, statistics)
    scaled = query.weights * (weight / query.size)
    return dict(zip(query.keys.tolist(), scaled.tolist(), strict=True))


def _shares(ranked: Ranked, place: int) -> dict[str, float]:
    parts = {
        "characters": float(ranked.characters[place]),
        "words": float(ranked.words[place]),
        "vectors": float(max(ranked.vectors[place], 0.0)),
    }
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()} if total else {}


def closest_by_terms(
    ours: Sequence[Sentence], theirs: Sequence[Sentence], brought: dict[str, float]
) -> SentencePair | None:
    """The two sentences that share the terms that brought most; None where none is shared.

    Similarity is the weight of the terms in both over that of all shared terms, 0–1. Between
    pairs that share as much, the shorter one is easier to check, and wins; a sentence that says
    what its text is not about is shown only where there is no better one.
    """
    best: tuple[float, float, Sentence, Sentence] | None = None
    held = [(sentence, _within(sentence, brought)) for sentence in theirs]
    for mine in ours:
        words = _within(mine, brought)
        for sentence, others in held:
            common = sum(brought[word] for word in words & others)
            if common:
                worth = common / (1 + (len(mine.normal) + len(sentence.normal)) / SHORT)
                worth *= LIMITED if _LIMITING.search(sentence.normal) else 1.0
                if best is None or worth > best[0]:
                    best = (worth, common, mine, sentence)
    if best is None:
        return None
    return SentencePair(best[2].quote, best[3].quote, best[1] / sum(brought.values()), "terms")


def _within(sentence: Sentence, brought: dict[str, float]) -> set[str]:
    return {word for word in brought if occurrences(word, sentence.normal)}


def closest_by_vectors(
    query: Document, documents: Sequence[Document], encoder: Encoder
) -> list[SentencePair | None]:
    """For each document the two sentences whose vectors are closest, if they are close at all."""
    ours = _sentences(query)
    theirs = [_sentences(document) for document in documents]
    flat = [sentence.normal for sentences in (ours, *theirs) for sentence in sentences]
    if not flat:
        return [None] * len(documents)
    rows = encoder.encode(flat)
    mine, at = rows[: len(ours)], len(ours)
    pairs: list[SentencePair | None] = []
    for sentences in theirs:
        cosines = mine @ rows[at : at + len(sentences)].T
        at += len(sentences)
        pairs.append(_closest(ours, sentences, cosines) if cosines.size else None)
    return pairs


def _closest(
    ours: Sequence[Sentence], theirs: Sequence[Sentence], cosines: np.ndarray
) -> SentencePair | None:
    i, j = np.unravel_index(int(cosines.argmax()), cosines.shape)
    cosine = float(cosines[i, j])
    if cosine < CLOSE:
        return None
    return SentencePair(ours[int(i)].quote, theirs[int(j)].quote, min(cosine, 1.0), "vectors")
