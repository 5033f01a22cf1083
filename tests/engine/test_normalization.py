from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.normalization import fit_normalizer, normalize, steps_to_reach


@given(st.integers(1, 5), st.integers(2, 20), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_training_set_gets_mean_0_and_variance_1(n_x: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_x, m)) * 10.0 ** rng.integers(-3, 4, size=(n_x, 1)) + 5
    scaled = normalize(X, *fit_normalizer(X))
    np.testing.assert_allclose(scaled.mean(axis=1), 0, atol=1e-7)
    np.testing.assert_allclose(scaled.std(axis=1), 1, rtol=1e-7)


def test_other_sets_are_scaled_by_the_numbers_of_the_training_set() -> None:
    mu, sigma = fit_normalizer([[0.0, 4.0]])
    np.testing.assert_array_equal(normalize([[2.0, 8.0]], mu, sigma), [[0.0, 3.0]])


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1])
def test_a_constant_feature_becomes_0_in_silence(value: float) -> None:
    X = np.full((1, 7), value)
    np.testing.assert_allclose(normalize(X, *fit_normalizer(X)), 0, atol=1e-6)


def test_float32_stays_float32() -> None:
    X = np.array([[1, 2, 4]], np.float32)
    mu, sigma = fit_normalizer(X)
    assert (mu.dtype, sigma.dtype) == (np.float32, np.float32)
    assert normalize(X, mu.astype(np.float64), sigma).dtype == np.float32


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=4), st.floats(0.001, 0.5))
@settings(max_examples=20, deadline=None)
def test_the_steps_follow_from_the_condition_number(curvatures: list[float], tol: float) -> None:
    steps = steps_to_reach(curvatures, tol)
    shrink = 1 - min(curvatures) / max(curvatures)
    assert shrink**steps <= tol * (1 + 1e-9)
    assert steps == 1 or shrink ** (steps - 1) > tol * (1 - 1e-9)


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match=r"mu should be an array of shape \(2, 1\)"):
        normalize(np.zeros((2, 3)), np.zeros(2), np.ones((2, 1)))
    with pytest.raises(EngineError, match="sigma should be positive"):
        normalize([[1.0]], [[0.0]], [[0.0]])
    with pytest.raises(EngineError, match="X should be"):
        fit_normalizer([1.0])
    with pytest.raises(EngineError, match="curvatures should be positive"):
        steps_to_reach([1.0, 0.0], 0.1)
    with pytest.raises(EngineError, match=r"tol should be a number in \(0, 1\)"):
        steps_to_reach([1.0], 1)
    assert steps_to_reach([1000.0, 1.0], 0.01, max_steps=5) == 5
