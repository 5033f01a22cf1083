"""Logistic regression with a loop over the examples and one over the features (course 1, week 2)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import basic_sigmoid
from engine.errors import Array, as_floats


def sigmoid_loops(z: ArrayLike) -> Array:
    """The sigmoid of a row of numbers, one at a time.

        s_i = 1 / (1 + e^-z_i)

    - z: (1, m)
    - returns s: (1, m)

    Raises EngineError when z is not one row. Source: course 1, week 2.

    >>> sigmoid_loops([[0, 1000]])
    array([[0.5, 1. ]])
    """
    z = as_floats("z", z, (1, "m"))
    m = z.shape[1]
    s = np.zeros_like(z)
    for i in range(m):
        s[0, i] = basic_sigmoid(z[0, i])
    return s


def compute_cost_loops(A: ArrayLike, Y: ArrayLike) -> float:
    """The cost: the losses of the examples added up one by one, then divided by their number.

        L(a, y) = -log a when y = 1, -log(1 - a) when y = 0
        J = 1/m sum_i L(a_i, y_i)

    - A: (1, m), probabilities strictly between 0 and 1
    - Y: (1, m), labels 0 or 1
    - returns: the cost, a float

    Raises EngineError when a shape differs. Source: course 1, week 2.

    >>> round(compute_cost_loops([[0.5, 0.5]], [[1, 0]]), 4)  # log 2
    0.6931
    """
    A = as_floats("A", A, (1, "m"))
    Y = as_floats("Y", Y, A.shape)
    m = A.shape[1]
    J = 0.0
    for i in range(m):
        a = A[0, i]
        y = Y[0, i]
        loss = -(y * np.log(a) + (1 - y) * np.log(1 - a))
        J += loss
    J /= m
    return float(J)


def propagate_loops(w: ArrayLike, b: float, X: ArrayLike, Y: ArrayLike) -> tuple[dict[str, Any], float]:
    """The cost and its gradients: two loops that add up, then one division by m.

        z_i = w^T x_i + b      a_i = sigma(z_i)       dz_i = a_i - y_i
        dw_j = 1/m sum_i x_ji dz_i                    db = 1/m sum_i dz_i

    - w: (n_x, 1); b: a number; X: (n_x, m); Y: (1, m), labels 0 or 1
    - returns grads: {"dw": (n_x, 1), "db": float}; cost: float

    Raises EngineError when a shape differs. Source: course 1, week 2.

    >>> grads, cost = propagate_loops([[0.0], [0.0]], 0.0, [[1, 2], [3, 5]], [[1, 1]])
    >>> grads["dw"], grads["db"], round(cost, 4)
    (array([[-0.75],
           [-2.  ]]), -0.5, 0.6931)
    """
    w = as_floats("w", w, ("n_x", 1))
    b = float(as_floats("b", b, ()))
    X = as_floats("X", X, (w.shape[0], "m"))
    n_x, m = X.shape
    Y = as_floats("Y", Y, (1, m))

    J = 0.0
    dw = np.zeros_like(w)
    db = 0.0
    for i in range(m):
        z = b
        for j in range(n_x):
            z += w[j, 0] * X[j, i]
        a = basic_sigmoid(z)
        y = Y[0, i]
        J += -(y * np.log(a) + (1 - y) * np.log(1 - a))
        dz = a - y
        for j in range(n_x):
            dw[j, 0] += X[j, i] * dz
        db += dz
    J /= m
    dw /= m
    db /= m
    return {"dw": dw, "db": float(db)}, float(J)


def predict_loops(w: ArrayLike, b: float, X: ArrayLike) -> Array:
    """Label 1 for each example whose probability is above one half, else label 0.

        yhat_i = 1 if sigma(w^T x_i + b) > 0.5 else 0

    - w: (n_x, 1); b: a number; X: (n_x, m)
    - returns Y_prediction: (1, m) of 0. and 1.

    Raises EngineError when a shape differs. Source: course 1, week 2.

    >>> predict_loops([[1.0]], 0.0, [[-2, 0, 3]])
    array([[0., 0., 1.]])
    """
    w = as_floats("w", w, ("n_x", 1))
    b = float(as_floats("b", b, ()))
    X = as_floats("X", X, (w.shape[0], "m"))
    n_x, m = X.shape
    Y_prediction = np.zeros((1, m), dtype=X.dtype)
    for i in range(m):
        z = b
        for j in range(n_x):
            z += w[j, 0] * X[j, i]
        a = basic_sigmoid(z)
        if a > 0.5:
            Y_prediction[0, i] = 1
    return Y_prediction
