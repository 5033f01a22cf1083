"""A network with one hidden layer, example by example and unit by unit (course 1, week 3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import basic_sigmoid
from engine.errors import Array, Parameters, as_floats, entry


def forward_propagation_loops(X: ArrayLike, parameters: Parameters) -> tuple[Array, Parameters]:
    """The probabilities: for each example first the hidden units, then the output units.

        z1_j = sum_k W1[j, k] x_k + b1_j        a1_j = tanh(z1_j)
        z2_j = sum_k W2[j, k] a1_k + b2_j       a2_j = sigma(z2_j)

    - X: (n_x, m); parameters: W1 (n_h, n_x), b1 (n_h, 1), W2 (n_y, n_h), b2 (n_y, 1)
    - returns A2: (n_y, m); cache: {"Z1": (n_h, m), "A1": (n_h, m), "Z2": (n_y, m), "A2": (n_y, m)}

    Raises EngineError when a parameter is missing or a shape differs. Source: course 1, week 3.

    >>> parameters = {"W1": [[1.0], [-1.0]], "b1": [[0.0], [0.0]], "W2": [[5.0, 5.0]], "b2": [[0.0]]}
    >>> forward_propagation_loops([[-2.0, 0.0]], parameters)[0]
    array([[0.5, 0.5]])
    """
    X = as_floats("X", X, ("n_x", "m"))
    n_x, m = X.shape
    W1 = as_floats("W1", entry("parameters", parameters, "W1"), ("n_h", n_x))
    n_h = W1.shape[0]
    b1 = as_floats("b1", entry("parameters", parameters, "b1"), (n_h, 1))
    W2 = as_floats("W2", entry("parameters", parameters, "W2"), ("n_y", n_h))
    n_y = W2.shape[0]
    b2 = as_floats("b2", entry("parameters", parameters, "b2"), (n_y, 1))

    Z1 = np.zeros((n_h, m), dtype=X.dtype)
    A1 = np.zeros((n_h, m), dtype=X.dtype)
    Z2 = np.zeros((n_y, m), dtype=X.dtype)
    A2 = np.zeros((n_y, m), dtype=X.dtype)
    for i in range(m):
        for j in range(n_h):
            z = b1[j, 0]
            for k in range(n_x):
                z += W1[j, k] * X[k, i]
            Z1[j, i] = z
            A1[j, i] = math.tanh(z)
        for j in range(n_y):
            z = b2[j, 0]
            for k in range(n_h):
                z += W2[j, k] * A1[k, i]
            Z2[j, i] = z
            A2[j, i] = basic_sigmoid(z)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def backward_propagation_loops(parameters: Parameters, cache: Parameters, X: ArrayLike, Y: ArrayLike) -> Parameters:
    """The gradients: every example adds its share, and the sums are divided by m.

        dz2_j = a2_j - y_j                                 dW2[j, k] += dz2_j a1_k    db2_j += dz2_j
        dz1_j = (1 - a1_j^2) sum_k W2[k, j] dz2_k          dW1[j, k] += dz1_j x_k     db1_j += dz1_j

    - parameters, cache: as of `forward_propagation_loops`; X: (n_x, m); Y: (n_y, m), labels 0 or 1
    - returns grads: {"dW1": (n_h, n_x), "db1": (n_h, 1), "dW2": (n_y, n_h), "db2": (n_y, 1)}

    Raises EngineError when an entry is missing or a shape differs. Source: course 1, week 3.

    >>> parameters = {"W1": [[0.0]], "b1": [[0.0]], "W2": [[2.0]], "b2": [[0.0]]}
    >>> X, Y = [[1.0, 3.0]], [[1, 1]]
    >>> _, cache = forward_propagation_loops(X, parameters)
    >>> backward_propagation_loops(parameters, cache, X, Y)["dW1"]
    array([[-2.]])
    """
    X = as_floats("X", X, ("n_x", "m"))
    n_x, m = X.shape
    W2 = as_floats("W2", entry("parameters", parameters, "W2"), ("n_y", "n_h"))
    n_y, n_h = W2.shape
    A1 = as_floats("A1", entry("cache", cache, "A1"), (n_h, m))
    A2 = as_floats("A2", entry("cache", cache, "A2"), (n_y, m))
    Y = as_floats("Y", Y, (n_y, m))

    dW1 = np.zeros((n_h, n_x), dtype=X.dtype)
    db1 = np.zeros((n_h, 1), dtype=X.dtype)
    dW2 = np.zeros((n_y, n_h), dtype=X.dtype)
    db2 = np.zeros((n_y, 1), dtype=X.dtype)
    for i in range(m):
        dz2 = [0.0] * n_y
        for j in range(n_y):
            dz2[j] = A2[j, i] - Y[j, i]
            for k in range(n_h):
                dW2[j, k] += dz2[j] * A1[k, i]
            db2[j, 0] += dz2[j]
        for j in range(n_h):
            da1 = 0.0
            for k in range(n_y):
                da1 += W2[k, j] * dz2[k]
            dz1 = da1 * (1 - A1[j, i] ** 2)
            for k in range(n_x):
                dW1[j, k] += dz1 * X[k, i]
            db1[j, 0] += dz1
    return {"dW1": dW1 / m, "db1": db1 / m, "dW2": dW2 / m, "db2": db2 / m}
