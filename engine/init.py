"""How to start: zero, large, He and Xavier weights, and what becomes of the signal (course 2, week 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.activations import relu
from engine.dnn import L_model_backward, L_model_forward, compute_cost, draw_parameters, update_parameters
from engine.dnn_shapes import checked_dims, layers_of
from engine.errors import Array, Parameters, as_choice, as_count, as_floats
from engine.logistic import report_cost


def initialize_parameters_zeros(layers_dims: Sequence[int]) -> Parameters:
    """All weights zero, to see it fail: hidden ReLU units give 0, and no weight ever gets a gradient.

        W^[l] = 0        b^[l] = 0

    - layers_dims: [n_x, n1, ..., nL]
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}

    Raises EngineError when a size is below 1 or there are fewer than two. Source: course 2, week 1.

    >>> initialize_parameters_zeros([2, 1])
    {'W1': array([[0., 0.]]), 'b1': array([[0.]])}
    """
    dims = checked_dims(layers_dims, "layers_dims")
    parameters = {}
    for layer in range(1, len(dims)):
        parameters[f"W{layer}"] = np.zeros((dims[layer], dims[layer - 1]))
        parameters[f"b{layer}"] = np.zeros((dims[layer], 1))
    return parameters


def initialize_parameters_random(
    layers_dims: Sequence[int], rng: np.random.Generator | int | None = None
) -> Parameters:
    """Large random weights: symmetry is broken, but the first predictions are certain and often wrong.

        W^[l] = 10 * standard normal        b^[l] = 0

    - layers_dims: [n_x, n1, ..., nL]; rng: a Generator or a seed
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}

    Raises EngineError when a size is below 1 or there are fewer than two. Source: course 2, week 1.

    >>> round(float(initialize_parameters_random([1000, 100], rng=0)["W1"].std()), 1)
    10.0
    """
    dims = checked_dims(layers_dims, "layers_dims")
    return draw_parameters(dims, lambda n_prev, n: 10.0, rng)


def initialize_parameters_he(layers_dims: Sequence[int], rng: np.random.Generator | int | None = None) -> Parameters:
    """Weights for ReLU units: half of the inputs of a unit are zero, so the variance is doubled to make up.

        W^[l] = standard normal * sqrt(2 / n^[l-1])        b^[l] = 0

    - layers_dims: [n_x, n1, ..., nL]; rng: a Generator or a seed
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}

    Raises EngineError when a size is below 1 or there are fewer than two. Source: course 2, week 1; He and
    others (2015).

    >>> round(float(initialize_parameters_he([200, 500], rng=0)["W1"].std()), 2)  # sqrt(2 / 200)
    0.1
    """
    dims = checked_dims(layers_dims, "layers_dims")
    return draw_parameters(dims, lambda n_prev, n: (2 / n_prev) ** 0.5, rng)


def initialize_parameters_xavier(
    layers_dims: Sequence[int], mode: str = "fan_in", rng: np.random.Generator | int | None = None
) -> Parameters:
    """Weights for tanh units, whose slope is 1 around 0: the variance of Z is that of the input.

        "fan_in":   W^[l] = standard normal * sqrt(1 / n^[l-1])                 (Xavier in the course)
        "fan_avg":  W^[l] = standard normal * sqrt(2 / (n^[l-1] + n^[l]))       (Glorot)

    "fan_avg" is between keeping the variance forward, which asks for 1 / n^[l-1], and backward, 1 / n^[l].

    - layers_dims: [n_x, n1, ..., nL]; mode: "fan_in" or "fan_avg"; rng: a Generator or a seed
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}

    Raises EngineError when a size is below 1, there are fewer than two, or the mode is another.
    Source: course 2, week 1; Glorot and Bengio (2010).

    >>> round(float(initialize_parameters_xavier([100, 300], rng=0)["W1"].std()), 2)
    0.1
    >>> round(float(initialize_parameters_xavier([100, 300], "fan_avg", rng=0)["W1"].std()), 2)  # sqrt(2 / 400)
    0.07
    """
    as_choice("mode", mode, ("fan_in", "fan_avg"))
    dims = checked_dims(layers_dims, "layers_dims")
    if mode == "fan_in":
        return draw_parameters(dims, lambda n_prev, n: (1 / n_prev) ** 0.5, rng)
    return draw_parameters(dims, lambda n_prev, n: (2 / (n_prev + n)) ** 0.5, rng)


def activation_std_profile(parameters: Parameters, X: ArrayLike, activation: str) -> Array:
    """The spread of the activations, layer by layer: does the signal vanish, explode, or last?

        profile[l-1] = std of A^[l], over units and examples, every layer with the same activation

    - parameters: W1, b1, ..., WL, bL; X: (n_x, m); activation: "relu" or "tanh"
    - returns profile: (L,)

    Raises EngineError when a shape differs or the activation is another. Source: course 2, week 1.

    >>> X = np.random.default_rng(0).normal(size=(100, 50))
    >>> small = {name: value / 2 for name, value in initialize_parameters_he([100] * 11, rng=1).items()}
    >>> activation_std_profile(small, X, "relu")[[0, 9]].round(3)  # halved in every layer
    array([0.404, 0.001])
    """
    A = as_floats("X", X, ("n_x", "m"))
    as_choice("activation", activation, ("relu", "tanh"))
    profile = []
    for W, b in layers_of(parameters, A.shape[0]):
        Z = np.dot(W, A) + b
        A = relu(Z)[0] if activation == "relu" else np.tanh(Z)
        profile.append(A.std())
    return np.array(profile)


def model(
    X: ArrayLike,
    Y: ArrayLike,
    learning_rate: float = 0.01,
    num_iterations: int = 15000,
    print_cost: bool = True,
    initialization: str = "he",
    layers_dims: Sequence[int] | None = None,
    rng: np.random.Generator | int | None = None,
    record: Callable[[int, float], object] | None = None,
) -> Parameters:
    """Train a network of three layers from one of the four starts.

    - X: (n_x, m); Y: (1, m), labels 0 or 1
    - learning_rate: alpha; num_iterations: number of updates, at least 1; print_cost: print every 1000th cost
    - initialization: "zeros", "random", "he" or "xavier"; rng: a Generator or a seed, for the weights
    - layers_dims: None is [n_x, 10, 5, 1]
    - record: called with the iteration and the cost before it, each time
    - returns parameters: W1, b1, ..., WL, bL, in the dtype of X

    Raises EngineError when a shape differs, there is no iteration, or the start is another.
    Source: course 2, week 1.

    >>> X, Y = [[-2.0, -1.0, 1.0, 2.0]], [[1, 0, 0, 1]]
    >>> for start in ("zeros", "he"):
    ...     costs = []
    ...     _ = model(X, Y, 0.5, 200, False, start, rng=0, record=lambda i, cost: costs.append(round(cost, 2)))
    ...     print(start, costs[0], costs[-1])
    zeros 0.69 0.69
    he 0.83 0.0
    """
    X = as_floats("X", X, ("n_x", "m"))
    dims = checked_dims([X.shape[0], 10, 5, 1] if layers_dims is None else layers_dims, "layers_dims")
    Y = as_floats("Y", Y, (dims[-1], X.shape[1])).astype(X.dtype)
    as_count("num_iterations", num_iterations)
    start = _start(initialization, dims, rng)
    parameters = {name: value.astype(X.dtype) for name, value in start.items()}
    for i in range(num_iterations):
        AL, caches = L_model_forward(X, parameters)
        cost = compute_cost(AL, Y)
        if record is not None:
            record(i, cost)
        if print_cost and i % 1000 == 0:
            report_cost(i, cost)
        grads = L_model_backward(AL, Y, caches, input_gradient=False)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters


def _start(initialization: str, dims: list[int], rng: np.random.Generator | int | None) -> Parameters:
    as_choice("initialization", initialization, ("zeros", "random", "he", "xavier"))
    if initialization == "zeros":
        return initialize_parameters_zeros(dims)
    if initialization == "random":
        return initialize_parameters_random(dims, rng)
    if initialization == "xavier":
        return initialize_parameters_xavier(dims, rng=rng)
    return initialize_parameters_he(dims, rng)
