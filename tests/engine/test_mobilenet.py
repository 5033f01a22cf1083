from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.layers.base import walk
from engine.layers.branches import Sum
from engine.layers.convolution import Conv2D, DepthwiseConv2D
from engine.layers.normalization import BatchNormalization
from engine.layers.summary import count_numbers, summary
from engine.mobilenet import (
    MobileNetV1,
    MobileNetV2,
    Relu6,
    inverted_residual,
    inverted_residual_block,
    relu6,
    separable_block,
)

GradientError = Callable[..., float]


def test_the_networks_have_the_published_number_of_parameters() -> None:
    assert count_numbers(MobileNetV2(rng=0, dtype=np.float32)) == (3_504_872, 34_112)
    assert sum(count_numbers(MobileNetV1(rng=0, dtype=np.float32))) == 4_253_864


def test_the_maps_shrink_by_32_and_the_body_without_its_top_is_what_transfer_builds_on() -> None:
    rows = summary(MobileNetV2((64, 96, 3), width=0.25, include_top=False, rng=0, dtype=np.float32), (64, 96, 3))
    assert rows[-1].shape == (2, 3, 1280)
    # A stem of three layers, 17 blocks, and a convolution of three layers.
    assert len(rows) == 3 + 17 + 3


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
@settings(max_examples=10, deadline=None)
def test_a_block_with_biases_for_batch_normalization_is_the_plain_one(n_H, n_W, n_C_prev, n_C, t, s) -> None:
    rng = np.random.default_rng(0)
    A = 5 * rng.normal(size=(2, n_H, n_W, n_C_prev))
    block = inverted_residual_block(n_C_prev, n_C, t, s, rng=rng)
    convolutions = [one for _, one in walk(block) if isinstance(one, Conv2D | DepthwiseConv2D)]
    norms = [one for _, one in walk(block) if isinstance(one, BatchNormalization)]
    names = [("W_expand", "b_expand"), ("K", "b_depthwise"), ("W_project", "b_project")][-len(norms) :]
    params = {}
    for (weight, bias), convolution, norm in zip(names, convolutions, norms, strict=True):
        # In use, batch normalization is a factor, here near 1, and a shift.
        norm.parameters["beta"][...] = rng.normal(size=norm.parameters["beta"].shape)
        (W,) = convolution.parameters.values()
        params[weight] = W / np.sqrt(1 + norm.eps)
        params[bias] = norm.parameters["beta"].reshape(1, 1, 1, -1)
    out = inverted_residual(A, params, t, s)
    assert out.shape == (2, -(-n_H // s), -(-n_W // s), n_C)
    np.testing.assert_allclose(block(A), out, atol=1e-12)
    # The way around is there only where the shape stays.
    assert isinstance(block, Sum) == (s == 1 and n_C == n_C_prev)


def test_nothing_bends_the_numbers_after_the_projection() -> None:
    A, b = np.full((1, 2, 2, 1), 2.0), np.zeros((1, 1, 1, 1))
    params = {"K": np.ones((1, 1, 1)), "b_depthwise": b, "W_project": np.full((1, 1, 1, 1), -9.0), "b_project": b}
    np.testing.assert_array_equal(inverted_residual(A, params, t=1, s=2), np.full((1, 1, 1, 1), -18.0))


def test_the_blocks_have_the_gradients_of_their_output(layer_gradient_error: GradientError) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 5, 4, 2))
    for block in (
        inverted_residual_block(2, 2, t=3, rng=rng),
        inverted_residual_block(2, 3, t=2, s=2, rng=rng),
        separable_block(2, 3, s=2, rng=rng),
        Relu6(),
    ):
        assert layer_gradient_error(block, 4 * x) <= 1e-6


def test_the_ceiling_is_six() -> None:
    x = np.array([[-1.0, 0.5, 5.9, 6.1]])
    np.testing.assert_array_equal(relu6(x), [[0, 0.5, 5.9, 6]])
    layer = Relu6()
    layer(x, training=True)
    np.testing.assert_array_equal(layer.backward(np.ones((1, 4))), [[0, 1, 1, 0]])


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="width should be a number in"):
        MobileNetV2(width=0)
    b = np.zeros((1, 1, 1, 4))
    params = {"W_expand": np.ones((1, 1, 2, 5)), "b_expand": b, "K": np.ones((3, 3, 4)), "b_depthwise": b}
    with pytest.raises(EngineError, match=r"W_expand should be an array of shape \(1, 1, 2, 4\)"):
        inverted_residual(np.ones((1, 3, 3, 2)), params, t=2, s=1)
    params["W_expand"] = np.ones((1, 1, 2, 4))
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'W_project'"):
        inverted_residual(np.ones((1, 3, 3, 2)), params, t=2, s=1)
