"""Activation functions, their slopes, and why a network needs them (course 1, weeks 1, 3 and 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.errors import Array, EngineError, as_choice, as_floats, as_number


def neuron_forward(x: ArrayLike, w: ArrayLike, b: float, activation: str = "relu") -> float | Array:
    """One neuron: a weighted sum of its inputs and one activation.

        z = w . x + b, or w^T x + b for columns        a = g(z)

    With "relu" it is the price of a house that cannot fall below 0; with "sigmoid" it is logistic regression.

    - x, w: (n,), one example; or x: (n_x, m), an example in each column, and w: (n_x, 1)
    - b: a number; activation: g, one of "relu", "sigmoid", "tanh", "linear"
    - returns a: a float; for columns (1, m)

    Raises EngineError when a shape differs or the activation is unknown. Source: course 1, week 1.

    >>> neuron_forward([100.0, 3.0], [2.0, 10.0], -50.0)  # a size, a number of rooms
    180.0
    >>> neuron_forward([[100.0, 10.0], [3.0, 3.0]], [[2.0], [10.0]], -70.0)  # two houses
    array([[160.,   0.]])
    """
    x = as_floats("x", x)
    columns = x.ndim == 2
    x = as_floats("x", x, ("n_x", "m") if columns else ("n",))
    w = as_floats("w", w, (len(x), 1) if columns else x.shape)
    b = as_number("b", b, "(-inf, inf)")
    as_choice("activation", activation, ("relu", "sigmoid", "tanh", "linear"))
    z = np.dot(w.T, x) + b
    a: Array = z
    if activation == "relu":
        a = np.maximum(z, 0)
    elif activation == "sigmoid":
        a = sigmoid(z)
    elif activation == "tanh":
        a = np.tanh(z)
    return a if columns else float(a)


def tanh(z: ArrayLike) -> Array:
    """The hyperbolic tangent: a sigmoid that is stretched to (-1, 1) and centred at 0.

        tanh(z) = (e^z - e^-z) / (e^z + e^-z) = 2 sigma(2 z) - 1

    Hidden units with mean near 0 make the next layer's learning easier, so it beats the sigmoid there.

    - z: any shape
    - returns a: same shape, each entry in [-1, 1]; integers become float64

    Raises EngineError when z does not hold real numbers. Source: course 1, week 3.

    >>> tanh([-1000, 0, 1000])
    array([-1.,  0.,  1.])
    """
    # The quotient of exponentials overflows for large z and cancels near 0; NumPy's own function does neither.
    a: Array = np.tanh(as_floats("z", z))
    return a


def tanh_derivative(a: ArrayLike) -> Array:
    """The slope of tanh, from its OUTPUT: the forward pass has it already.

        g'(z) = 1 - tanh(z)^2 = 1 - a^2

    - a: any shape, a = tanh(z)
    - returns: same shape, each entry in [0, 1]

    Raises EngineError when an entry is outside [-1, 1], which no output of tanh is. Source: course 1, week 3.

    >>> tanh_derivative(tanh([0.0, 1000.0]))
    array([1., 0.])
    """
    a = as_floats("a", a)
    if np.any(np.abs(a) > 1):
        raise EngineError("a", "the output of tanh, within [-1, 1]", f"an array that holds {a[np.abs(a) > 1][0]}")
    return 1 - a * a


def relu(Z: ArrayLike) -> tuple[Array, Array]:
    """Rectified linear unit: negative entries become 0.

        g(z) = max(0, z)

    - Z: any shape
    - returns A: same shape; cache: Z

    Raises EngineError when Z does not hold real numbers. Source: course 1, weeks 3 and 4.

    >>> relu([[-1, 0, 2]])[0]
    array([[0., 0., 2.]])
    """
    Z = as_floats("Z", Z)
    return np.maximum(Z, 0), Z


def relu_backward(dA: ArrayLike, cache: ArrayLike) -> Array:
    """The gradient before a ReLU from the one after it: it passes where Z was positive.

        dZ = dA where Z > 0, else 0

    The slope at the kink, Z = 0, is set to 0 by convention.

    - dA: any shape; cache: Z, of that shape
    - returns dZ: same shape, a new array

    Raises EngineError when the shapes differ. Source: course 1, week 4.

    >>> relu_backward([[5, 6, 7]], [[-1, 0, 2]])
    array([[0., 0., 7.]])
    """
    Z = as_floats("cache", cache)
    dA = as_floats("dA", dA, Z.shape)
    return dA * (Z > 0)


def leaky_relu(Z: ArrayLike, slope: float = 0.01) -> tuple[Array, tuple[Array, float]]:
    """ReLU with a small slope on the left, so that a unit with negative Z still learns.

        g(z) = max(slope z, z)

    - Z: any shape; slope: in [0, 1), the slope left of 0
    - returns A: same shape; cache: (Z, slope)

    Raises EngineError when the slope is outside. Source: course 1, week 3.

    >>> leaky_relu([[-1, 0, 2]])[0]
    array([[-0.01,  0.  ,  2.  ]])
    """
    Z = as_floats("Z", Z)
    slope = as_number("slope", slope, "[0, 1)")
    return np.maximum(slope * Z, Z), (Z, slope)


def leaky_relu_backward(dA: ArrayLike, cache: tuple[Array, float]) -> Array:
    """The gradient before a leaky ReLU from the one after it.

        dZ = dA where Z > 0, else slope dA

    - dA: any shape; cache: (Z, slope), with Z of that shape
    - returns dZ: same shape

    Raises EngineError when the shapes differ. Source: course 1, week 3.

    >>> _, cache = leaky_relu([[-1.0, 2.0]], slope=0.1)
    >>> leaky_relu_backward([[5, 5]], cache)
    array([[0.5, 5. ]])
    """
    Z, slope = cache
    dA = as_floats("dA", dA, Z.shape)
    return np.where(Z > 0, dA, slope * dA)


def sigmoid_backward(dA: ArrayLike, cache: ArrayLike) -> Array:
    """The gradient before a sigmoid from the one after it.

        s = sigma(Z)        dZ = dA * s (1 - s)

    - dA: any shape; cache: Z, of that shape
    - returns dZ: same shape

    Raises EngineError when the shapes differ. Source: course 1, week 4.

    >>> sigmoid_backward([[1.0, 1.0]], [[0.0, 1000.0]])
    array([[0.25, 0.  ]])
    """
    Z = as_floats("cache", cache)
    dA = as_floats("dA", dA, Z.shape)
    s = sigmoid(Z)
    dZ: Array = dA * s * (1 - s)
    return dZ


def collapse_linear_layers(layers: Sequence[tuple[ArrayLike, ArrayLike]]) -> tuple[Array, Array]:
    """The one layer that equals several layers without activations: depth alone adds nothing.

        W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)

    - layers: (W, b) from the first to the last; W (n, n_prev), b (n, 1)
    - returns W: (n_last, n_first); b: (n_last, 1)

    Raises EngineError when there is no layer or two do not fit. Source: course 1, week 3.

    >>> collapse_linear_layers([([[2.0], [3.0]], [[1.0], [0.0]]), ([[10.0, 100.0]], [[7.0]])])
    (array([[320.]]), array([[17.]]))
    """
    if not layers:
        raise EngineError("layers", "a list of at least one (W, b)", "empty")
    W = as_floats("W1", layers[0][0], ("n", "n_prev"))
    b = as_floats("b1", layers[0][1], (W.shape[0], 1))
    for layer, (W_next, b_next) in enumerate(layers[1:], start=2):
        W_next = as_floats(f"W{layer}", W_next, ("n", W.shape[0]))
        b_next = as_floats(f"b{layer}", b_next, (W_next.shape[0], 1))
        W = np.dot(W_next, W)
        b = np.dot(W_next, b) + b_next
    return W, b
