"""The LSTM, gate by gate in the cell, forward and backward through time (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid, softmax
from engine.errors import Array, Parameters, as_floats, entry
from engine.lstm_packed import lstm_packed_backward, lstm_packed_forward, pack_lstm, unpack_lstm
from engine.rnn_packed import output_parameters, time_first, time_last

#: (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)
LstmCache = tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array, Mapping[str, Any]]


def lstm_cell_forward(
    xt: ArrayLike, a_prev: ArrayLike, c_prev: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, LstmCache]:
    """One time step of an LSTM: what to forget, what to write, what to show.

        ft = sigma(Wf [a_prev; xt] + bf)       forget gate
        it = sigma(Wi [a_prev; xt] + bi)       update gate, Gamma_u of the lectures
        cct = tanh(Wc [a_prev; xt] + bc)       candidate
        ot = sigma(Wo [a_prev; xt] + bo)       output gate
        c_next = ft * c_prev + it * cct        a_next = ot * tanh(c_next)       yt_pred = softmax(Wy a_next + by)

    - xt: (n_x, m); a_prev, c_prev: (n_a, m)
    - parameters: {"Wf", "Wi", "Wc", "Wo"}, each (n_a, n_a + n_x), {"bf", "bi", "bc", "bo"}, each (n_a, 1),
      "Wy": (n_y, n_a), "by": (n_y, 1)
    - returns a_next, c_next: (n_a, m); yt_pred: (n_y, m);
      cache: (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wf": W, "Wi": W, "Wc": W, "Wo": W, "bf": zero + 100, "bi": zero - 100, "bc": zero,
    ...               "bo": zero - 100, "Wy": zero, "by": zero}
    >>> a_next, c_next, _, _ = lstm_cell_forward([[3.0]], [[0.0]], [[7.0]], parameters)
    >>> c_next, a_next.round(9)  # the memory is kept and nothing of it is shown
    (array([[7.]]), array([[0.]]))
    """
    xt = as_floats("xt", xt, ("n_x", "m"))
    Wf, Wi, Wc, Wo, bf, bi, bc, bo = _gate_parameters(parameters, xt.shape[0])
    n_a, m = len(Wf), xt.shape[1]
    Wy, by = output_parameters(parameters, n_a)
    a_prev = as_floats("a_prev", a_prev, (n_a, m))
    c_prev = as_floats("c_prev", c_prev, (n_a, m))

    concat = np.concatenate([a_prev, xt])
    ft = sigmoid(np.dot(Wf, concat) + bf)
    it = sigmoid(np.dot(Wi, concat) + bi)
    cct = np.tanh(np.dot(Wc, concat) + bc)
    ot = sigmoid(np.dot(Wo, concat) + bo)
    c_next = ft * c_prev + it * cct
    a_next = ot * np.tanh(c_next)
    yt_pred = softmax(np.dot(Wy, a_next) + by, axis=0)
    return a_next, c_next, yt_pred, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)


def lstm_forward(
    x: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, tuple[list[LstmCache], Array]]:
    """All time steps of an LSTM, from a memory of zeros.

    Inside, the four gates are one matrix (`engine.lstm_packed`); `engine.textbook.lstm.lstm_forward_loops`
    calls the cell step by step.

    - x: (n_x, m, T_x); a0: (n_a, m); parameters: as in `lstm_cell_forward`
    - returns a: (n_a, m, T_x); y: (n_y, m, T_x); c: (n_a, m, T_x); caches: (list of the caches of the cell, x)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wf": W, "Wi": W, "Wc": W, "Wo": W, "bf": zero + 100, "bi": zero + 100, "bc": zero + 100,
    ...               "bo": zero + 100, "Wy": zero, "by": zero}
    >>> lstm_forward(np.zeros((1, 1, 4)), np.zeros((1, 1)), parameters)[2]  # all gates open: a counter
    array([[[1., 2., 3., 4.]]])
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    n_x, m, _ = x.shape
    n_a = len(_gate_parameters(parameters, n_x)[0])
    Wy, by = output_parameters(parameters, n_a)
    a0 = as_floats("a0", a0, (n_a, m))
    c0 = np.zeros_like(a0)
    steps = time_first(x)
    W, b = pack_lstm(parameters)
    a, c, (_, G, *_) = lstm_packed_forward(steps, a0, c0, W, b)
    y = softmax(Wy @ a + by, axis=1)

    a_prev, c_prev = [a0, *a[:-1]], [c0, *c[:-1]]
    caches: list[LstmCache] = []
    for t, gates in enumerate(G):
        ft, it, ot, cct = gates.reshape(4, n_a, m)
        caches.append((a[t], c[t], a_prev[t], c_prev[t], ft, it, cct, ot, steps[t], parameters))
    return time_last(a), time_last(y), time_last(c), (caches, x)


def lstm_cell_backward(da_next: ArrayLike, dc_next: ArrayLike, cache: LstmCache) -> Parameters:
    """The gradients of one time step, for what the new state and the new memory receive.

        q    = dc_next + da_next * ot * (1 - tanh(c_next)^2)        all that c_next receives
        dot  = da_next * tanh(c_next) * ot (1 - ot)
        dcct = q * it * (1 - cct^2)
        dit  = q * cct * it (1 - it)
        dft  = q * c_prev * ft (1 - ft)
        dW_g = dg [a_prev; xt]^T         db_g = sum of dg over m              for each gate g
        da_prev = sum_g W_g[:, :n_a]^T dg     dxt = sum_g W_g[:, n_a:]^T dg     dc_prev = q * ft

    Here dot, ... are gradients of what the gate's sigmoid or tanh is taken of.

    - da_next, dc_next: (n_a, m); cache: of `lstm_cell_forward`
    - returns {"dxt": (n_x, m), "da_prev", "dc_prev": (n_a, m), "dWf", "dbf", "dWi", "dbi", "dWc", "dbc", "dWo", "dbo"}

    Raises EngineError when a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wf": W, "Wi": W, "Wc": W, "Wo": W, "bf": zero + 100, "bi": zero, "bc": zero, "bo": zero,
    ...               "Wy": zero, "by": zero}
    >>> _, _, _, cache = lstm_cell_forward([[3.0]], [[0.0]], [[7.0]], parameters)
    >>> lstm_cell_backward([[0.0]], [[1.0]], cache)["dc_prev"]  # an open forget gate passes the gradient on whole
    array([[1.]])
    """
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    n_a = len(a_next)
    Wf, Wi, Wc, Wo, *_ = _gate_parameters(parameters, len(xt))
    da_next = as_floats("da_next", da_next, a_next.shape)
    dc_next = as_floats("dc_next", dc_next, a_next.shape)

    tanh_c = np.tanh(c_next)
    q = dc_next + da_next * ot * (1 - tanh_c**2)
    dot = da_next * tanh_c * ot * (1 - ot)
    dcct = q * it * (1 - cct**2)
    dit = q * cct * it * (1 - it)
    dft = q * c_prev * ft * (1 - ft)

    concat = np.concatenate([a_prev, xt])
    dconcat = np.dot(Wf.T, dft) + np.dot(Wi.T, dit) + np.dot(Wc.T, dcct) + np.dot(Wo.T, dot)
    return {
        "dxt": dconcat[n_a:],
        "da_prev": dconcat[:n_a],
        "dc_prev": q * ft,
        "dWf": np.dot(dft, concat.T),
        "dbf": np.sum(dft, axis=1, keepdims=True),
        "dWi": np.dot(dit, concat.T),
        "dbi": np.sum(dit, axis=1, keepdims=True),
        "dWc": np.dot(dcct, concat.T),
        "dbc": np.sum(dcct, axis=1, keepdims=True),
        "dWo": np.dot(dot, concat.T),
        "dbo": np.sum(dot, axis=1, keepdims=True),
    }


def lstm_backward(da: ArrayLike, caches: tuple[list[LstmCache], Array]) -> Parameters:
    """Backpropagation through time of an LSTM: both the state and the memory carry a gradient back.

        at step t:  da_next = da[:, :, t] + da_prev of step t + 1        dc_next = dc_prev of step t + 1

    - da: (n_a, m, T_x), what each state receives from the outputs of its own step alone
    - caches: of `lstm_forward`
    - returns {"dx": (n_x, m, T_x), "da0": (n_a, m), "dWf", "dbf", "dWi", "dbi", "dWc", "dbc", "dWo", "dbo"}

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wf": W, "Wi": W, "Wc": W, "Wo": W, "bf": zero + 100, "bi": zero + 100, "bc": zero,
    ...               "bo": zero + 100, "Wy": zero, "by": zero}
    >>> _, _, _, caches = lstm_forward(np.zeros((1, 1, 5)), np.zeros((1, 1)), parameters)
    >>> lstm_backward([[[0.0, 0.0, 0.0, 0.0, 1.0]]], caches)["dbc"]  # each of the 5 steps moved the memory alike
    array([[5.]])
    """
    cells = caches[0]
    a_next, _, a_prev, c_prev, _, _, _, _, xt, parameters = cells[0]
    (n_a, m), n_x, T = a_next.shape, len(xt), len(cells)
    da = as_floats("da", da, (n_a, m, T))
    _gate_parameters(parameters, n_x)
    W, _ = pack_lstm(parameters)
    S = np.ones((T + 1, n_a + n_x + 1, m), a_next.dtype)
    G = np.empty((T, 4 * n_a, m), a_next.dtype)
    C = np.empty((T + 1, n_a, m), a_next.dtype)
    S[0, :n_a], C[0] = a_prev, c_prev
    for t, (a_next, c_next, _, _, ft, it, cct, ot, xt, _) in enumerate(cells):
        S[t, n_a:-1] = xt
        S[t + 1, :n_a], C[t + 1] = a_next, c_next
        np.concatenate([ft, it, ot, cct], out=G[t])
    dx, da0, _, dW, db = lstm_packed_backward(time_first(da), (S, G, C, np.tanh(C[1:]), W))
    return {"dx": time_last(dx), "da0": da0, **unpack_lstm(dW, db)}


def _gate_parameters(parameters: Mapping[str, Any], n_x: int) -> list[Array]:
    Wf = as_floats("Wf", entry("parameters", parameters, "Wf"), ("n_a", "n_a + n_x"))
    n_a = len(Wf)
    shapes = {"W": (n_a, n_a + n_x), "b": (n_a, 1)}
    names = [name + gate for name in "Wb" for gate in "fico"]
    return [as_floats(name, entry("parameters", parameters, name), shapes[name[0]]) for name in names]
