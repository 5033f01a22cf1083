"""Recurrent networks that read both ways, and stacks of them (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_ids, entry
from engine.gru_packed import gru_packed_backward, gru_packed_forward, pack_gru, unpack_gru
from engine.lstm_packed import lstm_packed_backward, lstm_packed_forward, pack_lstm, unpack_lstm
from engine.rnn_packed import rnn_packed_backward, rnn_packed_forward, time_first, time_last


def recurrent_forward(x: ArrayLike, parameters: Mapping[str, Any]) -> tuple[Array, tuple[Any, ...]]:
    """The states of whichever recurrent network the parameters are of, from a state of zeros.

    - x: (n_x, m, T)
    - parameters: with "Waa" those of `rnn_forward`, with "Wu" of `gru_forward`, with "Wf" of `lstm_forward`;
      those of an output layer are not used and may be missing
    - returns a: (n_a, m, T); cache: (kind, cache of the packed form)

    Raises EngineError when the parameters are of no such network or a shape differs. Source: course 5, week 1.

    >>> a, (kind, _) = recurrent_forward(np.ones((1, 1, 2)), {"Waa": [[0.0]], "Wax": [[1.0]], "ba": [[0.0]]})
    >>> kind, a.round(3)
    ('rnn', array([[[0.762, 0.762]]]))
    """
    x = as_floats("x", x, ("n_x", "m", "T"))
    steps, m = time_first(x), x.shape[1]
    if "Waa" in parameters:
        Waa = as_floats("Waa", parameters["Waa"], ("n_a", "n_a"))
        Wax = as_floats("Wax", entry("parameters", parameters, "Wax"), (len(Waa), len(x)))
        zeros = np.zeros((len(Waa), m), x.dtype)
        weights = np.concatenate([Waa, Wax], axis=1), entry("parameters", parameters, "ba")
        a, cache = rnn_packed_forward(steps, zeros, *weights)
        return time_last(a), ("rnn", cache)
    if "Wu" in parameters:
        W, b = pack_gru(parameters)
        a, cache = gru_packed_forward(steps, np.zeros((len(W) // 3, m), x.dtype), W, b)
        return time_last(a), ("gru", cache)
    if "Wf" in parameters:
        W, b = pack_lstm(parameters)
        zeros = np.zeros((len(W) // 4, m), x.dtype)
        a, _, cache = lstm_packed_forward(steps, zeros, zeros, W, b)
        return time_last(a), ("lstm", cache)
    raise EngineError("parameters", "those of an RNN (Waa), a GRU (Wu) or an LSTM (Wf)", f"with {sorted(parameters)}")


def recurrent_backward(da: ArrayLike, cache: tuple[Any, ...]) -> tuple[Array, Parameters]:
    """The gradients of `recurrent_forward`.

    - da: (n_a, m, T); cache: of `recurrent_forward`
    - returns dx: (n_x, m, T); gradients: one for each parameter that was used, "dWaa" for "Waa" and so on

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> a, cache = recurrent_forward(np.zeros((1, 1, 2)), {"Waa": [[0.5]], "Wax": [[1.0]], "ba": [[0.0]]})
    >>> recurrent_backward([[[0.0, 1.0]]], cache)[0]
    array([[[0.5, 1. ]]])
    """
    kind, packed = cache
    steps = time_first(as_floats("da", da, ("n_a", "m", "T")))
    if kind == "rnn":
        dx, da0, dW, db = rnn_packed_backward(steps, packed)
        n_a = len(da0)
        return time_last(dx), {"dWaa": dW[:, :n_a], "dWax": dW[:, n_a:], "dba": db}
    if kind == "gru":
        dx, _, dW, db = gru_packed_backward(steps, packed)
        return time_last(dx), unpack_gru(dW, db)
    dx, _, _, dW, db = lstm_packed_backward(steps, packed)
    return time_last(dx), unpack_lstm(dW, db)


def reversed_steps(m: int, T: int, lengths: ArrayLike | None = None) -> Array:
    """Which step stands where when every sequence is read from its last REAL step back; padding stays behind.

        length - 1, ..., 1, 0, length, ..., T - 1

    Applied twice it gives the first order again.

    - m, T: number of sequences and of steps; lengths: (m,), each from 1 to T, or None when all are T long
    - returns: (m, T), integers

    Raises EngineError when a length lies outside. Source: course 5, week 1 (bidirectional networks).

    >>> reversed_steps(2, 4, [4, 2])
    array([[3, 2, 1, 0],
           [1, 0, 2, 3]])
    """
    as_count("m", m)
    as_count("T", T)
    real = sequence_lengths(lengths, m, T)[:, None]
    step = np.arange(T)
    return np.where(step < real, real - 1 - step, step)


def sequence_lengths(lengths: ArrayLike | None, m: int, T: int) -> Array:
    """The number of real steps of each of m sequences that are padded to T steps.

    - lengths: (m,), each from 1 to T, or None when nothing is padded
    - returns: (m,), integers

    Raises EngineError when a length lies outside. Source: course 5, week 1 (sequences of different lengths).

    >>> sequence_lengths(None, m=3, T=7)
    array([7, 7, 7])
    """
    if lengths is None:
        return np.full(m, T)
    lengths = as_ids("lengths", lengths, T + 1, (m,))
    if np.any(lengths == 0):
        raise EngineError("lengths", "integers from 1 up", "an array that holds 0")
    return lengths


def brnn_forward(
    x: ArrayLike, params_f: Mapping[str, Any], params_b: Mapping[str, Any], lengths: ArrayLike | None = None
) -> Array:
    """The states of a bidirectional network: at every step what came before and what comes after.

    `bidirectional_forward` without the cache.

    - x: (n_x, m, T); params_f, params_b: of any of the three networks, as in `recurrent_forward`
    - lengths: (m,), how many steps of each sequence are real; None when all are
    - returns a: (2 n_a, m, T)

    Raises EngineError when a shape differs or a length lies outside. Source: course 5, week 1.

    >>> echo = {"Waa": [[0.0]], "Wax": [[1.0]], "ba": [[0.0]]}
    >>> brnn_forward([[[0.0, 0.5, 1.0]]], echo, echo).round(2)  # without memory both ways see the same
    array([[[0.  , 0.46, 0.76]],
    <BLANKLINE>
           [[0.  , 0.46, 0.76]]])
    """
    return bidirectional_forward(x, params_f, params_b, lengths)[0]


def bidirectional_forward(
    x: ArrayLike, params_f: Mapping[str, Any], params_b: Mapping[str, Any], lengths: ArrayLike | None = None
) -> tuple[Array, tuple[Any, ...]]:
    """The states of a bidirectional network, with a cache for the way back.

        a_t = [a_t of the network that reads 1, ..., t; a_t of the one that reads T, ..., t]

    Past its length a sequence has states of 0, and the backward network never reads the padding.

    - x: (n_x, m, T); params_f, params_b: of any of the three networks, as in `recurrent_forward`
    - lengths: (m,), how many steps of each sequence are real; None when all are
    - returns a: (n_a + n_a', m, T); cache: (cache_f, cache_b, n_a, indices that turn, mask of the padding)

    Raises EngineError when a shape differs or a length lies outside. Source: course 5, week 1.

    >>> sums = {"Waa": [[1.0]], "Wax": [[1e-3]], "ba": [[0.0]]}  # a sum of small numbers, nearly
    >>> a, _ = bidirectional_forward([[[1.0, 2.0, 3.0]]], sums, sums, lengths=[2])
    >>> (1000 * a).round(1)[:, 0]
    array([[1., 3., 0.],
           [3., 2., 0.]])
    """
    x = as_floats("x", x, ("n_x", "m", "T"))
    _, m, T = x.shape
    turn = (slice(None), np.arange(m)[:, None], reversed_steps(m, T, lengths))
    padding = np.arange(T) >= sequence_lengths(lengths, m, T)[:, None]
    a_f, cache_f = recurrent_forward(x, params_f)
    a_b, cache_b = recurrent_forward(x[turn], params_b)
    a = np.concatenate([a_f, a_b[turn]])
    a[:, padding] = 0
    return a, (cache_f, cache_b, len(a_f), turn, padding)


def bidirectional_backward(da: ArrayLike, cache: tuple[Any, ...]) -> tuple[Array, Parameters, Parameters]:
    """The gradients of `bidirectional_forward`.

    - da: (n_a + n_a', m, T); cache: of `bidirectional_forward`
    - returns dx: (n_x, m, T), from both networks; gradients_f, gradients_b: as in `recurrent_backward`

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> echo = {"Waa": [[0.0]], "Wax": [[1.0]], "ba": [[0.0]]}
    >>> _, cache = bidirectional_forward([[[0.0, 0.0]]], echo, echo)
    >>> bidirectional_backward([[[1.0, 2.0]], [[10.0, 20.0]]], cache)[0]
    array([[[11., 22.]]])
    """
    cache_f, cache_b, n_a, turn, padding = cache
    da = as_floats("da", da, ("n_a", *padding.shape)).copy()
    da[:, padding] = 0
    dx_f, gradients_f = recurrent_backward(da[:n_a], cache_f)
    # Turning twice gives the first order again, so the way back turns with the same indices.
    dx_b, gradients_b = recurrent_backward(da[n_a:][turn], cache_b)
    return dx_f + dx_b[turn], gradients_f, gradients_b


def deep_rnn_forward(x: ArrayLike, list_of_params: Sequence[Mapping[str, Any]]) -> tuple[Array, list[tuple[Any, ...]]]:
    """A stack of recurrent layers: each reads the states of ALL steps of the layer below.

        a[l]_t = g(Wa[l] [a[l]_(t-1); a[l-1]_t] + ba[l])        with a[0] = x

    - x: (n_x, m, T); list_of_params: from the lowest layer up, each as in `recurrent_forward`
    - returns a_top: (n_a of the last layer, m, T); caches: one a layer

    Raises EngineError when there is no layer or a shape differs. Source: course 5, week 1.

    >>> layer = {"Waa": [[0.0]], "Wax": [[1.0]], "ba": [[0.0]]}
    >>> a_top, caches = deep_rnn_forward([[[0.0, 0.5]]], [layer, layer])
    >>> np.allclose(a_top, np.tanh(np.tanh([[[0.0, 0.5]]]))), len(caches)
    (True, 2)
    """
    if not list_of_params:
        raise EngineError("list_of_params", "a list of the parameters of one layer or more", "empty")
    a = as_floats("x", x, ("n_x", "m", "T"))
    caches = []
    for parameters in list_of_params:
        a, cache = recurrent_forward(a, parameters)
        caches.append(cache)
    return a, caches


def deep_rnn_backward(da: ArrayLike, caches: Sequence[tuple[Any, ...]]) -> tuple[Array, list[Parameters]]:
    """The gradients of `deep_rnn_forward`: from the top layer down, the dx of each is the da of the next.

    - da: (n_a of the last layer, m, T); caches: of `deep_rnn_forward`
    - returns dx: (n_x, m, T); gradients: one dictionary a layer, from the lowest up

    Raises EngineError when da has another shape than a_top. Source: course 5, week 1.

    >>> layer = {"Waa": [[0.0]], "Wax": [[2.0]], "ba": [[0.0]]}
    >>> _, caches = deep_rnn_forward([[[0.0]]], [layer, layer])
    >>> deep_rnn_backward([[[1.0]]], caches)[0]
    array([[[4.]]])
    """
    gradients = []
    d = as_floats("da", da, ("n_a", "m", "T"))
    for cache in reversed(caches):
        d, layer_gradients = recurrent_backward(d, cache)
        gradients.append(layer_gradients)
    return d, gradients[::-1]
