from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.layers.base import walk
from engine.layers.convolution import Conv2D
from engine.layers.losses import softmax_cross_entropy
from engine.layers.summary import count_numbers, summary
from engine.layers.training import accuracy, fit
from engine.optimizers import Adam
from engine.resnet import (
    ResNet50,
    convolutional_block,
    identity_block,
    residual_block_backward,
    residual_block_forward,
)

GradientError = Callable[..., float]
sizes = st.integers(1, 4)


def draw_block(rng: np.random.Generator, f: int, n_C_prev: int, n_C: int, projection: bool) -> dict[str, np.ndarray]:
    shapes = {"1": (f, f, n_C_prev, n_C), "2": (f, f, n_C, n_C)}
    if projection:
        shapes["s"] = (1, 1, n_C_prev, n_C)
    weights = {f"W{name}": rng.normal(size=shape) for name, shape in shapes.items()}
    return weights | {f"b{name}": rng.normal(size=(1, 1, 1, n_C)) for name in shapes}


@given(sizes, sizes, sizes, sizes, st.sampled_from([1, 3]), st.integers(1, 2), st.booleans(), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_residual_block_has_the_gradients_of_its_output(
    gradient_error: GradientError, n_H, n_W, n_C_prev, n_C, f, stride, projection, seed
) -> None:
    rng = np.random.default_rng(seed)
    if not projection:
        n_C, stride = n_C_prev, 1
    A, params = rng.normal(size=(2, n_H, n_W, n_C_prev)), draw_block(rng, f, n_C_prev, n_C, projection)
    A_out, cache = residual_block_forward(A, params, stride)
    dA = rng.normal(size=A_out.shape)
    dA_prev, grads = residual_block_backward(dA, cache)

    def J(A, **params):
        return float(np.sum(residual_block_forward(A, params, stride)[0] * dA))

    gradients = {"A": dA_prev, **{name: grads[f"d{name}"] for name in params}}
    assert gradient_error(J, {"A": A, **params}, gradients) <= 1e-6


def test_a_block_whose_second_convolution_is_zero_passes_on_what_came_from_a_relu() -> None:
    rng = np.random.default_rng(0)
    params = draw_block(rng, 3, 2, 2, projection=False)
    params["W2"][...] = params["b2"][...] = 0
    A = np.maximum(rng.normal(size=(2, 4, 5, 2)), 0)
    np.testing.assert_array_equal(residual_block_forward(A, params)[0], A)


def test_the_blocks_have_the_gradients_of_their_output(layer_gradient_error: GradientError) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3, 5, 4, 6))
    for block in (identity_block(6, 3, (2, 2, 6), rng=rng), convolutional_block(6, 3, (2, 2, 4), s=2, rng=rng)):
        block.backward(np.ones_like(block(x, training=True)))
        convolutions = [one for _, one in walk(block) if isinstance(one, Conv2D)]
        for convolution in convolutions:
            # The batch normalization after it takes any bias away, so its gradient is 0.
            np.testing.assert_allclose(convolution.gradients["b"], 0, atol=1e-10)
            del convolution.parameters["b"], convolution.gradients["b"]
        assert layer_gradient_error(block, x) <= 1e-6


def test_the_network_of_50_layers_has_the_shapes_and_numbers_of_the_published_one() -> None:
    model = ResNet50(rng=0, dtype=np.float32)
    assert count_numbers(model) == (23_546_886, 53_120)
    # What the classes are told apart by is all that depends on their number: 25,636,712 with a thousand.
    assert sum(count_numbers(model)) - (2048 + 1) * 6 + (2048 + 1) * 1000 == 25_636_712
    rows = summary(model, (64, 64, 3))
    blocks = [row.shape for row in rows if row.kind == "Sequential"]
    assert blocks == [(15, 15, 256)] * 3 + [(8, 8, 512)] * 4 + [(4, 4, 1024)] * 6 + [(2, 2, 2048)] * 3
    assert rows[-1].shape == (6,)


def test_a_small_residual_network_learns_to_tell_stripes_apart() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(48) % 2
    images = rng.normal(scale=0.3, size=(48, 12, 12, 1)).astype(np.float32)
    images[labels == 0, ::3] += 1
    images[labels == 1, :, ::3] += 1
    model = ResNet50((12, 12, 1), classes=2, blocks=(2, 1), width=4, rng=0, dtype=np.float32)
    history = fit(model, images, labels, softmax_cross_entropy, Adam(0.01), epochs=6, batch_size=16, rng=0)
    assert history[-1]["loss"] < 0.2 < history[0]["loss"]
    assert accuracy(model(images, training=True), labels) == 1


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="filters should be three numbers, the last of them 8"):
        identity_block(8, 3, (2, 2, 4))
    with pytest.raises(EngineError, match="filters should be three numbers"):
        convolutional_block(8, 3, (2, 4))
    params = draw_block(np.random.default_rng(0), 3, 2, 3, projection=False)
    with pytest.raises(EngineError, match="params should be such that both ways lead to one shape"):
        residual_block_forward(np.ones((1, 3, 3, 2)), params)
    del params["b2"]
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'b2'"):
        residual_block_forward(np.ones((1, 3, 3, 2)), params)
