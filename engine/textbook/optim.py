"""Mini-batches column by column, and the steps of momentum and Adam number by number (course 2, week 2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_array, as_count, as_floats, entry


def random_mini_batches_loops(
    X: ArrayLike, Y: ArrayLike, mini_batch_size: int = 64, seed: np.random.Generator | int = 0
) -> list[tuple[Array, Array]]:
    """Deal out the shuffled examples; a batch is closed when it is full, the last one when none is left.

    - X: (n_x, m); Y: (n_y, m); mini_batch_size: from 1 up; seed: an integer or a Generator
    - returns: a list of (X_t, Y_t)

    Raises EngineError when the columns differ in number or the size is below 1. Source: course 2, week 2.

    >>> X = np.arange(3).reshape(1, 3)
    >>> [X_t.tolist() for X_t, _ in random_mini_batches_loops(X, X, mini_batch_size=2)]
    [[[2, 0]], [[1]]]
    """
    X = as_array("X", X, ("n_x", "m"))
    m = X.shape[1]
    Y = as_array("Y", Y, ("n_y", m))
    as_count("mini_batch_size", mini_batch_size)
    permutation = np.random.default_rng(seed).permutation(m)
    batches = []
    columns_X: list[Array] = []
    columns_Y: list[Array] = []
    for position in range(m):
        example = permutation[position]
        columns_X.append(X[:, example])
        columns_Y.append(Y[:, example])
        if len(columns_X) == mini_batch_size or position == m - 1:
            batches.append((np.stack(columns_X, axis=1), np.stack(columns_Y, axis=1)))
            columns_X = []
            columns_Y = []
    return batches


def update_parameters_with_momentum_loops(
    parameters: Parameters, grads: Parameters, v: Parameters, beta: float, learning_rate: float
) -> tuple[Parameters, Parameters]:
    """The step of momentum for one number after the other.

        v := beta v + (1 - beta) dw        w := w - alpha v

    - parameters: by name, of rank 2; grads, v: under "d" and that name
    - beta: in [0, 1); learning_rate: alpha
    - returns parameters, v: new arrays

    Raises EngineError when an entry is missing or a shape differs. Source: course 2, week 2.

    >>> update_parameters_with_momentum_loops({"W1": [[1.0]]}, {"dW1": [[2.0]]}, {"dW1": [[4.0]]}, 0.5, 0.1)
    ({'W1': array([[0.7]])}, {'dW1': array([[3.]])})
    """
    updated, velocity = {}, {}
    for name in parameters:
        W = as_floats(name, parameters[name], ("n", "n_prev")).copy()
        dW = as_floats(f"d{name}", entry("grads", grads, f"d{name}"), W.shape)
        vdW = as_floats(f"v['d{name}']", entry("v", v, f"d{name}"), W.shape).copy()
        n, n_prev = W.shape
        for i in range(n):
            for j in range(n_prev):
                vdW[i, j] = beta * vdW[i, j] + (1 - beta) * dW[i, j]
                W[i, j] = W[i, j] - learning_rate * vdW[i, j]
        updated[name] = W
        velocity[f"d{name}"] = vdW
    return updated, velocity


def update_parameters_with_adam_loops(
    parameters: Parameters,
    grads: Parameters,
    v: Parameters,
    s: Parameters,
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Parameters, Parameters]:
    """The step of Adam for one number after the other.

        v := beta1 v + (1 - beta1) dw          v^c = v / (1 - beta1^t)
        s := beta2 s + (1 - beta2) dw^2        s^c = s / (1 - beta2^t)
        w := w - alpha v^c / (sqrt(s^c) + epsilon)

    - parameters: by name, of rank 2; grads, v, s: under "d" and that name; t: the number of the update, from 1
    - learning_rate: alpha; beta1, beta2: in [0, 1); epsilon: above 0
    - returns parameters, v, s: new arrays

    Raises EngineError when an entry is missing, a shape differs or t is below 1. Source: course 2, week 2.

    >>> W, grads, zero = {"W1": [[1.0]]}, {"dW1": [[50.0]]}, {"dW1": [[0.0]]}
    >>> update_parameters_with_adam_loops(W, grads, zero, zero, t=1)[0]["W1"].round(6)
    array([[0.99]])
    """
    as_count("t", t)
    updated, first, second = {}, {}, {}
    for name in parameters:
        W = as_floats(name, parameters[name], ("n", "n_prev")).copy()
        dW = as_floats(f"d{name}", entry("grads", grads, f"d{name}"), W.shape)
        vdW = as_floats(f"v['d{name}']", entry("v", v, f"d{name}"), W.shape).copy()
        sdW = as_floats(f"s['d{name}']", entry("s", s, f"d{name}"), W.shape).copy()
        n, n_prev = W.shape
        for i in range(n):
            for j in range(n_prev):
                vdW[i, j] = beta1 * vdW[i, j] + (1 - beta1) * dW[i, j]
                sdW[i, j] = beta2 * sdW[i, j] + (1 - beta2) * dW[i, j] ** 2
                v_corrected = vdW[i, j] / (1 - beta1**t)
                s_corrected = sdW[i, j] / (1 - beta2**t)
                W[i, j] = W[i, j] - learning_rate * v_corrected / (math.sqrt(s_corrected) + epsilon)
        updated[name] = W
        first[f"d{name}"] = vdW
        second[f"d{name}"] = sdW
    return updated, first, second
