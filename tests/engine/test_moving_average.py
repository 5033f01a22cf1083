from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.moving_average import ewa, ewa_window

betas = st.floats(0, 0.99)


@given(st.integers(1, 12), betas, st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_average_is_the_weighted_sum_that_it_unrolls_to(T: int, beta: float, seed: int) -> None:
    theta = np.random.default_rng(seed).normal(size=T)
    weights = [[(1 - beta) * beta ** (t - k) if k <= t else 0 for k in range(T)] for t in range(T)]
    np.testing.assert_allclose(ewa(theta, beta), np.array(weights) @ theta, rtol=1e-9, atol=1e-12)
    corrected = ewa(theta, beta, bias_correction=True)
    np.testing.assert_allclose(corrected, np.array(weights) @ theta / np.sum(weights, axis=1), rtol=1e-9, atol=1e-12)
    assert corrected[0] == pytest.approx(theta[0], rel=1e-12)


@given(betas)
@settings(max_examples=30, deadline=None)
def test_the_window_is_the_first_step_below_one_over_e(beta: float) -> None:
    k = ewa_window(beta)
    assert k >= 1
    assert beta**k < 1 / np.e * (1 + 1e-9)
    assert beta ** (k - 1) >= 1 / np.e * (1 - 1e-9)


def test_float32_stays_float32_and_values_stay_as_they_are() -> None:
    theta = np.array([1, 2, 3], np.float32)
    assert ewa(theta, np.float64(0.9), bias_correction=True).dtype == np.float32
    np.testing.assert_array_equal(theta, [1, 2, 3])


def test_bad_input_is_named() -> None:
    for beta in (-0.1, 1):
        with pytest.raises(EngineError, match=r"beta should be a number in \[0, 1\)"):
            ewa([1.0], beta)
    with pytest.raises(EngineError, match="theta should be"):
        ewa([[1.0]], 0.5)
