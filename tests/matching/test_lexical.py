"""BM25 against its formula, and postings that do not depend on how they came about."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.lexical import K1, B, Postings, Query, Statistics, scores

keys = st.lists(st.integers(0, 12), max_size=8)


def statistics(documents: list[list[int]]) -> Statistics:
    return Statistics.of([Postings.of(documents)], np.ones(len(documents), bool), Counter())


def by_hand(query: dict[int, float], documents: list[list[int]]) -> list[float]:
    count, mean = len(documents), sum(map(len, documents)) / len(documents) or 1.0
    total, size = [0.0] * count, 0.0
    for key, weight in query.items():
        held = sum(key in document for document in documents)
        idf = np.log(1 + (count - held + 0.5) / (held + 0.5))
        size += weight * idf
        for i, document in enumerate(documents):
            tf = document.count(key)
            norm = K1 * (1 - B + B * len(document) / mean)
            total[i] += weight * idf * tf * (K1 + 1) / (tf + norm) if tf else 0.0
    return [t / np.sqrt(size) if size else 0.0 for t in total]


@given(
    st.lists(keys, min_size=1, max_size=6),
    st.dictionaries(st.integers(0, 14), st.floats(0.5, 6), min_size=1),
)
def test_scores_are_those_of_the_formula(
    documents: list[list[int]], query: dict[int, float]
) -> None:
    known = statistics(documents)
    found = scores(Query.of(query, known), known)
    np.testing.assert_allclose(found, by_hand(query, documents), rtol=1e-4, atol=1e-5)


@given(st.lists(keys, min_size=1, max_size=6), st.lists(keys, max_size=6), st.data())
def test_merging_equals_building_from_what_is_kept(
    first: list[list[int]], second: list[list[int]], data: st.DataObject
) -> None:
    both = first + second
    flags = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(both), max_size=len(both))), bool
    )
    merged = Postings.merged(
        [(Postings.of(first), flags[: len(first)]), (Postings.of(second), flags[len(first) :])]
    )
    built = Postings.of([d for d, kept in zip(both, flags, strict=True) if kept])
    for part in ("keys", "starts", "documents", "counts", "lengths"):
        np.testing.assert_array_equal(getattr(merged, part), getattr(built, part))


def test_a_replaced_document_leaves_no_trace_in_the_statistics() -> None:
    old, new = [[1, 2], [2, 3]], [[2, 2, 5]]
    alive = np.array([True, False, True])
    changed = Statistics.of([Postings.of(old), Postings.of(new)], alive, Counter({2: 1, 3: 1}))
    rebuilt = statistics([[1, 2], [2, 2, 5]])
    query = {1: 1.0, 2: 2.0, 3: 1.0, 5: 1.0}
    np.testing.assert_array_equal(
        scores(Query.of(query, changed), changed)[alive], scores(Query.of(query, rebuilt), rebuilt)
    )
