from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.layers.base import Sequential, count_parameters, parameters_of, snapshot
from engine.layers.convolution import Conv2D, GlobalAveragePooling2D
from engine.layers.dense import Dense, Relu
from engine.layers.losses import binary_cross_entropy, softmax_cross_entropy
from engine.layers.normalization import BatchNormalization
from engine.layers.training import fit
from engine.mobilenet import MobileNetV2
from engine.optimizers import SGD, Adam
from engine.transfer_cnn import alpaca_model, data_augmenter, extract_features, freeze, train_head, unfreeze_from


def small_base(seed: int = 0) -> Sequential:
    layers = [Conv2D(1, 6, 3, rng=seed), BatchNormalization(6), Relu(), Conv2D(6, 4, 3, rng=seed), Relu()]
    return Sequential(layers)


def test_a_head_on_features_that_were_kept_learns_what_it_learns_behind_the_frozen_base() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 6, 6, 1)), rng.integers(0, 3, size=20)
    base = small_base()
    freeze(base)
    head = train_head(extract_features(X, base), y, optimizer=SGD(0.1), epochs=3, batch_size=8, rng=5)

    order = np.random.default_rng(5)
    whole = Sequential([base, GlobalAveragePooling2D(), Dense(4, 3, rng=order)])
    before = snapshot(base)
    fit(whole, X, y, softmax_cross_entropy, SGD(0.1), epochs=3, batch_size=8, rng=order)
    for name, value in parameters_of(head).items():
        np.testing.assert_allclose(value, parameters_of(whole)[f"2.{name}"], atol=1e-12)
    # Neither the weights nor the running averages of the frozen base have moved.
    assert all(np.array_equal(value, before[name]) for name, value in snapshot(base).items())


def test_only_the_head_of_the_model_is_trained() -> None:
    base = MobileNetV2((32, 32, 3), width=0.1, include_top=False, rng=0, dtype=np.float32)
    model = alpaca_model((32, 32, 3), base=base, rng=0)
    assert count_parameters(model, trainable=True) == 1281
    X = np.random.default_rng(0).integers(0, 256, size=(2, 32, 32, 3)).astype(np.float32)
    before = snapshot(base)
    fit(model, X, np.array([[0.0], [1.0]]), binary_cross_entropy, Adam(), rng=0)
    assert all(np.array_equal(value, before[name]) for name, value in snapshot(base).items())
    assert np.any(model.children["5"].parameters["b"] != 0)


def test_from_a_layer_on_all_is_trained_but_batch_normalization() -> None:
    base = small_base()
    unfreeze_from(base, 1)
    assert sorted(parameters_of(base, trainable=True)) == ["3.W", "3.b"]
    unfreeze_from(base, 0)
    assert sorted(parameters_of(base, trainable=True)) == ["0.W", "0.b", "3.W", "3.b"]
    with pytest.raises(EngineError, match="first should be the number of a layer, 0 to 4"):
        unfreeze_from(base, 5)


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="y should be integers from 0 to 1"):
        train_head(np.ones((2, 3)), [0, 2], classes=2)
    with pytest.raises(EngineError, match=r"F should be an array of shape \(m, n\)"):
        train_head(np.ones((2, 3, 3, 1)), [0, 1])
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, n_H, n_W, n_C\)"):
        data_augmenter(rng=0)(np.ones((4, 4, 3)), training=True)
