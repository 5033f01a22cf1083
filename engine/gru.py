"""The GRU of the lectures, forward and backward through time (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid, softmax
from engine.errors import Array, Parameters, as_floats, entry
from engine.gru_packed import gru_packed_backward, gru_packed_forward, pack_gru, unpack_gru
from engine.rnn_packed import output_parameters, time_first, time_last

#: (c_next, c_prev, cct, ut, rt, xt, parameters)
GruCache = tuple[Array, Array, Array, Array, Array, Array, Mapping[str, Any]]


def gru_cell_forward(xt: ArrayLike, c_prev: ArrayLike, parameters: Mapping[str, Any]) -> tuple[Array, Array, GruCache]:
    """One time step of a GRU: a memory that is overwritten in part, and is the state at the same time.

        ut = sigma(Wu [c_prev; xt] + bu)              update gate: 1 overwrites, 0 keeps
        rt = sigma(Wr [c_prev; xt] + br)              relevance gate
        cct = tanh(Wc [rt * c_prev; xt] + bc)         candidate
        c_next = ut * cct + (1 - ut) * c_prev         yt_pred = softmax(Wy c_next + by)

    - xt: (n_x, m); c_prev: (n_c, m)
    - parameters: {"Wu", "Wr", "Wc"}, each (n_c, n_c + n_x), {"bu", "br", "bc"}, each (n_c, 1), "Wy": (n_y, n_c),
      "by": (n_y, 1)
    - returns c_next: (n_c, m), also the activation a; yt_pred: (n_y, m);
      cache: (c_next, c_prev, cct, ut, rt, xt, parameters)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wu": W, "Wr": W, "Wc": W, "bu": zero - 100, "br": zero, "bc": zero, "Wy": zero, "by": zero}
    >>> gru_cell_forward([[3.0]], [[0.7]], parameters)[0]  # a shut update gate keeps the memory
    array([[0.7]])
    """
    xt = as_floats("xt", xt, ("n_x", "m"))
    Wu, Wr, Wc, bu, br, bc = _gate_parameters(parameters, xt.shape[0])
    n_c, m = len(Wu), xt.shape[1]
    Wy, by = output_parameters(parameters, n_c)
    c_prev = as_floats("c_prev", c_prev, (n_c, m))

    concat = np.concatenate([c_prev, xt])
    ut = sigmoid(np.dot(Wu, concat) + bu)
    rt = sigmoid(np.dot(Wr, concat) + br)
    cct = np.tanh(np.dot(Wc, np.concatenate([rt * c_prev, xt])) + bc)
    c_next = ut * cct + (1 - ut) * c_prev
    yt_pred = softmax(np.dot(Wy, c_next) + by, axis=0)
    return c_next, yt_pred, (c_next, c_prev, cct, ut, rt, xt, parameters)


def gru_forward(
    x: ArrayLike, c0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, tuple[list[GruCache], Array]]:
    """All time steps of a GRU.

    Inside, both gates are one matrix (`engine.gru_packed`); `engine.textbook.gru.gru_forward_loops` calls the
    cell step by step.

    - x: (n_x, m, T_x); c0: (n_c, m); parameters: as in `gru_cell_forward`
    - returns c: (n_c, m, T_x); y: (n_y, m, T_x); caches: (list of the caches of the cell, x)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wu": W, "Wr": W, "Wc": W, "bu": zero, "br": zero, "bc": zero, "Wy": zero, "by": zero}
    >>> gru_forward(np.zeros((1, 1, 4)), np.ones((1, 1)), parameters)[0]  # half is overwritten by 0 in every step
    array([[[0.5   , 0.25  , 0.125 , 0.0625]]])
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    n_x, m, _ = x.shape
    n_c = len(_gate_parameters(parameters, n_x)[0])
    Wy, by = output_parameters(parameters, n_c)
    c0 = as_floats("c0", c0, (n_c, m))
    steps = time_first(x)
    W, b = pack_gru(parameters)
    c, (_, _, G, H, _) = gru_packed_forward(steps, c0, W, b)
    y = softmax(Wy @ c + by, axis=1)
    c_prev = [c0, *c[:-1]]
    caches = [(c[t], c_prev[t], H[t], G[t, :n_c], G[t, n_c:], steps[t], parameters) for t in range(len(c))]
    return time_last(c), time_last(y), (caches, x)


def gru_cell_backward(dc_next: ArrayLike, cache: GruCache) -> Parameters:
    """The gradients of one time step. The old memory is reached on four ways.

        dcct = dc_next * ut * (1 - cct^2)                         h = Wc[:, :n_c]^T dcct, what rt * c_prev receives
        dut  = dc_next * (cct - c_prev) * ut (1 - ut)
        drt  = h * c_prev * rt (1 - rt)
        dc_prev = dc_next * (1 - ut) + h * rt + Wu[:, :n_c]^T dut + Wr[:, :n_c]^T drt
        dxt  = Wc[:, n_c:]^T dcct + Wu[:, n_c:]^T dut + Wr[:, n_c:]^T drt
        dWc = dcct [rt * c_prev; xt]^T      dWu = dut [c_prev; xt]^T      dWr = drt [c_prev; xt]^T

    Here dcct, dut and drt are gradients of what the tanh or sigmoid is taken of.

    - dc_next: (n_c, m); cache: of `gru_cell_forward`
    - returns {"dxt": (n_x, m), "dc_prev": (n_c, m), "dWu", "dbu", "dWr", "dbr", "dWc", "dbc"}

    Raises EngineError when dc_next has another shape than the memory. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wu": W, "Wr": W, "Wc": W, "bu": zero - 100, "br": zero, "bc": zero, "Wy": zero, "by": zero}
    >>> _, _, cache = gru_cell_forward([[3.0]], [[0.7]], parameters)
    >>> gru_cell_backward([[1.0]], cache)["dc_prev"]  # a shut update gate passes the gradient on whole
    array([[1.]])
    """
    c_next, c_prev, cct, ut, rt, xt, parameters = cache
    n_c = len(c_next)
    Wu, Wr, Wc, *_ = _gate_parameters(parameters, len(xt))
    dc_next = as_floats("dc_next", dc_next, c_next.shape)

    dcct = dc_next * ut * (1 - cct**2)
    dut = dc_next * (cct - c_prev) * ut * (1 - ut)
    h = np.dot(Wc[:, :n_c].T, dcct)
    drt = h * c_prev * rt * (1 - rt)

    concat = np.concatenate([c_prev, xt])
    gated = np.concatenate([rt * c_prev, xt])
    dconcat = np.dot(Wu.T, dut) + np.dot(Wr.T, drt)
    return {
        "dxt": dconcat[n_c:] + np.dot(Wc[:, n_c:].T, dcct),
        "dc_prev": dc_next * (1 - ut) + h * rt + dconcat[:n_c],
        "dWu": np.dot(dut, concat.T),
        "dbu": np.sum(dut, axis=1, keepdims=True),
        "dWr": np.dot(drt, concat.T),
        "dbr": np.sum(drt, axis=1, keepdims=True),
        "dWc": np.dot(dcct, gated.T),
        "dbc": np.sum(dcct, axis=1, keepdims=True),
    }


def gru_backward(dc: ArrayLike, caches: tuple[list[GruCache], Array]) -> Parameters:
    """Backpropagation through time of a GRU.

        at step t:  dc_next = dc[:, :, t] + dc_prev of step t + 1

    - dc: (n_c, m, T_x), what each memory receives from the outputs of its own step alone
    - caches: of `gru_forward`
    - returns {"dx": (n_x, m, T_x), "dc0": (n_c, m), "dWu", "dbu", "dWr", "dbr", "dWc", "dbc"}

    Raises EngineError when dc has another shape than c. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wu": W, "Wr": W, "Wc": W, "bu": zero, "br": zero, "bc": zero, "Wy": zero, "by": zero}
    >>> _, _, caches = gru_forward(np.zeros((1, 1, 3)), np.zeros((1, 1)), parameters)
    >>> gru_backward([[[0.0, 0.0, 1.0]]], caches)["dc0"]  # half of the gradient is kept in every step
    array([[0.125]])
    """
    cells = caches[0]
    c_next, c_prev, *_, xt, parameters = cells[0]
    (n_c, m), n_x, T = c_next.shape, len(xt), len(cells)
    dc = as_floats("dc", dc, (n_c, m, T))
    _gate_parameters(parameters, n_x)
    W, _ = pack_gru(parameters)
    S = np.ones((T + 1, n_c + n_x + 1, m), c_next.dtype)
    G = np.empty((T, 2 * n_c, m), c_next.dtype)
    H = np.empty((T, n_c, m), c_next.dtype)
    S[0, :n_c] = c_prev
    for t, (c_next, _, cct, ut, rt, xt, _) in enumerate(cells):
        S[t, n_c:-1] = xt
        S[t + 1, :n_c] = c_next
        H[t], G[t, :n_c], G[t, n_c:] = cct, ut, rt
    R = S[:T].copy()
    R[:, :n_c] *= G[:, n_c:]
    dx, dc0, dW, db = gru_packed_backward(time_first(dc), (S, R, G, H, W))
    return {"dx": time_last(dx), "dc0": dc0, **unpack_gru(dW, db)}


def _gate_parameters(parameters: Mapping[str, Any], n_x: int) -> list[Array]:
    Wu = as_floats("Wu", entry("parameters", parameters, "Wu"), ("n_c", "n_c + n_x"))
    n_c = len(Wu)
    shapes = {"W": (n_c, n_c + n_x), "b": (n_c, 1)}
    names = [name + gate for name in "Wb" for gate in "urc"]
    return [as_floats(name, entry("parameters", parameters, name), shapes[name[0]]) for name in names]
