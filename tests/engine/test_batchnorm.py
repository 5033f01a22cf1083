from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import batchnorm
from engine.errors import EngineError
from engine.layers.base import Layer
from engine.layers.normalization import BatchNormalization

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


def drawn(n: int, B: int, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return rng.normal(2, 3, size=(n, B)), rng.normal(size=(n, 1)), rng.normal(size=(n, 1)), rng.normal(size=(n, B))


@given(sizes, st.integers(2, 6), seeds)
@settings(max_examples=10, deadline=None)
def test_the_backward_pass_has_the_gradients(gradient_error: Callable[..., float], n: int, B: int, seed: int) -> None:
    Z, gamma, beta, R = drawn(n, B, seed)
    eps = 1e-2
    _, cache = batchnorm.batchnorm_forward(Z, gamma, beta, eps)
    dZ, dgamma, dbeta = batchnorm.batchnorm_backward(R, cache)
    J = lambda Z, gamma, beta: float(np.sum(batchnorm.batchnorm_forward(Z, gamma, beta, eps)[0] * R))  # noqa: E731
    arrays = {"Z": Z, "gamma": gamma, "beta": beta}
    assert gradient_error(J, arrays, {"Z": dZ, "gamma": dgamma, "beta": dbeta}) <= 1e-6


@given(sizes, st.integers(2, 6), seeds)
@settings(max_examples=10, deadline=None)
def test_a_constant_added_to_a_unit_changes_nothing(n: int, B: int, seed: int) -> None:
    Z, gamma, beta, _ = drawn(n, B, seed)
    plain, _ = batchnorm.batchnorm_forward(Z, gamma, beta, eps=1e-3)
    shifted, _ = batchnorm.batchnorm_forward(Z + 7, gamma, beta, eps=1e-3)
    np.testing.assert_allclose(plain, shifted, atol=1e-9)
    np.testing.assert_allclose(plain.mean(axis=1, keepdims=True), beta, atol=1e-12)


def test_eps_stands_inside_the_root_beside_the_biased_variance() -> None:
    Z_tilde, _ = batchnorm.batchnorm_forward([[0.0, 2.0]], [[1.0]], [[0.0]], eps=3.0)
    np.testing.assert_allclose(Z_tilde, [[-0.5, 0.5]])  # variance 1, root of 4


def test_running_averages_make_a_single_example_meaningful() -> None:
    Z, gamma, beta, _ = drawn(3, 50, 0)
    running = {"mu": np.zeros((3, 1)), "var": np.ones((3, 1))}
    for _ in range(200):
        running = batchnorm.batchnorm_update_running(Z.mean(1, keepdims=True), Z.var(1, keepdims=True), running)
    whole, _ = batchnorm.batchnorm_forward(Z, gamma, beta)
    one = batchnorm.batchnorm_inference(Z[:, :1], gamma, beta, running)
    np.testing.assert_allclose(one, whole[:, :1], rtol=1e-6)


def test_a_folded_normalization_is_the_same_linear_map() -> None:
    rng = np.random.default_rng(0)
    W, b, gamma, beta, mu = (rng.normal(size=shape) for shape in ((3, 4), (3, 1), (3, 1), (3, 1), (3, 1)))
    var, X = rng.uniform(0.5, 2, size=(3, 1)), rng.normal(size=(4, 6))
    expected = batchnorm.batchnorm_inference(W @ X + b, gamma, beta, {"mu": mu, "var": var})
    folded_W, folded_b = batchnorm.fold_batchnorm(W, b, gamma, beta, mu, var)
    np.testing.assert_allclose(folded_W @ X + folded_b, expected)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(EngineError, match="gamma should be an array of shape"):
        batchnorm.batchnorm_forward(np.ones((2, 3)), np.ones(2), np.ones((2, 1)))
    with pytest.raises(EngineError, match="running should be a dictionary with the key 'var'"):
        batchnorm.batchnorm_inference(np.ones((1, 1)), [[1.0]], [[0.0]], {"mu": np.zeros((1, 1))})
    with pytest.raises(EngineError, match=r"eps should be a number in \[0, inf\)"):
        batchnorm.batchnorm_forward(np.ones((1, 1)), [[1.0]], [[0.0]], eps=-1)


# As a layer


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 5, 2), (3, 4, 1)])
def test_the_layer_has_the_gradients_of_its_cost(layer_gradient_error: Callable[..., float], shape: tuple) -> None:
    layer = BatchNormalization(shape[-1])
    rng = np.random.default_rng(0)
    for value in layer.parameters.values():
        value += rng.normal(size=value.shape)
    assert layer_gradient_error(layer, rng.normal(2, 3, size=shape)) <= 1e-6


def test_the_layer_agrees_with_the_columns_of_the_course() -> None:
    Z, gamma, beta, R = drawn(3, 700, 0)
    layer = BatchNormalization(3, eps=1e-3)
    layer.parameters = {"gamma": gamma[:, 0], "beta": beta[:, 0]}
    Z_tilde, cache = batchnorm.batchnorm_forward(Z, gamma, beta, eps=1e-3)
    dZ, dgamma, dbeta = batchnorm.batchnorm_backward(R, cache)
    np.testing.assert_allclose(layer(Z.T, training=True).T, Z_tilde, atol=1e-12)
    np.testing.assert_allclose(layer.backward(R.T).T, dZ, atol=1e-12)
    np.testing.assert_allclose(layer.gradients["gamma"], dgamma[:, 0])
    np.testing.assert_allclose(layer.gradients["beta"], dbeta[:, 0])


def test_a_frozen_layer_keeps_its_averages_in_training(layer_gradient_error: Callable[..., float]) -> None:
    layer, x = BatchNormalization(2), np.random.default_rng(0).normal(5, 1, size=(8, 2))
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), x / np.sqrt(1.001))
    np.testing.assert_array_equal(layer.state["mean"], [0, 0])
    layer.kept()
    assert layer_gradient_error(layer, x) <= 1e-6


def test_the_layer_takes_integers_and_refuses_an_empty_batch() -> None:
    layer = BatchNormalization(1)
    np.testing.assert_allclose(layer(np.array([[1], [3]]), training=True), [[-1], [1]], rtol=1e-3)
    before = layer.state["mean"].copy()
    for training in (True, False):
        with pytest.raises(EngineError, match="x should be an array of at least one example"):
            layer(np.zeros((0, 1)), training=training)
    np.testing.assert_array_equal(layer.state["mean"], before)


@pytest.mark.parametrize("trainable", [True, False])
def test_the_layer_keeps_the_dtype_of_its_averages_and_gives_that_of_its_input(trainable: bool) -> None:
    layer, x = BatchNormalization(2), np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    layer.trainable = trainable
    out = layer(x, training=True)
    assert {value.dtype for value in layer.state.values()} == {np.dtype(np.float64)}
    assert out.dtype == layer(x).dtype == layer.backward(out).dtype == np.float32


def test_a_far_mean_does_not_spoil_float32() -> None:
    layer: Layer = BatchNormalization(1, dtype=np.float32)
    x = (1e4 + np.random.default_rng(0).normal(size=(1000, 1))).astype(np.float32)
    out = layer(x, training=True)
    assert out.dtype == np.float32
    assert abs(out.std() - 1) < 1e-2
    with pytest.raises(EngineError, match="x should be an array whose last axis is 1"):
        layer(np.ones((2, 3)))


def test_a_numpy_number_as_option_keeps_float32() -> None:
    one = np.ones((1, 1), np.float32)
    running = batchnorm.batchnorm_update_running(one, one, {"mu": 0 * one, "var": one}, momentum=np.float64(0.9))
    assert {value.dtype for value in running.values()} == {np.dtype(np.float32)}
    assert batchnorm.batchnorm_forward(np.ones((1, 2), np.float32), one, one, np.float64(1e-3))[0].dtype == np.float32
    W, b = batchnorm.fold_batchnorm(one, one, one, one, one, one, np.float64(1e-3))
    assert W.dtype == b.dtype == np.float32
