"""The GRU step by step: the cell in a loop over time (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, entry
from engine.gru import GruCache, gru_cell_backward, gru_cell_forward


def gru_forward_loops(
    x: ArrayLike, c0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, tuple[list[GruCache], Array]]:
    """All time steps: the cell in a loop, its memory handed on.

    - x: (n_x, m, T_x); c0: (n_c, m); parameters: {"Wu", "Wr", "Wc", "bu", "br", "bc", "Wy", "by"}
    - returns c: (n_c, m, T_x); y: (n_y, m, T_x); caches: (list of the caches of the cell, x)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wu": W, "Wr": W, "Wc": W, "bu": zero, "br": zero, "bc": zero, "Wy": zero, "by": zero}
    >>> gru_forward_loops(np.zeros((1, 1, 4)), np.ones((1, 1)), parameters)[0]
    array([[[0.5   , 0.25  , 0.125 , 0.0625]]])
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    _, m, T_x = x.shape
    Wy = as_floats("Wy", entry("parameters", parameters, "Wy"), ("n_y", "n_c"))
    n_y, n_c = Wy.shape
    c = np.zeros((n_c, m, T_x), x.dtype)
    y = np.zeros((n_y, m, T_x), x.dtype)
    c_next = as_floats("c0", c0, (n_c, m))
    caches = []
    for t in range(T_x):
        c_next, yt_pred, cache = gru_cell_forward(x[:, :, t], c_next, parameters)
        c[:, :, t] = c_next
        y[:, :, t] = yt_pred
        caches.append(cache)
    return c, y, (caches, x)


def gru_backward_loops(dc: ArrayLike, caches: tuple[list[GruCache], Array]) -> Parameters:
    """Backpropagation through time: the cell's backward pass in a loop from the last step to the first.

        dc_next = dc[:, :, t] + dc_prev of step t + 1          the parameters' gradients add up

    - dc: (n_c, m, T_x); caches: of `gru_forward_loops`
    - returns {"dx": (n_x, m, T_x), "dc0": (n_c, m), "dWu", "dbu", "dWr", "dbr", "dWc", "dbc"}

    Raises EngineError when dc has another shape than c. Source: course 5, week 1.

    >>> W, zero = np.zeros((1, 2)), np.zeros((1, 1))
    >>> parameters = {"Wu": W, "Wr": W, "Wc": W, "bu": zero, "br": zero, "bc": zero, "Wy": zero, "by": zero}
    >>> _, _, caches = gru_forward_loops(np.zeros((1, 1, 3)), np.zeros((1, 1)), parameters)
    >>> gru_backward_loops([[[0.0, 0.0, 1.0]]], caches)["dc0"]
    array([[0.125]])
    """
    cells, x = caches
    c1, c0, *_ = cells[0]
    n_c, m = c1.shape
    n_x, _, T_x = x.shape
    dc = as_floats("dc", dc, (n_c, m, T_x))

    dx = np.zeros((n_x, m, T_x), c1.dtype)
    gradients = {}
    for gate in ("u", "r", "c"):
        gradients[f"dW{gate}"] = np.zeros((n_c, n_c + n_x), c1.dtype)
        gradients[f"db{gate}"] = np.zeros((n_c, 1), c1.dtype)
    dc_prev = np.zeros_like(c0)
    for t in reversed(range(T_x)):
        step = gru_cell_backward(dc[:, :, t] + dc_prev, cells[t])
        dx[:, :, t] = step["dxt"]
        dc_prev = step["dc_prev"]
        for name in gradients:
            gradients[name] += step[name]
    return {"dx": dx, "dc0": dc_prev, **gradients}
