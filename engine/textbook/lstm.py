"""The LSTM step by step: the cell in a loop over time (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, entry
from engine.lstm import LstmCache, lstm_cell_backward, lstm_cell_forward


def lstm_forward_loops(
    x: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, Array, tuple[list[LstmCache], Array]]:
    """All time steps: the cell in a loop, its state and its memory handed on, the first memory zero.

    - x: (n_x, m, T_x); a0: (n_a, m); parameters: {"Wf", "Wi", "Wc", "Wo", "bf", "bi", "bc", "bo", "Wy", "by"}
    - returns a: (n_a, m, T_x); y: (n_y, m, T_x); c: (n_a, m, T_x); caches: (list of the caches of the cell, x)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wf": W, "Wi": W, "Wc": W, "Wo": W, "bf": zero + 100, "bi": zero + 100, "bc": zero + 100,
    ...               "bo": zero + 100, "Wy": zero, "by": zero}
    >>> lstm_forward_loops(np.zeros((1, 1, 4)), np.zeros((1, 1)), parameters)[2]  # all gates open: a counter
    array([[[1., 2., 3., 4.]]])
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    _, m, T_x = x.shape
    Wy = as_floats("Wy", entry("parameters", parameters, "Wy"), ("n_y", "n_a"))
    n_y, n_a = Wy.shape
    a = np.zeros((n_a, m, T_x), x.dtype)
    c = np.zeros((n_a, m, T_x), x.dtype)
    y = np.zeros((n_y, m, T_x), x.dtype)
    a_next = as_floats("a0", a0, (n_a, m))
    c_next = np.zeros_like(a_next)
    caches = []
    for t in range(T_x):
        a_next, c_next, yt_pred, cache = lstm_cell_forward(x[:, :, t], a_next, c_next, parameters)
        a[:, :, t] = a_next
        c[:, :, t] = c_next
        y[:, :, t] = yt_pred
        caches.append(cache)
    return a, y, c, (caches, x)


def lstm_backward_loops(da: ArrayLike, caches: tuple[list[LstmCache], Array]) -> Parameters:
    """Backpropagation through time: the cell's backward pass in a loop from the last step to the first.

        da_next = da[:, :, t] + da_prev of step t + 1      dc_next = dc_prev of step t + 1
        the parameters' gradients add up

    - da: (n_a, m, T_x); caches: of `lstm_forward_loops`
    - returns {"dx": (n_x, m, T_x), "da0": (n_a, m), "dWf", "dbf", "dWi", "dbi", "dWc", "dbc", "dWo", "dbo"}

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wf": W, "Wi": W, "Wc": W, "Wo": W, "bf": zero + 100, "bi": zero + 100, "bc": zero,
    ...               "bo": zero + 100, "Wy": zero, "by": zero}
    >>> _, _, _, caches = lstm_forward_loops(np.zeros((1, 1, 5)), np.zeros((1, 1)), parameters)
    >>> lstm_backward_loops([[[0.0, 0.0, 0.0, 0.0, 1.0]]], caches)["dbc"]
    array([[5.]])
    """
    cells, x = caches
    a1, _, a0, c0, *_ = cells[0]
    n_a, m = a1.shape
    n_x, _, T_x = x.shape
    da = as_floats("da", da, (n_a, m, T_x))

    dx = np.zeros((n_x, m, T_x), a1.dtype)
    gradients = {}
    for gate in ("f", "i", "c", "o"):
        gradients[f"dW{gate}"] = np.zeros((n_a, n_a + n_x), a1.dtype)
        gradients[f"db{gate}"] = np.zeros((n_a, 1), a1.dtype)
    da_prev = np.zeros_like(a0)
    dc_prev = np.zeros_like(c0)
    for t in reversed(range(T_x)):
        step = lstm_cell_backward(da[:, :, t] + da_prev, dc_prev, cells[t])
        dx[:, :, t] = step["dxt"]
        da_prev = step["da_prev"]
        dc_prev = step["dc_prev"]
        for name in gradients:
            gradients[name] += step[name]
    return {"dx": dx, "da0": da_prev, **gradients}
