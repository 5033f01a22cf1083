from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.layers.base import Layer, Sequential, gradients_of, parameters_of, zero_gradients
from engine.layers.losses import softmax_cross_entropy
from engine.nmt import AdditiveAttention, Translator, attention_backward, attention_forward, modelf, one_step_attention
from engine.optimizers import Adam
from engine.textbook.attention import attention_step_loops

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)
Error = Callable[..., float]


class Small(Layer):
    """A small cost: where a gradient is exactly 0, as that of c, the rounding of its differences stays small, too."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        return 1e-4 * x

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return 1e-4 * dout


def weights(rng: np.random.Generator, n_in: int, n_e: int) -> dict[str, np.ndarray]:
    return {"W": rng.normal(size=(n_in, n_e)), "b": rng.normal(size=n_e), "v": rng.normal(size=n_e)}


@given(sizes, sizes, sizes, sizes, seeds)
@settings(max_examples=15, deadline=None)
def test_a_step_of_attention_equals_its_loops(m: int, T_x: int, n_s: int, n_e: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, s_prev, params = rng.normal(size=(m, T_x, 4)), rng.normal(size=(m, n_s)), weights(rng, 4 + n_s, n_e)
    mask = rng.integers(0, 2, size=(m, T_x))
    mask[:, 0] = 1
    context, alphas, _ = attention_forward(a, s_prev, params, mask)
    loop_context, loop_alphas = attention_step_loops(a, s_prev, params, mask)
    np.testing.assert_allclose(context, loop_context, atol=1e-13)
    np.testing.assert_allclose(alphas, loop_alphas, atol=1e-13)
    np.testing.assert_allclose(alphas.sum(axis=1), 1)
    np.testing.assert_array_equal(alphas[mask == 0], 0)


@given(sizes, sizes, sizes, sizes, st.sampled_from(["linear", "relu"]), seeds)
@settings(max_examples=10, deadline=None)
def test_the_gradients_of_a_step_of_attention(
    gradient_error: Error, m: int, T_x: int, n_s: int, n_e: int, activation: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    arrays = {"a": rng.normal(size=(m, T_x, 4)), "s_prev": rng.normal(size=(m, n_s)), **weights(rng, 4 + n_s, n_e)}
    # Energies of which none is near the kink of the ReLU: |e| <= sum |v| before c is added.
    arrays["c"] = np.array(np.sum(np.abs(arrays["v"])) + 1)
    mask = rng.integers(0, 2, size=(m, T_x))
    dcontext = 1e-4 * rng.normal(size=(m, 1, 4))

    def forward(a: np.ndarray, s_prev: np.ndarray, **params: np.ndarray) -> tuple:
        return attention_forward(a, s_prev, params, mask, activation)

    *_, cache = forward(**arrays)
    da, ds_prev, grads = attention_backward(dcontext, cache)
    gradients = {"a": da, "s_prev": ds_prev, **{name[1:]: gradient for name, gradient in grads.items()}}
    assert gradient_error(lambda **x: float(np.sum(forward(**x)[0] * dcontext)), arrays, gradients) <= 1e-6


def test_the_relu_of_the_notebook_cuts_energies_and_their_gradients() -> None:
    rng = np.random.default_rng(0)
    a, s_prev, params = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 3)), weights(rng, 7, 6)
    _, _, (_, _, _, energies, _, _, _) = attention_forward(a, s_prev, params)
    assert energies.min() < 0 < energies.max()
    e = np.exp(np.maximum(energies, 0))
    alphas = e / e.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(one_step_attention(a, s_prev, params), np.einsum("mt,mtn->mn", alphas, a)[:, None])
    *_, cache = attention_forward(a, s_prev, {**params, "c": -100.0}, activation="relu")
    da, ds_prev, grads = attention_backward(np.ones((2, 1, 4)), cache)
    np.testing.assert_allclose(da, 1 / 5)
    for dead in (ds_prev, *grads.values()):
        np.testing.assert_array_equal(dead, 0)


def test_an_attention_layer_used_twice_adds_its_gradients_up(gradient_error: Error) -> None:
    rng = np.random.default_rng(1)
    layer = AdditiveAttention(4, 3, activation="linear", rng=rng)
    arrays = {"a": rng.normal(size=(2, 5, 4)), "s": rng.normal(size=(2, 3))} | parameters_of(layer)
    arrays = {name: value.copy() for name, value in arrays.items()}
    dout = 1e-4 * rng.normal(size=(2, 1, 4))

    def twice(a: np.ndarray, s: np.ndarray, training: bool = False) -> np.ndarray:
        return layer.forward(a, training, s) + layer.forward(a, training, 2 * s)

    def J(a: np.ndarray, s: np.ndarray, **params: np.ndarray) -> float:
        for name, value in params.items():
            layer.parameters[name][...] = value
        return float(np.sum(twice(a, s) * dout))

    twice(arrays["a"], arrays["s"], training=True)
    second, ds2 = layer.backward(dout), layer.ds_prev
    first, ds1 = layer.backward(dout), layer.ds_prev
    gradients = {"a": first + second, "s": ds1 + 2 * ds2, **gradients_of(layer)}
    assert gradient_error(J, arrays, gradients) <= 1e-6


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), seeds)
@settings(max_examples=3, deadline=None)
def test_a_translator_has_the_gradients_of_its_cost(
    layer_gradient_error: Error, m: int, Tx: int, Ty: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    model = Translator(Tx, Ty, 2, 3, 4, 5, activation="linear", rng=rng)
    assert layer_gradient_error(Sequential([model, Small()]), rng.normal(size=(m, Tx, 4))) <= 1e-6


def test_padding_is_neither_read_nor_looked_at() -> None:
    rng = np.random.default_rng(2)
    model = Translator(6, 3, 4, 5, 7, 8, rng=rng)
    ids = rng.integers(0, 7, size=(2, 6))
    before = model.forward(ids, lengths=[4, 6])
    np.testing.assert_array_equal(model.attention_weights[0, :, 4:], 0)
    ids[0, 4:] = (ids[0, 4:] + 1) % 7
    np.testing.assert_array_equal(model.forward(ids, lengths=[4, 6]), before)


def test_a_translator_learns_to_write_backwards_and_looks_where_it_reads() -> None:
    rng = np.random.default_rng(0)
    T, V = 4, 5
    model = Translator(T, T, 12, 16, V, V, activation="linear", rng=rng, dtype=np.float32)
    parameters, adam = parameters_of(model), Adam(0.02)
    for _ in range(200):
        x = rng.integers(0, V, size=(32, T))
        zero_gradients(model)
        _, dlogits = softmax_cross_entropy(model(x, training=True), x[:, ::-1])
        model.backward(dlogits)
        adam.step(parameters, gradients_of(model))
    assert dlogits.dtype == np.float32
    x = rng.integers(0, V, size=(200, T))
    assert np.mean(np.all(model(x).argmax(axis=-1) == x[:, ::-1], axis=1)) >= 0.95
    assert model.attention_weights[:, 0, -1].mean() > 1 / T


def test_the_models_sizes_are_those_of_the_course() -> None:
    model = modelf(30, 10, 32, 64, 37, 11, rng=0)
    shapes = {name: value.shape for name, value in parameters_of(model).items()}
    assert shapes["encoder.ahead.W"] == (4 * 32, 32 + 37)
    assert shapes["decoder.W"] == (4 * 64, 64 + 64)
    assert shapes["attention.W"] == (64 + 64, 10)
    assert shapes["output.W"] == (64, 11)


def test_what_does_not_fit_together_is_told() -> None:
    params = weights(np.random.default_rng(0), 7, 6)
    a, s_prev = np.ones((2, 5, 4)), np.ones((2, 3))
    with pytest.raises(EngineError, match="s_prev should be an array of shape"):
        attention_forward(a, np.ones((3, 3)), params)
    with pytest.raises(EngineError, match="W should be an array of shape"):
        attention_forward(a, np.ones((2, 4)), params)
    with pytest.raises(EngineError, match="params should be a dictionary with the key 'v'"):
        attention_forward(a, s_prev, {name: params[name] for name in "Wb"})
    with pytest.raises(EngineError, match="mask should be an array of shape"):
        attention_forward(a, s_prev, params, np.ones((2, 4)))
    with pytest.raises(EngineError, match="activation should be one of 'linear', 'relu'"):
        attention_forward(a, s_prev, params, activation="tanh")
    *_, cache = attention_forward(a, s_prev, params)
    with pytest.raises(EngineError, match="dcontext should be an array of shape"):
        attention_backward(np.ones((2, 4)), cache)
    with pytest.raises(EngineError, match="s_prev should be the state of the decoder"):
        AdditiveAttention(4, 3, rng=0)(a)
    with pytest.raises(EngineError, match="x should be integers from 0 to 6"):
        Translator(5, 3, 4, 5, 7, 8, rng=0)(np.full((1, 5), 7))
    with pytest.raises(EngineError, match="x should be an array of shape"):
        Translator(5, 3, 4, 5, 7, 8, rng=0)(np.zeros((1, 5, 6)))
