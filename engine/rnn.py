"""The basic recurrent network, forward and backward through time (course 5, week 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.errors import Array, Parameters, as_count, as_floats, entry
from engine.rnn_packed import rnn_packed_backward, rnn_packed_forward, time_first, time_last

CellCache = tuple[Array, Array, Array, Mapping[str, Any]]


def rnn_cell_forward(xt: ArrayLike, a_prev: ArrayLike, parameters: Mapping[str, Any]) -> tuple[Array, Array, CellCache]:
    """One time step: the new state and the prediction that it leads to.

        a_t = tanh(Waa a_(t-1) + Wax x_t + ba)        yhat_t = softmax(Wya a_t + by)

    - xt: (n_x, m); a_prev: (n_a, m)
    - parameters: {"Waa": (n_a, n_a), "Wax": (n_a, n_x), "ba": (n_a, 1), "Wya": (n_y, n_a), "by": (n_y, 1)}
    - returns a_next: (n_a, m); yt_pred: (n_y, m), each column summing to 1; cache: (a_next, a_prev, xt, parameters)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.0]], "Wax": [[1.0]], "ba": [[0.0]], "Wya": [[1.0], [-1.0]], "by": [[0.0], [0.0]]}
    >>> a_next, yt_pred, _ = rnn_cell_forward([[0.0, 100.0]], [[5.0, 5.0]], parameters)
    >>> a_next, yt_pred.round(2)
    (array([[0., 1.]]), array([[0.5 , 0.88],
           [0.5 , 0.12]]))
    """
    xt = as_floats("xt", xt, ("n_x", "m"))
    Waa, Wax, ba, Wya, by = _rnn_parameters(parameters, xt.shape[0])
    a_prev = as_floats("a_prev", a_prev, (len(Waa), xt.shape[1]))
    a_next = np.tanh(np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba)
    yt_pred = softmax(np.dot(Wya, a_next) + by, axis=0)
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_forward(
    x: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[Array, Array, tuple[list[CellCache], Array]]:
    """All time steps: the same cell, its state handed from one step to the next.

    Time first inside, one matrix product a step, and the predictions of all steps at the end, since none of
    them feeds back; `engine.textbook.rnn.rnn_forward_loops` calls the cell step by step.

    - x: (n_x, m, T_x); a0: (n_a, m); parameters: as in `rnn_cell_forward`
    - returns a: (n_a, m, T_x); y_pred: (n_y, m, T_x); caches: (list of the T_x caches of the cell, x)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.5]], "Wax": [[1.0]], "ba": [[0.0]], "Wya": [[1.0], [-1.0]], "by": [[0.0], [0.0]]}
    >>> a, y_pred, caches = rnn_forward(np.zeros((1, 2, 3)), np.ones((1, 2)), parameters)
    >>> a[0, 0].round(3), y_pred.shape, len(caches[0])
    (array([0.462, 0.227, 0.113]), (2, 2, 3), 3)
    """
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    Waa, Wax, ba, Wya, by = _rnn_parameters(parameters, x.shape[0])
    a0 = as_floats("a0", a0, (len(Waa), x.shape[1]))
    steps = time_first(x)
    a, _ = rnn_packed_forward(steps, a0, np.concatenate([Waa, Wax], axis=1), ba)
    y_pred = softmax(Wya @ a + by, axis=1)
    a_prev = [a0, *a[:-1]]
    caches = [(a[t], a_prev[t], steps[t], parameters) for t in range(len(a))]
    return time_last(a), time_last(y_pred), (caches, x)


def rnn_cell_backward(da_next: ArrayLike, cache: CellCache) -> Parameters:
    """The five gradients of one time step, for what the new state receives.

        dz = da_next * (1 - a_next^2)
        dxt = Wax^T dz     da_prev = Waa^T dz     dWax = dz xt^T     dWaa = dz a_prev^T     dba = sum of dz over m

    The gradients of Wya and by are no part of it: what comes through the prediction is inside da_next already.

    - da_next: (n_a, m); cache: of `rnn_cell_forward`
    - returns {"dxt": (n_x, m), "da_prev": (n_a, m), "dWax": (n_a, n_x), "dWaa": (n_a, n_a), "dba": (n_a, 1)}

    Raises EngineError when da_next has another shape than the state. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.5]], "Wax": [[2.0]], "ba": [[0.0]], "Wya": [[1.0]], "by": [[0.0]]}
    >>> _, _, cache = rnn_cell_forward([[0.0]], [[0.0]], parameters)
    >>> gradients = rnn_cell_backward([[1.0]], cache)
    >>> gradients["dxt"], gradients["da_prev"]
    (array([[2.]]), array([[0.5]]))
    """
    a_next, a_prev, xt, parameters = cache
    Waa, Wax, *_ = _rnn_parameters(parameters, xt.shape[0])
    da_next = as_floats("da_next", da_next, a_next.shape)
    dz = da_next * (1 - a_next**2)
    return {
        "dxt": np.dot(Wax.T, dz),
        "da_prev": np.dot(Waa.T, dz),
        "dWax": np.dot(dz, xt.T),
        "dWaa": np.dot(dz, a_prev.T),
        "dba": np.sum(dz, axis=1, keepdims=True),
    }


def rnn_backward(da: ArrayLike, caches: tuple[list[CellCache], Array]) -> Parameters:
    """Backpropagation through time: from the last step to the first, the parameters' gradients adding up.

        da_next at step t = da[:, :, t] + da_prev of step t + 1

    - da: (n_a, m, T_x), what each state receives from the outputs of its own step alone
    - caches: of `rnn_forward`
    - returns {"dx": (n_x, m, T_x), "da0": (n_a, m), "dWax": (n_a, n_x), "dWaa": (n_a, n_a), "dba": (n_a, 1)}

    Raises EngineError when da has another shape than a. Source: course 5, week 1.

    >>> parameters = {"Waa": [[0.5]], "Wax": [[1.0]], "ba": [[0.0]], "Wya": [[1.0]], "by": [[0.0]]}
    >>> _, _, caches = rnn_forward(np.zeros((1, 1, 3)), np.zeros((1, 1)), parameters)
    >>> rnn_backward([[[0.0, 0.0, 1.0]]], caches)["dx"]  # a factor Waa for each step back
    array([[[0.25, 0.5 , 1.  ]]])
    """
    cells = caches[0]
    a_next, a_prev, xt, parameters = cells[0]
    (n_a, m), n_x, T = a_next.shape, len(xt), len(cells)
    da = as_floats("da", da, (n_a, m, T))
    Waa, Wax, *_ = _rnn_parameters(parameters, n_x)
    S = np.ones((T + 1, n_a + n_x + 1, m), a_next.dtype)
    S[0, :n_a] = a_prev
    for t, (a_next, _, xt, _) in enumerate(cells):
        S[t, n_a:-1] = xt
        S[t + 1, :n_a] = a_next
    dx, da0, dW, db = rnn_packed_backward(time_first(da), (S, np.concatenate([Waa, Wax], axis=1)))
    return {"dx": time_last(dx), "da0": da0, "dWax": dW[:, n_a:], "dWaa": dW[:, :n_a], "dba": db}


def rnn_loss_and_grads(
    x: ArrayLike, y: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[float, Parameters]:
    """The loss of a recurrent network with an output at every step, and the gradients of ALL its parameters.

        loss = - sum_t sum_i y_t log yhat_t            a sum over steps and examples: no 1/T and no 1/m
        dy_t = yhat_t - y_t        dWya = sum_t dy_t a_t^T        dby = sum_t dy_t        da_t = Wya^T dy_t
        and from da the rest, by `rnn_backward`

    A step of an example whose y is all 0 costs nothing and gives no gradient: so shorter examples are padded.

    - x: (n_x, m, T_x); y: (n_y, m, T_x), one-hot or probabilities; a0: (n_a, m)
    - parameters: as in `rnn_cell_forward`
    - returns loss: a float; grads: {"dWax", "dWaa", "dba", "dWya", "dby"}, the shapes of the parameters

    Raises EngineError when a parameter is missing or a shape differs. Source: course 5, week 1.

    >>> zero = {"Waa": [[0.0]], "Wax": [[0.0]], "ba": [[0.0]], "Wya": np.zeros((4, 1)), "by": np.zeros((4, 1))}
    >>> y = np.zeros((4, 1, 3))
    >>> y[2] = 1
    >>> loss, grads = rnn_loss_and_grads(np.ones((1, 1, 3)), y, [[0.0]], zero)
    >>> round(loss / 3, 4), grads["dby"].ravel()  # log 4 a step: every symbol is as likely as every other
    (1.3863, array([ 0.75,  0.75, -2.25,  0.75]))
    """
    loss, grads, _ = _window_loss(x, y, a0, parameters)
    return loss, grads


def truncated_bptt(
    x: ArrayLike, y: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any], k: int
) -> tuple[float, Parameters]:
    """Backpropagation through at most k steps: the state crosses from window to window, the gradient does not.

        loss = sum of the losses of the windows [1, k], [k + 1, 2 k], ...    grads = sum of their gradients
        each window starts at the last state of the one before, held constant

    The memory needed no longer grows with T; dependencies over more than k steps are not learned.

    - x, y, a0, parameters: as in `rnn_loss_and_grads`; k: steps of a window, the last may be shorter
    - returns loss: the same as without truncation; grads: {"dWax", "dWaa", "dba", "dWya", "dby"}

    Raises EngineError when a shape differs or k is below 1. Source: course 5, week 1 (BPTT); R. Williams and
    J. Peng (1990).

    >>> rng = np.random.default_rng(0)
    >>> shapes = {"Waa": (3, 3), "Wax": (3, 2), "ba": (3, 1), "Wya": (2, 3), "by": (2, 1)}
    >>> parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    >>> x, y, a0 = rng.normal(size=(2, 1, 6)), np.ones((2, 1, 6)) / 2, np.zeros((3, 1))
    >>> whole, cut = rnn_loss_and_grads(x, y, a0, parameters), truncated_bptt(x, y, a0, parameters, k=2)
    >>> bool(np.isclose(whole[0], cut[0])), np.allclose(whole[1]["dWya"], cut[1]["dWya"])
    (True, True)
    >>> np.allclose(whole[1]["dWaa"], cut[1]["dWaa"])
    False
    """
    as_count("k", k)
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    y = as_floats("y", y, ("n_y", x.shape[1], x.shape[2]))
    loss, grads, a_last = _window_loss(x[:, :, :k], y[:, :, :k], a0, parameters)
    for start in range(k, x.shape[2], k):
        window = slice(start, start + k)
        window_loss, window_grads, a_last = _window_loss(x[:, :, window], y[:, :, window], a_last, parameters)
        loss += window_loss
        grads = {name: grads[name] + gradient for name, gradient in window_grads.items()}
    return loss, grads


def _window_loss(
    x: ArrayLike, y: ArrayLike, a0: ArrayLike, parameters: Mapping[str, Any]
) -> tuple[float, Parameters, Array]:
    x = as_floats("x", x, ("n_x", "m", "T_x"))
    n_x, m, T = x.shape
    Waa, Wax, ba, Wya, by = _rnn_parameters(parameters, n_x)
    y = as_floats("y", y, (len(Wya), m, T))
    n_a = len(Waa)
    a, cache = rnn_packed_forward(time_first(x), a0, np.concatenate([Waa, Wax], axis=1), ba)
    targets = time_first(y).astype(a.dtype, copy=False)

    logits = Wya @ a + by
    logits -= logits.max(axis=1, keepdims=True)
    # log softmax, from the logits: the logarithm of a rounded probability would be infinite at 0.
    log_total = np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    log_y_pred = logits - log_total
    loss = -float(np.sum(targets * log_y_pred))
    # The sum of a column of targets is 1, or 0 where there is no target.
    dy = np.exp(log_y_pred) * targets.sum(axis=1, keepdims=True) - targets

    _, _, dW, db = rnn_packed_backward(Wya.T @ dy, cache)
    grads = {
        "dWax": dW[:, n_a:],
        "dWaa": dW[:, :n_a],
        "dba": db,
        "dWya": np.einsum("tym,tam->ya", dy, a, optimize=True),
        "dby": np.sum(dy, axis=(0, 2))[:, None],
    }
    return loss, grads, a[-1].copy()


def _rnn_parameters(parameters: Mapping[str, Any], n_x: int) -> tuple[Array, Array, Array, Array, Array]:
    Wax = as_floats("Wax", entry("parameters", parameters, "Wax"), ("n_a", n_x))
    n_a = len(Wax)
    Waa = as_floats("Waa", entry("parameters", parameters, "Waa"), (n_a, n_a))
    ba = as_floats("ba", entry("parameters", parameters, "ba"), (n_a, 1))
    Wya = as_floats("Wya", entry("parameters", parameters, "Wya"), ("n_y", n_a))
    by = as_floats("by", entry("parameters", parameters, "by"), (len(Wya), 1))
    return Waa, Wax, ba, Wya, by
