from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.datasets.drawn_pictures import scenes
from engine.errors import EngineError
from engine.layers.base import parameters_of
from engine.layers.losses import softmax_cross_entropy
from engine.layers.summary import count_numbers
from engine.layers.training import accuracy, fit, predict
from engine.optimizers import Adam
from engine.unet import conv_block, unet_model, upsampling_block

GradientError = Callable[..., float]


def test_the_network_has_the_gradients_of_its_output(layer_gradient_error: GradientError) -> None:
    rng = np.random.default_rng(0)
    model = unet_model((4, 8, 2), n_filters=2, n_classes=3, depth=2, dropout_prob=0, rng=rng)
    for name, value in parameters_of(model).items():
        if name.endswith("b"):
            # With biases of 0, a pixel all of whose neighbours are 0 sits on the kink of the ReLU.
            value[...] = rng.normal(size=value.shape)
    assert layer_gradient_error(model, rng.normal(size=(2, 4, 8, 2))) <= 1e-6


def test_the_network_of_the_course_has_its_number_of_parameters() -> None:
    assert count_numbers(unet_model(rng=0, dtype=np.float32)) == (8_640_471, 0)


def test_what_goes_straight_across_is_the_image_before_the_pooling() -> None:
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    block = upsampling_block(conv_block(1, 1, rng=0), 1, n_C=1, n_filters=3, rng=0)
    stacked = block.children["0"](x)
    assert stacked.shape == (1, 4, 4, 4)
    np.testing.assert_array_equal(stacked[..., 3:], x)


def test_dropout_is_in_the_two_deepest_blocks_and_only_in_training() -> None:
    model = unet_model((8, 8, 1), n_filters=2, n_classes=2, depth=2, dropout_prob=0.5, rng=0)
    x = np.ones((1, 8, 8, 1))
    np.testing.assert_array_equal(model(x), model(x))
    assert np.any(model(x, training=True) != model(x, training=True))
    with pytest.raises(EngineError, match="dropout_prob should be a number in"):
        unet_model((8, 8, 1), depth=1, n_filters=2, dropout_prob=1)


def test_a_tiny_network_learns_to_find_shapes_in_pictures_it_has_not_seen() -> None:
    drawn = scenes(60, side=16, most=1, rng=0)
    X = np.array([scene.image for scene in drawn], np.float32)
    Y = np.array([scene.mask > 0 for scene in drawn]).astype(int)
    model = unet_model((16, 16, 3), n_filters=4, n_classes=2, depth=2, dropout_prob=0, rng=0, dtype=np.float32)
    fit(model, X[:48], Y[:48], softmax_cross_entropy, Adam(0.01), epochs=10, batch_size=8, rng=0)
    assert accuracy(predict(model, X[48:]), Y[48:]) > 0.98 > 1 - Y[48:].mean()


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="input_size should be a height and a width that are multiples of 16"):
        unet_model((96, 120, 3))
    with pytest.raises(EngineError, match="n_classes should be a whole number from 1 up"):
        unet_model(n_classes=0)
    with pytest.raises(EngineError, match="branches should be layers with outputs that differ in the last axis alone"):
        upsampling_block(conv_block(1, 2, rng=0), 2, n_C=1, n_filters=2)(np.ones((1, 3, 4, 1)))
