"""Three channels, one order: a weighted sum of absolute scores, and its exact best k.

A document's sum is characters · c + words · w + vectors · cosine, with lexical scores divided by
their query's size (`lexical.Query`), so that no sum depends on which filters are set. The best k
are found as in Fagin, Lotem and Naor, Optimal aggregation algorithms for middleware, 2003: go
down both lists until nothing below can overtake.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching import lexical
from matching.filters import Mask, is_foreign
from matching.prepare import PreparedQuery
from matching.stopwatch import Stopwatch
from matching.view import Floats, Slots, View
from matching.weights import Weights

FIRST_DEPTH = 200


@dataclass(frozen=True)
class Ranked:
    """Slots, best first, and each channel's weighted part of their sums, all (k,)."""

    slots: Slots
    characters: Floats
    words: Floats
    vectors: Floats

    @property
    def sums(self) -> Floats:
        """(k,) what the slots are ordered by."""
        return self.characters + self.words + self.vectors

    def chosen(self, order: NDArray[np.intp]) -> Ranked:
        """The same in another order, or fewer."""
        characters, words, vectors = self.characters[order], self.words[order], self.vectors[order]
        return Ranked(self.slots[order], characters, words, vectors)


@dataclass(frozen=True)
class Scored:
    """The lexical scores of every slot, weighted, and the query's vector if there is one."""

    view: View
    characters: Floats
    words: Floats
    foreign: Mask
    """(slots,) whether a document shares no script with the query."""
    vector: Floats | None
    weights: Weights
    certainty: float

    def probability(self, total: float, background: float) -> float | None:
        """The calibrated score of a sum over that of a typical document, 0–1."""
        return self.weights.probability(self.certainty * (total - background))

    def of(self, slots: Slots) -> Ranked:
        """All parts for chosen slots, in their order."""
        characters, words = self.characters[slots], self.words[slots]
        near: Floats = np.zeros(len(slots), np.float32)
        if self.vector is not None:
            cosines = self.view.cosines(self.vector, slots)
            unseen = self.weights.unseen(characters + words, cosines)
            weighted = cosines * self.weights.vectors + unseen * self.foreign[slots]
            near = weighted.astype(np.float32)
        return Ranked(slots, characters, words, near)

    def background(self, kinds: frozenset[str]) -> float:
        """What a typical document of some kinds scores: the median over a sample.

        Long texts share words by accident, so sums mean less in an index of long documents than in
        one of titles. Calibrated scores are of what a document has beyond this.
        """
        slots = self.view.sample(kinds)
        return float(np.median(self.of(slots).sums)) if len(slots) else 0.0

    def ceiling(self, lexical: float, cosine: float) -> float:
        """The highest sum of a document with no more than this on either list."""
        near, unseen = cosine * self.weights.vectors, 0.0
        if self.foreign.any():
            unseen = float(self.weights.unseen(np.array(lexical), np.array(cosine)))
        return lexical + near + unseen


def score(
    view: View, query: PreparedQuery, vector: Floats | None, weights: Weights, watch: Stopwatch
) -> Scored:
    """Score every document of a view for a query on the lexical channels."""
    with watch("characters"):
        grams = lexical.Query.of(query.characters, view.characters)
        characters = lexical.scores(grams, view.characters) * np.float32(weights.characters)
    with watch("words"):
        terms = lexical.Query.of(query.words, view.words)
        words = lexical.scores(terms, view.words) * np.float32(weights.words)
    foreign = view.foreign_to(is_foreign(query.document))
    return Scored(view, characters, words, foreign, vector, weights, query.certainty)


def best(scored: Scored, k: int, allowed: Mask, watch: Stopwatch) -> Ranked:
    """The k allowed slots with the highest sums, exactly. Of equals, those whose ids drew the
    lower lots (`filters.Facets.lots`), whatever order they came in. Raises ValueError for k < 1."""
    if k < 1:
        raise ValueError("k is at least 1")
    lexical_sum = np.where(allowed, scored.characters + scored.words, -np.inf)
    count, depth = int(np.count_nonzero(allowed)), max(FIRST_DEPTH, 4 * k)
    while True:
        slots, floor = _candidates(scored, lexical_sum, min(depth, count), allowed, watch)
        with watch("fuse"):
            ranked = _ordered(scored, slots, k)
        exhausted = depth >= count or scored.vector is None
        if exhausted or (len(ranked.slots) == k and ranked.sums[-1] > floor):
            return ranked
        depth *= 4


def _candidates(
    scored: Scored, lexical_sum: Floats, depth: int, allowed: Mask, watch: Stopwatch
) -> tuple[Slots, float]:
    """Slots that lead one of the lists, and the highest sum that any other can have."""
    with watch("fuse"):
        first = _top(lexical_sum, scored.view.lots, depth)
    if scored.vector is None or not depth:
        return first, -np.inf
    with watch("vectors"):
        cosines, second = scored.view.nearest(scored.vector, depth, allowed)
    floor = scored.ceiling(float(lexical_sum[first].min()), float(cosines.min(initial=1.0)))
    return np.union1d(first, second), floor


def _top(values: Floats, lots: NDArray[np.uint32], k: int) -> Slots:
    """The k highest finite values' slots; of those that tie for the last place, by lot."""
    if k >= len(values):
        return np.flatnonzero(np.isfinite(values)).astype(np.int64)
    last = -np.partition(-values, k - 1)[k - 1] if k else np.inf
    above, tied = np.flatnonzero(values > last), np.flatnonzero(values == last)
    tied = tied[np.argsort(lots[tied], kind="stable")][: k - len(above)]
    return np.concatenate([above, tied]).astype(np.int64)


def _ordered(scored: Scored, slots: Slots, k: int) -> Ranked:
    found = scored.of(slots)
    return found.chosen(np.lexsort((scored.view.lots[found.slots], -found.sums))[:k])
