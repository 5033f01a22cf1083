"""A network of any depth, ReLU in the hidden layers and a sigmoid at the end (course 1, week 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine import logistic
from engine.activations import relu, relu_backward, sigmoid_backward
from engine.basics import sigmoid
from engine.dnn_shapes import checked_dims, layers_of
from engine.errors import Array, EngineError, Parameters, as_choice, as_floats, as_number
from engine.optim import update_parameters_with_gd

#: What the linear step of a layer leaves for its backward pass: (A_prev, W, b).
LinearCache = tuple[Array, Array, Array]
#: What a layer leaves: (linear_cache, activation_cache), and the second is Z.
LayerCache = tuple[LinearCache, Array]

_ACTIVATIONS = ("relu", "sigmoid")


def initialize_parameters_deep(
    layer_dims: Sequence[int], scale: float | None = 0.01, rng: np.random.Generator | int | None = None
) -> Parameters:
    """Random weights and zero biases for every layer.

        W^[l] = scale * standard normal        b^[l] = 0
        scale None:  1 / sqrt(n^[l-1])

    With a scale of 0.01 each layer shrinks what it is given, and a net of five layers starts with no signal;
    1 / sqrt(n^[l-1]) keeps the size of Z near that of its input.

    - layer_dims: [n_x, n1, ..., nL]; rng: a Generator or a seed
    - scale: a number for all layers, as in the step by step assignment; None, as in the application
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}

    Raises EngineError when a size is below 1, there are fewer than two, or the scale is negative.
    Source: course 1, week 4.

    >>> {name: array.shape for name, array in initialize_parameters_deep([5, 4, 3], rng=0).items()}
    {'W1': (4, 5), 'b1': (4, 1), 'W2': (3, 4), 'b2': (3, 1)}
    """
    if scale is None:
        return draw_parameters(layer_dims, lambda n_prev, n: n_prev**-0.5, rng)
    spread = as_number("scale", scale, "[0, inf)")
    return draw_parameters(layer_dims, lambda n_prev, n: spread, rng)


def draw_parameters(
    layer_dims: Sequence[int], std: Callable[[int, int], float], rng: np.random.Generator | int | None = None
) -> Parameters:
    """Normal weights of any spread and zero biases: what all the random starts have in common.

        W^[l] = std(n^[l-1], n^[l]) * standard normal        b^[l] = 0

    - layer_dims: [n_x, n1, ..., nL]; std: takes the sizes before and after a layer; rng: a Generator or a seed
    - returns parameters: {"W1": (n1, n_x), "b1": (n1, 1), ...}

    Raises EngineError when a size is below 1 or there are fewer than two. Source: course 1, week 4.

    >>> parameters = draw_parameters([100, 400], lambda n_prev, n: 5 / n_prev, rng=0)
    >>> round(float(parameters["W1"].std()), 3), parameters["b1"].shape
    (0.05, (400, 1))
    """
    dims = checked_dims(layer_dims)
    rng = np.random.default_rng(rng)
    parameters = {}
    for layer in range(1, len(dims)):
        n_prev, n = dims[layer - 1], dims[layer]
        parameters[f"W{layer}"] = rng.normal(size=(n, n_prev)) * std(n_prev, n)
        parameters[f"b{layer}"] = np.zeros((n, 1))
    return parameters


def linear_forward(A: ArrayLike, W: ArrayLike, b: ArrayLike) -> tuple[Array, LinearCache]:
    """The linear step of a layer.

        Z = W A + b

    - A: (n_prev, m), the output of the layer before; W: (n, n_prev); b: (n, 1)
    - returns Z: (n, m); cache: (A, W, b)

    Raises EngineError when a shape differs. Source: course 1, week 4.

    >>> linear_forward([[1, 2], [10, 20]], [[1, 1], [1, -1]], [[0], [100]])[0]
    array([[11., 22.],
           [91., 82.]])
    """
    A = as_floats("A", A, ("n_prev", "m"))
    W = as_floats("W", W, ("n", A.shape[0]))
    b = as_floats("b", b, (W.shape[0], 1))
    Z: Array = np.dot(W, A)
    # In place: the sum needs no second array.
    Z += b
    return Z, (A, W, b)


def linear_activation_forward(
    A_prev: ArrayLike, W: ArrayLike, b: ArrayLike, activation: str
) -> tuple[Array, LayerCache]:
    """One layer: the linear step, then the activation.

        Z = W A_prev + b        A = g(Z)

    - A_prev: (n_prev, m); W: (n, n_prev); b: (n, 1); activation: g, "relu" or "sigmoid"
    - returns A: (n, m); cache: (linear_cache, activation_cache) = ((A_prev, W, b), Z)

    Raises EngineError when a shape differs or the activation is another. Source: course 1, week 4.

    >>> linear_activation_forward([[1, 2]], [[1], [-1]], [[0], [0]], "relu")[0]
    array([[1., 2.],
           [0., 0.]])
    """
    as_choice("activation", activation, _ACTIVATIONS)
    Z, linear_cache = linear_forward(A_prev, W, b)
    A = relu(Z)[0] if activation == "relu" else sigmoid(Z)
    return A, (linear_cache, Z)


def L_model_forward(X: ArrayLike, parameters: Parameters) -> tuple[Array, list[LayerCache]]:
    """All layers: L - 1 times linear and ReLU, then linear and sigmoid.

        A^[0] = X        A^[l] = relu(W^[l] A^[l-1] + b^[l])        A^[L] = sigma(W^[L] A^[L-1] + b^[L])

    - X: (n_x, m); parameters: W1, b1, ..., WL, bL
    - returns AL: (n_L, m), probabilities; caches: L of `linear_activation_forward`, the first layer's first

    Raises EngineError when a parameter is missing or a shape differs. Source: course 1, week 4.

    >>> parameters = {"W1": [[1.0]], "b1": [[0.0]], "W2": [[1000.0]], "b2": [[-1000.0]]}
    >>> AL, caches = L_model_forward([[-5.0, 1.0, 2.0]], parameters)
    >>> AL, len(caches)
    (array([[0. , 0.5, 1. ]]), 2)
    """
    X = as_floats("X", X, ("n_x", "m"))
    layers = layers_of(parameters, X.shape[0])
    L = len(layers)
    A = X
    caches = []
    for layer, (W, b) in enumerate(layers, start=1):
        A, cache = linear_activation_forward(A, W, b, "relu" if layer < L else "sigmoid")
        caches.append(cache)
    return A, caches


def compute_cost(AL: ArrayLike, Y: ArrayLike) -> float:
    """The mean over the examples of the binary cross-entropy, summed over the outputs.

        J = -1/m sum_i sum_k (y_k log a_k + (1 - y_k) log(1 - a_k))

    - AL, Y: (n_L, m), probabilities and labels; n_L is 1 unless one example has several labels
    - returns: the cost, a float

    Raises EngineError when a shape differs. Source: course 1, week 4.

    >>> round(compute_cost([[0.5, 0.5]], [[1, 0]]), 4)  # log 2
    0.6931
    """
    AL = as_floats("AL", AL, ("n_L", "m"))
    Y = as_floats("Y", Y, AL.shape)
    # As one row of n_L m outputs the cost is divided by all of them; here it is to be divided by m.
    return int(AL.shape[0]) * logistic.compute_cost(AL.reshape(1, -1), Y.reshape(1, -1))


def linear_backward(dZ: ArrayLike, cache: LinearCache) -> tuple[Array, Array, Array]:
    """The gradients of the linear step.

        dW = 1/m dZ A_prev^T        db = 1/m sum_i dZ^(i)        dA_prev = W^T dZ

    - dZ: (n, m); cache: (A_prev, W, b), as from `linear_forward`
    - returns dA_prev: (n_prev, m); dW: (n, n_prev); db: (n, 1)

    Raises EngineError when a shape differs. Source: course 1, week 4.

    >>> dA_prev, dW, db = linear_backward([[1.0, 3.0]], ([[1.0, 1.0], [0.0, 2.0]], [[5.0, 7.0]], [[0.0]]))
    >>> dW, db  # means over the two examples
    (array([[2., 3.]]), array([[2.]]))
    >>> dA_prev
    array([[ 5., 15.],
           [ 7., 21.]])
    """
    A_prev, W, _ = cache
    A_prev = as_floats("A_prev", A_prev, ("n_prev", "m"))
    W = as_floats("W", W, ("n", A_prev.shape[0]))
    dZ = as_floats("dZ", dZ, (W.shape[0], A_prev.shape[1]))
    dW, db = _parameter_gradients(dZ, A_prev)
    return np.dot(W.T, dZ), dW, db


def linear_activation_backward(dA: ArrayLike, cache: LayerCache, activation: str) -> tuple[Array, Array, Array]:
    """The gradients of one layer: through the activation, then through the linear step.

        dZ = dA * g'(Z)        dW, db, dA_prev as in `linear_backward`

    - dA: (n, m); cache: ((A_prev, W, b), Z); activation: g, "relu" or "sigmoid"
    - returns dA_prev: (n_prev, m); dW: (n, n_prev); db: (n, 1)

    Raises EngineError when a shape differs or the activation is another. Source: course 1, week 4.

    >>> _, cache = linear_activation_forward([[1.0, -1.0]], [[2.0]], [[0.0]], "relu")
    >>> linear_activation_backward([[10.0, 10.0]], cache, "relu")  # the second example has Z = -2
    (array([[20.,  0.]]), array([[5.]]), array([[5.]]))
    """
    as_choice("activation", activation, _ACTIVATIONS)
    linear_cache, Z = cache
    dZ = relu_backward(dA, Z) if activation == "relu" else sigmoid_backward(dA, Z)
    return linear_backward(dZ, linear_cache)


def L_model_backward(AL: ArrayLike, Y: ArrayLike, caches: list[LayerCache], input_gradient: bool = True) -> Parameters:
    """The gradients of all layers, from the last back to the first.

        dA^[L] = -Y / A^[L] + (1 - Y) / (1 - A^[L])        dZ^[L] = dA^[L] * A^[L] (1 - A^[L]) = A^[L] - Y

    The last form is what is computed: it is exact where the sigmoid has rounded to 0 or 1 and dA^[L] would
    divide by zero. The layers before go through `linear_activation_backward`.

    - AL: (n_L, m); Y: (n_L, m), labels 0 or 1; caches: as from `L_model_forward`
    - input_gradient: False leaves out dA0, which no update needs and which can cost as much as dW1
    - returns grads: {"dA(l-1)": (n_(l-1), m), "dWl": (n_l, n_(l-1)), "dbl": (n_l, 1)} for l = L, ..., 1;
      a dA is named after the A whose gradient it is

    Raises EngineError when there is no cache or a shape differs. Source: course 1, week 4.

    >>> parameters = {"W1": [[1.0]], "b1": [[0.0]], "W2": [[1.0]], "b2": [[0.0]]}
    >>> AL, caches = L_model_forward([[1000.0, -3.0]], parameters)
    >>> grads = L_model_backward(AL, [[0, 1]], caches)
    >>> list(grads), grads["dW1"], grads["db2"]
    (['dA1', 'dW2', 'db2', 'dA0', 'dW1', 'db1'], array([[500.]]), array([[0.25]]))
    """
    if not caches:
        raise EngineError("caches", "one cache for each layer", "empty")
    AL = as_floats("AL", AL, ("n_L", "m"))
    # Integer labels must not turn float32 into float64.
    Y = as_floats("Y", Y, AL.shape).astype(AL.dtype)
    L = len(caches)
    grads: dict[str, Any] = {}
    dA: Array | None = None
    for layer in range(L, 0, -1):
        linear_cache, Z = caches[layer - 1]
        dZ = AL - Y if dA is None else relu_backward(dA, Z)
        if layer == 1 and not input_gradient:
            grads["dW1"], grads["db1"] = _parameter_gradients(dZ, linear_cache[0])
        else:
            dA, dW, db = linear_backward(dZ, linear_cache)
            grads |= {f"dA{layer - 1}": dA, f"dW{layer}": dW, f"db{layer}": db}
    return grads


def update_parameters(params: Parameters, grads: Parameters, learning_rate: float) -> Parameters:
    """One step of gradient descent for every layer, into new arrays.

        W^[l] := W^[l] - alpha dW^[l]        b^[l] := b^[l] - alpha db^[l]

    - params: W1, b1, ..., WL, bL; grads: dW1, db1, ..., and more that is not used; learning_rate: alpha
    - returns parameters: new arrays

    Raises EngineError when one is missing or a shape differs. Source: course 1, week 4.

    >>> update_parameters({"W1": [[1.0]], "b1": [[2.0]]}, {"dW1": [[5.0]], "db1": [[10.0]]}, 0.1)
    {'W1': array([[0.5]]), 'b1': array([[1.]])}
    """
    layers = enumerate(layers_of(params), start=1)
    network = {f"{name}{layer}": value for layer, pair in layers for name, value in zip("Wb", pair, strict=True)}
    return update_parameters_with_gd(network, grads, learning_rate)


def _parameter_gradients(dZ: Array, A_prev: Array) -> tuple[Array, Array]:
    # The 1/m goes to dZ, which as a rule has fewer entries than dW.
    dZ = dZ / dZ.shape[1]
    dW: Array = np.dot(dZ, A_prev.T)
    db: Array = np.sum(dZ, axis=1, keepdims=True)
    return dW, db
