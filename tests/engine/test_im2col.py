from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conv import conv_backward, conv_forward
from engine.errors import EngineError
from engine.im2col import col2im, conv_backward_fast, conv_forward_fast, im2col
from engine.textbook.im2col import col2im_loops, im2col_loops

sizes = st.integers(3, 6)
channels = st.integers(1, 3)
filters = st.integers(1, 3)
strides = st.integers(1, 3)
pads = st.integers(0, 2)
seeds = st.integers(0, 1000)


@given(seeds, sizes, sizes, channels, filters, strides, pads)
@settings(max_examples=20, deadline=None)
def test_laying_out_and_adding_back_equal_their_loops(seed, n_H, n_W, n_C, f, stride, pad) -> None:
    rng = np.random.default_rng(seed)
    A_prev = rng.normal(size=(2, n_H, n_W, n_C))
    cols = im2col(A_prev, f, stride, pad)
    np.testing.assert_array_equal(cols, im2col_loops(A_prev, f, stride, pad))
    dcols = rng.normal(size=cols.shape)
    dA_prev = col2im(dcols, A_prev.shape, f, stride, pad)
    np.testing.assert_allclose(dA_prev, col2im_loops(dcols, A_prev.shape, f, stride, pad), atol=1e-12)
    # The one is the gradient of the other.
    assert np.sum(cols * dcols) == pytest.approx(np.sum(A_prev * dA_prev), rel=1e-9, abs=1e-9)


@given(seeds, sizes, sizes, channels, channels, filters, strides, pads)
@settings(max_examples=10, deadline=None)
def test_the_layer_of_one_product_equals_the_one_of_blocks(
    gradient_error: Callable[..., float], seed, n_H, n_W, n_C_prev, n_C, f, stride, pad
) -> None:
    rng = np.random.default_rng(seed)
    A_prev = rng.normal(size=(2, n_H, n_W, n_C_prev))
    W, b = rng.normal(size=(f, f, n_C_prev, n_C)), rng.normal(size=(1, 1, 1, n_C))
    hparameters = {"stride": stride, "pad": pad}
    Z, cache = conv_forward_fast(A_prev, W, b, hparameters)
    np.testing.assert_allclose(Z, conv_forward(A_prev, W, b, hparameters)[0], atol=1e-12)
    dZ = rng.normal(size=Z.shape)
    gradients = conv_backward_fast(dZ, cache)
    for one, other in zip(gradients, conv_backward(dZ, cache), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-11)

    def J(A_prev, W, b) -> float:
        return float(np.sum(conv_forward_fast(A_prev, W, b, hparameters)[0] * dZ))

    arrays = {"A_prev": A_prev, "W": W, "b": b}
    assert gradient_error(J, arrays, dict(zip(arrays, gradients, strict=True))) <= 1e-6


def test_same_and_each_side_are_paddings_too() -> None:
    A_prev = np.arange(12.0).reshape(1, 3, 4, 1)
    np.testing.assert_array_equal(im2col(A_prev, 3, 1, "same"), im2col_loops(A_prev, 3, 1, 1))
    assert im2col(A_prev, 2, 1, ((1, 0), (0, 0))).shape == (9, 4)


def test_types_are_kept_and_arguments_left_alone() -> None:
    A_prev = np.arange(32, dtype=np.uint8).reshape(1, 4, 4, 2)
    assert im2col(A_prev, 2, 1, 1).dtype == np.uint8
    assert col2im(np.ones((9, 8), np.float32), A_prev.shape, 2, 1, 0).dtype == np.float32
    arrays = [np.ones(shape, np.float32) for shape in ((1, 4, 4, 2), (3, 3, 2, 5), (1, 1, 1, 5))]
    Z, cache = conv_forward_fast(*arrays, {"stride": 1, "pad": 1})
    assert [x.dtype for x in (Z, *conv_backward_fast(Z, cache))] == [np.float32] * 4
    for array in arrays:
        np.testing.assert_array_equal(array, np.ones_like(array))


def test_bad_input_is_told() -> None:
    A_prev, b = np.ones((1, 4, 4, 2)), np.zeros((1, 1, 1, 5))
    with pytest.raises(EngineError, match="f should be at most the size of the padded input, 4"):
        im2col(A_prev, 5, 1, 0)
    with pytest.raises(EngineError, match="stride should be a whole number"):
        im2col(A_prev, 2, 0, 0)
    with pytest.raises(EngineError, match=r"cols should be an array of shape \(9, 8\)"):
        col2im(np.ones((9, 7)), A_prev.shape, 2, 1, 0)
    with pytest.raises(EngineError, match=r"W should be an array of shape \(3, 3, 2, 5\)"):
        conv_forward_fast(A_prev, np.ones((3, 2, 2, 5)), b, {"stride": 1, "pad": 0})
    _, cache = conv_forward_fast(A_prev, np.ones((3, 3, 2, 5)), b, {"stride": 1, "pad": 0})
    with pytest.raises(EngineError, match="dZ should be an array of shape"):
        conv_backward_fast(np.ones((1, 2, 2, 4)), cache)
