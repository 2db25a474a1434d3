"""One search: a text prepared once, scored on every channel, cut to the best and explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching import explain, fusion, prepare, weights
from matching.encoders import Encoder
from matching.fusion import Ranked, Scored
from matching.prepare import PreparedQuery
from matching.stopwatch import Stopwatch
from matching.types import Document, Filters, Hit, Reasons
from matching.view import View
from matching.weights import Weights


@dataclass(frozen=True)
class Search:
    """A query over one view, scored; hits come out of it."""

    view: View
    query: PreparedQuery
    scored: Scored
    encoder: Encoder | None
    """The encoder if the vector channel takes part, else None."""
    watch: Stopwatch

    @classmethod
    def of(
        cls,
        view: View,
        text: str | Document,
        encoder: Encoder | None,
        chosen: Weights,
        watch: Stopwatch,
    ) -> Search:
        """Prepare and score. Without vectors the lexical weights, with their own calibration."""
        with watch("prepare"):
            query = prepare.prepare_query(text)
        vector = None
        encoder = encoder if view.has_vectors and chosen.vectors else None
        if encoder is not None:
            with watch("encode"):
                vector = prepare.query_vectors([query.document], encoder)[0]
        elif chosen.vectors:
            chosen = weights.read(None)
        return cls(view, query, fusion.score(view, query, vector, chosen, watch), encoder, watch)

    def best(self, k: int, filters: Filters, *, explain: bool) -> list[Hit]:
        """The k best hits that satisfy the filters, without reasons unless they are wanted."""
        with self.watch("filter"):
            allowed = self.view.mask(_without_itself(filters, self.query.document))
        ranked = fusion.best(self.scored, k, allowed, self.watch)
        background = self.scored.background(filters.kinds)
        hits = [self._bare(ranked, place, background) for place in range(len(ranked.slots))]
        if not explain:
            return hits
        with self.watch("explain"):
            reasons = self._reasons(ranked)
        return [replace(hit, reasons=why) for hit, why in zip(hits, reasons, strict=True)]

    def hit(self, slot: int, kinds: frozenset[str]) -> Hit:
        """One document as a hit among documents of some kinds, with reasons."""
        ranked = self.scored.of(np.array([slot], np.int64))
        background = self.scored.background(kinds)
        return replace(self._bare(ranked, 0, background), reasons=self._reasons(ranked)[0])

    def _bare(self, ranked: Ranked, place: int, background: float) -> Hit:
        total = float(ranked.sums[place])
        probability = self.scored.probability(total, background)
        id_ = self.view.document_id(int(ranked.slots[place]))
        return Hit(id_, probability, self.scored.weights.label(probability), Reasons(), total)

    def _reasons(self, ranked: Ranked) -> list[Reasons]:
        weights = self.scored.weights
        explainer = explain.Explainer.of(self.view, self.query, weights, ranked)
        documents = [self.view.document(int(slot)) for slot in ranked.slots]
        found = [explainer.reasons(document, i) for i, document in enumerate(documents)]
        return self._with_vector_pairs(documents, found)

    def _with_vector_pairs(
        self, documents: Sequence[Document], found: list[Reasons]
    ) -> list[Reasons]:
        """The reasons, with sentences compared by vectors where no term is shared."""
        silent = [i for i, reasons in enumerate(found) if reasons.sentences is None]
        if self.encoder is None or not silent:
            return found
        chosen = [documents[i] for i in silent]
        pairs = explain.closest_by_vectors(self.query.document, chosen, self.encoder)
        for i, pair in zip(silent, pairs, strict=True):
            found[i] = replace(found[i], sentences=pair)
        return found


def _without_itself(filters: Filters, query: Document) -> Filters:
    if not query.id:
        return filters
    return replace(filters, excluded_ids=filters.excluded_ids | {query.id})
