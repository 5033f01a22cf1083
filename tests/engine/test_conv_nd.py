from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conv_nd import conv1d_backward, conv1d_forward, conv3d_backward, conv3d_forward
from engine.errors import EngineError
from engine.textbook.conv_nd import conv1d_forward_loops, conv3d_forward_loops

GradientError = Callable[..., float]
channels = st.integers(1, 5)
filters = st.integers(1, 3)
strides = st.integers(1, 3)
pads = st.integers(0, 2)
seeds = st.integers(0, 1000)


def check(gradient_error, forward, backward, loops, X, W, b, stride: int, pad: int) -> None:
    Z, cache = forward(X, W, b, stride, pad)
    np.testing.assert_allclose(Z, loops(X, W, b, stride, pad), atol=1e-12)
    dZ = np.random.default_rng(0).normal(size=Z.shape)
    arrays = {"X": X, "W": W, "b": b}

    def J(X, W, b) -> float:
        return float(np.sum(forward(X, W, b, stride, pad)[0] * dZ))

    assert gradient_error(J, arrays, dict(zip(arrays, backward(dZ, cache), strict=True))) <= 1e-6


@given(seeds, st.integers(3, 9), channels, channels, filters, strides, pads)
@settings(max_examples=15, deadline=None)
def test_along_time_it_equals_its_loops_and_has_the_gradients_of_its_cost(
    gradient_error: GradientError, seed, T, n_C_prev, n_C, f, stride, pad
) -> None:
    rng = np.random.default_rng(seed)
    X, W, b = rng.normal(size=(2, T, n_C_prev)), rng.normal(size=(f, n_C_prev, n_C)), rng.normal(size=n_C)
    check(gradient_error, conv1d_forward, conv1d_backward, conv1d_forward_loops, X, W, b, stride, pad)


@given(seeds, st.integers(3, 5), st.integers(3, 5), st.integers(3, 5), channels, filters, strides, pads)
@settings(max_examples=10, deadline=None)
def test_through_volumes_it_equals_its_loops_and_has_the_gradients_of_its_cost(
    gradient_error: GradientError, seed, n_D, n_H, n_W, n_C_prev, f, stride, pad
) -> None:
    rng = np.random.default_rng(seed)
    X, W = rng.normal(size=(2, n_D, n_H, n_W, n_C_prev)), rng.normal(size=(f, f, f, n_C_prev, 2))
    check(gradient_error, conv3d_forward, conv3d_backward, conv3d_forward_loops, X, W, rng.normal(size=2), stride, pad)


def test_the_sizes_of_the_lectures() -> None:
    spectrogram, W = np.zeros((1, 5511, 101), np.float32), np.zeros((15, 101, 4), np.float32)
    assert conv1d_forward(spectrogram, W, np.zeros(4), stride=4)[0].shape == (1, 1375, 4)
    scan, W = np.zeros((1, 14, 14, 14, 1)), np.zeros((5, 5, 5, 1, 16))
    Z, _ = conv3d_forward(scan, W, np.zeros(16))
    assert Z.shape == (1, 10, 10, 10, 16)
    assert conv3d_forward(Z, np.zeros((5, 5, 5, 16, 32)), np.zeros(32))[0].shape == (1, 6, 6, 6, 32)


def test_same_keeps_the_size_along_every_axis() -> None:
    X = np.random.default_rng(0).normal(size=(1, 4, 5, 6, 2))
    W, b = np.ones((3, 3, 3, 2, 1)), np.zeros(1)
    Z, _ = conv3d_forward(X, W, b, pad="same")
    np.testing.assert_allclose(Z, conv3d_forward_loops(X, W, b, pad=1), atol=1e-12)
    assert conv1d_forward(X[0, 0], W[0, 0], b, pad="same")[0].shape == (5, 6, 1)


def test_time_is_the_middle_axis_and_depth_the_first_of_three() -> None:
    X = np.zeros((1, 4, 2))
    X[0, 1, 0] = 1
    np.testing.assert_array_equal(conv1d_forward(X, np.ones((2, 2, 1)), [0])[0].ravel(), [1, 1, 0])
    volume = np.zeros((1, 3, 2, 2, 1))
    volume[0, 2] = 1
    np.testing.assert_array_equal(conv3d_forward(volume, np.ones((2, 2, 2, 1, 1)), [0])[0].ravel(), [0, 4])


def test_float32_stays_float32_and_the_arguments_are_left_alone() -> None:
    for forward, backward, loops, axes in (
        (conv1d_forward, conv1d_backward, conv1d_forward_loops, 1),
        (conv3d_forward, conv3d_backward, conv3d_forward_loops, 3),
    ):
        arrays = [np.ones(shape, np.float32) for shape in ((2, *[4] * axes, 3), (*[2] * axes, 3, 5), (5,))]
        Z, cache = forward(*arrays, 2, 1)
        assert [x.dtype for x in (Z, *backward(Z, cache), loops(*arrays, 2, 1))] == [np.float32] * 5
        for array in arrays:
            np.testing.assert_array_equal(array, 1)


@pytest.mark.parametrize(
    ("forward", "loops", "axes"), [(conv1d_forward, conv1d_forward_loops, 1), (conv3d_forward, conv3d_forward_loops, 3)]
)
def test_bad_input_is_told(forward, loops, axes: int) -> None:
    X, W, b = np.ones((2, *[4] * axes, 3)), np.ones((*[2] * axes, 3, 5)), np.zeros(5)
    for function in (forward, loops):
        with pytest.raises(EngineError, match="X should be an array of shape"):
            function(X[0], W, b)
        with pytest.raises(EngineError, match="W should be an array of shape"):
            function(X, W[..., :2, :], b)
        with pytest.raises(EngineError, match=r"b should be an array of shape \(5,\)"):
            function(X, W, np.zeros(4))
        with pytest.raises(EngineError, match="should be a whole number from 1 up, but it is 0"):
            function(X, W, b, stride=0)
        with pytest.raises(EngineError, match="f should be at most the size of the padded input, 4"):
            function(X, np.ones((*[5] * axes, 3, 5)), b)


def test_a_gradient_of_another_shape_is_told() -> None:
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(2, 3, 5\)"):
        conv1d_backward(np.ones((2, 4, 5)), (np.ones((2, 4, 3)), np.ones((2, 3, 5)), np.zeros(5), 1, 0))
    cache = (np.ones((1, 2, 3, 4, 1)), np.ones((2, 2, 2, 1, 2)), np.zeros(2), 1, 0)
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(1, 1, 2, 3, 2\)"):
        conv3d_backward(np.ones((1, 2, 2, 3, 2)), cache)
