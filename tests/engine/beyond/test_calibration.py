from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.basics import softmax
from engine.beyond.calibration import expected_calibration_error, fit_temperature, reliability, temperature_nll
from engine.errors import EngineError
from engine.textbook.beyond_training import expected_calibration_error_loops

seeds = st.integers(0, 1000)


@given(st.integers(1, 40), st.integers(2, 5), st.integers(1, 20), seeds)
@settings(max_examples=20, deadline=None)
def test_the_calibration_error_equals_its_loop_also_on_the_ends_of_bins(m: int, C: int, bins: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Tenths lie on the ends of bins.
    counts = rng.multinomial(10, np.ones(C) / C, size=m)
    probs, y = counts / 10, rng.integers(C, size=m)
    assert expected_calibration_error(probs, y, bins) == pytest.approx(
        expected_calibration_error_loops(probs, y, bins), abs=1e-12
    )


def test_every_example_is_in_one_bin_and_a_confidence_on_an_end_in_the_lower_one() -> None:
    probs = np.array([[0.3, 0.3, 0.2, 0.2], [0.6, 0.4, 0, 0], [1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    for dtype in (np.float64, np.float32):
        accuracy, confidence, count = reliability(probs.astype(dtype), [0, 0, 1, 3], bins=10)
        np.testing.assert_array_equal(count, [0, 0, 2, 0, 0, 1, 0, 0, 0, 1])
        np.testing.assert_allclose(accuracy[count > 0], [0.5, 1, 0])
        np.testing.assert_allclose(confidence[count > 0], [0.275, 0.6, 1], rtol=1e-6)


@given(st.floats(0.2, 5), seeds)
@settings(max_examples=10, deadline=None)
def test_the_temperature_is_the_one_with_the_smallest_loss_and_undoes_a_scaling(factor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(60, 3))
    y = np.array([rng.choice(3, p=p) for p in softmax(logits)])
    T = fit_temperature(logits, y)
    best = temperature_nll(logits, y, T)
    assert best <= min(temperature_nll(logits, y, T * step) for step in (0.5, 0.99, 1.01, 2))
    assert fit_temperature(factor * logits, y) == pytest.approx(factor * T, rel=1e-9)


def test_overconfidence_is_repaired_and_predictions_stay() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=2, size=(2000, 4))
    y = np.array([rng.choice(4, p=p) for p in softmax(logits)])
    loud = 3 * logits
    T = fit_temperature(loud, y)
    assert 2.7 < T < 3.3
    assert expected_calibration_error(softmax(loud), y) > 0.1 > 0.04 > expected_calibration_error(softmax(loud / T), y)


def test_the_search_ends_at_its_bounds_where_there_is_no_best() -> None:
    assert fit_temperature([[2.0, 0.0], [0.0, 3.0]], [0, 1]) == 0.01
    assert fit_temperature([[2.0, 0.0], [0.0, 3.0]], [1, 0], T_max=50.0) == 50.0


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(EngineError, match="y should be integers from 0 to 1"):
        expected_calibration_error([[0.5, 0.5]], [2])
    with pytest.raises(EngineError, match="probs should be probabilities"):
        expected_calibration_error([[3.0, -2.0]], [0])
    with pytest.raises(EngineError, match=r"probs should be an array of shape \(m, C\)"):
        expected_calibration_error(np.zeros((0, 2)), [])
    with pytest.raises(EngineError, match="bins should be a whole number from 1 up"):
        expected_calibration_error([[0.5, 0.5]], [0], bins=0)
    with pytest.raises(EngineError, match="T should be a number in"):
        temperature_nll([[0.0, 1.0]], [0], T=0)
    with pytest.raises(EngineError, match="T_max should be a number in"):
        fit_temperature([[0.0, 1.0]], [0], T_min=2, T_max=1)
