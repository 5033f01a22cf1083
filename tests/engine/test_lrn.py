from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.lrn import lrn, lrn_backward
from engine.textbook.lrn import lrn_loops

seeds = st.integers(0, 1000)


@given(seeds, st.integers(1, 6), st.sampled_from([1, 3, 5, 9]), st.floats(0, 1), st.floats(0, 2))
@settings(max_examples=15, deadline=None)
def test_it_equals_its_loops_and_has_the_gradient_of_its_cost(
    gradient_error: Callable[..., float], seed, n_C, n, alpha, beta
) -> None:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(2, 3, 2, n_C))
    out, cache = lrn(A, n, 1.5, alpha, beta)
    np.testing.assert_allclose(out, lrn_loops(A, n, 1.5, alpha, beta), rtol=1e-12)
    dout = rng.normal(size=A.shape)
    dA = lrn_backward(dout, cache)
    assert gradient_error(lambda A: float(np.sum(lrn(A, n, 1.5, alpha, beta)[0] * dout)), {"A": A}, {"A": dA}) <= 1e-6


def test_a_strong_channel_damps_its_neighbours_and_no_others() -> None:
    weak = np.ones((1, 1, 1, 7))
    strong = weak.copy()
    strong[..., 3] = 100
    ratio = (lrn(strong, n=3)[0] / lrn(weak, n=3)[0]).ravel()
    assert np.all(ratio[[2, 4]] < 0.8)
    np.testing.assert_array_equal(ratio[[0, 1, 5, 6]], 1)


def test_float32_stays_float32_and_the_arguments_are_left_alone() -> None:
    A = np.ones((2, 3), np.float32)
    out, cache = lrn(A)
    assert out.dtype == lrn_backward(A, cache).dtype == lrn_loops(A).dtype == np.float32
    np.testing.assert_array_equal(A, 1)
    assert cache[0] is A


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"A": 3.0}, "A should be an array with channels along its last axis"),
        ({"A": np.ones((2, 0))}, "A should be an array with channels along its last axis"),
        ({"n": 4}, "n should be odd, but it is 4"),
        ({"n": 0}, "n should be a whole number from 1 up"),
        ({"k": 0.0}, "k should be positive, but it is 0.0"),
        ({"alpha": -1.0}, "alpha should be at least 0"),
        ({"beta": -0.5}, "beta should be at least 0"),
    ],
)
def test_bad_input_is_told(arguments: dict, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        lrn(**{"A": np.ones((2, 3)), **arguments})
    with pytest.raises(EngineError, match="dout should be an array of shape"):
        lrn_backward(np.ones(3), lrn(np.ones((2, 3)))[1])
