from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond import activations
from engine.errors import EngineError

Measure = Callable[..., float]


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=50))
@settings(max_examples=50, deadline=None)
def test_erf_agrees_with_the_one_of_python_to_two_units_in_the_last_place(numbers: list[float]) -> None:
    exact = np.array([math.erf(x) for x in numbers])
    np.testing.assert_allclose(activations.erf(numbers), exact, rtol=4.5e-16, atol=0)


def test_erf_is_exact_on_a_fine_grid_and_at_its_ends() -> None:
    grid = np.concatenate([np.linspace(-6, 6, 5001), np.nextafter(1, [0, 2]), [-1.0, 1.0]])
    exact = np.array([math.erf(x) for x in grid])
    assert np.max(np.abs(activations.erf(grid) - exact) / np.maximum(np.abs(exact), 1e-300)) < 4.5e-16
    np.testing.assert_array_equal(activations.erf([-np.inf, np.inf, 0.0]), [-1, 1, 0])
    assert np.isnan(activations.erf(np.nan))


def test_the_left_tail_of_gelu_keeps_its_digits() -> None:
    x = np.linspace(-35, -0.1, 200)
    exact = np.array([v * math.erfc(-v / math.sqrt(2)) / 2 for v in x])
    np.testing.assert_allclose(activations.gelu(x), exact, rtol=5e-13)
    np.testing.assert_array_equal(activations.gelu([0.0, 40.0]), [0, 40])


def test_both_forms_of_gelu_differ_by_less_than_half_a_thousandth() -> None:
    x = np.linspace(-10, 10, 4001)
    gap = np.max(np.abs(activations.gelu(x) - activations.gelu(x, approximate=True)))
    assert 4e-4 < gap < 5e-4


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_gradients_agree_with_central_differences(gradient_error: Measure, m: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, dout = rng.normal(scale=3, size=(m, n)), rng.normal(size=(m, n))
    pairs = [
        (activations.gelu, activations.gelu_backward(dout, x)),
        (lambda x: activations.gelu(x, approximate=True), activations.gelu_backward(dout, x, approximate=True)),
        (activations.silu, activations.silu_backward(dout, x)),
    ]
    for f, dx in pairs:
        assert gradient_error(lambda x, f=f: float(np.sum(f(x) * dout)), {"x": x}, {"x": dx}) <= 1e-6


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_gated_layer_has_the_gradients_of_its_output(
    gradient_error: Measure, m: int, T: int, d: int, h: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shapes = {"x": (m, T, d), "W": (d, h), "V": (d, h), "W2": (h, d + 1)}
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    out, cache = activations.swiglu_forward(**arrays)
    dout = rng.normal(size=out.shape)
    gradients = dict(zip(shapes, activations.swiglu_backward(dout, cache), strict=True))

    def J(**values: np.ndarray) -> float:
        return float(np.sum(activations.swiglu_forward(**values)[0] * dout))

    assert gradient_error(J, arrays, gradients) <= 1e-6
    x, W, V, W2 = arrays.values()
    np.testing.assert_allclose(out, (activations.silu(x @ W) * (x @ V)) @ W2, rtol=1e-12)


def test_float32_stays_and_nothing_overflows() -> None:
    x = np.array([[-1e4, -1.0, 0.5, 1e4]], np.float32)
    before = x.copy()
    for f in (activations.erf, activations.gelu, activations.silu):
        assert f(x).dtype == np.float32
        assert np.all(np.isfinite(f(x)))
    for backward in (activations.gelu_backward, activations.silu_backward):
        assert backward(np.ones_like(x), x).dtype == np.float32
    W = np.ones((4, 3), np.float32)
    out, cache = activations.swiglu_forward(x / 1e4, W, W, W.T)
    assert {out.dtype, *(part.dtype for part in activations.swiglu_backward(out, cache))} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, before)


def test_what_does_not_fit_is_named() -> None:
    W = np.ones((2, 3))
    with pytest.raises(EngineError, match=r"V should be an array of shape \(2, 3\)"):
        activations.swiglu_forward(np.ones((1, 2)), W, W.T, W.T)
    with pytest.raises(EngineError, match=r"W2 should be an array of shape \(3, d_out\)"):
        activations.swiglu_forward(np.ones((1, 2)), W, W, W)
    with pytest.raises(EngineError, match=r"x should be an array of shape \(1, 2\)"):
        activations.swiglu_forward(np.ones((1, 3)), W, W, W.T)
    with pytest.raises(EngineError, match="dout should be"):
        activations.gelu_backward(np.ones(3), np.ones(4))
    with pytest.raises(EngineError, match="x should be an array of real numbers"):
        activations.gelu(["a"])
