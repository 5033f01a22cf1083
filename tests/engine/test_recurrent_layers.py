from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.layers.base import Sequential, gradients_of, parameters_of
from engine.layers.dense import Dense
from engine.layers.embedding import Embedding
from engine.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent, SimpleRNN

sizes = st.integers(1, 4)

MAKERS: dict[str, Callable[..., Recurrent]] = {
    "rnn": SimpleRNN,
    "lstm": LSTM,
    "gru": GRU,
    "gru of the lectures": lambda *a, **k: GRU(*a, reset_after=False, **k),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@given(sizes, sizes, sizes, sizes, st.booleans())
@settings(max_examples=5, deadline=None)
def test_every_layer_has_the_gradients_of_its_cost(
    layer_gradient_error: Callable[..., float],
    make: Callable[..., Recurrent],
    m: int,
    T: int,
    n_in: int,
    n: int,
    sequences: bool,
) -> None:
    rng = np.random.default_rng(n)
    net = Sequential([make(n_in, n, True, rng=rng), make(n, 3, sequences, rng=rng), Dense(3, 2, rng=rng)])
    for value in parameters_of(net).values():
        value += rng.normal(scale=0.3, size=value.shape)
    assert layer_gradient_error(net, rng.normal(size=(m, T, n_in))) <= 1e-6


@pytest.mark.parametrize("sequences", [True, False])
def test_both_ways_have_the_gradients_of_their_cost(
    layer_gradient_error: Callable[..., float], sequences: bool
) -> None:
    rng = np.random.default_rng(0)
    both = Bidirectional(GRU(3, 2, sequences, rng=rng), LSTM(3, 4, sequences, rng=rng))
    assert layer_gradient_error(both, rng.normal(size=(2, 5, 3))) <= 1e-6


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_padding_changes_no_output_and_no_gradient(make: Callable[..., Recurrent]) -> None:
    rng = np.random.default_rng(1)
    layer = make(3, 4, True, rng=0)
    x, lengths = rng.normal(size=(2, 5, 3)), [5, 2]
    out = layer.forward(x, True, lengths)
    np.testing.assert_array_equal(out[1, 2:], 0)
    state = layer.last_state
    dout, dstate = rng.normal(size=out.shape), [rng.normal(size=(2, 4)) for _ in state]
    dx = layer.backward(dout, dstate)
    gradients = {name: value.copy() for name, value in layer.gradients.items()}

    layer.gradients.clear()
    for i, length in enumerate(lengths):
        alone = layer.forward(x[i : i + 1, :length], True)
        np.testing.assert_allclose(out[i, :length], alone[0])
        for part, part_alone in zip(state, layer.last_state, strict=True):
            np.testing.assert_allclose(part[i], part_alone[0])
        dx_alone = layer.backward(dout[i : i + 1, :length], [part[i : i + 1] for part in dstate])
        np.testing.assert_allclose(dx[i, :length], dx_alone[0])
        np.testing.assert_array_equal(dx[i, length:], 0)
    for name, value in layer.gradients.items():
        np.testing.assert_allclose(value, gradients[name])


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_going_on_from_a_state_is_one_long_pass_backward_too(make: Callable[..., Recurrent]) -> None:
    rng = np.random.default_rng(2)
    layer = make(3, 4, True, rng=0)
    x, dout = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 6, 4))
    whole = layer(x, training=True)
    dx = layer.backward(dout)
    gradients = {name: value.copy() for name, value in layer.gradients.items()}

    layer.gradients.clear()
    first = layer.forward(x[:, :2], True)
    second = layer.forward(x[:, 2:], True, state=layer.last_state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole)
    dx_second = layer.backward(dout[:, 2:])
    dx_first = layer.backward(dout[:, :2], layer.dstate)
    np.testing.assert_allclose(np.concatenate([dx_first, dx_second], axis=1), dx)
    for name, value in layer.gradients.items():
        np.testing.assert_allclose(value, gradients[name])


def test_the_backward_reader_starts_at_the_last_real_step() -> None:
    both = Bidirectional(SimpleRNN(1, 2, rng=0), SimpleRNN(1, 2, rng=1))
    x = np.random.default_rng(0).normal(size=(1, 5, 1))
    padded = both.forward(x, lengths=[3])
    np.testing.assert_allclose(padded, both(x[:, :3]))
    np.testing.assert_allclose(padded[:, 2:], both.back(x[:, 2::-1]))


def test_an_embedding_adds_up_the_gradients_of_a_word_and_leaves_a_frozen_table_alone() -> None:
    embedding = Embedding(4, 2, rng=0)
    ids = np.array([[1, 3, 1]])
    out = embedding(ids, training=True)
    np.testing.assert_array_equal(out[0], embedding.parameters["E"][[1, 3, 1]])
    assert embedding.backward(np.ones_like(out)).shape == ids.shape
    np.testing.assert_array_equal(embedding.gradients["E"], [[0, 0], [2, 2], [0, 0], [1, 1]])
    frozen = Embedding(4, 2, weights=np.eye(4)[:, :2])
    frozen.trainable = False
    frozen(ids, training=True)
    frozen.backward(out)
    np.testing.assert_array_equal(gradients_of(frozen)["E"], np.zeros((4, 2)))


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_layer_keeps_float32(make: Callable[..., Recurrent]) -> None:
    layer = make(3, 4, rng=0, dtype=np.float32)
    out = layer(np.ones((2, 5, 3), np.float32), training=True)
    assert out.dtype == np.float32
    assert layer.backward(out).dtype == np.float32
    assert {value.dtype for value in layer.gradients.values()} == {np.dtype(np.float32)}


def test_the_recurrent_weights_start_orthogonal_and_the_forget_gate_open() -> None:
    lstm = LSTM(3, 4, rng=0)
    W = lstm.parameters["W"][4:8, :4]
    np.testing.assert_allclose(W @ W.T, np.eye(4), atol=1e-12)
    np.testing.assert_array_equal(lstm.parameters["b"].ravel(), [1] * 4 + [0] * 12)


def test_bad_input_is_told() -> None:
    lstm = LSTM(3, 4, rng=0)
    with pytest.raises(EngineError, match=r"x should be an array of shape \(m, T, 3\)"):
        lstm(np.ones((2, 3)))
    with pytest.raises(EngineError, match="lengths should be integers from 0 to 5"):
        lstm.forward(np.ones((2, 5, 3)), lengths=[5, 6])
    with pytest.raises(EngineError, match="lengths should be integers from 1 up"):
        lstm.forward(np.ones((2, 5, 3)), lengths=[5, 0])
    with pytest.raises(EngineError, match=r"state should be a tuple of 2 array\(s\)"):
        lstm.forward(np.ones((2, 5, 3)), state=[np.zeros((2, 4))])
    with pytest.raises(EngineError, match="back should be another layer than ahead"):
        Bidirectional(lstm, lstm)
    with pytest.raises(EngineError, match="back should be of n_in 3"):
        Bidirectional(lstm, LSTM(2, 4, rng=0))
    with pytest.raises(EngineError, match="ids should be integers from 0 to 3"):
        Embedding(4, 2, rng=0)(np.array([[4]]))
    with pytest.raises(EngineError, match="n should be a whole number from 1 up"):
        GRU(3, 0)
