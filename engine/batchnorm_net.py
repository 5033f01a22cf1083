"""A deep network whose hidden layers are batch-normalized: W, gamma, beta, and no b (course 2, week 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.activations import relu, relu_backward
from engine.basics import sigmoid
from engine.batchnorm import (
    BatchNormCache,
    batchnorm_backward,
    batchnorm_forward,
    batchnorm_inference,
    batchnorm_update_running,
)
from engine.dnn import compute_cost, draw_parameters, linear_backward, linear_forward
from engine.dnn_shapes import checked_dims
from engine.errors import Array, EngineError, Parameters, as_choice, as_count, as_floats, as_number, entry
from engine.optim import update_parameters_with_gd

#: What a hidden layer leaves: (A_prev, W), the cache of its normalization (None in mode "test", which has none),
#: Z_tilde, and the mu and var it used.
HiddenCache = tuple[tuple[Array, Array], BatchNormCache | None, Array, Array, Array]
#: The hidden layers from first to last, then (A_prev, W, b) of the output layer.
NetCache = tuple[list[HiddenCache], tuple[Array, Array, Array]]


def initialize_parameters_bn(layer_dims: Sequence[int], rng: np.random.Generator | int | None = None) -> Parameters:
    """Weights as He proposes, gamma 1 and beta 0 for the hidden layers, and a bias for the output alone.

        W^[l] = sqrt(2 / n^[l-1]) standard normal        gamma^[l] = 1        beta^[l] = 0        b^[L] = 0

    - layer_dims: [n_x, n1, ..., nL]; rng: a Generator or a seed
    - returns parameters: {"W1", "gamma1", "beta1", ..., "WL", "bL"}

    Raises EngineError when a size is below 1 or there are fewer than two. Source: course 2, week 3.

    >>> sorted(initialize_parameters_bn([4, 3, 1], rng=0))
    ['W1', 'W2', 'b2', 'beta1', 'gamma1']
    """
    parameters = draw_parameters(layer_dims, lambda n_prev, n: (2 / n_prev) ** 0.5, rng)
    for layer in range(1, len(layer_dims) - 1):
        # A bias of a hidden layer is what its beta is.
        b = parameters.pop(f"b{layer}")
        parameters[f"gamma{layer}"], parameters[f"beta{layer}"] = np.ones_like(b), b
    return parameters


def L_model_forward_bn(
    X: ArrayLike, parameters: Parameters, mode: str = "train", running: Parameters | None = None, eps: float = 1e-8
) -> tuple[Array, NetCache]:
    """Forward through L - 1 normalized ReLU layers and a sigmoid.

        Z = W A_prev        Z_tilde = batchnorm(Z, gamma, beta)        A = relu(Z_tilde)

    A bias before a normalization would cancel: its gradient is 0 whatever it does, so there is none.

    - X: (n_x, B); parameters: as `initialize_parameters_bn` makes them; eps: as in `batchnorm_forward`
    - mode: "train" uses the statistics of this mini-batch, "test" the running ones
    - running: for "test", {"mu1", "var1", ...} as `update_running_bn` makes them
    - returns AL: (n_y, B); cache: (a HiddenCache for each hidden layer, (A_prev, W, b) of the output layer)

    Raises EngineError when a shape differs, a key is missing or the mode is unknown. Source: course 2, week 3.

    >>> parameters = initialize_parameters_bn([2, 3, 1], rng=0)
    >>> AL, cache = L_model_forward_bn([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]], parameters)
    >>> AL.shape, len(cache[0])
    ((1, 3), 1)
    """
    as_choice("mode", mode, ("train", "test"))
    A = as_floats("X", X, ("n_x", "B"))
    L = _depth(parameters)
    hidden: list[HiddenCache] = []
    for layer in range(1, L):
        W = as_floats(f"W{layer}", entry("parameters", parameters, f"W{layer}"), ("n", A.shape[0]))
        gamma = entry("parameters", parameters, f"gamma{layer}")
        beta = entry("parameters", parameters, f"beta{layer}")
        Z = W @ A
        bn_cache: BatchNormCache | None = None
        if mode == "train":
            Z_tilde, bn_cache = batchnorm_forward(Z, gamma, beta, eps)
            mu, var = Z.mean(axis=1, keepdims=True), Z.var(axis=1, keepdims=True)
        else:
            there = running or {}
            mu, var = entry("running", there, f"mu{layer}"), entry("running", there, f"var{layer}")
            Z_tilde = batchnorm_inference(Z, gamma, beta, {"mu": mu, "var": var}, eps)
        hidden.append(((A, W), bn_cache, Z_tilde, mu, var))
        A, _ = relu(Z_tilde)
    Z, output_cache = linear_forward(
        A, entry("parameters", parameters, f"W{L}"), entry("parameters", parameters, f"b{L}")
    )
    return sigmoid(Z), (hidden, output_cache)


def L_model_backward_bn(AL: ArrayLike, Y: ArrayLike, cache: NetCache) -> Parameters:
    """The gradients of the binary cross-entropy in all parameters.

        dZ^[L] = A^[L] - Y        and for the hidden layers, from last to first
        dZ_tilde = dA * relu'(Z_tilde)        dZ by batchnorm_backward
        dW = 1/B dZ A_prev^T        dgamma = 1/B sum dZ_tilde z_norm        dbeta = 1/B sum dZ_tilde

    - AL, Y: (n_y, B); cache: of a forward pass in mode "train"
    - returns grads: {"dW1", "dgamma1", "dbeta1", ..., "dWL", "dbL"}

    Raises EngineError when the shapes differ or the cache is of mode "test". Source: course 2, week 3.

    >>> parameters = initialize_parameters_bn([2, 3, 1], rng=0)
    >>> AL, cache = L_model_forward_bn([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]], parameters)
    >>> sorted(L_model_backward_bn(AL, [[1, 0, 1]], cache))
    ['dW1', 'dW2', 'db2', 'dbeta1', 'dgamma1']
    """
    hidden, output_cache = cache
    AL = as_floats("AL", AL, ("n_y", "B"))
    Y = as_floats("Y", Y, AL.shape).astype(AL.dtype, copy=False)
    L, B = len(hidden) + 1, AL.shape[1]
    grads: Parameters = {}
    dA, grads[f"dW{L}"], grads[f"db{L}"] = linear_backward(AL - Y, output_cache)
    for layer in range(L - 1, 0, -1):
        (A_prev, W), bn_cache, Z_tilde, _, _ = hidden[layer - 1]
        dZ, dgamma, dbeta = batchnorm_backward(relu_backward(dA, Z_tilde), _of_training(bn_cache))
        grads[f"dW{layer}"] = dZ @ A_prev.T / B
        grads[f"dgamma{layer}"], grads[f"dbeta{layer}"] = dgamma / B, dbeta / B
        dA = W.T @ dZ
    return grads


def update_running_bn(cache: NetCache, running: Parameters, momentum: float = 0.9) -> Parameters:
    """The running mu and var of every hidden layer after one more mini-batch.

    - cache: of a forward pass in mode "train"; running: {} at first, then what this function returned
    - momentum: the share that is kept
    - returns: {"mu1", "var1", ...}; the first mini-batch is taken over as it is

    Raises EngineError when momentum is outside [0, 1) or the cache is of mode "test". Source: course 2, week 3.

    >>> parameters = initialize_parameters_bn([1, 1, 1], rng=0)
    >>> _, cache = L_model_forward_bn([[1.0, 3.0]], parameters)
    >>> sorted(update_running_bn(cache, {}))
    ['mu1', 'var1']
    """
    momentum = as_number("momentum", momentum, "[0, 1)")
    updated: Parameters = {}
    for layer, (_, bn_cache, _, mu, var) in enumerate(cache[0], start=1):
        _of_training(bn_cache)
        if f"mu{layer}" not in running:
            updated[f"mu{layer}"], updated[f"var{layer}"] = mu, var
            continue
        before = {"mu": running[f"mu{layer}"], "var": entry("running", running, f"var{layer}")}
        after = batchnorm_update_running(mu, var, before, momentum)
        updated[f"mu{layer}"], updated[f"var{layer}"] = after["mu"], after["var"]
    return updated


def update_parameters_bn(parameters: Parameters, grads: Parameters, learning_rate: float) -> Parameters:
    """One step of gradient descent on W, gamma, beta and the last b.

        theta := theta - alpha dtheta

    - parameters, grads: under "name" and "dname"; learning_rate: alpha
    - returns: new parameters

    Raises EngineError when a gradient is missing or a shape differs. Source: course 2, week 3.

    >>> update_parameters_bn({"gamma1": np.ones((1, 1))}, {"dgamma1": np.ones((1, 1))}, 0.5)
    {'gamma1': array([[0.5]])}
    """
    return update_parameters_with_gd(parameters, grads, learning_rate)


def model_bn(
    X: ArrayLike,
    Y: ArrayLike,
    layer_dims: Sequence[int],
    learning_rate: float = 0.5,
    num_iterations: int = 200,
    rng: np.random.Generator | int | None = None,
) -> tuple[Parameters, Parameters, list[float]]:
    """Train a normalized network on the whole data by gradient descent.

    - X: (n_x, m); Y: (n_y, m), labels 0 or 1; layer_dims: [n_x, ..., n_y]
    - learning_rate: alpha, from 0 up; num_iterations: number of updates, at least 1; rng: a Generator or a seed
    - returns parameters; running: the statistics for mode "test"; costs: before each update

    Raises EngineError when a shape differs or there is no iteration. Source: course 2, week 3.

    >>> X, Y = np.array([[-2.0, -1.0, 1.0, 2.0]]), np.array([[1, 0, 0, 1]])
    >>> parameters, running, costs = model_bn(X, Y, [1, 6, 1], rng=1)
    >>> AL, _ = L_model_forward_bn(X, parameters, "test", running)
    >>> (AL > 0.5).astype(int)
    array([[1, 0, 0, 1]])
    """
    dims = checked_dims(layer_dims)
    X = as_floats("X", X, (dims[0], "m"))
    Y = as_floats("Y", Y, (dims[-1], X.shape[1]))
    as_count("num_iterations", num_iterations)
    parameters = {name: theta.astype(X.dtype) for name, theta in initialize_parameters_bn(dims, rng).items()}
    running: Parameters = {}
    costs = []
    for _ in range(num_iterations):
        AL, cache = L_model_forward_bn(X, parameters)
        costs.append(compute_cost(AL, Y))
        running = update_running_bn(cache, running)
        parameters = update_parameters_bn(parameters, L_model_backward_bn(AL, Y, cache), learning_rate)
    return parameters, running, costs


def _of_training(bn_cache: BatchNormCache | None) -> BatchNormCache:
    if bn_cache is None:
        raise EngineError("cache", "of a forward pass in mode 'train'", "of one in mode 'test'")
    return bn_cache


def _depth(parameters: Parameters) -> int:
    L = sum(name.startswith("W") for name in parameters)
    if L == 0:
        raise EngineError("parameters", "a dictionary with the key 'W1'", "one without")
    return L
