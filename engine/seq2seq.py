"""An encoder that reads a sentence and a decoder that writes another: a language model with a condition.

Both are GRUs of the lectures; the decoder starts from the encoder's last state (course 5, week 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.crossentropy import log_softmax
from engine.errors import Array, EngineError, Parameters, as_count, as_floats
from engine.gru_packed import gru_packed_backward, gru_packed_forward, pack_gru, unpack_gru
from engine.rnn_packed import output_parameters, time_first, time_last

#: (cache of the encoder, cache of the decoder, the decoder's states (T_y, n_c, m), y time first, dec)
Seq2seqCache = tuple[tuple[Array, ...], tuple[Array, ...], Array, Array, Mapping[str, Any]]


def initialize_seq2seq(
    n_x: int, n_y: int, n_c: int, rng: np.random.Generator | int | None = None
) -> tuple[Parameters, Parameters]:
    """Parameters to start from: Gaussian weights of variance 1 / inputs, biases of 0.

    - n_x, n_y: sizes of the two vocabularies; n_c: size of the state; rng: a Generator or a seed
    - returns enc: {"Wu", "Wr", "Wc", "bu", "br", "bc"} as in `gru_forward`; dec: the same for inputs of n_y rows, with
      "Wy" (n_y, n_c) and "by" (n_y, 1)

    Raises EngineError when a size is below 1. Source: course 5, week 3.

    >>> enc, dec = initialize_seq2seq(n_x=5, n_y=7, n_c=4, rng=0)
    >>> enc["Wu"].shape, dec["Wu"].shape, dec["Wy"].shape
    ((4, 9), (4, 11), (7, 4))
    """
    as_count("n_x", n_x)
    as_count("n_y", n_y)
    as_count("n_c", n_c)
    rng = np.random.default_rng(rng)

    def gates(n: int) -> Parameters:
        weights = {f"W{gate}": rng.normal(scale=(n_c + n) ** -0.5, size=(n_c, n_c + n)) for gate in "urc"}
        return weights | {f"b{gate}": np.zeros((n_c, 1)) for gate in "urc"}

    enc, dec = gates(n_x), gates(n_y)
    return enc, dec | {"Wy": rng.normal(scale=n_c**-0.5, size=(n_y, n_c)), "by": np.zeros((n_y, 1))}


def seq2seq_forward(
    x: ArrayLike, y_in: ArrayLike, enc: Mapping[str, Any], dec: Mapping[str, Any]
) -> tuple[Array, Seq2seqCache]:
    """The probabilities of each next word, when the decoder is told the right words so far (teacher forcing).

        c_0 of the decoder = last c of the encoder       y_t = P(word t | x, y_in_1, ..., y_in_t) = softmax(Wy c_t + by)

    - x: (n_x, m, T_x); y_in: (n_y, m, T_y), columns one-hot: a start mark, then the sentence without its end
    - enc, dec: as `initialize_seq2seq` makes them
    - returns y: (n_y, m, T_y), columns summing to 1; cache: for `seq2seq_backward`, (cache of the encoder, cache of
      the decoder, decoder's states, y, dec), time first

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 3.

    >>> enc, dec = initialize_seq2seq(2, 3, 4, rng=0)
    >>> y, _ = seq2seq_forward(np.ones((2, 1, 5)), np.ones((3, 1, 6)), enc, dec)
    >>> y.shape, y.sum(axis=0).round(6)
    ((3, 1, 6), array([[1., 1., 1., 1., 1., 1.]]))
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    y_in = as_floats("y_in", y_in, ("n_y", x.shape[1], "T_y"))
    state, encoder_cache = _encode(x, enc)
    c, decoder_cache = gru_packed_forward(time_first(y_in), state, *pack_gru(dec))
    Wy, by = output_parameters(dec, c.shape[1], argument="dec")
    y = softmax(Wy @ c + by, axis=1)
    return time_last(y), (encoder_cache, decoder_cache, c, y, dec)


def seq2seq_backward(dz: ArrayLike, cache: Seq2seqCache) -> tuple[Parameters, Parameters]:
    """The gradients of both parts: the decoder's first state hands its gradient to the encoder's last one.

        dWy = sum_t dz_t c_t^T      dc_t = Wy^T dz_t, then back through the decoder to dc_0, then through the encoder

    - dz: (n_y, m, T_y), the gradient with respect to the scores Wy c + by that the softmax is taken of
    - cache: of `seq2seq_forward`
    - returns enc_grads: {"dWu", "dbu", "dWr", "dbr", "dWc", "dbc"}; dec_grads: these and "dWy", "dby"; no 1/m

    Raises EngineError when dz has another shape than y. Source: course 5, week 3.

    >>> enc, dec = initialize_seq2seq(2, 3, 4, rng=0)
    >>> y, cache = seq2seq_forward(np.ones((2, 1, 5)), np.ones((3, 1, 6)), enc, dec)
    >>> enc_grads, dec_grads = seq2seq_backward(y - np.eye(3)[:, [0], None], cache)
    >>> enc_grads["dWu"].shape, dec_grads["dWy"].shape
    ((4, 6), (3, 4))
    """
    encoder_cache, decoder_cache, c, y, dec = cache
    Wy, _ = output_parameters(dec, c.shape[1], argument="dec")
    T_y, n_y, m = y.shape
    dz_steps = time_first(as_floats("dz", dz, (n_y, m, T_y)))
    # Over steps and examples at once, as one matrix product.
    dWy = np.tensordot(dz_steps, c, axes=([0, 2], [0, 2]))
    dby = dz_steps.sum(axis=(0, 2))[:, np.newaxis]
    _, dstate, dW, db = gru_packed_backward(Wy.T @ dz_steps, decoder_cache)
    dec_grads = unpack_gru(dW, db) | {"dWy": dWy, "dby": dby}

    # Of the encoder's states only the last one was used.
    T_x = len(encoder_cache[0]) - 1
    dc = np.zeros((T_x, *dstate.shape), dstate.dtype)
    dc[-1] = dstate
    _, _, dW, db = gru_packed_backward(dc, encoder_cache)
    return unpack_gru(dW, db), dec_grads


def seq2seq_loss_and_grads(
    x: ArrayLike, y_in: ArrayLike, y_out: ArrayLike, enc: Mapping[str, Any], dec: Mapping[str, Any]
) -> tuple[float, Parameters, Parameters]:
    """The loss of a batch and all its gradients.

        L = -sum over t and examples of log y_t[right word]        dz_t = y_t - y_out_t

    - x, y_in, enc, dec: as in `seq2seq_forward`; y_out: (n_y, m, T_y), one-hot: y_in one step on, with an end mark; a
      column of zeros is padding, which costs nothing
    - returns loss: a sum, without 1/m or 1/T, a float; enc_grads, dec_grads: as in `seq2seq_backward`

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 3.

    >>> enc, dec = initialize_seq2seq(2, 3, 4, rng=0)
    >>> words = np.eye(3)[:, [[0, 1, 2]]]  # one sentence
    >>> loss, enc_grads, dec_grads = seq2seq_loss_and_grads(np.ones((2, 1, 5)), words, np.roll(words, -1, 2), enc, dec)
    >>> 0 < loss < 6
    True
    """
    y, cache = seq2seq_forward(x, y_in, enc, dec)
    y_out = as_floats("y_out", y_out, y.shape).astype(y.dtype)
    tiny = np.finfo(y.dtype).tiny
    loss = -float(np.sum(y_out * np.log(np.maximum(y, tiny))))
    dz = y * y_out.sum(axis=0) - y_out
    return loss, *seq2seq_backward(dz, cache)


def greedy_decode(
    x: ArrayLike, enc: Mapping[str, Any], dec: Mapping[str, Any], max_len: int, bos: int = 0, eos: int = 1
) -> Array:
    """Write the likeliest word at each step and feed it back; not always the likeliest sentence.

        y_1 = argmax P(. | x, bos)        y_(t+1) = argmax P(. | x, bos, y_1, ..., y_t)

    - x: (n_x, m, T_x); enc, dec: as `initialize_seq2seq` makes them
    - max_len: the most words that are written; bos, eos: the words that begin and end a sentence
    - returns ids: (m, T) with T <= max_len, without bos; after a sentence's eos all is eos

    Raises EngineError when a parameter is missing, a shape differs, max_len is below 1 or a word is unknown.
    Source: course 5, week 3.

    >>> enc, dec = initialize_seq2seq(2, 3, 4, rng=0)
    >>> dec["by"][2] = 100  # a decoder that has but one word
    >>> greedy_decode(np.ones((2, 1, 5)), enc, dec, max_len=4)
    array([[2, 2, 2, 2]])
    """
    as_count("max_len", max_len)
    state, _ = _encode(as_floats("x", x, ("n_x", "m", "T_x")), enc)
    step = decoder_step(dec)
    states = state.T
    n_y = len(dec["by"])
    for name, word in (("bos", bos), ("eos", eos)):
        if not 0 <= word < n_y:
            raise EngineError(name, f"a word from 0 to {n_y - 1}", str(word))
    words = np.full(len(states), bos)
    ended = np.zeros(len(states), bool)
    written: list[Array] = []
    while len(written) < max_len and not ended.all():
        log_probs, states = step(states, words)
        words = np.where(ended, eos, log_probs.argmax(axis=1))
        written.append(words)
        ended |= words == eos
    return np.stack(written, axis=1)


def encoder_state(x: ArrayLike, enc: Mapping[str, Any]) -> Array:
    """What the encoder hands to the decoder: its state after the last word.

    - x: (n_x, m, T_x); enc: as `initialize_seq2seq` makes it
    - returns states: (m, n_c), a row for each sentence, as `decoder_step` takes them

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 3.

    >>> enc, _ = initialize_seq2seq(2, 3, 4, rng=0)
    >>> encoder_state(np.ones((2, 1, 5)), enc).shape
    (1, 4)
    """
    state, _ = _encode(as_floats("x", x, ("n_x", "m", "T_x")), enc)
    return state.T


def decoder_step(dec: Mapping[str, Any]) -> Callable[[Array, Array], tuple[Array, Array]]:
    """The decoder as the function that a search calls, for several sentences at once.

        step(states (B, n_c), words (B,)) -> log P(next word) (B, n_y), states (B, n_c)

    - dec: as `initialize_seq2seq` makes it
    - returns step; `engine.beam.beam_search_batched` takes it

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 3.

    >>> _, dec = initialize_seq2seq(2, 3, 4, rng=0)
    >>> log_probs, states = decoder_step(dec)(np.zeros((2, 4)), np.array([0, 2]))
    >>> np.exp(log_probs).sum(axis=1).round(6), states.shape
    (array([1., 1.]), (2, 4))
    """
    W, b = pack_gru(dec)
    Wy, by = output_parameters(dec, len(W) // 3, argument="dec")
    one_hot = np.eye(len(Wy), dtype=W.dtype)

    def step(states: Array, words: Array) -> tuple[Array, Array]:
        c, _ = gru_packed_forward(one_hot[:, words][np.newaxis], states.T, W, b)
        return log_softmax(Wy @ c[0] + by).T, c[0].T

    return step


def _encode(x: Array, enc: Mapping[str, Any]) -> tuple[Array, tuple[Array, ...]]:
    W, b = pack_gru(enc)
    c, cache = gru_packed_forward(time_first(x), np.zeros((len(W) // 3, x.shape[1]), x.dtype), W, b)
    return c[-1], cache
