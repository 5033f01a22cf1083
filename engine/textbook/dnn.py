"""The layers of a deep network, entry by entry (course 1, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import basic_sigmoid
from engine.dnn_shapes import layers_of
from engine.errors import Array, Parameters, as_choice, as_floats

LinearCache = tuple[Array, Array, Array]
LayerCache = tuple[LinearCache, Array]


def linear_forward_loops(A: ArrayLike, W: ArrayLike, b: ArrayLike) -> tuple[Array, LinearCache]:
    """Each unit of each example: its weighted sum.

        Z[j, i] = sum_k W[j, k] A[k, i] + b[j]

    - A: (n_prev, m); W: (n, n_prev); b: (n, 1)
    - returns Z: (n, m); cache: (A, W, b)

    Raises EngineError when a shape differs. Source: course 1, week 4.

    >>> linear_forward_loops([[1, 2]], [[10], [20]], [[0], [1]])[0]
    array([[10., 20.],
           [21., 41.]])
    """
    A = as_floats("A", A, ("n_prev", "m"))
    n_prev, m = A.shape
    W = as_floats("W", W, ("n", n_prev))
    n = W.shape[0]
    b = as_floats("b", b, (n, 1))
    Z = np.zeros((n, m), dtype=A.dtype)
    for i in range(m):
        for j in range(n):
            z = b[j, 0]
            for k in range(n_prev):
                z += W[j, k] * A[k, i]
            Z[j, i] = z
    return Z, (A, W, b)


def activation_forward_loops(Z: ArrayLike, activation: str) -> Array:
    """Each entry through the activation.

        relu: z if z > 0, else 0        sigmoid: 1 / (1 + e^-z)

    - Z: (n, m); activation: "relu" or "sigmoid"
    - returns A: (n, m)

    Raises EngineError when Z is not of rank 2 or the activation is another. Source: course 1, week 4.

    >>> activation_forward_loops([[-1.0, 2.0]], "relu")
    array([[0., 2.]])
    """
    Z = as_floats("Z", Z, ("n", "m"))
    as_choice("activation", activation, ("relu", "sigmoid"))
    n, m = Z.shape
    A = np.zeros((n, m), dtype=Z.dtype)
    for i in range(m):
        for j in range(n):
            z = Z[j, i]
            if activation == "sigmoid":
                A[j, i] = basic_sigmoid(z)
            elif z > 0:
                A[j, i] = z
    return A


def activation_backward_loops(dA: ArrayLike, Z: ArrayLike, activation: str) -> Array:
    """The gradient through the activation: dA times its slope at Z.

        relu: 1 if z > 0, else 0        sigmoid: a (1 - a)

    - dA, Z: (n, m); activation: "relu" or "sigmoid"
    - returns dZ: (n, m)

    Raises EngineError when a shape differs or the activation is another. Source: course 1, week 4.

    >>> activation_backward_loops([[5.0, 5.0]], [[-1.0, 2.0]], "relu")
    array([[0., 5.]])
    """
    Z = as_floats("Z", Z, ("n", "m"))
    dA = as_floats("dA", dA, Z.shape)
    as_choice("activation", activation, ("relu", "sigmoid"))
    n, m = Z.shape
    dZ = np.zeros((n, m), dtype=Z.dtype)
    for i in range(m):
        for j in range(n):
            z = Z[j, i]
            if activation == "sigmoid":
                a = basic_sigmoid(z)
                dZ[j, i] = dA[j, i] * a * (1 - a)
            elif z > 0:
                dZ[j, i] = dA[j, i]
    return dZ


def linear_backward_loops(dZ: ArrayLike, cache: LinearCache) -> tuple[Array, Array, Array]:
    """Each product of the linear step gives its two factors their gradients.

        dW[j, k] = 1/m sum_i dZ[j, i] A_prev[k, i]        db[j] = 1/m sum_i dZ[j, i]
        dA_prev[k, i] = sum_j W[j, k] dZ[j, i]

    - dZ: (n, m); cache: (A_prev, W, b)
    - returns dA_prev: (n_prev, m); dW: (n, n_prev); db: (n, 1)

    Raises EngineError when a shape differs. Source: course 1, week 4.

    >>> linear_backward_loops([[1.0, 3.0]], (np.array([[1.0, 1.0]]), np.array([[5.0]]), np.array([[0.0]])))
    (array([[ 5., 15.]]), array([[2.]]), array([[2.]]))
    """
    A_prev, W, b = cache
    n, n_prev = W.shape
    m = A_prev.shape[1]
    dZ = as_floats("dZ", dZ, (n, m))
    dA_prev = np.zeros_like(A_prev)
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    for i in range(m):
        for j in range(n):
            for k in range(n_prev):
                dW[j, k] += dZ[j, i] * A_prev[k, i]
                dA_prev[k, i] += W[j, k] * dZ[j, i]
            db[j, 0] += dZ[j, i]
    dW /= m
    db /= m
    return dA_prev, dW, db


def L_model_forward_loops(X: ArrayLike, parameters: Parameters) -> tuple[Array, list[LayerCache]]:
    """Layer after layer: linear and ReLU, at the end linear and sigmoid.

    - X: (n_x, m); parameters: W1, b1, ..., WL, bL
    - returns AL: (n_L, m); caches: L times ((A_prev, W, b), Z)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 1, week 4.

    >>> L_model_forward_loops([[0.0]], {"W1": [[1.0]], "b1": [[-1.0]], "W2": [[9.0]], "b2": [[0.0]]})[0]
    array([[0.5]])
    """
    A = as_floats("X", X, ("n_x", "m"))
    layers = layers_of(parameters, A.shape[0])
    caches = []
    for layer in range(len(layers)):
        W, b = layers[layer]
        Z, linear_cache = linear_forward_loops(A, W, b)
        activation = "relu" if layer < len(layers) - 1 else "sigmoid"
        A = activation_forward_loops(Z, activation)
        caches.append((linear_cache, Z))
    return A, caches


def L_model_backward_loops(AL: ArrayLike, Y: ArrayLike, caches: list[LayerCache]) -> Parameters:
    """From the cost back to the first layer, the gradient of every A passed on to the layer before.

        dA^[L] = -Y / A^[L] + (1 - Y) / (1 - A^[L])

    - AL: (n_L, m), strictly between 0 and 1; Y: (n_L, m), labels 0 or 1; caches: L times ((A_prev, W, b), Z)
    - returns grads: {"dA(l-1)", "dWl", "dbl"} for l = L, ..., 1

    Raises EngineError when a shape differs. Source: course 1, week 4.

    >>> X, Y, parameters = [[1.0, 3.0]], [[1, 0]], {"W1": [[0.0]], "b1": [[0.0]]}
    >>> AL, caches = L_model_forward_loops(X, parameters)
    >>> L_model_backward_loops(AL, Y, caches)["dW1"]
    array([[0.5]])
    """
    AL = as_floats("AL", AL, ("n_L", "m"))
    Y = as_floats("Y", Y, AL.shape)
    n_L, m = AL.shape
    dA = np.zeros_like(AL)
    for i in range(m):
        for j in range(n_L):
            dA[j, i] = -Y[j, i] / AL[j, i] + (1 - Y[j, i]) / (1 - AL[j, i])

    grads = {}
    L = len(caches)
    for layer in range(L, 0, -1):
        linear_cache, Z = caches[layer - 1]
        activation = "sigmoid" if layer == L else "relu"
        dZ = activation_backward_loops(dA, Z, activation)
        dA, dW, db = linear_backward_loops(dZ, linear_cache)
        grads[f"dA{layer - 1}"] = dA
        grads[f"dW{layer}"] = dW
        grads[f"db{layer}"] = db
    return grads
