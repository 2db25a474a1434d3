"""Choosing fusion weights and calibration for a model on a judged collection.

Weights come from a small grid, by full nDCG@10 and judged AUC together; the calibration is a
logistic function of the fused sum, by maximum likelihood over all judged pairs (Platt,
Probabilistic outputs for support vector machines, 1999). What is reported is cross-validated over
queries: the ranking figures come from queries that the weights were not chosen on, the
reliability table from queries that the calibration was not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from matching import evaluate, metrics
from matching.beir import Collection
from matching.evaluate import Judged, Parts
from matching.matcher import Matcher
from matching.types import Document
from matching.weights import Weights, stretched

Floats = NDArray[np.float64]
WORDS = (0.1, 0.2, 0.4)
VECTORS = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0)
FOLDS = 5


@dataclass(frozen=True)
class Fitted:
    """Weights from all queries, and what their kind achieves on queries it has not seen."""

    weights: Weights
    measured: dict[str, float]
    table: list[dict[str, float]]


@dataclass(frozen=True)
class _Query:
    query: Document
    judged: Judged
    found: Parts


def fit(
    matcher: Matcher,
    collection: Collection,
    model: str,
    progress: Callable[[int, int], None] | None = None,
    two_scripts: float = 1.0,
) -> Fitted:
    """Weights and calibration for the model that the matcher uses.

    two_scripts: how many times higher the model's cosine would be if both texts of a pair were in
        one script, see `_expected`.
    """
    asked = list(evaluate.judged_queries(collection))
    scored = zip(asked, evaluate.parts(matcher, [query for query, _ in asked]), strict=True)
    queries = [_Query(query, judged, found) for (query, judged), found in scored]
    grid = _grid(model, "vectors" in matcher.channels)
    table = np.array([_quality(queries, w, progress, i, len(grid)) for i, w in enumerate(grid)])
    pairs = evaluate.judged_pairs(matcher, collection)
    folds = np.arange(len(queries)) % FOLDS
    rows = [
        evaluate.measures(q.query, q.judged, q.found.sums(_chosen(grid, table, folds != fold)))
        for q, fold in zip(queries, folds, strict=True)
    ]
    chosen = _chosen(grid, table, np.ones(len(queries), bool))
    chosen = replace(chosen, expected=_expected(pairs, chosen, two_scripts))
    calibrated = replace(chosen, calibration=_logistic(pairs, chosen))
    held_out = _held_out(pairs, chosen)
    measured = {
        **evaluate.Result(rows).means,
        "expected calibration error": metrics.calibration_error(held_out),
    }
    return Fitted(calibrated, measured, held_out)


def _grid(model: str, with_vectors: bool) -> list[Weights]:
    vectors = VECTORS if with_vectors else (0.0,)
    return [Weights(model, 1.0, w, v) for w, v in product(WORDS, vectors)]


def _quality(
    queries: Sequence[_Query],
    weights: Weights,
    progress: Callable[[int, int], None] | None,
    number: int,
    total: int,
) -> list[float]:
    """(queries,) the mean of nDCG and AUC under some weights."""
    if progress:
        progress(number + 1, total)
    rows = [evaluate.measures(q.query, q.judged, q.found.sums(weights)) for q in queries]
    return [_mean(row["full nDCG@10"], row["judged AUC"]) for row in rows]


def _mean(ndcg: str | float | None, auc: str | float | None) -> float:
    """Of both measures; no AUC, where everything judged is relevant, is as good as any."""
    return (float(ndcg or 0.0) + (0.5 if auc is None else float(auc))) / 2


def _chosen(grid: Sequence[Weights], table: Floats, seen: NDArray[np.bool_]) -> Weights:
    return grid[int(table[:, seen].mean(axis=1).argmax())]


def _expected(
    pairs: Sequence[tuple[Parts, Judged]], weights: Weights, two_scripts: float
) -> tuple[float, float]:
    """(slope, intercept) of the lexical sum on the cosine over the judged pairs of one language.

    A pair of two scripts is given this in place of its own (`Weights.unseen`), at the cosine that
    it would have in one script, and what its cosine lacks of that.
    """
    if not weights.vectors:
        return 0.0, 0.0
    native = [~found.foreign for found, _ in pairs]
    cosines = np.concatenate([f.vectors[n] for (f, _), n in zip(pairs, native, strict=True)])
    sums = np.concatenate([f.lexical(weights)[n] for (f, _), n in zip(pairs, native, strict=True)])
    slope, intercept = np.polyfit(cosines, sums, 1)
    lacking = weights.vectors * (two_scripts - 1)
    return max(float(slope), 0.0) * two_scripts + lacking, float(intercept)


def _logistic(pairs: Sequence[tuple[Parts, Judged]], weights: Weights) -> tuple[float, float]:
    """(slope, intercept) by Newton's method; the likelihood is concave, so it converges."""
    excess = np.concatenate([found.excess(weights) for found, _ in pairs])
    relevant = np.concatenate([judged.relevant for _, judged in pairs]).astype(float)
    design = np.array([(stretched(e), 1.0) for e in excess])
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (relevant - p)
        step = np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design, gradient)
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[0]), float(beta[1])


def _held_out(pairs: Sequence[tuple[Parts, Judged]], weights: Weights) -> list[dict[str, float]]:
    """The reliability table of predictions for queries whose judgements were not used."""
    predicted, relevant = [], []
    for fold in range(FOLDS):
        seen = [pair for i, pair in enumerate(pairs) if i % FOLDS != fold]
        fitted = replace(weights, calibration=_logistic(seen, weights))
        for found, judged in pairs[fold::FOLDS]:
            predicted += [fitted.probability(float(e)) or 0.0 for e in found.excess(weights)]
            relevant += judged.relevant.tolist()
    return metrics.reliability(np.array(predicted), np.array(relevant, bool))
