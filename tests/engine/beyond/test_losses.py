from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond.losses import focal_loss, label_smoothing_ce
from engine.crossentropy import softmax_cross_entropy
from engine.errors import EngineError
from engine.textbook import beyond_training as textbook

Measure = Callable[..., float]
seeds = st.integers(0, 1000)


@given(st.integers(1, 5), st.integers(1, 5), st.floats(0, 1), seeds)
@settings(max_examples=10, deadline=None)
def test_smoothed_cross_entropy_equals_its_loop_and_has_its_gradient(
    gradient_error: Measure, C: int, m: int, eps: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    logits, y = rng.normal(size=(C, m)), np.eye(C)[:, rng.integers(C, size=m)]
    loss, dlogits = label_smoothing_ce(logits, y, eps)
    loop_loss, loop_gradient = textbook.label_smoothing_ce_loops(logits, y, eps)
    assert loss == pytest.approx(loop_loss, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(dlogits, loop_gradient, atol=1e-13)
    weights = rng.uniform(0, 2, size=C)
    for options in ({}, {"class_weights": weights}, {"class_weights": weights, "reduction": "mean"}):
        gradient = label_smoothing_ce(logits, y, eps, **options)[1]

        def J(logits: np.ndarray, options: dict = options) -> float:
            return label_smoothing_ce(logits, y, eps, **options)[0]

        assert gradient_error(J, {"logits": logits}, {"logits": gradient}) <= 1e-6


def test_without_smoothing_it_is_cross_entropy_and_with_it_certainty_costs() -> None:
    rng = np.random.default_rng(0)
    logits, y = rng.normal(size=(4, 6)), np.eye(4)[:, [0, 1, 2, 3, 0, 1]]
    loss, dlogits = label_smoothing_ce(logits, y, eps=0.0, reduction="mean")
    cost, dZ = softmax_cross_entropy(logits, y)
    assert loss == pytest.approx(cost)
    np.testing.assert_allclose(dlogits * 6, dZ, atol=1e-15)
    # The mass on the true class is 1 - eps + eps / C, not 1 - eps.
    y_ls = np.array([0.925, 0.025, 0.025, 0.025])
    best, slope = label_smoothing_ce(np.log(y_ls)[:, np.newaxis], [[1], [0], [0], [0]], eps=0.1)
    assert best == pytest.approx(-np.sum(y_ls * np.log(y_ls)))
    np.testing.assert_allclose(slope, 0, atol=1e-15)
    assert label_smoothing_ce([[50.0], [0], [0], [0]], [[1], [0], [0], [0]], eps=0.1)[0] > 3


@given(st.integers(1, 6), st.floats(0, 1), st.floats(0, 4), seeds)
@settings(max_examples=10, deadline=None)
def test_focal_loss_equals_its_loop_and_has_its_gradient(
    gradient_error: Measure, m: int, alpha: float, gamma: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    logits, y = rng.normal(scale=2, size=m), rng.integers(2, size=m)
    loss, dlogits = focal_loss(logits, y, alpha, gamma)
    loop_loss, loop_gradient = textbook.focal_loss_loops(logits, y, alpha, gamma)
    assert loss == pytest.approx(loop_loss, rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(dlogits, loop_gradient, rtol=1e-10, atol=1e-13)
    J = lambda logits: focal_loss(logits, y, alpha, gamma)[0]  # noqa: E731
    assert gradient_error(J, {"logits": logits}, {"logits": dlogits}) <= 1e-6


def test_focal_loss_without_focus_is_the_weighted_cross_entropy() -> None:
    loss, dlogits = focal_loss([1.0, -2.0], [1, 0], alpha=0.25, gamma=0.0)
    assert loss == pytest.approx(0.25 * np.log1p(np.exp(-1)) + 0.75 * np.log1p(np.exp(-2)))
    np.testing.assert_allclose(dlogits, [-0.25 / (1 + np.e), 0.75 / (1 + np.e**2)])
    mean, dmean = focal_loss([1.0, -2.0], [1, 0], 0.25, 0.0, reduction="mean")
    assert mean == pytest.approx(loss / 2)
    np.testing.assert_allclose(dmean, dlogits / 2)


def test_certain_and_wrong_stays_finite_and_float32_stays_float32() -> None:
    logits = np.array([1000.0, -1000.0], np.float32)
    loss, dlogits = focal_loss(logits, [0, 1])
    assert loss == pytest.approx(1000)
    assert dlogits.dtype == np.float32
    loss, gradient = label_smoothing_ce(logits[np.newaxis].repeat(2, axis=0), np.eye(2), class_weights=[1.0, 2.0])
    assert np.isfinite(loss)
    assert gradient.dtype == np.float32


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(EngineError, match=r"y should be an array of shape \(2, 1\)"):
        label_smoothing_ce([[0.0], [0.0]], [1, 0])
    with pytest.raises(EngineError, match="class_weights should be numbers from 0 up"):
        label_smoothing_ce([[0.0], [0.0]], [[1], [0]], class_weights=[1, -1])
    with pytest.raises(EngineError, match=r"eps should be a number in \[0, 1\]"):
        label_smoothing_ce([[0.0], [0.0]], [[1], [0]], eps=1.5)
    with pytest.raises(EngineError, match="reduction should be one of"):
        focal_loss([0.0], [1], reduction="none")
    with pytest.raises(EngineError, match=r"y should be labels 0 or 1, but it is an array that holds -1\.0"):
        focal_loss([0.0], [-1])
    with pytest.raises(EngineError, match="gamma should be"):
        focal_loss([0.0], [1], gamma=-1)
