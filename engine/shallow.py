"""A network with one hidden layer of tanh units and a sigmoid output (course 1, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine import logistic
from engine.basics import sigmoid
from engine.errors import Array, EngineError, Parameters, as_count, as_floats, entry
from engine.optim import update_parameters_with_gd


def layer_sizes(X: ArrayLike, Y: ArrayLike, n_h: int = 4) -> tuple[int, int, int]:
    """The sizes of the three layers: what the data asks for, and the hidden size, which is free.

    - X: (n_x, m); Y: (n_y, m)
    - n_h: the hidden size
    - returns (n_x, n_h, n_y)

    Raises EngineError when X and Y are not matrices of equally many columns. Source: course 1, week 3.

    >>> layer_sizes([[1, 2, 3], [4, 5, 6]], [[0, 1, 0]])
    (2, 4, 1)
    """
    X = as_floats("X", X, ("n_x", "m"))
    Y = as_floats("Y", Y, ("n_y", X.shape[1]))
    return X.shape[0], as_count("n_h", n_h), Y.shape[0]


def initialize_parameters(n_x: int, n_h: int, n_y: int, rng: np.random.Generator | int | None = None) -> Parameters:
    """Small random weights, so that the hidden units differ, and zero biases.

        W = 0.01 * standard normal        b = 0

    Equal rows of W1 would get equal gradients and stay equal for ever. Large weights would drive tanh to its
    flat ends.

    - n_x, n_h, n_y: the sizes of the layers; rng: a Generator or a seed
    - returns parameters: {"W1": (n_h, n_x), "b1": (n_h, 1), "W2": (n_y, n_h), "b2": (n_y, 1)}

    Raises EngineError when a size is below 1. Source: course 1, week 3.

    >>> parameters = initialize_parameters(2, 4, 1, rng=0)
    >>> {name: array.shape for name, array in parameters.items()}
    {'W1': (4, 2), 'b1': (4, 1), 'W2': (1, 4), 'b2': (1, 1)}
    """
    for argument, size in (("n_x", n_x), ("n_h", n_h), ("n_y", n_y)):
        as_count(argument, size)
    rng = np.random.default_rng(rng)
    return {
        "W1": rng.normal(size=(n_h, n_x)) * 0.01,
        "b1": np.zeros((n_h, 1)),
        "W2": rng.normal(size=(n_y, n_h)) * 0.01,
        "b2": np.zeros((n_y, 1)),
    }


def forward_propagation(X: ArrayLike, parameters: Parameters) -> tuple[Array, Parameters]:
    """From the features to the probabilities, for all examples at once.

        Z1 = W1 X + b1        A1 = tanh(Z1)
        Z2 = W2 A1 + b2       A2 = sigma(Z2)

    - X: (n_x, m); parameters: as from `initialize_parameters`
    - returns A2: (n_y, m); cache: {"Z1": (n_h, m), "A1": (n_h, m), "Z2": (n_y, m), "A2": (n_y, m)}

    Raises EngineError when a parameter is missing or a shape differs. Source: course 1, week 3.

    >>> parameters = {"W1": [[1.0], [-1.0]], "b1": [[0.0], [0.0]], "W2": [[5.0, 5.0]], "b2": [[0.0]]}
    >>> A2, cache = forward_propagation([[-2.0, 0.0, 2.0]], parameters)
    >>> A2  # the two hidden units cancel
    array([[0.5, 0.5, 0.5]])
    """
    X = as_floats("X", X, ("n_x", "m"))
    W1, b1, W2, b2 = _weights(parameters, X.shape[0])
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def compute_cost(A2: ArrayLike, Y: ArrayLike, parameters: Parameters | None = None) -> float:
    """The mean binary cross-entropy, the cost of logistic regression.

        J = -1/m sum_i (y_i log a_i + (1 - y_i) log(1 - a_i))

    - A2, Y: (1, m), probabilities and labels
    - parameters: not used; early releases of the assignment pass them
    - returns: the cost, a float

    Raises EngineError when a shape differs. Source: course 1, week 3.

    >>> round(compute_cost([[0.5, 0.5]], [[1, 0]]), 4)  # log 2
    0.6931
    """
    A2 = as_floats("A2", A2, (1, "m"))
    return logistic.compute_cost(A2, as_floats("Y", Y, A2.shape))


def backward_propagation(parameters: Parameters, cache: Parameters, X: ArrayLike, Y: ArrayLike) -> Parameters:
    """The gradients of the cost, from the output back to the first layer.

        dZ2 = A2 - Y                        dW2 = 1/m dZ2 A1^T    db2 = 1/m sum_i dZ2^(i)
        dZ1 = W2^T dZ2 * (1 - A1^2)         dW1 = 1/m dZ1 X^T     db1 = 1/m sum_i dZ1^(i)

    - parameters: as from `initialize_parameters`; cache: as from `forward_propagation`
    - X: (n_x, m); Y: (n_y, m), labels 0 or 1
    - returns grads: {"dW1": (n_h, n_x), "db1": (n_h, 1), "dW2": (n_y, n_h), "db2": (n_y, 1)}

    Raises EngineError when an entry is missing or a shape differs. Source: course 1, week 3.

    >>> parameters = {"W1": [[0.0]], "b1": [[0.0]], "W2": [[2.0]], "b2": [[0.0]]}
    >>> X, Y = [[1.0, 3.0]], [[1, 1]]
    >>> _, cache = forward_propagation(X, parameters)
    >>> grads = backward_propagation(parameters, cache, X, Y)
    >>> grads["dW1"], grads["db2"]  # dZ2 is -0.5 and dZ1 is -1 for both examples
    (array([[-2.]]), array([[-0.5]]))
    """
    X = as_floats("X", X, ("n_x", "m"))
    m = X.shape[1]
    W1, _, W2, _ = _weights(parameters, X.shape[0])
    A1 = as_floats("A1", entry("cache", cache, "A1"), (W1.shape[0], m))
    A2 = as_floats("A2", entry("cache", cache, "A2"), (W2.shape[0], m))
    # Integer labels must not turn float32 into float64.
    Y = as_floats("Y", Y, A2.shape).astype(A2.dtype)

    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update_parameters(parameters: Parameters, grads: Parameters, learning_rate: float = 1.2) -> Parameters:
    """One step of gradient descent, into new arrays.

        W := W - alpha dW        b := b - alpha db

    - parameters: by name; grads: under "d" and that name, of the same shapes; learning_rate: alpha
    - returns parameters: new arrays

    Raises EngineError when a gradient is missing or a shape differs. Source: course 1, week 3.

    >>> update_parameters({"W1": [[1.0, 2.0]]}, {"dW1": [[0.0, 5.0]]}, learning_rate=0.1)
    {'W1': array([[1. , 1.5]])}
    """
    return update_parameters_with_gd(parameters, grads, learning_rate)


def nn_model(
    X: ArrayLike,
    Y: ArrayLike,
    n_h: int,
    num_iterations: int = 10000,
    print_cost: bool = False,
    learning_rate: float = 1.2,
    rng: np.random.Generator | int | None = None,
) -> Parameters:
    """Train the network by gradient descent on all examples.

    - X: (n_x, m); Y: (1, m), labels 0 or 1; n_h: the hidden size
    - num_iterations: number of updates, at least 1; print_cost: print every 1000th cost
    - learning_rate: alpha; rng: a Generator or a seed, for the first weights
    - returns parameters: after the last update, in the dtype of X

    Raises EngineError when a shape differs or there is no iteration. Source: course 1, week 3.

    A band, which no single threshold separates from both its sides:

    >>> X, Y = [[-2, -1, 0, 1, 3]], [[0, 0, 1, 1, 0]]
    >>> predict(nn_model(X, Y, n_h=4, num_iterations=500, rng=0), X)
    array([[0., 0., 1., 1., 0.]])
    """
    X = as_floats("X", X, ("n_x", "m"))
    Y = as_floats("Y", Y, (1, X.shape[1]))
    as_count("num_iterations", num_iterations)
    n_x, n_h, n_y = layer_sizes(X, Y, n_h)
    start = initialize_parameters(n_x, n_h, n_y, rng)
    parameters = {name: value.astype(X.dtype) for name, value in start.items()}
    for i in range(num_iterations):
        A2, cache = forward_propagation(X, parameters)
        if print_cost and i % 1000 == 0:
            logistic.report_cost(i, compute_cost(A2, Y))
        grads = backward_propagation(parameters, cache, X, Y)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters


def predict(parameters: Parameters, X: ArrayLike) -> Array:
    """Label 1 where the probability is above one half, else label 0.

    - parameters: as from `nn_model`; X: (n_x, m)
    - returns predictions: (n_y, m) of 0. and 1.

    Raises EngineError when a parameter is missing or a shape differs. Source: course 1, week 3.

    >>> parameters = {"W1": [[1.0]], "b1": [[0.0]], "W2": [[1.0]], "b2": [[0.0]]}
    >>> predict(parameters, [[-2, 0, 3]])
    array([[0., 0., 1.]])
    """
    A2, _ = forward_propagation(X, parameters)
    return (A2 > 0.5).astype(A2.dtype)


def decision_regions(parameters: Parameters, bounds: tuple[float, float, float, float], k: int) -> Array:
    """The label that the network gives to each point of a grid in the plane: its decision boundary as a map.

    - parameters: of a network with n_x = 2 and n_y = 1
    - bounds: (x_min, x_max, y_min, y_max) of the two features; k: points along each side, 2 or more
    - returns labels: (k, k) of 0. and 1.; the ROW is the second feature, from y_min up, the column the first

    Raises EngineError when a bound is not below its partner, or the network takes no points of the plane.
    Source: course 1, week 3.

    A network that looks at the first feature only:

    >>> parameters = {"W1": [[1.0, 0.0]], "b1": [[0.0]], "W2": [[1.0]], "b2": [[0.0]]}
    >>> decision_regions(parameters, (-1, 1, -5, 5), 3)
    array([[0., 0., 1.],
           [0., 0., 1.],
           [0., 0., 1.]])
    """
    x_min, x_max, y_min, y_max = bounds
    if not (x_min < x_max and y_min < y_max):
        raise EngineError("bounds", "(x_min, x_max, y_min, y_max), each minimum below its maximum", str(bounds))
    as_count("k", k, least=2)
    x, y = np.meshgrid(np.linspace(x_min, x_max, k), np.linspace(y_min, y_max, k))
    # The network wants an example in each column.
    points = np.vstack([x.ravel(), y.ravel()])
    labels: Array = predict(parameters, points)
    return labels.reshape(k, k)


def _weights(parameters: Parameters, n_x: int) -> tuple[Array, Array, Array, Array]:
    W1 = as_floats("W1", entry("parameters", parameters, "W1"), ("n_h", n_x))
    n_h = W1.shape[0]
    b1 = as_floats("b1", entry("parameters", parameters, "b1"), (n_h, 1))
    W2 = as_floats("W2", entry("parameters", parameters, "W2"), ("n_y", n_h))
    b2 = as_floats("b2", entry("parameters", parameters, "b2"), (W2.shape[0], 1))
    return W1, b1, W2, b2
