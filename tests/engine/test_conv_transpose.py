from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.conv import conv_backward, conv_forward
from engine.conv_shapes import conv_output_size
from engine.conv_transpose import conv_transpose_backward, conv_transpose_forward, conv_transpose_output_size
from engine.errors import EngineError
from engine.textbook.conv_transpose import conv_transpose_backward_loops, conv_transpose_forward_loops

sizes = st.integers(1, 5)
channels = st.integers(1, 5)
filters = st.integers(1, 4)
strides = st.integers(1, 3)
seeds = st.integers(0, 1000)


def problem(seed: int, n_H: int, n_W: int, n_C_prev: int, n_C: int, f: int):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(f, f, n_C, n_C_prev))
    return rng.normal(size=(2, n_H, n_W, n_C_prev)), W, rng.normal(size=(1, 1, 1, n_C))


@given(seeds, sizes, sizes, channels, channels, filters, strides, st.integers(0, 2))
@settings(max_examples=20, deadline=None)
def test_it_equals_painting_the_filters_and_its_gradients_the_loops(
    seed, n_H, n_W, n_C_prev, n_C, f, stride, pad
) -> None:
    assume(stride * (min(n_H, n_W) - 1) + f > 2 * pad)
    A_prev, W, b = problem(seed, n_H, n_W, n_C_prev, n_C, f)
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = conv_transpose_forward(A_prev, W, b, hparameters)
    Z_loops, cache_loops = conv_transpose_forward_loops(A_prev, W, b, hparameters)
    np.testing.assert_allclose(Z, Z_loops, atol=1e-12)
    dZ = np.random.default_rng(seed).normal(size=Z.shape)
    gradients = conv_transpose_backward(dZ, cache)
    for fast, slow in zip(gradients, conv_transpose_backward_loops(dZ, cache_loops), strict=True):
        assert fast.shape == slow.shape
        np.testing.assert_allclose(fast, slow, atol=1e-12)


@given(
    seeds,
    sizes,
    sizes,
    channels,
    filters,
    strides,
    st.sampled_from(["same", "valid", "more", 1, ((0, 1), (1, 0))]),
)
@settings(max_examples=10, deadline=None)
def test_the_gradients_agree_with_central_differences(
    gradient_error: Callable[..., float], seed, n_H, n_W, n_C_prev, f, stride, pad
) -> None:
    assume(pad in ("same", "valid", "more") or stride * (min(n_H, n_W) - 1) + f > 2)
    A_prev, W, b = problem(seed, n_H, n_W, n_C_prev, 2, f)
    more = {"stride": stride, "pad": 0, "output_padding": stride - 1}
    hparameters = more if pad == "more" else {"stride": stride, "pad": pad}
    Z, cache = conv_transpose_forward(A_prev, W, b, hparameters)
    if pad == "same":
        assert Z.shape[1:3] == (stride * n_H, stride * n_W)
    dZ = np.random.default_rng(seed).normal(size=Z.shape)
    arrays = {"A_prev": A_prev, "W": W, "b": b}

    def J(A_prev, W, b) -> float:
        return float(np.sum(conv_transpose_forward(A_prev, W, b, hparameters)[0] * dZ))

    gradients = dict(zip(arrays, conv_transpose_backward(dZ, cache), strict=True))
    assert gradient_error(J, arrays, gradients) <= 1e-6


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(0, 3))
def test_the_size_is_one_that_the_convolution_brings_back(n: int, f: int, s: int, p: int, more: int) -> None:
    assume(more < s and s * (n - 1) + f - 2 * p + more >= 1)
    n_out = conv_transpose_output_size(n, f, s, p, more)
    assert conv_output_size(n_out, f, p, s) == n


def test_it_is_the_backward_pass_of_a_convolution() -> None:
    rng = np.random.default_rng(0)
    A, W, hparameters = rng.normal(size=(2, 7, 7, 3)), rng.normal(size=(3, 3, 3, 5)), {"stride": 2, "pad": 1}
    Z, cache = conv_forward(A, W, np.zeros((1, 1, 1, 5)), hparameters)
    dA, _, _ = conv_backward(Z, cache)
    np.testing.assert_allclose(conv_transpose_forward(Z, W, np.zeros((1, 1, 1, 3)), hparameters)[0], dA, atol=1e-12)


def test_keras_same_cuts_the_odd_place_off_behind_and_differs_from_pad_1() -> None:
    A_prev, W, b = problem(1, 2, 2, 1, 1, 3)
    full, _ = conv_transpose_forward(A_prev, W, b, {"stride": 2, "pad": 0})
    same, _ = conv_transpose_forward(A_prev, W, b, {"stride": 2, "pad": "same"})
    lecture, _ = conv_transpose_forward(A_prev, W, b, {"stride": 2, "pad": 1, "output_padding": 1})
    assert full.shape[1:3] == (5, 5)
    np.testing.assert_allclose(same, full[:, :4, :4], atol=1e-12)
    np.testing.assert_allclose(lecture, full[:, 1:, 1:], atol=1e-12)


def test_a_stride_wider_than_the_filter_leaves_gaps_that_hold_the_bias() -> None:
    A_prev, W, b = np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), 0.5)
    Z, _ = conv_transpose_forward(A_prev, W, b, {"stride": 2, "pad": "same"})
    np.testing.assert_array_equal(Z[0, :, :, 0], np.tile([[1.5, 0.5], [0.5, 0.5]], (2, 2)))


def test_float32_stays_float32_and_the_arguments_are_left_alone() -> None:
    A_prev, W, b = (np.ones(shape, np.float32) for shape in ((2, 3, 3, 4), (3, 3, 2, 4), (1, 1, 1, 2)))
    for forward, backward in (
        (conv_transpose_forward, conv_transpose_backward),
        (conv_transpose_forward_loops, conv_transpose_backward_loops),
    ):
        Z, cache = forward(A_prev, W, b, {"stride": 2, "pad": 1})
        assert [x.dtype for x in (Z, *backward(Z, cache))] == [np.float32] * 4
    for array in (A_prev, W, b):
        np.testing.assert_array_equal(array, 1)


@pytest.mark.parametrize("forward", [conv_transpose_forward, conv_transpose_forward_loops])
@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"A_prev": np.ones((3, 3, 4))}, "A_prev should be an array of shape"),
        ({"W": np.ones((3, 3, 4, 2))}, r"W should be an array of shape \(f, f, n_C, 4\)"),
        ({"b": np.ones((1, 1, 1, 4))}, r"b should be an array of shape \(1, 1, 1, 2\)"),
        ({"hparameters": {"pad": 0}}, "hparameters should be a dictionary with the key 'stride'"),
        (
            {"hparameters": {"stride": 1, "pad": 3}},
            "p should be small enough to leave something of 5 places, but it is 6",
        ),
    ],
)
def test_what_does_not_fit_is_one_error_that_names_it(forward, replaced: dict, message: str) -> None:
    arguments = {
        "A_prev": np.ones((2, 3, 3, 4)),
        "W": np.ones((3, 3, 2, 4)),
        "b": np.ones((1, 1, 1, 2)),
        "hparameters": {"stride": 1, "pad": 0},
    }
    with pytest.raises(EngineError, match=message):
        forward(**{**arguments, **replaced})


def test_an_output_padding_that_means_nothing_is_told() -> None:
    A_prev, W, b = problem(2, 3, 3, 1, 1, 3)
    with pytest.raises(EngineError, match="output_padding should be below the stride, 2, but it is 2"):
        conv_transpose_forward(A_prev, W, b, {"stride": 2, "pad": 1, "output_padding": 2})
    with pytest.raises(EngineError, match="output_padding should be 0 when pad is 'same'"):
        conv_transpose_forward(A_prev, W, b, {"stride": 2, "pad": "same", "output_padding": 1})
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(2, 5, 5, 1\)"):
        conv_transpose_backward(np.ones((2, 6, 6, 1)), (A_prev, W, b, {"stride": 2, "pad": 1}))
