"""Training the dense network: two layers, L layers, its predictions and its mistakes (course 1, week 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.dnn import (
    L_model_backward,
    L_model_forward,
    compute_cost,
    initialize_parameters_deep,
    linear_activation_backward,
    linear_activation_forward,
    linear_backward,
    update_parameters,
)
from engine.dnn_shapes import checked_dims
from engine.errors import Array, EngineError, Parameters, as_count, as_floats
from engine.logistic import report_cost
from engine.shallow import initialize_parameters


def two_layer_model(
    X: ArrayLike,
    Y: ArrayLike,
    layers_dims: Sequence[int],
    learning_rate: float = 0.0075,
    num_iterations: int = 3000,
    print_cost: bool = False,
    rng: np.random.Generator | int | None = None,
) -> tuple[Parameters, list[float]]:
    """Train linear, ReLU, linear, sigmoid by gradient descent, each step written out.

    - X: (n_x, m); Y: (1, m), labels 0 or 1; layers_dims: (n_x, n_h, 1)
    - learning_rate: alpha; num_iterations: number of updates, at least 1; print_cost: print each recorded cost
    - rng: a Generator or a seed, for the first weights, which are 0.01 times normal
    - returns parameters: W1, b1, W2, b2, in the dtype of X; costs: before the updates 0, 100, 200, ...

    Raises EngineError when a shape differs or there is no iteration. Source: course 1, week 4.

    >>> X, Y = [[-2.0, -1.0, 1.0, 2.0]], [[1, 0, 0, 1]]
    >>> parameters, costs = two_layer_model(X, Y, (1, 8, 1), learning_rate=1.0, num_iterations=1001, rng=0)
    >>> predict(X, Y, parameters)
    array([[1., 0., 0., 1.]])
    >>> len(costs), costs[0] > 0.69, costs[-1] < 0.05
    (11, True, True)
    """
    X, Y, dims = _data(X, Y, layers_dims, num_iterations)
    if len(dims) != 3:
        raise EngineError("layers_dims", "(n_x, n_h, n_y)", str(tuple(dims)))
    n_x, n_h, n_y = dims
    parameters = _in_dtype_of(X, initialize_parameters(n_x, n_h, n_y, rng))
    costs: list[float] = []
    for i in range(num_iterations):
        A1, cache1 = linear_activation_forward(X, parameters["W1"], parameters["b1"], "relu")
        A2, cache2 = linear_activation_forward(A1, parameters["W2"], parameters["b2"], "sigmoid")
        if i % 100 == 0:
            _record(costs, i, compute_cost(A2, Y), print_cost)

        # dA2 times the slope of the sigmoid is A2 - Y. Taken apart, they are infinity times 0 where A2 has rounded to
        # the wrong label, and an example that is wrong with certainty would teach nothing.
        linear_cache2, _ = cache2
        dA1, dW2, db2 = linear_backward(A2 - Y, linear_cache2)
        _, dW1, db1 = linear_activation_backward(dA1, cache1, "relu")
        grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters, costs


def L_layer_model(
    X: ArrayLike,
    Y: ArrayLike,
    layers_dims: Sequence[int],
    learning_rate: float = 0.0075,
    num_iterations: int = 3000,
    print_cost: bool = False,
    rng: np.random.Generator | int | None = None,
) -> tuple[Parameters, list[float]]:
    """Train a network of any depth by gradient descent on all examples.

    - X: (n_x, m); Y: (n_L, m), labels 0 or 1; layers_dims: [n_x, n1, ..., nL]
    - learning_rate: alpha; num_iterations: number of updates, at least 1; print_cost: print each recorded cost
    - rng: a Generator or a seed, for the first weights, which are normal / sqrt(n^[l-1])
    - returns parameters: W1, b1, ..., WL, bL, in the dtype of X; costs: before the updates 0, 100, 200, ...

    Raises EngineError when a shape differs or there is no iteration. Source: course 1, week 4.

    >>> X, Y = [[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]], [[0, 1, 1, 0]]
    >>> parameters, costs = L_layer_model(X, Y, [2, 8, 4, 1], 0.5, num_iterations=801, rng=1)
    >>> predict(X, Y, parameters)  # the exclusive or
    array([[0., 1., 1., 0.]])
    """
    X, Y, dims = _data(X, Y, layers_dims, num_iterations)
    parameters = _in_dtype_of(X, initialize_parameters_deep(dims, scale=None, rng=rng))
    costs: list[float] = []
    for i in range(num_iterations):
        AL, caches = L_model_forward(X, parameters)
        if i % 100 == 0:
            _record(costs, i, compute_cost(AL, Y), print_cost)
        grads = L_model_backward(AL, Y, caches, input_gradient=False)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters, costs


def predict(X: ArrayLike, y: ArrayLike | None, parameters: Parameters, print_accuracy: bool = False) -> Array:
    """Label 1 where the probability is above one half, else label 0.

    - X: (n_x, m); parameters: W1, b1, ..., WL, bL
    - y: (n_L, m), the true labels, for the accuracy; None when there are none
    - print_accuracy: print the share of right labels
    - returns p: (n_L, m) of 0. and 1.

    Raises EngineError when a shape differs, or the accuracy is asked for without labels.
    Source: course 1, week 4.

    >>> predict([[-2, 0, 3]], [[0, 1, 1]], {"W1": [[1.0]], "b1": [[0.0]]}, print_accuracy=True)
    Accuracy: 0.6667
    array([[0., 0., 1.]])
    """
    AL, _ = L_model_forward(X, parameters)
    p = (AL > 0.5).astype(AL.dtype)
    if y is not None:
        y = as_floats("y", y, p.shape)
    if print_accuracy:
        if y is None:
            raise EngineError("y", "the true labels, when the accuracy is asked for", "None")
        print(f"Accuracy: {np.mean(p == y):.4f}")
    return p


def mislabeled_indices(AL: ArrayLike, Y: ArrayLike, k: int) -> Array:
    """The k examples that the network gets wrong with the most confidence, the worst first.

        wrong: (a > 1/2) != y        confidence: |a - y|, the distance from the truth

    Looking at them is the start of an error analysis. Equal ones stand in their order in the data.

    - AL, Y: (1, m), probabilities and labels; k: how many, from 1 up
    - returns: (min(k, number of wrong examples),), integers, columns of the data

    Raises EngineError when a shape differs or k is below 1. Source: course 1, week 4 (the gallery of
    mislabelled images).

    >>> mislabeled_indices([[0.9, 0.2, 0.6, 0.99]], [[1, 1, 0, 0]], k=2)
    array([3, 1])
    """
    AL = as_floats("AL", AL, (1, "m"))
    Y = as_floats("Y", Y, AL.shape)
    as_count("k", k)
    wrong = np.flatnonzero((AL[0] > 0.5) != (Y[0] > 0.5))
    distance = np.abs(AL[0, wrong] - Y[0, wrong])
    # A stable sort keeps the order of ties.
    order = np.argsort(-distance, kind="stable")
    worst: Array = wrong[order[:k]]
    return worst


def _data(
    X: ArrayLike, Y: ArrayLike, layers_dims: Sequence[int], num_iterations: int
) -> tuple[Array, Array, list[int]]:
    dims = checked_dims(layers_dims, "layers_dims")
    X = as_floats("X", X, (dims[0], "m"))
    Y = as_floats("Y", Y, (dims[-1], X.shape[1])).astype(X.dtype)
    as_count("num_iterations", num_iterations)
    return X, Y, dims


def _in_dtype_of(X: Array, parameters: Parameters) -> Parameters:
    return {name: value.astype(X.dtype) for name, value in parameters.items()}


def _record(costs: list[float], i: int, cost: float, print_cost: bool) -> None:
    costs.append(cost)
    if print_cost:
        report_cost(i, cost)
