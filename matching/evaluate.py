"""How good a matcher is on a judged collection: figures, ablation, reliability, TREC runs.

Full: every document competes. Judged: only the documents that somebody judged for the query.
A document is relevant from a grade on (2 where grades go beyond 1); queries without a relevant
document are left out, as is usual. Collections are for measuring; nothing here learns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matching import fusion, metrics, prepare, text
from matching.beir import Collection
from matching.matcher import Matcher
from matching.stopwatch import Stopwatch
from matching.types import Document
from matching.view import View
from matching.weights import Weights

Floats = NDArray[np.float64]
Vector = NDArray[np.float32]
DEEPEST = 1_000
MEASURES = ("full nDCG@10", "MRR@100", "R@20", "R@100", "judged nDCG@10", "judged AUC")
_BATCH = 256


@dataclass(frozen=True)
class Parts:
    """What each channel says of every document for one query, unweighted; all (documents,)."""

    characters: Floats
    words: Floats
    vectors: Floats
    foreign: NDArray[np.bool_]
    certainty: float = 1.0
    sample: Parts | None = None
    """The same of the documents that stand for a typical one."""

    def excess(self, weights: Weights) -> Floats:
        """(documents,) what `Scored.probability` goes by: the sums beyond a typical document's."""
        typical = 0.0 if self.sample is None else float(np.median(self.sample.sums(weights)))
        return self.certainty * (self.sums(weights) - typical)

    def sums(self, weights: Weights) -> Floats:
        """(documents,) the fused sums, as `fusion.Scored` adds them up."""
        lexical = self.lexical(weights)
        unseen = weights.unseen(lexical, self.vectors) * self.foreign if weights.vectors else 0.0
        return np.asarray(lexical + self.vectors * weights.vectors + unseen, float)

    def lexical(self, weights: Weights) -> Floats:
        """(documents,) the sums of the two lexical channels."""
        return self.characters * weights.characters + self.words * weights.words

    def at(self, places: NDArray[np.int64]) -> Parts:
        """The same for chosen documents."""
        names = ("characters", "words", "vectors", "foreign")
        return replace(self, **{name: getattr(self, name)[places] for name in names})


@dataclass(frozen=True)
class Judged:
    """The judged documents of one query: places in the corpus and their grades."""

    places: NDArray[np.int64]
    grades: NDArray[np.int64]
    relevant_from: int

    @property
    def gains(self) -> NDArray[np.int64]:
        """The grades, 0 below the relevant."""
        return np.where(self.grades >= self.relevant_from, self.grades, 0)

    @property
    def relevant(self) -> NDArray[np.bool_]:
        """Which of them are relevant."""
        return self.grades >= self.relevant_from


@dataclass
class Result:
    """Mean figures and the rows they are the means of, one a query."""

    rows: list[dict[str, str | float | None]] = field(default_factory=list)

    @property
    def means(self) -> dict[str, float]:
        """{measure: mean over the queries that have it}."""
        means = {}
        for name in MEASURES:
            held = [row[name] for row in self.rows if row[name] is not None]
            means[name] = float(np.mean(np.array(held, float))) if held else float("nan")
        return means


def relevant_from(collection: Collection) -> int:
    """2 where judges gave grades beyond 1, else 1."""
    return 2 if any(g > 1 for row in collection.judgements.values() for g in row.values()) else 1


def judged_queries(collection: Collection) -> Iterator[tuple[Document, Judged]]:
    """The queries that have a relevant document, with their judgements."""
    places = {document.id: place for place, document in enumerate(collection.corpus)}
    start = relevant_from(collection)
    for query in collection.queries:
        known = {d: g for d, g in collection.judgements.get(query.id, {}).items() if d in places}
        judged = Judged(
            np.array([places[id_] for id_ in known], np.int64),
            np.array(list(known.values()), np.int64),
            start,
        )
        if judged.relevant.any():
            yield query, judged


def parts(matcher: Matcher, queries: Sequence[Document]) -> Iterator[Parts]:
    """Every channel's scores of every document, in the order of the documents' slots."""
    view, encoder = matcher.view, matcher.encoder
    for group in _groups(queries):
        with_vectors = encoder is not None and view.has_vectors
        asked = [query for query in group if _has_content(query)]
        found = prepare.query_vectors(asked, encoder) if encoder and with_vectors and asked else ()
        rows = iter(found)
        for query in group:
            if _has_content(query):
                yield _parts(view, query, next(rows, None))
            else:
                yield _nothing(view)


def _has_content(query: Document) -> bool:
    return text.has_content(query.title) or text.has_content(query.text)


def _parts(view: View, query: Document, vector: Vector | None) -> Parts:
    scored = fusion.score(view, prepare.prepare_query(query), None, _ONES, Stopwatch())
    cosines = np.zeros(len(scored.words), np.float32)
    if vector is not None:
        cosines = view.cosines(vector, np.arange(len(cosines)))
    characters, words = scored.characters.astype(float), scored.words.astype(float)
    near = cosines.astype(float)
    found = Parts(characters, words, near, scored.foreign, scored.certainty)
    return replace(found, sample=found.at(view.sample()))


def _nothing(view: View) -> Parts:
    """A query without content finds nothing, and counts as such."""
    zeros = np.zeros(view.starts[-1])
    return Parts(zeros, zeros, zeros, np.zeros(len(zeros), bool))


def _groups(queries: Sequence[Document]) -> Iterator[Sequence[Document]]:
    for start in range(0, len(queries), _BATCH):
        yield queries[start : start + _BATCH]


_ONES = Weights("ones", 1.0, 1.0, 1.0)


def evaluate(
    matcher: Matcher,
    collection: Collection,
    variants: Mapping[str, Weights],
    *,
    each: Callable[[Document, Floats], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Result]:
    """Figures for each variant of weights. The matcher must hold exactly the corpus, in order.

    each is called with every query and its sums under the first variant.
    """
    asked = list(judged_queries(collection))
    results = {name: Result() for name in variants}
    first = next(iter(variants.values()))
    for number, ((query, judged), found) in enumerate(
        zip(asked, parts(matcher, [query for query, _ in asked]), strict=True), 1
    ):
        if each:
            each(query, found.sums(first))
        for name, weights in variants.items():
            results[name].rows.append(measures(query, judged, found.sums(weights)))
        if progress:
            progress(number, len(asked))
    return results


def measures(query: Document, judged: Judged, sums: Floats) -> dict[str, str | float | None]:
    """One query's figures."""
    gain = np.zeros(len(sums), np.int64)
    gain[judged.places] = judged.gains
    ranked = gain[order(sums)].tolist()
    every = judged.gains[judged.relevant].tolist()
    close = judged.gains[np.argsort(-sums[judged.places], kind="stable")].tolist()
    return {
        "query": query.id,
        "title": query.title,
        "relevant": float(len(every)),
        "full nDCG@10": metrics.ndcg(ranked, every, 10),
        "MRR@100": metrics.reciprocal_rank(ranked, 100),
        "R@20": metrics.recall(ranked, len(every), 20),
        "R@100": metrics.recall(ranked, len(every), 100),
        "judged nDCG@10": metrics.ndcg(close, every, 10),
        "judged AUC": metrics.auc(sums[judged.places], judged.relevant),
    }


def order(sums: Floats) -> NDArray[np.intp]:
    """Places of the best documents, best first, at most `DEEPEST`; ties in corpus order."""
    if len(sums) <= DEEPEST:
        return np.argsort(-sums, kind="stable")
    near = np.sort(np.argpartition(-sums, DEEPEST)[:DEEPEST])
    return near[np.argsort(-sums[near], kind="stable")]


def ablation(weights: Weights) -> dict[str, Weights]:
    """The fused ranking, each channel alone, and all without one."""
    held = {
        "characters": weights.characters,
        "words": weights.words,
        "vectors": weights.vectors,
    }
    variants = {"fused": weights}
    for name in held:
        variants[f"{name} alone"] = _only(held, {name})
    for name in held:
        variants[f"without {name}"] = _only(held, set(held) - {name})
    return {name: w for name, w in variants.items() if w.characters or w.words or w.vectors}


def _only(held: Mapping[str, float], kept: set[str]) -> Weights:
    characters, words, vectors = (w if name in kept else 0.0 for name, w in held.items())
    return Weights("ablation", characters, words, vectors)


def reliability(
    matcher: Matcher, collection: Collection, weights: Weights
) -> list[dict[str, float]]:
    """The reliability table of calibrated scores over all judged pairs, also of queries without
    a relevant document. Empty where the weights carry no calibration."""
    if weights.calibration is None:
        return []
    pairs = judged_pairs(matcher, collection)
    excess = np.concatenate([found.excess(weights) for found, _ in pairs])
    relevant = np.concatenate([judged.relevant for _, judged in pairs])
    predicted = np.array([weights.probability(float(e)) for e in excess])
    return metrics.reliability(predicted, relevant)


def judged_pairs(matcher: Matcher, collection: Collection) -> list[tuple[Parts, Judged]]:
    """For every query with judgements the channels' scores of its judged documents alone."""
    places = {document.id: place for place, document in enumerate(collection.corpus)}
    asked = [query for query in collection.queries if query.id in collection.judgements]
    start, pairs = relevant_from(collection), []
    for query, found in zip(asked, parts(matcher, asked), strict=True):
        row = [(places[d], g) for d, g in collection.judgements[query.id].items() if d in places]
        at = np.array([place for place, _ in row], np.int64)
        judged = Judged(at, np.array([grade for _, grade in row], np.int64), start)
        pairs.append((found.at(at), judged))
    return pairs
