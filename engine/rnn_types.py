"""Recurrent networks of other shapes: many inputs and one output, one and many, read first and write later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.bidirectional import recurrent_forward, sequence_lengths
from engine.errors import Array, EngineError, as_count, as_floats, entry
from engine.rnn import rnn_cell_forward, rnn_forward
from engine.rnn_packed import output_parameters


def rnn_many_to_one(x: ArrayLike, params: Mapping[str, Any], lengths: ArrayLike | None = None) -> Array:
    """Read a sequence, then answer once: a class for a sentence.

        yhat = softmax(Wya a_T + by)        a_T: the state after the last REAL step of each sequence

    - x: (n_x, m, T); params: {"Waa", "Wax", "ba", "Wya", "by"}, as in `rnn_forward`
    - lengths: (m,), how many steps of each sequence are real; None when all are
    - returns y: (n_y, m), each column summing to 1

    Raises EngineError when a shape differs or a length lies outside. Source: course 5, week 1.

    >>> params = {"Waa": [[0.0]], "Wax": [[9.0]], "ba": [[0.0]], "Wya": [[5.0], [-5.0]], "by": [[0.0], [0.0]]}
    >>> rnn_many_to_one([[[1.0, 1.0, -1.0]]], params).round(2).ravel()
    array([0., 1.])
    >>> rnn_many_to_one([[[1.0, 1.0, -1.0]]], params, lengths=[2]).round(2).ravel()  # the last step is padding
    array([1., 0.])
    """
    a, _ = recurrent_forward(x, params)
    _, m, T = a.shape
    last = sequence_lengths(lengths, m, T) - 1
    return _output(a[:, np.arange(m), last], params)


def rnn_one_to_many(a0: ArrayLike, T: int, params: Mapping[str, Any]) -> Array:
    """Write T steps from one state: the likeliest output of each step is the input of the next.

        x_1 = 0        x_(t+1) = the one-hot column of argmax yhat_t

    `engine.sampling.sample` draws in place of the argmax.

    - a0: (n_a, m), such as the code of an image; T: number of steps
    - params: {"Waa", "Wax", "ba", "Wya", "by"} with as many outputs as inputs
    - returns y: (n_y, m, T), the probabilities of each step

    Raises EngineError when a shape differs, T is below 1 or inputs and outputs differ in number.
    Source: course 5, week 1.

    >>> params = {"Waa": [[0.0]], "Wax": [[1.0, -1.0]], "ba": [[1.0]], "Wya": [[-5.0], [5.0]], "by": [[0.0], [1.0]]}
    >>> rnn_one_to_many([[0.0]], 4, params)[:, 0].argmax(axis=0)
    array([1, 1, 1, 1])
    """
    as_count("T", T)
    Wya = as_floats("Wya", entry("params", params, "Wya"), ("n_y", "n_a"))
    Wax = as_floats("Wax", entry("params", params, "Wax"), ("n_a", "n_x"))
    n_y, n_x = len(Wya), Wax.shape[1]
    if n_y != n_x:
        raise EngineError("params", "those of a network with as many outputs as inputs", f"of {n_y} and {n_x}")
    a = as_floats("a0", a0, (Wax.shape[0], "m"))
    m = a.shape[1]
    y = np.zeros((n_y, m, T), a.dtype)
    xt = np.zeros((n_x, m), a.dtype)
    for t in range(T):
        a, yt, _ = rnn_cell_forward(xt, a, params)
        y[:, :, t] = yt
        xt = np.eye(n_x, dtype=a.dtype)[:, np.argmax(yt, axis=0)]
    return y


def rnn_encode_decode(x: ArrayLike, y_in: ArrayLike, params: Mapping[str, Any]) -> Array:
    """Read one sequence to its end, then write another of any length: a translation.

        the decoder starts from the encoder's last state, and its step t is fed y_in at t: in training the RIGHT
        word before (teacher forcing), with zeros or a start mark as the first

    - x: (n_x, m, T_x); y_in: (n_y, m, T_y)
    - params: {"encoder": {"Waa", "Wax", "ba"}, "decoder": {"Waa", "Wax", "ba", "Wya", "by"}}
    - returns y: (n_y, m, T_y), the probabilities of each step

    Raises EngineError when a part is missing or a shape differs. Source: course 5, week 1.

    >>> encoder = {"Waa": [[1.0]], "Wax": [[9.0]], "ba": [[0.0]]}
    >>> decoder = {"Waa": [[9.0]], "Wax": [[0.0, 0.0]], "ba": [[0.0]], "Wya": [[5.0], [-5.0]], "by": [[0.0], [0.0]]}
    >>> y = rnn_encode_decode([[[0.0, -1.0]]], np.zeros((2, 1, 3)), {"encoder": encoder, "decoder": decoder})
    >>> y.argmax(axis=0)  # what was read last is what all steps repeat
    array([[1, 1, 1]])
    """
    encoder, decoder = entry("params", params, "encoder"), entry("params", params, "decoder")
    a, _ = recurrent_forward(x, encoder)
    _, y, _ = rnn_forward(y_in, a[:, :, -1], decoder)
    return y


def _output(a: Array, params: Mapping[str, Any]) -> Array:
    Wya, by = output_parameters(params, len(a), "Wya", "params")
    return softmax(np.dot(Wya, a) + by, axis=0)
