from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import metrics
from engine.errors import EngineError

seeds = st.integers(0, 2**32 - 1)


@given(st.integers(1, 30), st.integers(1, 4), seeds)
@settings(max_examples=20, deadline=None)
def test_the_confusion_matrix_counts_every_pair_with_the_truth_in_rows(m: int, C: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    true, pred = rng.integers(0, C, size=(2, m))
    K = metrics.confusion_matrix(true, pred, C)
    for i in range(C):
        for j in range(C):
            assert K[i, j] == sum(t == i and p == j for t, p in zip(true, pred, strict=True))
    macro, micro = metrics.macro_micro_f1(K)
    assert micro == pytest.approx(np.mean(true == pred))
    assert 0 <= macro <= 1


def test_false_alarms_cost_precision_and_misses_cost_recall() -> None:
    assert metrics.precision_recall_f1([1, 0, 0], [1, 1, 0]) == pytest.approx((1 / 2, 1, 2 / 3))
    assert metrics.precision_recall_f1([1, 1, 0], [1, 0, 0]) == pytest.approx((1, 1 / 2, 2 / 3))
    assert metrics.precision_recall_f1([1, 0], [0, 0]) == (0, 0, 0)


def test_an_absent_class_counts_as_zero_in_the_macro_mean() -> None:
    macro, micro = metrics.macro_micro_f1([[5, 0, 0], [0, 5, 0], [0, 0, 0]])
    assert (macro, micro) == (pytest.approx(2 / 3), 1)


@given(st.integers(2, 25), seeds)
@settings(max_examples=20, deadline=None)
def test_the_area_is_the_share_of_pairs_in_the_right_order(m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.append([0, 1], rng.integers(0, 2, size=m))
    score = rng.integers(0, 6, size=m + 2) / 5  # with ties
    _, _, auc = metrics.roc_curve(y, score)
    pairs = score[y == 1][:, np.newaxis] - score[y == 0]
    assert auc == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def test_the_curve_is_a_staircase_from_0_to_1() -> None:
    fpr, tpr, auc = metrics.roc_curve([1, 1, 0, 0], [4, 3, 2, 1])
    np.testing.assert_array_equal(tpr, [0, 0.5, 1, 1, 1])
    np.testing.assert_array_equal(fpr, [0, 0, 0, 0.5, 1])
    assert auc == 1


def test_average_precision_is_the_mean_precision_where_recall_rises() -> None:
    y, score = [1, 0, 1, 1, 0], [5, 4, 3, 2, 1]
    assert metrics.average_precision(y, score) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert metrics.average_precision([0, 1], [1, 1]) == 0.5


def test_bad_labels_are_told() -> None:
    with pytest.raises(EngineError, match="y_pred should be integers from 0 to 1"):
        metrics.precision_recall_f1([0, 1], [0, 2])
    with pytest.raises(EngineError, match="y should be labels of both classes"):
        metrics.roc_curve([1, 1], [1, 2])
    with pytest.raises(EngineError, match=r"confusion should be an array of shape \(2, 2\)"):
        metrics.per_class(np.ones((2, 3)))


def test_labels_may_be_small_integers_or_booleans() -> None:
    labels = np.array([19, 18, 19, 0], np.uint8)  # 19 * 20 does not fit into a uint8
    K = metrics.confusion_matrix(labels, labels, 20)
    assert (K[19, 19], K[18, 18], K[0, 0], K.sum()) == (2, 1, 1, 4)
    A = np.array([0.9, 0.2, 0.7])
    assert metrics.precision_recall_f1([1, 0, 0], A > 0.5) == pytest.approx((1 / 2, 1, 2 / 3))
    assert metrics.roc_curve(A > 0.5, A)[2] == 1
