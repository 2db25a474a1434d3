"""An inverted index over integer keys, and BM25 on it. Words and n-grams are two of these.

`Postings` are immutable: one holds the documents of one segment. What an index knows as a whole
(how many documents, how long, how often a key occurs) is summed over its segments in
`Statistics`, so that adding, changing or removing one document leaves exactly the scores that a
rebuild would give.

BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, with
the idf of Lucene, log(1 + (N − df + ½) / (df + ½)), which is never negative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

K1 = 1.0
B = 0.8
STRONGEST = 160
"""How many keys of a query are looked up: the rest of a long text weighs next to nothing."""

Keys = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Postings:
    """For each key, in ascending order, the documents that hold it.

    keys (t,) int64; starts (t + 1,) int64; documents (p,) int32, ascending within a key;
    counts (p,) uint8, capped at 255; lengths (n,) float32, the number of keys of each document.
    """

    keys: Keys
    starts: NDArray[np.int64]
    documents: NDArray[np.int32]
    counts: NDArray[np.uint8]
    lengths: Floats

    @classmethod
    def of(cls, keys_per_document: Sequence[Sequence[int]]) -> Postings:
        """Postings of documents given as their keys, repeated as often as they occur."""
        held = [
            np.unique(np.array(keys, np.int64), return_counts=True) for keys in keys_per_document
        ]
        lengths = np.array([len(keys) for keys in keys_per_document], np.float32)
        sizes = [len(keys) for keys, _ in held]
        owners = np.repeat(np.arange(len(held), dtype=np.int32), sizes)
        counts = [np.minimum(count, 255).astype(np.uint8) for _, count in held]
        return cls._sorted(_joined([k for k, _ in held], np.int64), owners,
                           _joined(counts, np.uint8), lengths)  # fmt: skip

    @classmethod
    def merged(cls, parts: Sequence[tuple[Postings, NDArray[np.bool_]]]) -> Postings:
        """One from several, in their order, keeping the documents whose flag is set."""
        keys, owners, counts, base = [], [], [], 0
        for part, kept in parts:
            number = np.cumsum(kept, dtype=np.int32) - np.int32(1 - base)
            entry = kept[part.documents]
            keys.append(np.repeat(part.keys, np.diff(part.starts))[entry])
            owners.append(number[part.documents[entry]])
            counts.append(part.counts[entry])
            base += int(kept.sum())
        lengths = _joined([part.lengths[kept] for part, kept in parts], np.float32)
        return cls._sorted(_joined(keys, np.int64), _joined(owners, np.int32),
                           _joined(counts, np.uint8), lengths)  # fmt: skip

    @classmethod
    def _sorted(
        cls, keys: Keys, owners: NDArray[np.int32], counts: NDArray[np.uint8], lengths: Floats
    ) -> Postings:
        """From one entry a key and document, the documents ascending within each key."""
        order = np.argsort(keys, kind="stable")  # owners ascend already, and stay so
        keys = keys[order]
        first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else order
        starts = np.append(first, len(keys)).astype(np.int64)
        return cls(keys[first], starts, owners[order], counts[order], lengths)

    def ranges(self, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the postings of each key start and end; both 0 for a key that is not held."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        held = self.keys[at] == keys
        return np.where(held, self.starts[at], 0), np.where(held, self.starts[at + 1], 0)

    def counts_in(self, keys: Keys, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(len(numbers), len(keys)) how often each key occurs in chosen documents."""
        found = np.zeros((len(numbers), len(keys)), np.uint8)
        for column, (start, end) in enumerate(zip(*self.ranges(keys), strict=True)):
            if start < end:
                held = self.documents[start:end]
                at = np.minimum(np.searchsorted(held, numbers), end - start - 1)
                found[:, column] = np.where(held[at] == numbers, self.counts[start + at], 0)
        return found

    def frequencies(self, keys: Keys) -> NDArray[np.int64]:
        """In how many documents each key occurs."""
        starts, ends = self.ranges(keys)
        return ends - starts


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


@dataclass(frozen=True)
class Statistics:
    """What BM25 needs to know of all segments together, without the documents that are gone."""

    segments: tuple[Postings, ...]
    alive: int
    total_length: float
    gone: Mapping[int, int]
    """How often each key must be subtracted for documents that are replaced or removed."""

    @classmethod
    def of(
        cls, segments: Iterable[Postings], alive: NDArray[np.bool_], gone: Counter[int]
    ) -> Statistics:
        """Statistics of segments whose documents, counted through, are alive where flagged."""
        held = tuple(segments)
        lengths = np.concatenate([s.lengths for s in held]) if held else np.zeros(0, np.float32)
        return cls(held, int(alive.sum()), float(lengths[alive].sum()), dict(gone))

    @cached_property
    def mean_length(self) -> float:
        """Keys per document."""
        return self.total_length / self.alive if self.alive else 1.0

    @cached_property
    def norms(self) -> tuple[Floats, ...]:
        """k1 · (1 − b + b · length / mean length) of each document, a segment at a time."""
        scale = B / (self.mean_length or 1.0)
        return tuple((K1 * (1 - B + scale * s.lengths)).astype(np.float32) for s in self.segments)

    def idf(self, keys: Keys) -> Floats:
        """(len(keys),) inverse document frequencies."""
        df = sum((s.frequencies(keys) for s in self.segments), np.zeros(len(keys), np.int64))
        if self.gone:
            df = df - np.array([self.gone.get(int(key), 0) for key in keys], np.int64)
        return np.log1p((self.alive - df + 0.5) / (df + 0.5)).astype(np.float32)


@dataclass(frozen=True)
class Query:
    """The strongest keys of a text with their weights: term weight times idf, times k1 + 1.

    `size` is the square root of what the text would score against itself; scores are divided by
    it as a cosine divides by a length, so that long and short queries are comparable.
    """

    keys: Keys
    weights: Floats
    size: float

    @classmethod
    def of(cls, weighted: Mapping[int, float], statistics: Statistics) -> Query:
        """A query from {key: term weight}; keys that no document holds only add to its size."""
        keys = np.fromiter(weighted, np.int64, len(weighted))
        weights = np.fromiter(weighted.values(), np.float32, len(weighted)) * statistics.idf(keys)
        if len(keys) > STRONGEST:
            strongest = np.argpartition(-weights, STRONGEST)[:STRONGEST]
            keys, weights = keys[strongest], weights[strongest]
        return cls(keys, weights * (K1 + 1), float(np.sqrt(weights.sum())) or 1.0)


def scores(query: Query, statistics: Statistics) -> Floats:
    """(documents of all segments,) BM25 of every document, divided by the query's size."""
    parts = [
        _segment_scores(query, segment, norm)
        for segment, norm in zip(statistics.segments, statistics.norms, strict=True)
    ]
    return np.concatenate(parts) / np.float32(query.size) if parts else np.zeros(0, np.float32)


def _segment_scores(query: Query, segment: Postings, norm: Floats) -> Floats:
    total = np.zeros(len(segment.lengths), np.float32)
    for start, end, weight in zip(*segment.ranges(query.keys), query.weights, strict=True):
        if start < end:
            found = segment.documents[start:end]
            count = segment.counts[start:end]
            total[found] += weight * count / (count + norm[found])
    return total
