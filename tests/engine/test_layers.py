from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.layers.base import (
    Layer,
    Sequential,
    count_parameters,
    gradients_of,
    parameters_of,
    zero_gradients,
)
from engine.layers.dense import Dense, Dropout, Flatten, Relu, Tanh

sizes = st.integers(1, 5)


@given(sizes, sizes, sizes, st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_dense_network_has_the_gradients_of_its_cost(
    layer_gradient_error: Callable[..., float], m: int, n_in: int, n_out: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    net = Sequential([Flatten(), Dense(n_in * 3, 4, "he", rng), Tanh(), Dense(4, n_out, rng=rng), Tanh()])
    assert layer_gradient_error(net, rng.normal(size=(m, n_in, 3))) <= 1e-6


def test_a_shared_layer_gets_the_gradients_of_both_its_uses(layer_gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(1)
    shared = Dense(3, 3, rng=rng)
    net = Sequential([shared, Tanh(), shared])
    assert count_parameters(net) == 12
    assert layer_gradient_error(net, rng.normal(size=(4, 3))) <= 1e-6


def test_gradients_add_up_until_they_are_forgotten() -> None:
    dense, x, dout = Dense(2, 2, rng=0), np.ones((3, 2)), np.ones((3, 2))
    for _ in range(2):
        dense(x, training=True)
        dense.backward(dout)
    np.testing.assert_array_equal(dense.gradients["W"], 2 * x.T @ dout)
    zero_gradients(dense)
    np.testing.assert_array_equal(gradients_of(dense)["W"], np.zeros((2, 2)))


def test_a_frozen_layer_is_left_out_of_what_is_trained() -> None:
    net = Sequential([Dense(2, 3, rng=0), Relu(), Dense(3, 1, rng=0)])
    net.children["0"].trainable = False
    assert sorted(parameters_of(net, trainable=True)) == ["2.W", "2.b"]
    assert count_parameters(net) == 13


def test_a_backward_pass_needs_a_forward_pass_in_training() -> None:
    dense = Dense(2, 1, rng=0)
    dense(np.ones((1, 2)))
    with pytest.raises(EngineError, match="the forward pass of Dense should be run with training=True"):
        dense.backward(np.ones((1, 1)))


def test_dropout_keeps_the_mean_and_masks_the_gradient_alike() -> None:
    dropout, x = Dropout(0.3, rng=0), np.ones((200, 200))
    out = dropout(x, training=True)
    assert abs(out.mean() - 1) < 0.01
    np.testing.assert_array_equal(dropout.backward(x), out)
    assert dropout(x) is x
    assert set(np.unique(Dropout(0.5, rng=0)(np.ones((9, 9), int), training=True))) == {0, 2}


@pytest.mark.parametrize("layer", [Dense(3, 2, rng=0, dtype=np.float32), Relu(), Tanh(), Flatten(), Dropout(0.5, 0)])
def test_a_layer_keeps_float32(layer: Layer) -> None:
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    out = layer(x, training=True)
    assert out.dtype == np.float32
    assert layer.backward(np.ones_like(out)).dtype == np.float32


def test_a_wrong_size_or_rate_is_told() -> None:
    with pytest.raises(EngineError, match="x should be an array whose last axis is 3"):
        Dense(3, 2, rng=0)(np.ones((4, 2)))
    with pytest.raises(EngineError, match="n_out should be a whole number from 1 up"):
        Dense(3, 0)
    with pytest.raises(EngineError, match=r"rate should be a number in \[0, 1\)"):
        Dropout(1.0)


def test_a_first_layer_may_leave_out_the_gradient_that_nobody_uses() -> None:
    x, dout = np.ones((3, 2)), np.ones((3, 4))
    full, first = Dense(2, 4, rng=0), Dense(2, 4, rng=0)
    first.input_gradient = False
    for dense in (full, first):
        dense(x, training=True)
    assert full.backward(dout).shape == x.shape
    assert first.backward(dout).size == 0
    np.testing.assert_array_equal(first.gradients["W"], full.gradients["W"])


def test_gradients_that_are_there_cost_no_new_memory() -> None:
    dense = Dense(300, 300, rng=0)
    for name, value in dense.parameters.items():
        dense.add_gradient(name, value)
    tracemalloc.start()
    try:
        gradients_of(dense)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < dense.parameters["W"].nbytes / 10
