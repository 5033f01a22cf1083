from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conv import conv_forward
from engine.depthwise import (
    depthwise_conv_backward,
    depthwise_conv_forward,
    separable_conv_backward,
    separable_conv_forward,
)
from engine.errors import EngineError
from engine.textbook.depthwise import depthwise_conv_backward_loops, depthwise_conv_forward_loops

GradientError = Callable[..., float]
sizes = st.integers(3, 6)
channels = st.integers(1, 4)
filters = st.integers(1, 3)
strides = st.integers(1, 3)
pads = st.integers(0, 2)
seeds = st.integers(0, 1000)


@given(seeds, sizes, sizes, channels, filters, strides, pads)
@settings(max_examples=15, deadline=None)
def test_a_depthwise_convolution_equals_its_loops_and_its_gradients_central_differences(
    gradient_error: GradientError, seed, n_H, n_W, n_C, f, stride, pad
) -> None:
    rng = np.random.default_rng(seed)
    A_prev, K, b = rng.normal(size=(2, n_H, n_W, n_C)), rng.normal(size=(f, f, n_C)), rng.normal(size=(1, 1, 1, n_C))
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = depthwise_conv_forward(A_prev, K, b, hparameters)
    Z_loops, cache_loops = depthwise_conv_forward_loops(A_prev, K, b, hparameters)
    np.testing.assert_allclose(Z, Z_loops, atol=1e-12)
    dZ = rng.normal(size=Z.shape)
    gradients = depthwise_conv_backward(dZ, cache)
    for fast, slow in zip(gradients, depthwise_conv_backward_loops(dZ, cache_loops), strict=True):
        assert fast.shape == slow.shape
        np.testing.assert_allclose(fast, slow, atol=1e-12)

    def J(A_prev, K, b) -> float:
        return float(np.sum(depthwise_conv_forward(A_prev, K, b, hparameters)[0] * dZ))

    arrays = {"A_prev": A_prev, "K": K, "b": b}
    assert gradient_error(J, arrays, dict(zip(arrays, gradients, strict=True))) <= 1e-6


@given(seeds, sizes, sizes, channels, channels, strides, st.sampled_from(["same", "valid", 1, ((0, 1), (1, 0))]))
@settings(max_examples=10, deadline=None)
def test_a_separable_convolution_has_the_gradients_of_its_cost(
    gradient_error: GradientError, seed, n_H, n_W, n_C_prev, n_C, stride, pad
) -> None:
    rng = np.random.default_rng(seed)
    arrays = {
        "A_prev": rng.normal(size=(2, n_H, n_W, n_C_prev)),
        "K": rng.normal(size=(3, 3, n_C_prev)),
        "W": rng.normal(size=(1, 1, n_C_prev, n_C)),
        "b": rng.normal(size=(1, 1, 1, n_C)),
    }
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = separable_conv_forward(**arrays, hparameters=hparameters)
    dZ = rng.normal(size=Z.shape)

    def J(**arrays) -> float:
        return float(np.sum(separable_conv_forward(**arrays, hparameters=hparameters)[0] * dZ))

    assert gradient_error(J, arrays, dict(zip(arrays, separable_conv_backward(dZ, cache), strict=True))) <= 1e-6


def test_a_separable_convolution_is_a_full_one_whose_filters_are_products() -> None:
    rng = np.random.default_rng(0)
    A_prev, K, W = rng.normal(size=(2, 5, 6, 3)), rng.normal(size=(3, 3, 3)), rng.normal(size=(1, 1, 3, 4))
    b = rng.normal(size=(1, 1, 1, 4))
    Z, _ = separable_conv_forward(A_prev, K, W, b)
    full, _ = conv_forward(A_prev, K[..., np.newaxis] * W, b, {"stride": 1, "pad": 0})
    np.testing.assert_allclose(Z, full, atol=1e-12)


def test_the_channels_do_not_meet() -> None:
    rng = np.random.default_rng(1)
    A_prev, K, b = rng.normal(size=(1, 4, 4, 2)), rng.normal(size=(2, 3, 2)), np.zeros((1, 1, 1, 2))
    Z, _ = depthwise_conv_forward(A_prev, K, b, {"stride": 1, "pad": 0})
    other = A_prev.copy()
    other[..., 0] = 0
    np.testing.assert_array_equal(depthwise_conv_forward(other, K, b, {"stride": 1, "pad": 0})[0][..., 1], Z[..., 1])


def test_float32_stays_float32_and_the_arguments_are_left_alone() -> None:
    shapes = ((2, 5, 5, 3), (3, 3, 3), (1, 1, 3, 4), (1, 1, 1, 4))
    A_prev, K, W, b = (np.ones(shape, np.float32) for shape in shapes)
    b_depthwise = np.zeros((1, 1, 1, 3), np.float32)
    for forward, backward in (
        (depthwise_conv_forward, depthwise_conv_backward),
        (depthwise_conv_forward_loops, depthwise_conv_backward_loops),
    ):
        Z, cache = forward(A_prev, K, b_depthwise, {"stride": 1, "pad": 1})
        assert [x.dtype for x in (Z, *backward(Z, cache))] == [np.float32] * 4
    Z, cache_of_both = separable_conv_forward(A_prev, K, W, b)
    assert [x.dtype for x in (Z, *separable_conv_backward(Z, cache_of_both))] == [np.float32] * 5
    for array in (A_prev, K, W, b):
        np.testing.assert_array_equal(array, 1)


@pytest.mark.parametrize("forward", [depthwise_conv_forward, depthwise_conv_forward_loops])
def test_bad_input_is_told(forward) -> None:
    A_prev, K, b = np.ones((2, 5, 5, 3)), np.ones((3, 3, 3)), np.zeros((1, 1, 1, 3))
    with pytest.raises(EngineError, match="A_prev should be an array of shape"):
        forward(A_prev[0], K, b, {"stride": 1, "pad": 0})
    with pytest.raises(EngineError, match=r"K should be an array of shape \(f, f, 3\)"):
        forward(A_prev, np.ones((3, 3, 3, 4)), b, {"stride": 1, "pad": 0})
    with pytest.raises(EngineError, match="hparameters should be a dictionary with the key 'pad'"):
        forward(A_prev, K, b, {"stride": 1})
    with pytest.raises(EngineError, match="f should be at most"):
        forward(A_prev, np.ones((6, 6, 3)), b, {"stride": 1, "pad": 0})


@pytest.mark.parametrize("backward", [depthwise_conv_backward, depthwise_conv_backward_loops])
def test_a_gradient_of_another_shape_is_told(backward) -> None:
    cache = (np.ones((2, 5, 5, 3)), np.ones((3, 3, 3)), np.zeros((1, 1, 1, 3)), {"stride": 1, "pad": 0})
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(2, 3, 3, 3\)"):
        backward(np.ones((2, 5, 5, 3)), cache)
    with pytest.raises(EngineError, match=r"W should be an array of shape \(1, 1, 3, n_C\)"):
        separable_conv_forward(cache[0], cache[1], np.ones((1, 1, 2, 4)), np.zeros((1, 1, 1, 4)))
