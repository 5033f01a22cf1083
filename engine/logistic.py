"""Logistic regression as a network of one neuron, trained by gradient descent (course 1, week 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, as_count, as_floats, as_number


def compute_cost(A: ArrayLike, Y: ArrayLike) -> float:
    """The cost: the mean of the binary cross-entropy losses of m examples.

        L(a, y) = -(y log a + (1 - y) log(1 - a))
        J = 1/m sum_i L(a_i, y_i)

    A certain and right prediction costs 0. One that is certain and wrong costs -log of the smallest positive
    number in place of infinity; `bce_with_logits` gives the true value there.

    - A: (1, m), probabilities
    - Y: (1, m), labels 0 or 1
    - returns: the cost, a float

    Raises EngineError when a shape differs. Source: course 1, week 2.

    >>> round(compute_cost([[0.5, 1.0]], [[1, 1]]), 4)  # (log 2 + 0) / 2
    0.3466
    """
    A = as_floats("A", A, (1, "m"))
    Y = as_floats("Y", Y, A.shape)
    m = A.shape[1]
    # 0 * log(0) would be NaN, while 0 * log(tiny) is 0.
    tiny = np.finfo(A.dtype).tiny
    log_A = np.log(np.maximum(A, tiny))
    log_not_A = np.log(np.maximum(1 - A, tiny))
    losses = -(Y * log_A + (1 - Y) * log_not_A)
    return float(np.sum(losses) / m)


def initialize_with_zeros(dim: int) -> tuple[Array, float]:
    """Start from zero: with a single neuron there is no symmetry to break, and the cost is convex.

    - dim: the number of features n_x
    - returns w: (dim, 1) of zeros; b: 0.0

    Raises EngineError when dim is below 1. Source: course 1, week 2.

    >>> initialize_with_zeros(2)
    (array([[0.],
           [0.]]), 0.0)
    """
    as_count("dim", dim)
    w = np.zeros((dim, 1))
    b = 0.0
    return w, b


def propagate(w: ArrayLike, b: float, X: ArrayLike, Y: ArrayLike) -> tuple[dict[str, Any], float]:
    """The cost and its gradients, for all examples at once.

        A = sigma(w^T X + b)        dZ = A - Y
        dw = 1/m X dZ^T             db = 1/m sum_i dz_i

    - w: (n_x, 1); b: a number; X: (n_x, m); Y: (1, m), labels 0 or 1
    - returns grads: {"dw": (n_x, 1), "db": float}; cost: float

    Raises EngineError when a shape differs. Source: course 1, week 2.

    >>> grads, cost = propagate([[0.0], [0.0]], 0.0, [[1, 2], [3, 5]], [[1, 1]])
    >>> grads["dw"], grads["db"], round(cost, 4)
    (array([[-0.75],
           [-2.  ]]), -0.5, 0.6931)
    """
    w, b, X = _parameters_and_data(w, b, X)
    m = X.shape[1]
    # Integer labels must not turn float32 into float64.
    Y = as_floats("Y", Y, (1, m)).astype(X.dtype)

    Z = np.dot(w.T, X) + b
    A = sigmoid(Z)
    cost = compute_cost(A, Y)

    dZ = A - Y
    dw = np.dot(X, dZ.T) / m
    db = float(np.sum(dZ) / m)
    return {"dw": dw, "db": db}, cost


def optimize(
    w: ArrayLike,
    b: float,
    X: ArrayLike,
    Y: ArrayLike,
    num_iterations: int = 100,
    learning_rate: float = 0.009,
    print_cost: bool = False,
) -> tuple[dict[str, Any], dict[str, Any], list[float]]:
    """Gradient descent on w and b; the caller's own w and b stay as they are.

        w := w - alpha dw        b := b - alpha db

    - w: (n_x, 1); b: a number; X: (n_x, m); Y: (1, m)
    - num_iterations: number of updates, at least 1; learning_rate: alpha, from 0 up
    - print_cost: print each recorded cost
    - returns params: {"w": (n_x, 1), "b": float} after the last update; grads: {"dw", "db"} that the last
      update used; costs: the cost before the updates 0, 100, 200, ...

    Raises EngineError when a shape differs, there is no iteration, or the rate is negative. Source: course 1, week 2.

    >>> X, Y = [[1, -1]], [[1, 0]]
    >>> params, grads, costs = optimize([[0.0]], 0.0, X, Y, num_iterations=101, learning_rate=1)
    >>> [round(cost, 3) for cost in costs]
    [0.693, 0.01]
    """
    as_count("num_iterations", num_iterations)
    learning_rate = as_number("learning_rate", learning_rate, "[0, inf)")
    w, b, X = _parameters_and_data(w, b, X)
    # The updates below change w in place: work on a copy.
    w = w.copy()
    costs = []
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X, Y)
        if i % 100 == 0:
            costs.append(cost)
            if print_cost:
                report_cost(i, cost)
        dw = grads["dw"]
        db = grads["db"]
        w -= learning_rate * dw
        b -= learning_rate * db
    return {"w": w, "b": b}, grads, costs


def report_cost(updates: int, cost: float) -> None:
    """Print how far a training has come: one line, the same for all models that are trained by gradient descent.

    - updates: number of updates so far; cost: with the parameters they have led to

    Source: course 1, week 2 (the option print_cost of the models).

    >>> report_cost(200, 0.125)
    After 200 updates: cost 0.125000
    """
    print(f"After {updates} updates: cost {cost:f}")


def predict(w: ArrayLike, b: float, X: ArrayLike) -> Array:
    """Label 1 where the probability is above one half, else label 0.

        yhat = 1 if sigma(w^T x + b) > 0.5 else 0

    - w: (n_x, 1); b: a number; X: (n_x, m)
    - returns Y_prediction: (1, m) of 0. and 1.

    Raises EngineError when a shape differs. Source: course 1, week 2.

    >>> predict([[1.0]], 0.0, [[-2, 0, 3]])
    array([[0., 0., 1.]])
    """
    w, b, X = _parameters_and_data(w, b, X)
    A = sigmoid(np.dot(w.T, X) + b)
    return (A > 0.5).astype(A.dtype)


def model(
    X_train: ArrayLike,
    Y_train: ArrayLike,
    X_test: ArrayLike,
    Y_test: ArrayLike,
    num_iterations: int = 2000,
    learning_rate: float = 0.5,
    print_cost: bool = False,
) -> dict[str, Any]:
    """Initialize, optimize, predict: logistic regression from data to labels.

    - X_train: (n_x, m_train); Y_train: (1, m_train); X_test: (n_x, m_test); Y_test: (1, m_test)
    - num_iterations, learning_rate: as in `optimize`; print_cost: print the costs and both accuracies
    - returns d: {"costs", "Y_prediction_train", "Y_prediction_test", "w", "b", "learning_rate",
      "num_iterations"}

    Raises EngineError when a shape differs or there is no iteration. Source: course 1, week 2.

    >>> d = model([[1, -1]], [[1, 0]], [[2, -2, 3]], [[1, 0, 0]])
    >>> d["Y_prediction_train"], d["Y_prediction_test"]
    (array([[1., 0.]]), array([[1., 0., 1.]]))
    """
    X_train = as_floats("X_train", X_train, ("n_x", "m_train"))
    n_x, m_train = X_train.shape
    Y_train = as_floats("Y_train", Y_train, (1, m_train))
    X_test = as_floats("X_test", X_test, (n_x, "m_test"))
    Y_test = as_floats("Y_test", Y_test, (1, X_test.shape[1]))

    w, b = initialize_with_zeros(n_x)
    w = w.astype(X_train.dtype)
    params, _, costs = optimize(w, b, X_train, Y_train, num_iterations, learning_rate, print_cost)
    w, b = params["w"], params["b"]
    Y_prediction_train = predict(w, b, X_train)
    Y_prediction_test = predict(w, b, X_test)

    if print_cost:
        print(f"train accuracy: {100 * np.mean(Y_prediction_train == Y_train):.2f} %")
        print(f"test accuracy: {100 * np.mean(Y_prediction_test == Y_test):.2f} %")
    return {
        "costs": costs,
        "Y_prediction_train": Y_prediction_train,
        "Y_prediction_test": Y_prediction_test,
        "w": w,
        "b": b,
        "learning_rate": learning_rate,
        "num_iterations": num_iterations,
    }


def gd_1d(f_prime: Callable[[float], float], x0: float, alpha: float, n: int) -> Array:
    """Gradient descent on a function of one variable, with every point it visits.

        x_(t+1) = x_t - alpha f'(x_t)

    On f(x) = c x^2 / 2 it converges exactly when 0 < alpha < 2 / c: the curvature limits the step.

    - f_prime: the derivative; x0: the start; alpha: the learning rate; n: number of updates, 0 or more
    - returns path: (n + 1,), float64, with path[0] = x0

    Raises EngineError when n is negative. Source: course 1, week 2.

    >>> gd_1d(lambda x: 2 * x, x0=1.0, alpha=0.25, n=3)
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    as_count("n", n, least=0)
    x = x0
    path = [x]
    for _ in range(n):
        x = x - alpha * f_prime(x)
        path.append(x)
    return np.array(path, dtype=np.float64)


def _parameters_and_data(w: ArrayLike, b: float, X: ArrayLike) -> tuple[Array, float, Array]:
    w = as_floats("w", w, ("n_x", 1))
    # A float64 scalar of NumPy would turn float32 into float64; a Python float does not.
    b = float(as_floats("b", b, ()))
    X = as_floats("X", X, (w.shape[0], "m"))
    return w, b, X
