from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond.lora import initialize_lora, lora_backward, lora_forward, lora_merge
from engine.beyond.rope import rope, rope_backward, rope_shift_deviation
from engine.errors import EngineError
from engine.textbook.beyond_language import rope_loops

Measure = Callable[..., float]
seeds = st.integers(0, 1000)
layouts = st.sampled_from(["interleaved", "half"])


@given(st.integers(1, 6), st.integers(1, 4), layouts, seeds)
@settings(max_examples=10, deadline=None)
def test_rotation_equals_its_loop_keeps_lengths_and_has_its_gradient(
    gradient_error: Measure, T: int, half: int, layout: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, positions = rng.normal(size=(T, 2 * half)), rng.integers(0, 100, size=T)
    turned = rope(x, positions, 100, layout)
    np.testing.assert_allclose(turned, rope_loops(x, positions, 100, layout), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(x, axis=1))
    dout = rng.normal(size=x.shape)
    dx = rope_backward(dout, positions, 100, layout)
    J = lambda x: float(np.sum(rope(x, positions, 100, layout) * dout))  # noqa: E731
    assert gradient_error(J, {"x": x}, {"x": dx}) <= 1e-6


@given(st.integers(2, 6), st.integers(1, 4), layouts, seeds)
@settings(max_examples=10, deadline=None)
def test_scores_depend_on_the_difference_of_positions_alone(T: int, half: int, layout: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(T, 2 * half))
    assert rope_shift_deviation(x, np.arange(T), 50, layout=layout) < 1e-11
    stretched = rope(x, 2 * np.arange(T), layout=layout)
    here = rope(x, np.arange(T), layout=layout)
    assert np.max(np.abs(stretched @ stretched.T - here @ here.T)) > 1e-6


def test_heads_turn_alike_position_0_stays_and_layouts_are_a_permutation_of_features() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 5, 8)).astype(np.float32)
    before = x.copy()
    turned = rope(x, np.arange(5))
    assert turned.dtype == np.float32
    np.testing.assert_array_equal(turned[..., 0, :], x[..., 0, :])
    np.testing.assert_array_equal(turned[1, 2], rope(x[1, 2], np.arange(5)))
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    np.testing.assert_array_equal(rope(x[..., order], np.arange(5), layout="half"), turned[..., order])
    np.testing.assert_array_equal(x, before)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), seeds)
@settings(max_examples=10, deadline=None)
def test_an_adapted_layer_has_its_gradients_and_equals_the_merged_one(
    gradient_error: Measure, m: int, d_in: int, d_out: int, r: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    W, x = rng.normal(size=(d_out, d_in)), rng.normal(size=(m, 2, d_in))
    A, B, alpha = rng.normal(size=(r, d_in)), rng.normal(size=(d_out, r)), 3.0
    y, cache = lora_forward(x, W, A, B, alpha)
    np.testing.assert_allclose(y, x @ lora_merge(W, A, B, alpha).T, rtol=1e-10, atol=1e-12)
    dy = rng.normal(size=y.shape)
    dx, dA, dB = lora_backward(dy, cache)

    def J(x: np.ndarray, A: np.ndarray, B: np.ndarray) -> float:
        return float(np.sum(lora_forward(x, W, A, B, alpha)[0] * dy))

    assert gradient_error(J, {"x": x, "A": A, "B": B}, {"x": dx, "A": dA, "B": dB}) <= 1e-6


def test_adaptation_starts_from_the_model_as_it_is_and_learns_a_change_of_low_rank() -> None:
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(5, 6)), rng.normal(size=(50, 6))
    target = x @ (W + np.outer(rng.normal(size=5), rng.normal(size=6))).T
    A, B = initialize_lora(6, 5, r=1, rng=1)
    np.testing.assert_array_equal(lora_forward(x, W, A, B, 1.0)[0], x @ W.T)
    for _ in range(300):
        y, cache = lora_forward(x, W, A, B, 1.0)
        _, dA, dB = lora_backward((y - target) / len(x), cache)
        A, B = A - 0.1 * dA, B - 0.1 * dB
    assert np.mean((y - target) ** 2) < 1e-6


def test_float32_stays_and_what_does_not_fit_is_named() -> None:
    W = np.ones((2, 3), np.float32)
    A, B = initialize_lora(3, 2, 2, rng=0, dtype=np.float32)
    y, cache = lora_forward(W, W, A, B, np.float64(4.0))
    dtypes = {y.dtype, lora_merge(W, A, B, 4.0).dtype, *(part.dtype for part in lora_backward(y, cache))}
    assert dtypes == {np.dtype(np.float32)}
    with pytest.raises(EngineError, match=r"B should be an array of shape \(2, 2\)"):
        lora_forward(W, W, A, B[:, :1], 1.0)
    with pytest.raises(EngineError, match=r"A should be an array of shape \(r, 3\)"):
        lora_merge(W, A.T, B, 1.0)
    with pytest.raises(EngineError, match="r should be a whole number from 1 up"):
        initialize_lora(3, 2, 0)
    with pytest.raises(EngineError, match="with an even d"):
        rope(np.ones((2, 3)), [0, 1])
    with pytest.raises(EngineError, match=r"positions should be an array of shape \(2,\)"):
        rope(np.ones((2, 4)), [0])
    with pytest.raises(EngineError, match="layout should be one of 'interleaved', 'half'"):
        rope(np.ones((1, 4)), [0], layout="pairs")
