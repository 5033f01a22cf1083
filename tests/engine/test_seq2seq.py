from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beam import beam_search_batched
from engine.errors import EngineError
from engine.gru import gru_cell_forward
from engine.optimizers import Adam
from engine.seq2seq import (
    decoder_step,
    encoder_state,
    greedy_decode,
    initialize_seq2seq,
    seq2seq_forward,
    seq2seq_loss_and_grads,
)

sizes = st.integers(1, 4)


def one_hot(ids: np.ndarray, V: int) -> np.ndarray:
    return np.eye(V)[:, ids]


@given(sizes, sizes, sizes, sizes, st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_the_gradients_reach_both_parts(
    gradient_error: Callable[..., float], m: int, T_x: int, T_y: int, n_c: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    enc, dec = initialize_seq2seq(3, 4, n_c, rng)
    dec["by"] += rng.normal(size=(4, 1))
    x, y_in = rng.normal(size=(3, m, T_x)), one_hot(rng.integers(0, 4, size=(m, T_y)), 4)
    y_out = one_hot(rng.integers(0, 4, size=(m, T_y)), 4)
    y_out[:, 0, T_y // 2 :] = 0  # padding
    loss, enc_grads, dec_grads = seq2seq_loss_and_grads(x, y_in, y_out, enc, dec)
    y, _ = seq2seq_forward(x, y_in, enc, dec)
    assert loss == pytest.approx(-np.sum(y_out * np.log(y)))

    # A small cost keeps the rounding of its differences small, too, where a gradient is nearly 0.
    def J(**both: np.ndarray) -> float:
        parts = [{name[4:]: value for name, value in both.items() if name.startswith(part)} for part in ("enc", "dec")]
        return 1e-4 * seq2seq_loss_and_grads(x, y_in, y_out, *parts)[0]

    arrays = {f"enc.{name}": value for name, value in enc.items()} | {f"dec.{name}": v for name, v in dec.items()}
    gradients = {f"enc.{name}": 1e-4 * enc_grads[f"d{name}"] for name in enc}
    gradients |= {f"dec.{name}": 1e-4 * dec_grads[f"d{name}"] for name in dec}
    assert gradient_error(J, arrays, gradients) <= 1e-6


def test_the_decoder_starts_where_the_encoder_ends_and_hears_the_right_words() -> None:
    rng = np.random.default_rng(0)
    enc, dec = initialize_seq2seq(3, 4, 5, rng)
    x, y_in = rng.normal(size=(3, 2, 6)), one_hot(rng.integers(0, 4, size=(2, 3)), 4)
    y, _ = seq2seq_forward(x, y_in, enc, dec)
    c = np.zeros((5, 2))
    for t in range(6):
        c, _, _ = gru_cell_forward(x[:, :, t], c, enc | {"Wy": dec["Wy"], "by": dec["by"]})
    np.testing.assert_allclose(encoder_state(x, enc), c.T)
    for t in range(3):
        c, yt, _ = gru_cell_forward(y_in[:, :, t], c, dec)
        np.testing.assert_allclose(y[:, :, t], yt)


def test_greedy_decoding_feeds_back_each_word_and_stops_at_the_end() -> None:
    rng = np.random.default_rng(3)
    enc, dec = initialize_seq2seq(3, 4, 5, rng)
    for value in (*enc.values(), *dec.values()):
        value *= 4
    x = rng.normal(size=(3, 6, 4))
    ids = greedy_decode(x, enc, dec, max_len=7, bos=0, eos=1)
    assert ids.shape[0] == 6
    assert len({tuple(row) for row in ids}) > 1
    step = decoder_step(dec)
    for i, row in enumerate(ids):
        state, word = encoder_state(x[:, i : i + 1], enc), 0
        for written in row:
            log_probs, state = step(state, np.array([word]))
            word = int(log_probs.argmax()) if word != 1 else 1
            assert written == word
    assert greedy_decode(x, enc, dec, max_len=2).shape == (6, 2)


def test_a_translator_learns_to_reverse_and_a_beam_of_one_agrees_with_it() -> None:
    rng = np.random.default_rng(0)
    digits, T, n_c = 3, 3, 32
    V, bos, eos = digits + 2, digits, digits + 1
    enc, dec = initialize_seq2seq(digits, V, n_c, rng)
    enc, dec = ({name: value.astype(np.float32) for name, value in part.items()} for part in (enc, dec))
    adam = Adam(0.02)
    parameters = {f"enc.d{name}": v for name, v in enc.items()} | {f"dec.d{name}": v for name, v in dec.items()}
    for _ in range(120):
        words = rng.integers(0, digits, size=(32, T))
        x, reverse = one_hot(words, digits), words[:, ::-1]
        y_in = one_hot(np.insert(reverse, 0, bos, axis=1), V)
        y_out = one_hot(np.insert(reverse, T, eos, axis=1), V)
        x, y_in, y_out = (array.astype(np.float32) for array in (x, y_in, y_out))
        loss, enc_grads, dec_grads = seq2seq_loss_and_grads(x, y_in, y_out, enc, dec)
        grads = {f"enc.{name}": g for name, g in enc_grads.items()} | {
            f"dec.{name}": g for name, g in dec_grads.items()
        }
        adam.step(parameters, grads)
    assert enc_grads["dWu"].dtype == np.float32
    assert loss / (32 * (T + 1)) < 0.05
    words = np.array(np.meshgrid(*[range(digits)] * T)).reshape(T, -1).T
    x = one_hot(words, digits).astype(np.float32)
    ids = greedy_decode(x, enc, dec, T + 2, bos, eos)
    right = np.insert(words[:, ::-1], T, eos, axis=1)
    assert np.mean(np.all(ids[:, : T + 1] == right, axis=1)) >= 0.95
    [(tokens, _)] = beam_search_batched(decoder_step(dec), encoder_state(x[:, :1], enc), bos, eos, 1, T + 2)
    assert tokens == list(ids[0, : len(tokens)])


def test_what_does_not_fit_together_is_told() -> None:
    enc, dec = initialize_seq2seq(3, 4, 5, rng=0)
    x, y = np.zeros((3, 2, 6)), np.zeros((4, 2, 3))
    with pytest.raises(EngineError, match="y_in should be an array of shape"):
        seq2seq_forward(x, np.zeros((4, 1, 3)), enc, dec)
    with pytest.raises(EngineError, match="dec should be a dictionary with the key 'Wy'"):
        seq2seq_forward(x, y, enc, {name: value for name, value in dec.items() if name != "Wy"})
    with pytest.raises(EngineError, match="y_out should be an array of shape"):
        seq2seq_loss_and_grads(x, y, np.zeros((4, 2, 2)), enc, dec)
    with pytest.raises(EngineError, match="eos should be a word from 0 to 3, but it is 4"):
        greedy_decode(x, enc, dec, 3, eos=4)
    with pytest.raises(EngineError, match="max_len should be a whole number from 1 up"):
        greedy_decode(x, enc, dec, 0)
    with pytest.raises(EngineError, match="W should be of shape"):
        encoder_state(np.zeros((2, 2, 6)), enc)
