from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import activations as act
from engine.basics import sigmoid
from engine.errors import EngineError
from engine.textbook.activations import leaky_relu_loops, tanh_loops

sizes = st.integers(1, 5)
seeds = st.integers(0, 1000)


@given(sizes, sizes, seeds, st.sampled_from([0.0, 0.01, 0.3]))
@settings(max_examples=10, deadline=None)
def test_the_backward_passes_have_the_gradients_of_their_activation(
    gradient_error: Callable[..., float], n: int, m: int, seed: int, slope: float
) -> None:
    rng = np.random.default_rng(seed)
    Z, dA = rng.normal(size=(2, n, m))
    assume(np.min(np.abs(Z)) > 1e-3)
    backward = {
        "relu": (lambda Z: act.relu(Z)[0], act.relu_backward(dA, Z)),
        "leaky": (lambda Z: act.leaky_relu(Z, slope)[0], act.leaky_relu_backward(dA, (Z, slope))),
        "sigmoid": (sigmoid, act.sigmoid_backward(dA, Z)),
        "tanh": (act.tanh, dA * act.tanh_derivative(act.tanh(Z))),
    }
    for forward, dZ in backward.values():
        assert gradient_error(lambda Z, forward=forward: float(np.sum(forward(Z) * dA)), {"Z": Z}, {"Z": dZ}) <= 1e-6


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_tanh_and_leaky_relu_equal_their_loops(n: int, m: int, seed: int) -> None:
    Z = np.random.default_rng(seed).normal(scale=5, size=(n, m))
    np.testing.assert_allclose(act.tanh(Z), tanh_loops(Z), rtol=1e-12)
    np.testing.assert_allclose(act.tanh(Z), 2 * sigmoid(2 * Z) - 1, atol=1e-15)
    np.testing.assert_array_equal(act.leaky_relu(Z, 0.2)[0], leaky_relu_loops(Z, 0.2))


def test_at_the_kink_the_slope_is_the_one_of_the_left() -> None:
    np.testing.assert_array_equal(act.relu_backward([[3.0]], [[0.0]]), [[0.0]])
    np.testing.assert_array_equal(act.leaky_relu_backward([[3.0]], (np.array([[0.0]]), 0.1)), [[3.0 * 0.1]])


def test_far_out_every_activation_is_finite_and_silent() -> None:
    Z = np.array([[-1e4, 1e4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(act.tanh(Z), [[-1, 1]])
        np.testing.assert_array_equal(act.sigmoid_backward([[1.0, 1.0]], Z), [[0, 0]])


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "linear"])
def test_a_neuron_is_its_activation_of_a_weighted_sum(activation: str) -> None:
    x, w = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    z = 0.5 - 2.0 + 0.25
    expected = {"relu": 0.0, "sigmoid": 1 / (1 + np.exp(-z)), "tanh": np.tanh(z), "linear": z}[activation]
    a = act.neuron_forward(x, w, 0.25, activation)
    assert type(a) is float
    assert a == pytest.approx(expected, rel=1e-14)


@given(st.lists(sizes, min_size=2, max_size=5), seeds)
@settings(max_examples=10, deadline=None)
def test_linear_layers_are_the_one_that_they_collapse_to(dims: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [(rng.normal(size=(n, before)), rng.normal(size=(n, 1))) for before, n in pairwise(dims)]
    x = rng.normal(size=(dims[0], 3))
    out = x
    for layer_W, layer_b in layers:
        out = layer_W @ out + layer_b
    W, b = act.collapse_linear_layers(layers)
    assert (W.shape, b.shape) == ((dims[-1], dims[0]), (dims[-1], 1))
    np.testing.assert_allclose(W @ x + b, out, rtol=1e-9, atol=1e-12)


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    Z = np.array([[-1, 2]], np.float32)
    before = Z.copy()
    outputs = [act.relu(Z)[0], act.leaky_relu(Z, np.float64(0.1))[0], act.tanh(Z), act.tanh_derivative(act.tanh(Z))]
    outputs += [act.relu_backward(Z, Z), act.sigmoid_backward(Z, Z), act.leaky_relu_backward(Z, (Z, 0.1))]
    assert [out.dtype for out in outputs] == [np.float32] * 7
    np.testing.assert_array_equal(Z, before)
    assert not any(np.shares_memory(out, Z) for out in outputs)


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match=r"w should be an array of shape \(2,\)"):
        act.neuron_forward([1.0, 2.0], [1.0], 0.0)
    with pytest.raises(EngineError, match="activation should be one of 'relu'"):
        act.neuron_forward([1.0], [1.0], 0.0, "step")
    with pytest.raises(EngineError, match=r"a should be the output of tanh, within \[-1, 1\], but it is an array .* 2"):
        act.tanh_derivative([2.0])
    with pytest.raises(EngineError, match="dA should be"):
        act.relu_backward([[1.0]], [[1.0, 2.0]])
    with pytest.raises(EngineError, match=r"slope should be a number in \[0, 1\)"):
        act.leaky_relu([[1.0]], 1)
    with pytest.raises(EngineError, match=r"W2 should be an array of shape \(n, 2\)"):
        act.collapse_linear_layers([([[1.0], [1.0]], [[0.0], [0.0]]), ([[1.0]], [[0.0]])])
    with pytest.raises(EngineError, match="layers should be a list of at least one"):
        act.collapse_linear_layers([])


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "linear"])
def test_a_neuron_takes_many_examples_as_columns(activation: str) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 5)), rng.normal(size=(3, 1))
    a = act.neuron_forward(x, w, 0.25, activation)
    assert a.shape == (1, 5)
    np.testing.assert_allclose(a[0], [act.neuron_forward(x[:, i], w[:, 0], 0.25, activation) for i in range(5)])
    assert act.neuron_forward(x.astype(np.float32), w.astype(np.float32), 0.25, activation).dtype == np.float32
    with pytest.raises(EngineError, match=r"w should be an array of shape \(3, 1\)"):
        act.neuron_forward(x, w[:, 0], 0.25, activation)
