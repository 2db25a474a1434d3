"""Measures of a ranking against graded judgements; pure functions over lists and arrays.

nDCG: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002, with the
grade itself as gain. AUC: the chance that a relevant document stands above one that is not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ndcg(gains: Sequence[float], ideal: Sequence[float], k: int) -> float:
    """nDCG@k of gains in ranked order; `ideal` holds every gain there is, in any order."""
    best = _dcg(sorted(ideal, reverse=True)[:k])
    return _dcg(gains[:k]) / best if best else 0.0


def _dcg(gains: Sequence[float]) -> float:
    held = np.asarray(gains, float)
    return float((held / np.log2(np.arange(2, len(held) + 2))).sum())


def reciprocal_rank(gains: Sequence[float], k: int) -> float:
    """1 / rank of the first relevant document among the first k, else 0."""
    return next((1 / rank for rank, gain in enumerate(gains[:k], 1) if gain > 0), 0.0)


def recall(gains: Sequence[float], relevant: int, k: int) -> float:
    """The share of all relevant documents that stands among the first k."""
    return sum(gain > 0 for gain in gains[:k]) / relevant


def auc(scores: Floats, relevant: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve, ties counted half; None where one side is empty."""
    positive, negative = scores[relevant], scores[~relevant]
    if not len(positive) or not len(negative):
        return None
    above = (positive[:, None] > negative[None]).mean()
    equal = (positive[:, None] == negative[None]).mean()
    return float(above + equal / 2)


def reliability(
    predicted: Floats, relevant: NDArray[np.bool_], bins: int = 10
) -> list[dict[str, float]]:
    """Bins of equal count, each with its pairs, mean prediction and observed share.

    The usual reliability diagram as a table: Niculescu-Mizil and Caruana, Predicting good
    probabilities with supervised learning, 2005.
    """
    order = np.argsort(predicted, kind="stable")
    return [
        {
            "pairs": len(part),
            "predicted": float(predicted[part].mean()),
            "observed": float(relevant[part].mean()),
        }
        for part in np.array_split(order, min(bins, len(order)))
        if len(part)
    ]


def calibration_error(table: Sequence[dict[str, float]]) -> float:
    """Expected calibration error: the mean gap of a reliability table, weighted by pairs."""
    pairs = sum(row["pairs"] for row in table)
    return sum(row["pairs"] * abs(row["predicted"] - row["observed"]) for row in table) / pairs
