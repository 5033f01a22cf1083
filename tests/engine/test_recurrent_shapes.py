from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import bidirectional as both_ways
from engine.errors import EngineError
from engine.gru import gru_forward
from engine.jazz import djmodel, music_inference_model, predict_and_sample
from engine.layers.base import gradients_of, parameters_of, zero_gradients
from engine.layers.dense import Dense
from engine.layers.losses import softmax_cross_entropy
from engine.layers.recurrent import LSTM
from engine.lstm import lstm_forward
from engine.optimizers import Adam
from engine.rnn import rnn_forward
from engine.rnn_types import rnn_encode_decode, rnn_many_to_one, rnn_one_to_many

sizes = st.integers(1, 4)


def parameters(kind: str, n_x: int, n: int, rng: np.random.Generator, n_y: int = 3) -> dict[str, np.ndarray]:
    if kind == "rnn":
        shapes = {"Waa": (n, n), "Wax": (n, n_x), "ba": (n, 1), "Wya": (n_y, n), "by": (n_y, 1)}
    else:
        gates = "urc" if kind == "gru" else "fico"
        shapes = {f"W{g}": (n, n + n_x) for g in gates} | {f"b{g}": (n, 1) for g in gates}
        shapes |= {"Wy": (n_y, n), "by": (n_y, 1)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def used(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters without those of the output layer."""
    return {name: value for name, value in values.items() if name not in ("Wy", "Wya", "by")}


# Both ways, and layer on layer


@given(sizes, sizes, sizes, st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_bidirectional_network_has_its_gradients_with_padding_too(
    gradient_error: Callable[..., float], n_x: int, m: int, T: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    params_f, params_b = used(parameters("lstm", n_x, 2, rng)), used(parameters("rnn", n_x, 3, rng))
    x, lengths = rng.normal(size=(n_x, m, T)), rng.integers(1, T + 1, size=m)
    a, cache = both_ways.bidirectional_forward(x, params_f, params_b, lengths)
    da = rng.normal(size=a.shape)
    dx, gradients_f, gradients_b = both_ways.bidirectional_backward(da, cache)

    def J(x: np.ndarray, **values: np.ndarray) -> float:
        f = {name: values[name] for name in params_f}
        b = {name: values[name] for name in params_b}
        return float(np.sum(both_ways.brnn_forward(x, f, b, lengths) * da))

    arrays = {"x": x, **params_f, **params_b}
    gradients = {"x": dx} | {name[1:]: g for name, g in (gradients_f | gradients_b).items()}
    assert gradient_error(J, arrays, gradients) <= 1e-6


def test_the_backward_network_reads_each_sequence_from_its_own_end() -> None:
    rng = np.random.default_rng(0)
    params_f, params_b = parameters("gru", 2, 3, rng), parameters("gru", 2, 3, rng)
    x = rng.normal(size=(2, 2, 5))
    a = both_ways.brnn_forward(x, params_f, params_b, lengths=[5, 3])
    for i, length in enumerate([5, 3]):
        alone = x[:, i : i + 1, :length]
        ahead = gru_forward(alone, np.zeros((3, 1)), params_f)[0][:, 0]
        back = gru_forward(alone[:, :, ::-1], np.zeros((3, 1)), params_b)[0][:, 0, ::-1]
        np.testing.assert_allclose(a[:, i, :length], np.concatenate([ahead, back]))
        np.testing.assert_array_equal(a[:, i, length:], 0)


@given(sizes, sizes, sizes, st.permutations(["rnn", "gru", "lstm"]), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_a_stack_has_the_gradients_of_all_its_layers(
    gradient_error: Callable[..., float], n_x: int, m: int, T: int, kinds: list[str], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    layers = [used(parameters(kind, n_in, n, rng)) for kind, n_in, n in zip(kinds, (n_x, 2, 4), (2, 4, 3), strict=True)]
    x = rng.normal(size=(n_x, m, T))
    a_top, caches = both_ways.deep_rnn_forward(x, layers)
    da = rng.normal(size=a_top.shape)
    dx, gradients = both_ways.deep_rnn_backward(da, caches)
    assert [{name[1:] for name in g} for g in gradients] == [set(layer) for layer in layers]

    def J(x: np.ndarray, **values: np.ndarray) -> float:
        stack = [{name: values[f"{name}{level}"] for name in layer} for level, layer in enumerate(layers)]
        return float(np.sum(both_ways.deep_rnn_forward(x, stack)[0] * da))

    arrays = {f"{name}{level}": value for level, layer in enumerate(layers) for name, value in layer.items()}
    wanted = {f"{name[1:]}{level}": g for level, layer in enumerate(gradients) for name, g in layer.items()}
    assert gradient_error(J, {"x": x, **arrays}, {"x": dx, **wanted}) <= 1e-6


def test_the_states_of_a_stack_are_those_of_the_three_networks() -> None:
    rng = np.random.default_rng(1)
    x, zeros = rng.normal(size=(2, 3, 4)), np.zeros((5, 3))
    for kind, forward in (("rnn", rnn_forward), ("gru", gru_forward), ("lstm", lstm_forward)):
        values = parameters(kind, 2, 5, rng)
        np.testing.assert_allclose(both_ways.deep_rnn_forward(x, [values])[0], forward(x, zeros, values)[0])


# Many to one, one to many, read then write


def test_an_answer_comes_from_the_last_real_step() -> None:
    rng = np.random.default_rng(0)
    params = parameters("rnn", 2, 4, rng)
    x = rng.normal(size=(2, 3, 5))
    y = rnn_many_to_one(x, params, lengths=[5, 2, 1])
    for i, length in enumerate([5, 2, 1]):
        alone = rnn_forward(x[:, i : i + 1, :length], np.zeros((4, 1)), params)[1][:, 0, -1]
        np.testing.assert_allclose(y[:, i], alone)
    np.testing.assert_allclose(rnn_many_to_one(x, params), rnn_forward(x, np.zeros((4, 3)), params)[1][:, :, -1])


def test_one_to_many_is_fed_its_own_likeliest_outputs() -> None:
    rng = np.random.default_rng(0)
    params, a0 = parameters("rnn", 3, 4, rng), rng.normal(size=(4, 2))
    y = rnn_one_to_many(a0, 5, params)
    fed = np.zeros((3, 2, 5))
    fed[:, :, 1:] = np.eye(3)[:, y[:, :, :-1].argmax(axis=0)]
    np.testing.assert_allclose(rnn_forward(fed, a0, params)[1], y)


def test_a_decoder_starts_where_the_encoder_stopped() -> None:
    rng = np.random.default_rng(0)
    params = {"encoder": parameters("rnn", 2, 4, rng), "decoder": parameters("rnn", 3, 4, rng)}
    x, y_in = rng.normal(size=(2, 2, 5)), rng.normal(size=(3, 2, 3))
    state = rnn_forward(x, np.zeros((4, 2)), params["encoder"])[0][:, :, -1]
    np.testing.assert_allclose(rnn_encode_decode(x, y_in, params), rnn_forward(y_in, state, params["decoder"])[1])


# Melodies


def test_a_trained_composer_goes_on_with_the_melody_it_was_taught() -> None:
    melody = np.array([0, 2, 4, 5, 4, 2] * 3)
    rng = np.random.default_rng(0)
    cell, densor = LSTM(6, 16, True, rng=rng), Dense(16, 6, rng=rng)
    model, optimizer = djmodel(12, cell, densor), Adam(learning_rate=0.03)
    starts = np.arange(6)
    X = np.eye(6)[np.stack([melody[s : s + 12] for s in starts])]
    Y = np.stack([melody[s + 1 : s + 13] for s in starts])
    for _ in range(60):
        zero_gradients(model)
        _, dout = softmax_cross_entropy(model(X, training=True), Y)
        model.backward(dout)
        optimizer.step(parameters_of(model), gradients_of(model))
    composer = music_inference_model(cell, densor, Ty=9)
    start = np.eye(6)[melody[:3]][None]
    cell.forward(start[:, :-1])
    state = cell.last_state
    results, indices = predict_and_sample(composer, start[:, -1:], *state)
    np.testing.assert_array_equal(indices[:, 0], melody[3:12])
    np.testing.assert_array_equal(results, np.eye(6)[melody[3:12]])
    first, second = (predict_and_sample(composer, start[:, -1:], *state, rng=0)[1] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_bad_input_is_told() -> None:
    rng = np.random.default_rng(0)
    params = parameters("rnn", 2, 4, rng)
    with pytest.raises(EngineError, match="parameters should be those of an RNN"):
        both_ways.recurrent_forward(np.zeros((2, 1, 3)), {"W": 1})
    with pytest.raises(EngineError, match="list_of_params should be"):
        both_ways.deep_rnn_forward(np.zeros((2, 1, 3)), [])
    with pytest.raises(EngineError, match="lengths should be integers from 1 up"):
        both_ways.brnn_forward(np.zeros((2, 1, 3)), params, params, lengths=[0])
    with pytest.raises(EngineError, match="params should be those of a network with as many outputs as inputs"):
        rnn_one_to_many(np.zeros((4, 1)), 3, params)
    with pytest.raises(EngineError, match="a dictionary with the key 'decoder'"):
        rnn_encode_decode(np.zeros((2, 1, 3)), np.zeros((3, 1, 2)), {"encoder": params})
    with pytest.raises(EngineError, match="LSTM_cell should be an LSTM that returns sequences"):
        djmodel(3, LSTM(4, 5), Dense(5, 4))
    with pytest.raises(EngineError, match=r"densor should be Dense\(5, 4\)"):
        music_inference_model(LSTM(4, 5, True), Dense(4, 5))
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, 3, n_values\)"):
        djmodel(3, LSTM(4, 5, True), Dense(5, 4))(np.zeros((1, 4, 4)))
