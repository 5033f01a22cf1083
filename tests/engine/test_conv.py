from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import correlation
from engine.conv import conv1x1_forward, conv_backward, conv_forward, conv_single_step, zero_pad
from engine.correlation import correlate, input_gradient
from engine.errors import EngineError
from engine.textbook.conv import conv_backward_loops, conv_forward_loops

GradientError = Callable[..., float]
sizes = st.integers(1, 7)
channels = st.sampled_from([1, 2, 3, 4, 6])
filters = st.integers(1, 4)
strides = st.integers(1, 3)
seeds = st.integers(0, 1000)


def problem(seed: int, n_H: int, n_W: int, n_C_prev: int, n_C: int, f: tuple[int, int], m: int = 2):
    rng = np.random.default_rng(seed)
    A_prev = rng.normal(size=(m, n_H, n_W, n_C_prev))
    return A_prev, rng.normal(size=(*f, n_C_prev, n_C)), rng.normal(size=(1, 1, 1, n_C))


def check_against_loops(A_prev, W, b, hparameters, seed: int = 0) -> None:
    Z, cache = conv_forward(A_prev, W, b, hparameters)
    Z_loops, cache_loops = conv_forward_loops(A_prev, W, b, hparameters)
    np.testing.assert_allclose(Z, Z_loops, atol=1e-12)
    dZ = np.random.default_rng(seed).normal(size=Z.shape)
    for fast, slow in zip(conv_backward(dZ, cache), conv_backward_loops(dZ, cache_loops), strict=True):
        assert fast.shape == slow.shape
        np.testing.assert_allclose(fast, slow, atol=1e-11)


# The layer


@given(seeds, sizes, sizes, channels, channels, filters, strides, st.integers(0, 5))
@example(seed=0, n_H=1, n_W=1, n_C_prev=1, n_C=1, f=1, stride=1, pad=0)
@example(seed=0, n_H=2, n_W=3, n_C_prev=4, n_C=2, f=2, stride=3, pad=5)
@example(seed=0, n_H=9, n_W=8, n_C_prev=4, n_C=3, f=3, stride=1, pad=1)
@settings(max_examples=25, deadline=None)
def test_the_layer_equals_its_four_loops(seed, n_H, n_W, n_C_prev, n_C, f, stride, pad) -> None:
    f = min(f, n_H + 2 * pad, n_W + 2 * pad)
    A_prev, W, b = problem(seed, n_H, n_W, n_C_prev, n_C, (f, f))
    check_against_loops(A_prev, W, b, {"stride": stride, "pad": pad}, seed)


@given(
    seeds,
    st.integers(2, 10),
    st.integers(2, 10),
    channels,
    st.integers(1, 3),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides,
    st.one_of(st.integers(0, 3), st.just("valid"), st.just(((0, 1), (2, 0)))),
)
@settings(max_examples=10, deadline=None)
def test_the_gradients_agree_with_central_differences(
    gradient_error: GradientError, seed, n_H, n_W, n_C_prev, n_C, f, stride, pad
) -> None:
    f = (min(f[0], n_H), min(f[1], n_W))
    A_prev, W, b = problem(seed, n_H, n_W, n_C_prev, n_C, f)
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = conv_forward(A_prev, W, b, hparameters)
    dZ = np.random.default_rng(seed + 1).normal(size=Z.shape)
    dA_prev, dW, db = conv_backward(dZ, cache)

    def J(A_prev, W, b) -> float:
        return float(np.sum(conv_forward(A_prev, W, b, hparameters)[0] * dZ))

    arrays = {"A_prev": A_prev, "W": W, "b": b}
    assert gradient_error(J, arrays, {"A_prev": dA_prev, "W": dW, "b": db}) <= 1e-6


@pytest.mark.parametrize(("block", "small"), [(1, 0), (1, 900), (30_000, 900), (1 << 20, 100**3)])
@pytest.mark.parametrize("waste", [0, np.inf])
@pytest.mark.parametrize(
    ("n_C_prev", "stride", "f"), [(2, 1, 3), (2, 2, 3), (5, 1, 3), (5, 2, 3), (5, 2, 1), (5, 1, 1)]
)
def test_how_the_work_is_cut_up_does_not_matter(monkeypatch, block, small, waste, n_C_prev, stride, f) -> None:
    """Bands of rows or several images at a time; products whole or in pieces; gradients added up or gathered."""
    monkeypatch.setattr(correlation, "BLOCK", block)
    monkeypatch.setattr(correlation, "SMALL", small)
    monkeypatch.setattr(correlation, "WASTE", waste)
    A_prev, W, b = problem(0, 9, 10, n_C_prev, 3, (f, f), m=3)
    check_against_loops(A_prev, W, b, {"stride": stride, "pad": 1})


@given(seeds, st.integers(2, 6), channels, st.sampled_from([1, 3, 5]))
@settings(max_examples=10, deadline=None)
def test_same_keeps_the_size_and_an_even_filter_has_no_same(seed, n, n_C, f) -> None:
    A_prev, W, b = problem(seed, n, n + 1, n_C, 2, (f, f))
    Z, _ = conv_forward(A_prev, W, b, {"stride": 1, "pad": "same"})
    np.testing.assert_allclose(Z, conv_forward_loops(A_prev, W, b, {"stride": 1, "pad": f // 2})[0], atol=1e-12)
    with pytest.raises(EngineError, match="pad should be a number when the filter is even"):
        conv_forward(A_prev, np.ones((2, 2, n_C, 1)), np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": "same"})


def test_a_shifted_image_gives_a_shifted_output() -> None:
    A_prev, W, b = problem(3, 9, 9, 4, 5, (3, 3))
    hparameters = {"stride": 1, "pad": 0}
    Z, _ = conv_forward(A_prev, W, b, hparameters)
    shifted, _ = conv_forward(np.roll(A_prev, (2, 1), axis=(1, 2)), W, b, hparameters)
    np.testing.assert_allclose(shifted[:, 2:, 1:], Z[:, :-2, :-1], atol=1e-12)


@pytest.mark.parametrize("waste", [0, np.inf])
def test_the_gradient_of_the_input_is_the_adjoint_of_the_convolution(monkeypatch, waste: float) -> None:
    """<conv(A), dZ> = <A, input_gradient(dZ)> whatever the stride, the padding and what does not fit."""
    monkeypatch.setattr(correlation, "WASTE", waste)
    rng = np.random.default_rng(4)
    for stride in (1, 2, 3, 4):
        for sides in (((0, 0), (0, 0)), ((2, 1), (0, 3)), ((4, 4), (5, 5))):
            A, W = rng.normal(size=(2, 7, 8, 3)), rng.normal(size=(3, 2, 3, 4))
            Z = correlate(A, W, None, stride, sides)
            dZ = rng.normal(size=Z.shape)
            dA = input_gradient(dZ, W, stride, sides, 7, 8)
            assert np.sum(Z * dZ) == pytest.approx(np.sum(A * dA), rel=1e-12)


def test_a_1x1_convolution_is_a_dense_layer_at_every_pixel() -> None:
    A, W, b = problem(5, 4, 3, 6, 2, (1, 1))
    Z = conv1x1_forward(A, W, b)
    np.testing.assert_allclose(Z, conv_forward(A, W, b, {"stride": 1, "pad": 0})[0], atol=1e-12)
    np.testing.assert_allclose(Z[1, 2, 0], A[1, 2, 0] @ W[0, 0] + b[0, 0, 0], atol=1e-12)


def test_padding_touches_rows_and_columns_only() -> None:
    X = np.arange(1, 13).reshape(1, 2, 3, 2)
    X_pad = zero_pad(X, 2)
    assert (X_pad.shape, X_pad.dtype) == ((1, 6, 7, 2), X.dtype)
    np.testing.assert_array_equal(X_pad[:, 2:4, 2:5], X)
    assert X_pad.sum() == X.sum()


def test_one_step_is_a_number_with_b_added_once() -> None:
    z = conv_single_step(np.full((2, 2, 3), 2.0), np.ones((2, 2, 3)), np.full((1, 1, 1), 0.5))
    assert (z, type(z)) == (24.5, float)


# Types, memory, arguments


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("n_C_prev", [2, 5])
def test_float32_stays_float32_and_integers_become_float64(stride: int, n_C_prev: int) -> None:
    A_prev, W, b = (x.astype(np.float32) for x in problem(6, 5, 5, n_C_prev, 2, (3, 3)))
    hparameters = {"stride": stride, "pad": 1}
    for forward, backward in ((conv_forward, conv_backward), (conv_forward_loops, conv_backward_loops)):
        Z, cache = forward(A_prev, W, b, hparameters)
        assert [x.dtype for x in (Z, *backward(Z, cache))] == [np.float32] * 4
    assert conv_forward(A_prev.astype(int), W.astype(int), b.astype(int), hparameters)[0].dtype == np.float64
    # Not the bias, but images or filters in float64 make the result float64.
    assert conv_forward(A_prev, W, b.astype(float), hparameters)[0].dtype == np.float32
    assert conv_forward(A_prev, W.astype(float), b, hparameters)[0].dtype == np.float64


@pytest.mark.parametrize("order", ["transposed", "reversed", "read-only"])
def test_arrays_that_do_not_lie_in_order_give_the_same(order: str) -> None:
    A_prev, W, b = problem(7, 8, 9, 5, 3, (3, 3))
    expected = conv_forward(A_prev, W, b, {"stride": 1, "pad": 1})[0]
    if order == "transposed":
        A_prev, W = np.asfortranarray(A_prev), np.asfortranarray(W)
    elif order == "reversed":
        A_prev, W = A_prev[::-1, ::-1].copy()[::-1, ::-1], W[..., ::-1].copy()[..., ::-1]
    else:
        A_prev.flags.writeable = W.flags.writeable = False
    Z, cache = conv_forward(A_prev, W, b, {"stride": 1, "pad": 1})
    np.testing.assert_allclose(Z, expected, atol=1e-12)
    dZ = np.asfortranarray(Z)
    for fast, slow in zip(conv_backward(dZ, cache), conv_backward_loops(dZ, cache), strict=True):
        np.testing.assert_allclose(fast, slow, atol=1e-11)


def test_the_arguments_are_left_alone_and_the_cache_is_the_one_of_the_course() -> None:
    A_prev, W, b = problem(8, 5, 5, 4, 2, (3, 3))
    before = [x.copy() for x in (A_prev, W, b)]
    hparameters = {"stride": 1, "pad": 1}
    Z, cache = conv_forward(A_prev, W, b, hparameters)
    dZ = Z.copy()
    conv_backward(dZ, cache)
    for now, then in zip((A_prev, W, b, dZ), (*before, Z), strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(cache) == 4
    assert cache[0] is A_prev
    assert cache[3] is hparameters


def test_a_forward_pass_needs_little_more_than_its_input_and_its_output() -> None:
    """8 images of 224 x 224 with 64 channels should need at most 320 MiB; smaller ones as much for each number."""
    shape = (8, 64, 64, 64)
    W, b = np.ones((3, 3, 64, 64), np.float32), np.zeros((1, 1, 1, 64), np.float32)
    tracemalloc.start()
    try:
        A_prev = np.zeros(shape, np.float32)
        conv_forward(A_prev, W, b, {"stride": 1, "pad": 1})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= 320 * 2**20 * np.prod(shape) / (8 * 224 * 224 * 64)


# Bad input


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"A_prev": np.ones((5, 5, 3))}, r"A_prev should be an array of shape \(m, n_H_prev, n_W_prev, n_C_prev\)"),
        ({"A_prev": np.ones((0, 5, 5, 3))}, r"A_prev should be .* but it is an array of shape \(0, 5, 5, 3\)"),
        ({"W": np.ones((3, 3, 4, 2))}, r"W should be an array of shape \(f, f, 3, n_C\)"),
        ({"b": np.ones(2)}, r"b should be an array of shape \(1, 1, 1, 2\)"),
        ({"hparameters": {"pad": 1}}, "hparameters should be a dictionary with the key 'stride'"),
        ({"hparameters": {"stride": 1}}, "hparameters should be a dictionary with the key 'pad'"),
        ({"hparameters": {"stride": 0, "pad": 1}}, "stride should be a whole number from 1 up"),
        ({"hparameters": {"stride": 1, "pad": -1}}, "pad should be a whole number from 0 up"),
        ({"W": np.ones((7, 7, 3, 2)), "hparameters": {"stride": 1, "pad": 0}}, "f should be at most the size"),
        ({"W": np.ones((6, 6, 3, 2)), "hparameters": {"stride": 1, "pad": 0}}, "padded input, 5, but it is 6"),
    ],
)
@pytest.mark.parametrize("function", [conv_forward, conv_forward_loops])
def test_what_does_not_fit_is_one_error_that_names_it(function, replaced: dict, message: str) -> None:
    arguments = {
        "A_prev": np.ones((2, 5, 5, 3)),
        "W": np.ones((3, 3, 3, 2)),
        "b": np.zeros((1, 1, 1, 2)),
        "hparameters": {"stride": 1, "pad": 1},
    }
    with pytest.raises(EngineError, match=message):
        function(**{**arguments, **replaced})


@pytest.mark.parametrize(
    ("forward", "backward"), [(conv_forward, conv_backward), (conv_forward_loops, conv_backward_loops)]
)
def test_a_gradient_of_another_shape_is_told(forward, backward) -> None:
    _, cache = forward(np.ones((2, 5, 5, 3)), np.ones((3, 3, 3, 2)), np.zeros((1, 1, 1, 2)), {"stride": 1, "pad": 0})
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(2, 3, 3, 2\)"):
        backward(np.ones((2, 5, 5, 2)), cache)


def test_the_small_pieces_check_their_input() -> None:
    with pytest.raises(EngineError, match="pad should be a whole number from 0 up"):
        zero_pad(np.ones((1, 2, 2, 1)), -1)
    with pytest.raises(EngineError, match="W should be an array of shape"):
        conv_single_step(np.ones((2, 2, 3)), np.ones((2, 2, 2)), np.ones((1, 1, 1)))
    with pytest.raises(EngineError, match="W should be an array of shape"):
        conv1x1_forward(np.ones((1, 2, 2, 3)), np.ones((3, 3, 3, 2)), np.zeros((1, 1, 1, 2)))
