from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.layers.base import Layer, Sequential
from engine.layers.branches import Concatenate, Identity, Sum
from engine.layers.convolution import (
    AveragePooling2D,
    Conv2D,
    Conv2DTranspose,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ZeroPadding2D,
    draw_filters,
    same_padding,
)
from engine.layers.dense import Dense, Relu, Tanh
from engine.layers.summary import count_numbers, summary

GradientError = Callable[..., float]
sizes = st.integers(3, 6)
channels = st.integers(1, 3)
strides = st.integers(1, 3)
paddings = st.sampled_from(["same", "valid", 1, ((0, 2), (1, 0))])


@given(sizes, sizes, channels, channels, st.integers(1, 3), strides, paddings, st.booleans(), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_convolution_has_the_gradients_of_its_output(
    layer_gradient_error: GradientError, n_H, n_W, n_C_prev, n_C, f, stride, pad, use_bias, seed
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, n_H, n_W, n_C_prev))
    layer = Conv2D(n_C_prev, n_C, f, stride, pad, use_bias=use_bias, rng=rng)
    assert layer_gradient_error(layer, x) <= 1e-6
    depthwise = DepthwiseConv2D(n_C_prev, f, stride, pad, use_bias=use_bias, rng=rng)
    assert layer_gradient_error(depthwise, x) <= 1e-6


def test_a_first_layer_saves_the_gradient_of_its_input_and_nothing_else() -> None:
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    for pad in ("same", "valid", 2):
        usual, first = Conv2D(3, 4, 3, 2, pad, rng=0), Conv2D(3, 4, 3, 2, pad, input_gradient=False, rng=0)
        dout = np.random.default_rng(1).normal(size=usual(x, training=True).shape)
        first(x, training=True)
        usual.backward(dout)
        np.testing.assert_array_equal(first.backward(dout), np.zeros_like(x))
        for name, gradient in usual.gradients.items():
            np.testing.assert_allclose(first.gradients[name], gradient, atol=1e-12)


@given(sizes, sizes, channels, channels, st.integers(1, 4), strides, st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_transpose_convolution_is_the_convolution_from_its_output_run_backward(
    layer_gradient_error: GradientError, n_H, n_W, n_C_prev, n_C, f, stride, seed
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, n_H, n_W, n_C_prev))
    for pad in ("same", "valid"):
        layer = Conv2DTranspose(n_C_prev, n_C, f, stride, pad, rng=rng)
        assert layer_gradient_error(layer, x) <= 1e-6
        out = layer(x)
        back = Conv2D(n_C, n_C_prev, f, stride, pad, use_bias=False)
        back.parameters["W"] = layer.parameters["W"]
        assert back(out, training=True).shape == x.shape
        np.testing.assert_allclose(back.backward(x), out, atol=1e-12)
        assert pad == "valid" or out.shape[1:3] == (stride * n_H, stride * n_W)


def test_the_output_padding_of_a_transpose_convolution_is_at_the_end() -> None:
    x = np.random.default_rng(0).normal(size=(1, 2, 3, 1))
    less, more = (Conv2DTranspose(1, 1, 3, 2, 1, output_padding, rng=0)(x) for output_padding in (0, 1))
    assert (less.shape, more.shape) == ((1, 3, 5, 1), (1, 4, 6, 1))
    np.testing.assert_allclose(more[:, :3, :5], less)


@given(sizes, sizes, channels, st.integers(1, 3), strides, st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_pooling_and_padding_have_the_gradients_of_their_output(
    layer_gradient_error: GradientError, n_H, n_W, n_C, f, stride, seed
) -> None:
    # Whole numbers, all different, so that no maximum changes hands within a difference quotient.
    x = np.random.default_rng(seed).permutation(np.arange(2.0 * n_H * n_W * n_C)).reshape(2, n_H, n_W, n_C)
    for layer in (
        MaxPooling2D(f, stride),
        MaxPooling2D(f, stride, pad="same"),
        AveragePooling2D(f, stride),
        GlobalAveragePooling2D(),
        ZeroPadding2D(((1, 0), (0, 2))),
    ):
        assert layer_gradient_error(layer, x) <= 1e-6


@given(st.integers(1, 20), st.integers(1, 7), st.integers(1, 5))
def test_same_padding_makes_as_many_steps_as_the_stride_goes_into_the_size(n: int, f: int, stride: int) -> None:
    (before, after), _ = same_padding(n, n, f, stride)
    assert (n + before + after - f) // stride + 1 == -(-n // stride)
    assert before <= after <= before + 1


def test_a_padded_maximum_is_never_a_zero_of_the_padding() -> None:
    out = MaxPooling2D(3, 1, pad="same")(np.full((1, 2, 2, 1), -5.0))
    np.testing.assert_array_equal(out, np.full((1, 2, 2, 1), -5.0))


def test_filters_are_drawn_with_the_variance_that_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    W = draw_filters((3, 3, 40, 60), 9 * 40, 9 * 60, "glorot", rng, np.float64)
    assert W.var() == pytest.approx(2 / (9 * 100), rel=0.03)
    assert Conv2D(40, 60, 3, rng=0).parameters["W"].var() == pytest.approx(2 / (9 * 40), rel=0.03)


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(2, 3, 3, dtype=np.float32),
        DepthwiseConv2D(2, 3, 2, "same", dtype=np.float32),
        Conv2DTranspose(2, 3, 3, 2, "same", dtype=np.float32),
        MaxPooling2D(2, 1, "same"),
        AveragePooling2D(2),
        GlobalAveragePooling2D(),
        ZeroPadding2D(1),
        Sum([Relu(), Identity()]),
        Concatenate([Relu(), Identity()]),
    ],
)
def test_a_layer_keeps_float32_and_its_input(layer: Layer) -> None:
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 2)).astype(np.float32)
    before = x.copy()
    out = layer(x, training=True)
    dout = np.ones_like(out)
    dx = layer.backward(dout)
    assert (out.dtype, dx.dtype, dx.shape) == (np.float32, np.float32, x.shape)
    assert all(gradient.dtype == np.float32 for gradient in layer.gradients.values())
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(dout, 1)


def test_layers_side_by_side_have_the_gradients_of_their_sum_and_of_their_stack(
    layer_gradient_error: GradientError,
) -> None:
    rng = np.random.default_rng(0)
    shared = Dense(3, 3, rng=rng)
    x = rng.normal(size=(2, 4, 3))
    total = Sum([Sequential([shared, Tanh()]), Identity(), shared])
    stack = Concatenate([Sequential([shared, Tanh()]), Dense(3, 2, rng=rng), shared, Identity()])
    assert stack(x).shape == (2, 4, 11)
    assert layer_gradient_error(total, x) <= 1e-6
    assert layer_gradient_error(stack, x) <= 1e-6


def test_a_summary_has_the_shape_and_the_numbers_of_every_layer() -> None:
    model = Sequential([Conv2D(3, 4, 3), Relu(), GlobalAveragePooling2D(), Dense(4, 2)])
    rows = summary(model, (6, 5, 3))
    assert [row.shape for row in rows] == [(4, 3, 4), (4, 3, 4), (4,), (2,)]
    assert [row.trainable for row in rows] == [112, 0, 0, 10]
    assert count_numbers(model) == (122, 0)


def test_bad_input_is_named() -> None:
    images = np.ones((2, 5, 5, 3))
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, n_H, n_W, 2\)"):
        Conv2D(2, 4, 3)(images)
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, n_H, n_W, n_C\)"):
        MaxPooling2D(2)(images[0])
    with pytest.raises(EngineError, match="stride should be a whole number from 1 up, but it is 0"):
        Conv2D(2, 4, 3, stride=0)
    with pytest.raises(EngineError, match="init should be one of 'he', 'glorot'"):
        Conv2D(2, 4, 3, init="zeros")
    with pytest.raises(EngineError, match="pad should be one of 'same', 'valid'"):
        MaxPooling2D(2, pad="full")
    with pytest.raises(EngineError, match="branches should be layers with outputs of one shape"):
        Sum([Identity(), MaxPooling2D(2)])(images)
    with pytest.raises(EngineError, match="branches should be layers with outputs that differ in the last axis alone"):
        Concatenate([Identity(), MaxPooling2D(2)])(images)
    with pytest.raises(EngineError, match="branches should be one layer or more"):
        Sum([])
