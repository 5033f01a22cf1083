from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond import norms, prenorm
from engine.errors import EngineError
from engine.layernorm import layer_norm_forward
from engine.textbook import beyond_training as textbook

sizes = st.integers(1, 4)
seeds = st.integers(0, 1000)
Measure = Callable[..., float]


@given(sizes, sizes, st.integers(1, 6), seeds)
@settings(max_examples=10, deadline=None)
def test_rms_norm_equals_its_loop_and_has_the_gradients_of_its_output(
    gradient_error: Measure, m: int, T: int, d: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, g, dy = rng.normal(size=(m, T, d)), rng.normal(size=d), rng.normal(size=(m, T, d))
    y, cache = norms.rms_norm_forward(x, g, eps=1e-2)
    loops = textbook.rms_norm_loops(x.reshape(-1, d), g, eps=1e-2)
    np.testing.assert_allclose(y.reshape(-1, d), loops, rtol=1e-12, atol=1e-14)
    dx, dg = norms.rms_norm_backward(dy, cache)

    def J(x: np.ndarray, g: np.ndarray) -> float:
        return float(np.sum(norms.rms_norm_forward(x, g, eps=1e-2)[0] * dy))

    assert gradient_error(J, {"x": x, "g": g}, {"x": dx, "g": dg}) <= 1e-6


@given(sizes, sizes, sizes, sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_group_norm_equals_its_loop_and_has_the_gradients_of_its_output(
    gradient_error: Measure, m: int, H: int, W: int, G: int, per_group: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    C = G * per_group
    x, gamma, beta = rng.normal(size=(m, H, W, C)), rng.normal(size=C), rng.normal(size=C)
    y, cache = norms.group_norm_forward(x, G, gamma, beta, eps=1e-2)
    loops = textbook.group_norm_loops(x, G, gamma, beta, eps=1e-2)
    np.testing.assert_allclose(y, loops, rtol=1e-10, atol=1e-12)
    dy = rng.normal(size=x.shape)
    dx, dgamma, dbeta = norms.group_norm_backward(dy, cache)

    def J(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> float:
        return float(np.sum(norms.group_norm(x, G, gamma, beta, eps=1e-2) * dy))

    arrays = {"x": x, "gamma": gamma, "beta": beta}
    assert gradient_error(J, arrays, {"x": dx, "gamma": dgamma, "beta": dbeta}) <= 1e-6


def test_one_group_is_layer_norm_of_the_image_and_groups_of_one_are_instance_norm() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2, 5, 4))
    ones, zeros = np.ones(4), np.zeros(4)
    whole, _ = layer_norm_forward(x.reshape(3, -1), np.ones(40), np.zeros(40), eps=1e-5)
    np.testing.assert_allclose(norms.group_norm(x, 1, ones, zeros).reshape(3, -1), whole, rtol=1e-12)
    single = norms.instance_norm(x, ones, zeros)
    np.testing.assert_array_equal(single, norms.group_norm(x, 4, ones, zeros))
    np.testing.assert_allclose(single.mean(axis=(1, 2)), 0, atol=1e-12)
    # A batch of one gives the same: nothing is shared among the images.
    np.testing.assert_allclose(single[1:2], norms.instance_norm(x[1:2], ones, zeros), rtol=1e-12)


@pytest.mark.parametrize("order", ["pre", "post"])
@given(sizes, st.integers(3, 7), st.integers(1, 5), st.integers(1, 3), seeds)
@settings(max_examples=5, deadline=None)
def test_a_stack_of_either_order_has_its_gradients(
    gradient_error: Measure, order: str, m: int, d: int, h: int, depth: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, dOut = rng.normal(size=(m, d)), rng.normal(size=(m, d))
    arrays = {f"{b}{n}": rng.normal(size=(d, h) if n == 1 else (h, d)) for b in range(depth) for n in (1, 2)}

    def forward(x: np.ndarray, **W: np.ndarray) -> tuple[np.ndarray, tuple]:
        return prenorm.residual_stack_forward(x, [(W[f"{b}1"], W[f"{b}2"]) for b in range(depth)], order)

    dx, grads = prenorm.residual_stack_backward(dOut, forward(x, **arrays)[1])
    gradients = {"x": dx} | {f"{b}{n}": grads[b][n - 1] for b in range(depth) for n in (1, 2)}

    def J(**values: np.ndarray) -> float:
        return float(np.sum(forward(**values)[0] * dOut))

    assert gradient_error(J, {"x": x, **arrays}, gradients) <= 1e-6


def test_the_orders_differ_little_in_tame_stacks_and_much_in_deep_narrow_ones() -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, dOut = rng.normal(size=(5, 8)), rng.normal(size=(5, 8))
        blocks = [(rng.normal(size=(8, 16)), rng.normal(size=(16, 8))) for _ in range(48)]
        pre, post = prenorm.pre_vs_post_norm(x, blocks, dOut)
        assert pre > 30 * post > 0
        pre, post = prenorm.pre_vs_post_norm(x, [(W1 / 10, W2 / 10) for W1, W2 in blocks[:6]], dOut)
        assert 0.5 < pre / post < 2


def test_float32_and_arguments_are_kept() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 3, 4, 6)).astype(np.float32)
    before, ones, zeros = x.copy(), np.ones(6), np.zeros(6)
    y, cache = norms.group_norm_forward(x, 3, ones, zeros)
    assert {y.dtype, *(part.dtype for part in norms.group_norm_backward(y, cache))} == {np.dtype(np.float32)}
    y, rms_cache = norms.rms_norm_forward(x, ones)
    assert {y.dtype, *(part.dtype for part in norms.rms_norm_backward(y, rms_cache))} == {np.dtype(np.float32)}
    blocks = [(np.ones((6, 4), np.float32), np.ones((4, 6), np.float32))]
    assert prenorm.residual_stack_forward(x[0, 0], blocks, "pre")[0].dtype == np.float32
    np.testing.assert_array_equal(x, before)


def test_what_does_not_fit_is_named() -> None:
    x = np.zeros((2, 3, 4, 6))
    with pytest.raises(EngineError, match="G should be a divisor of the 6 channels, but it is 4"):
        norms.group_norm(x, 4, np.ones(6), np.zeros(6))
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, H, W, C\)"):
        norms.instance_norm(x[0], np.ones(6), np.zeros(6))
    with pytest.raises(EngineError, match=r"gamma should be an array of shape \(6,\)"):
        norms.group_norm(x, 2, np.ones(2), np.zeros(6))
    with pytest.raises(EngineError, match="eps should be a number in"):
        norms.rms_norm_forward(x, np.ones(6), eps=0)
    with pytest.raises(EngineError, match=r"x should be an array of shape \(\.\.\., d\)"):
        norms.rms_norm_forward(np.zeros((0, 3)), np.ones(3))
    with pytest.raises(EngineError, match="order should be one of 'pre', 'post'"):
        prenorm.residual_stack_forward([[1.0]], [([[1.0]], [[1.0]])], "middle")
    with pytest.raises(EngineError, match="blocks should be a list of at least one"):
        prenorm.residual_stack_forward([[1.0]], [], "pre")
    with pytest.raises(EngineError, match=r"W2 of block 1 should be an array of shape \(2, 1\)"):
        prenorm.residual_stack_forward([[1.0]], [([[1.0, 1.0]], [[1.0]])], "pre")
