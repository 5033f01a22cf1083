"""The recurrent network step by step: the cell in a loop over time (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats, entry
from engine.rnn import CellCache, rnn_cell_backward, rnn_cell_forward


def rnn_forward_loops(
    x: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, tuple[list[CellCache], Array]]:
    """All time steps: the cell in a loop, its state handed on.

        a_next := a_t, which is the a_prev of step t + 1

    - x: (n_x, m, T_x); a0: (n_a, m); parameters: {"Waa", "Wax", "ba", "Wya", "by"}
    - returns a: (n_a, m, T_x); y_pred: (n_y, m, T_x); caches: (list of the T_x caches of the cell, x)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.5]], "Wax": [[1.0]], "ba": [[0.0]], "Wya": [[1.0]], "by": [[0.0]]}
    >>> rnn_forward_loops(np.zeros((1, 1, 3)), np.ones((1, 1)), parameters)[0].round(3)
    array([[[0.462, 0.227, 0.113]]])
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    _, m, T_x = x.shape
    Wya = as_floats("Wya", entry("parameters", parameters, "Wya"), ("n_y", "n_a"))
    n_y, n_a = Wya.shape
    a = np.zeros((n_a, m, T_x), x.dtype)
    y_pred = np.zeros((n_y, m, T_x), x.dtype)
    a_next = as_floats("a0", a0, (n_a, m))
    caches = []
    for t in range(T_x):
        a_next, yt_pred, cache = rnn_cell_forward(x[:, :, t], a_next, parameters)
        a[:, :, t] = a_next
        y_pred[:, :, t] = yt_pred
        caches.append(cache)
    return a, y_pred, (caches, x)


def rnn_backward_loops(da: ArrayLike, caches: tuple[list[CellCache], Array]) -> Parameters:
    """Backpropagation through time: the cell's backward pass in a loop from the last step to the first.

        da_next = da[:, :, t] + da_prev of step t + 1          the parameters' gradients add up

    - da: (n_a, m, T_x); caches: of `rnn_forward_loops`
    - returns {"dx": (n_x, m, T_x), "da0": (n_a, m), "dWax", "dWaa", "dba"}

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.5]], "Wax": [[1.0]], "ba": [[0.0]], "Wya": [[1.0]], "by": [[0.0]]}
    >>> _, _, caches = rnn_forward_loops(np.zeros((1, 1, 3)), np.zeros((1, 1)), parameters)
    >>> rnn_backward_loops([[[0.0, 0.0, 1.0]]], caches)["da0"]
    array([[0.125]])
    """
    cells, x = caches
    a1, a0, *_ = cells[0]
    n_a, m = a1.shape
    n_x, _, T_x = x.shape
    da = as_floats("da", da, (n_a, m, T_x))

    dx = np.zeros((n_x, m, T_x), a1.dtype)
    dWax = np.zeros((n_a, n_x), a1.dtype)
    dWaa = np.zeros((n_a, n_a), a1.dtype)
    dba = np.zeros((n_a, 1), a1.dtype)
    da_prev = np.zeros_like(a0)
    for t in reversed(range(T_x)):
        gradients = rnn_cell_backward(da[:, :, t] + da_prev, cells[t])
        dx[:, :, t] = gradients["dxt"]
        da_prev = gradients["da_prev"]
        dWax += gradients["dWax"]
        dWaa += gradients["dWaa"]
        dba += gradients["dba"]
    return {"dx": dx, "da0": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def rnn_loss_and_grads_loops(
    x: ArrayLike, y: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[float, Parameters]:
    """The loss and the gradients of all parameters: forward in time, then backward, the output layer included.

        loss = - sum_t sum_i y_t log yhat_t
        dy = yhat_t - y_t      dWya += dy a_t^T      dby += dy      da_t = Wya^T dy

    - x: (n_x, m, T_x); y: (n_y, m, T_x), each column one-hot; a0: (n_a, m)
    - parameters: {"Waa", "Wax", "ba", "Wya", "by"}
    - returns loss: a float; grads: {"dWax", "dWaa", "dba", "dWya", "dby"}

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> zero = {"Waa": [[0.0]], "Wax": [[0.0]], "ba": [[0.0]], "Wya": np.zeros((2, 1)), "by": np.zeros((2, 1))}
    >>> loss, _ = rnn_loss_and_grads_loops(np.ones((1, 1, 3)), [[[1, 1, 1]], [[0, 0, 0]]], [[0.0]], zero)
    >>> round(loss / 3, 4)  # log 2
    0.6931
    """
    a, y_pred, caches = rnn_forward_loops(x, a0, parameters)
    y = as_floats("y", y, y_pred.shape)
    Wya = as_floats("Wya", parameters["Wya"])
    T_x = a.shape[2]

    loss = 0.0
    da = np.zeros_like(a)
    dWya = np.zeros_like(Wya)
    dby = np.zeros((len(Wya), 1), Wya.dtype)
    for t in range(T_x):
        loss -= float(np.sum(y[:, :, t] * np.log(y_pred[:, :, t])))
        dy = y_pred[:, :, t] - y[:, :, t]
        dWya += np.dot(dy, a[:, :, t].T)
        dby += np.sum(dy, axis=1, keepdims=True)
        da[:, :, t] = np.dot(Wya.T, dy)
    gradients = rnn_backward_loops(da, caches)
    grads = {name: gradients[name] for name in ("dWax", "dWaa", "dba")}
    return loss, {**grads, "dWya": dWya, "dby": dby}
