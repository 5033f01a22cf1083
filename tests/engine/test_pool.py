from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import pool
from engine.errors import EngineError
from engine.pool import (
    create_mask_from_window,
    distribute_value,
    global_avg_pool,
    global_avg_pool_backward,
    pool_backward,
    pool_forward,
)
from engine.textbook.pool import pool_backward_loops, pool_forward_loops

sizes = st.integers(1, 7)
windows = st.integers(1, 4)
strides = st.integers(1, 5)
modes = st.sampled_from(["max", "average"])
seeds = st.integers(0, 1000)


def images(seed: int, n_H: int, n_W: int, n_C: int = 2) -> np.ndarray:
    """Numbers that all differ by far more than a step of a central difference."""
    rng = np.random.default_rng(seed)
    size = 2 * n_H * n_W * n_C
    return rng.permutation(size).reshape(2, n_H, n_W, n_C) / size


@given(seeds, sizes, sizes, windows, strides, modes)
@settings(max_examples=30, deadline=None)
def test_pooling_equals_its_loops_where_no_two_numbers_are_the_same(seed, n_H, n_W, f, stride, mode) -> None:
    f = min(f, n_H, n_W)
    A_prev, hparameters = images(seed, n_H, n_W), {"f": f, "stride": stride}
    A, cache = pool_forward(A_prev, hparameters, mode)
    A_loops, cache_loops = pool_forward_loops(A_prev, hparameters, mode)
    np.testing.assert_allclose(A, A_loops, atol=1e-14)
    dA = np.random.default_rng(seed).normal(size=A.shape)
    dA_prev = pool_backward(dA, cache, mode)
    np.testing.assert_allclose(dA_prev, pool_backward_loops(dA, cache_loops, mode), atol=1e-14)
    # The cache of the course is enough.
    np.testing.assert_array_equal(pool_backward(dA, cache_loops, mode), dA_prev)


@given(seeds, st.integers(2, 6), st.integers(2, 6), windows, strides, modes)
@settings(max_examples=10, deadline=None)
def test_the_gradient_agrees_with_central_differences(
    gradient_error: Callable[..., float], seed, n_H, n_W, f, stride, mode
) -> None:
    A_prev, hparameters = images(seed, n_H, n_W), {"f": min(f, n_H, n_W), "stride": stride}
    A, cache = pool_forward(A_prev, hparameters, mode)
    dA = np.random.default_rng(seed).normal(size=A.shape)

    def J(A_prev) -> float:
        return float(np.sum(pool_forward(A_prev, hparameters, mode)[0] * dA))

    assert gradient_error(J, {"A_prev": A_prev}, {"A_prev": pool_backward(dA, cache, mode)}) <= 1e-6


@given(seeds, windows, strides)
@settings(max_examples=20, deadline=None)
def test_of_equal_numbers_the_first_row_by_row_gets_the_gradient(seed, f, stride) -> None:
    rng = np.random.default_rng(seed)
    A_prev = rng.integers(0, 2, size=(2, 6, 5, 2)).astype(float)
    A, cache = pool_forward(A_prev, {"f": f, "stride": stride})
    dA = rng.normal(size=A.shape)
    expected = np.zeros_like(A_prev)
    for i, h, w, c in np.ndindex(A.shape):
        window = A_prev[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
        u, v = divmod(int(np.argmax(window)), f)
        expected[i, h * stride + u, w * stride + v, c] += dA[i, h, w, c]
    dA_prev = pool_backward(dA, cache)
    np.testing.assert_allclose(dA_prev, expected, atol=1e-14)
    assert dA_prev.sum() == pytest.approx(dA.sum())


def test_the_mask_of_the_course_gives_the_gradient_to_every_one_of_equal_numbers() -> None:
    A_prev = np.array([[1.0, 7.0], [7.0, 2.0]]).reshape(1, 2, 2, 1)
    A, cache = pool_forward_loops(A_prev, {"f": 2, "stride": 2})
    np.testing.assert_array_equal(pool_backward_loops(A, cache).ravel(), [0, 7, 7, 0])
    np.testing.assert_array_equal(pool_backward(A, cache).ravel(), [0, 7, 0, 0])
    assert create_mask_from_window(A_prev[0, :, :, 0]).sum() == 2


def test_pixels_that_no_window_reaches_have_no_gradient() -> None:
    A_prev = images(0, 5, 5)
    A, cache = pool_forward(A_prev, {"f": 2, "stride": 2})
    dA_prev = pool_backward(np.ones_like(A), cache)
    assert A.shape == (2, 2, 2, 2)
    assert not dA_prev[:, 4].any()
    assert not dA_prev[:, :, 4].any()


@pytest.mark.parametrize("mode", ["max", "average"])
def test_working_on_one_image_at_a_time_gives_the_same(monkeypatch, mode: str) -> None:
    A_prev, hparameters = images(1, 6, 5), {"f": 3, "stride": 2}
    A, cache = pool_forward(A_prev, hparameters, mode)
    dA_prev = pool_backward(A, cache, mode)
    monkeypatch.setattr(pool, "_BLOCK", 1)
    np.testing.assert_array_equal(pool_forward(A_prev, hparameters, mode)[0], A)
    np.testing.assert_array_equal(pool_backward(A, cache, mode), dA_prev)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_arrays_that_do_not_lie_in_order_give_the_same(mode: str, stride: int) -> None:
    A_prev, hparameters = images(4, 6, 4, 3), {"f": 2, "stride": stride}
    A, cache = pool_forward(A_prev, hparameters, mode)
    dA_prev = pool_backward(A, cache, mode)
    other, other_cache = pool_forward(np.asfortranarray(A_prev), hparameters, mode)
    np.testing.assert_array_equal(other, A)
    np.testing.assert_array_equal(pool_backward(np.asfortranarray(A), other_cache, mode), dA_prev)


def test_channels_do_not_meet_and_a_window_may_be_wider_than_a_byte_can_count() -> None:
    A_prev = np.zeros((1, 300, 300, 2))
    A_prev[0, 290, 280, 0], A_prev[0, 5, 6, 1] = 3, 4
    A, cache = pool_forward(A_prev, {"f": 300, "stride": 1})
    np.testing.assert_array_equal(A.ravel(), [3, 4])
    np.testing.assert_array_equal(pool_backward(A, cache), A_prev)


@pytest.mark.parametrize("mode", ["max", "average"])
def test_float32_stays_float32_and_the_arguments_are_left_alone(mode: str) -> None:
    A_prev = images(2, 4, 4).astype(np.float32)
    before, hparameters = A_prev.copy(), {"f": 2, "stride": 1}
    A, cache = pool_forward(A_prev, hparameters, mode)
    dA = np.ones_like(A)
    assert A.dtype == pool_backward(dA, cache, mode).dtype == np.float32
    assert pool_forward_loops(A_prev, hparameters, mode)[0].dtype == np.float32
    np.testing.assert_array_equal(A_prev, before)
    np.testing.assert_array_equal(dA, 1)
    assert pool_forward(np.ones((1, 2, 2, 1), int), hparameters, mode)[0].dtype == np.float64


@given(seeds, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_global_pooling_and_its_gradient(gradient_error: Callable[..., float], seed, n_H, n_W) -> None:
    A = images(seed, n_H, n_W)
    out = global_avg_pool(A)
    np.testing.assert_allclose(out[1, 0], A[1, :, :, 0].mean())
    dout = np.random.default_rng(seed).normal(size=out.shape)
    dA = global_avg_pool_backward(dout, n_H, n_W)
    assert gradient_error(lambda A: float(np.sum(global_avg_pool(A) * dout)), {"A": A}, {"A": dA}) <= 1e-6
    assert global_avg_pool_backward(dout.astype(np.float32), n_H, n_W).dtype == np.float32


def test_a_spread_gradient_keeps_its_sum() -> None:
    np.testing.assert_allclose(distribute_value(3, (2, 3)), np.full((2, 3), 0.5))


@pytest.mark.parametrize(
    ("A_prev", "hparameters", "mode", "message"),
    [
        (np.ones((4, 4, 1)), {"f": 2, "stride": 2}, "max", "A_prev should be an array of shape"),
        (np.ones((1, 4, 4, 1)), {"stride": 2}, "max", "hparameters should be a dictionary with the key 'f'"),
        (np.ones((1, 4, 4, 1)), {"f": 2}, "max", "hparameters should be a dictionary with the key 'stride'"),
        (np.ones((1, 4, 4, 1)), {"f": 5, "stride": 2}, "max", "f should be at most the size of the padded input, 4"),
        (np.ones((1, 4, 4, 1)), {"f": 2, "stride": 2}, "mean", "mode should be one of 'max', 'average'"),
    ],
)
@pytest.mark.parametrize("function", [pool_forward, pool_forward_loops])
def test_what_does_not_fit_is_one_error_that_names_it(function, A_prev, hparameters, mode, message) -> None:
    with pytest.raises(EngineError, match=message):
        function(A_prev, hparameters, mode)


@pytest.mark.parametrize("backward", [pool_backward, pool_backward_loops])
def test_a_gradient_of_another_shape_is_told(backward) -> None:
    with pytest.raises(EngineError, match=r"dA should be an array of shape \(1, 2, 2, 1\)"):
        backward(np.ones((1, 3, 3, 1)), (np.ones((1, 4, 4, 1)), {"f": 2, "stride": 2}))
    with pytest.raises(EngineError, match="mode should be one of"):
        backward(np.ones((1, 2, 2, 1)), (np.ones((1, 4, 4, 1)), {"f": 2, "stride": 2}), "sum")


def test_the_small_pieces_check_their_input() -> None:
    with pytest.raises(EngineError, match="x should be an array of shape"):
        create_mask_from_window(np.ones(3))
    with pytest.raises(EngineError, match="shape should be a whole number"):
        distribute_value(1.0, (0, 2))
    with pytest.raises(EngineError, match="A should be an array of shape"):
        global_avg_pool(np.ones((2, 3)))
    with pytest.raises(EngineError, match="n_H should be a whole number"):
        global_avg_pool_backward(np.ones((2, 3)), 0, 2)
