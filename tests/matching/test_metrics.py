"""Measures against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from matching import metrics


def test_ndcg_of_a_perfect_ranking_is_one() -> None:
    assert metrics.ndcg([3, 2, 0], [2, 3], 10) == pytest.approx(1)


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    ideal = 3 + 2 / np.log2(3)
    assert metrics.ndcg([0, 3, 2], [3, 2], 10) == pytest.approx(
        (3 / np.log2(3) + 2 / np.log2(4)) / ideal
    )


def test_ndcg_looks_no_deeper_than_k() -> None:
    assert metrics.ndcg([0, 0, 3], [3], 2) == 0


def test_reciprocal_rank() -> None:
    assert metrics.reciprocal_rank([0, 0, 1, 1], 100) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank([0, 0, 1], 2) == 0


def test_recall_counts_against_all_that_is_relevant() -> None:
    assert metrics.recall([1, 0, 2, 0], 4, 3) == 0.5


def test_auc_counts_ties_half() -> None:
    scores, relevant = np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False])
    assert metrics.auc(scores, relevant) == pytest.approx(3.5 / 4)
    assert metrics.auc(scores, np.ones(4, bool)) is None


def test_calibration_error_is_the_mean_gap() -> None:
    predicted = np.array([0.1] * 10 + [0.6] * 10)
    relevant = np.array([False] * 8 + [True] * 2 + [True] * 6 + [False] * 4)
    table = metrics.reliability(predicted, relevant, bins=2)
    assert [row["observed"] for row in table] == [0.2, 0.6]
    assert metrics.calibration_error(table) == pytest.approx(0.05)
