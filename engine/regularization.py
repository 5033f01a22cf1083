"""Networks that are kept from overfitting: L2 and L1 penalties and dropout (course 2, week 1).

`L` layers, ReLU in the hidden ones and a sigmoid at the end; the assignment has three. The caches are flat
tuples, as there: Z, A, W, b of the first layer, then of the second, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from engine.activations import relu, relu_backward
from engine.basics import sigmoid
from engine.dnn import compute_cost, initialize_parameters_deep, linear_forward, update_parameters
from engine.dnn_shapes import checked_dims, layers_of
from engine.dropout import dropout_backward, dropout_forward, keep_probs_of
from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_number
from engine.logistic import report_cost


class _Layer(NamedTuple):
    """What a layer left in the forward pass; `dropped` is the cache of its dropout, (D, keep_prob)."""

    Z: Array
    A: Array
    W: Array
    dropped: tuple[Array, float] | None = None


def forward_propagation(X: ArrayLike, parameters: Parameters) -> tuple[Array, tuple[Array, ...]]:
    """All layers, with the cache that the backward passes of this module take.

        A^[0] = X        A^[l] = relu(W^[l] A^[l-1] + b^[l])        A^[L] = sigma(W^[L] A^[L-1] + b^[L])

    - X: (n_x, m); parameters: W1, b1, ..., WL, bL
    - returns AL: (n_L, m); cache: (Z1, A1, W1, b1, ..., ZL, AL, WL, bL)

    Raises EngineError when a parameter is missing or a shape differs. Source: course 2, week 1.

    >>> AL, cache = forward_propagation([[-1.0, 1.0]], {"W1": [[0.0]], "b1": [[0.0]]})
    >>> AL, len(cache)
    (array([[0.5, 0.5]]), 4)
    """
    A = as_floats("X", X, ("n_x", "m"))
    layers = layers_of(parameters, A.shape[0])
    cache: list[Array] = []
    for layer, (W, b) in enumerate(layers, start=1):
        Z, _ = linear_forward(A, W, b)
        A = relu(Z)[0] if layer < len(layers) else sigmoid(Z)
        cache += [Z, A, W, b]
    return A, tuple(cache)


def compute_cost_with_regularization(
    A3: ArrayLike, Y: ArrayLike, parameters: Mapping[str, ArrayLike], lambd: float
) -> float:
    """The cross-entropy plus the L2 penalty: large weights cost.

        J = cross-entropy + lambda/(2m) sum_l ||W^[l]||_F^2,    ||W||_F^2 = sum_ij w_ij^2

    The biases are few and are left out.

    - A3, Y: (n_L, m), the output and the labels; parameters: W1, b1, ..., WL, bL; lambd: lambda, 0 or above
    - returns: the cost, a float

    Raises EngineError when a shape differs or lambd is negative. Source: course 2, week 1.

    >>> parameters = {"W1": [[3.0, 4.0]], "b1": [[100.0]]}
    >>> round(compute_cost_with_regularization([[1.0, 1.0]], [[1, 1]], parameters, lambd=0.4), 6)  # 0.1 * 25
    2.5
    """
    A3 = as_floats("A3", A3, ("n_L", "m"))
    lambd = as_number("lambd", lambd, "[0, inf)")
    m: int = A3.shape[1]
    squares = math.fsum(np.sum(W * W) for W, _ in layers_of(parameters))
    return compute_cost(A3, Y) + lambd / (2 * m) * squares


def backward_propagation_with_regularization(
    X: ArrayLike, Y: ArrayLike, cache: Sequence[Array], lambd: float
) -> Parameters:
    """The gradients of the cost with the L2 penalty, which adds to dW alone.

        dW^[l] = 1/m dZ^[l] A^[l-1]^T + lambda/m W^[l]

    With plain descent that shrinks each weight by the factor 1 - alpha lambda / m: weight decay.

    - X: (n_x, m); Y: (n_L, m), labels 0 or 1; cache: as from `forward_propagation`; lambd: lambda, 0 or above
    - returns gradients: {"dZL", "dWL", "dbL", "dA(L-1)", "dZ(L-1)", ..., "dW1", "db1"}

    Raises EngineError when a shape differs or lambd is negative. Source: course 2, week 1.

    >>> X, Y = [[1.0, 2.0]], [[1, 0]]
    >>> _, cache = forward_propagation(X, {"W1": [[0.0]], "b1": [[0.0]], "W2": [[5.0]], "b2": [[0.0]]})
    >>> gradients = backward_propagation_with_regularization(X, Y, cache, lambd=0.4)
    >>> gradients["dW2"], gradients["db2"]  # 0.2 * 5, and no penalty on b
    (array([[1.]]), array([[0.]]))
    """
    layers = [_Layer(Z, A, W) for Z, A, W, _ in _split_cache(cache, 4, least=1)]
    return _backward(X, Y, layers, as_number("lambd", lambd, "[0, inf)"))


def l1_penalty(parameters: Mapping[str, ArrayLike], lambd: float, m: int) -> float:
    """The L1 penalty: it pulls every weight by the same force, and so makes many exactly zero.

        lambda/(2m) sum_l sum_ij |w_ij^[l]|

    - parameters: W1, b1, ..., WL, bL; lambd: lambda, 0 or above; m: number of examples
    - returns: a float, to be added to the cost

    Raises EngineError when a shape differs or lambd is negative. Source: course 2, week 1; some texts have
    lambda/m.

    >>> l1_penalty({"W1": [[3.0, -4.0]], "b1": [[100.0]]}, lambd=2.0, m=7)
    1.0
    """
    as_count("m", m)
    total = math.fsum(np.sum(np.abs(W)) for W, _ in layers_of(parameters))
    return as_number("lambd", lambd, "[0, inf)") / (2 * m) * total


def l1_subgradient(W: ArrayLike, lambd: float, m: int) -> Array:
    """A slope of the L1 penalty, to be added to dW; at 0, where it has a kink, 0.

        lambda/(2m) sign(W)

    - W: any shape; lambd: lambda, 0 or above; m: number of examples
    - returns: same shape

    Raises EngineError when lambd is negative. Source: course 2, week 1.

    >>> l1_subgradient([[3.0, 0.0, -4.0]], lambd=2.0, m=4)
    array([[ 0.25,  0.  , -0.25]])
    """
    W = as_floats("W", W)
    as_count("m", m)
    return as_number("lambd", lambd, "[0, inf)") / (2 * m) * np.sign(W)


def soft_threshold(W: ArrayLike, threshold: float) -> Array:
    """The exact step for an L1 penalty: pull every weight towards 0 and stop there.

        sign(w) max(|w| - threshold, 0)  =  w - (w, cut to within -threshold ... threshold)

    After a step of descent on the cost alone, with threshold = alpha lambda/(2m). A step along the subgradient
    jumps over 0 and back, and no weight ever is 0.

    - W: any shape; threshold: 0 or above
    - returns: same shape

    Raises EngineError when the threshold is negative. Source: course 2, week 1 (L1 gives sparse weights);
    iterative soft thresholding, Daubechies and others (2004).

    >>> soft_threshold([3.0, -0.25, -2.0], 0.5)
    array([ 2.5,  0. , -1.5])
    """
    W = as_floats("W", W)
    threshold = as_number("threshold", threshold, "[0, inf)")
    shrunk: Array = W - np.clip(W, -threshold, threshold)
    return shrunk


def forward_propagation_with_dropout(
    X: ArrayLike,
    parameters: Parameters,
    keep_prob: float | Sequence[float] = 0.5,
    rng: np.random.Generator | int | None = None,
) -> tuple[Array, tuple[Array, ...]]:
    """All layers, with dropout after every hidden one; never on the input or the output, never at test time.

        A^[l] = relu(Z^[l]) * D^[l] / keep_prob    for l < L        A^[L] = sigma(Z^[L])

    - X: (n_x, m); parameters: W1, b1, ..., WL, bL
    - keep_prob: in (0, 1], one for all hidden layers or one for each; rng: a Generator or a seed, for the masks
    - returns AL: (n_L, m); cache: (Z1, D1, A1, W1, b1, ..., ZL, AL, WL, bL), with no D for the last layer

    Raises EngineError when a shape differs or keep_prob is outside. Source: course 2, week 1.

    >>> parameters = {"W1": [[1.0]], "b1": [[0.0]], "W2": [[1.0]], "b2": [[0.0]]}
    >>> A2, cache = forward_propagation_with_dropout([[1.0] * 6], parameters, 0.5, rng=0)
    >>> cache[2]  # A1
    array([[0., 2., 2., 2., 0., 0.]])
    """
    A = as_floats("X", X, ("n_x", "m"))
    layers = layers_of(parameters, A.shape[0])
    keep_probs = keep_probs_of(keep_prob, len(layers) - 1)
    # One stream of random numbers for all layers: the same seed anew would give them related masks.
    rng = np.random.default_rng(rng)
    cache: list[Array] = []
    for (W, b), kept in zip(layers[:-1], keep_probs, strict=True):
        Z, _ = linear_forward(A, W, b)
        A, (D, _) = dropout_forward(relu(Z)[0], kept, rng)
        cache += [Z, D, A, W, b]
    W, b = layers[-1]
    Z, _ = linear_forward(A, W, b)
    AL = sigmoid(Z)
    return AL, (*cache, Z, AL, W, b)


def backward_propagation_with_dropout(
    X: ArrayLike, Y: ArrayLike, cache: Sequence[Array], keep_prob: float | Sequence[float]
) -> Parameters:
    """The gradients of the thinned network: what was dropped forward gets no gradient.

        dA^[l] = W^[l+1]^T dZ^[l+1] * D^[l] / keep_prob        dZ^[l] = dA^[l] where Z^[l] > 0, else 0

    - X: (n_x, m); Y: (n_L, m), labels 0 or 1; cache: as from `forward_propagation_with_dropout`
    - keep_prob: what the forward pass had
    - returns gradients: {"dZL", "dWL", "dbL", "dA(L-1)", "dZ(L-1)", ..., "dW1", "db1"}

    Raises EngineError when a shape differs or keep_prob is outside. Source: course 2, week 1.

    >>> X, Y, parameters = [[1.0] * 4], [[0] * 4], {"W1": [[1.0]], "b1": [[0.0]], "W2": [[1.0]], "b2": [[0.0]]}
    >>> A2, cache = forward_propagation_with_dropout(X, parameters, 0.5, rng=0)
    >>> backward_propagation_with_dropout(X, Y, cache, 0.5)["dA1"].round(2)
    array([[0.  , 1.76, 1.76, 1.76]])
    """
    hidden = _split_cache(cache[:-4], 5, least=0)
    keep_probs = keep_probs_of(keep_prob, len(hidden))
    layers = [_Layer(Z, A, W, (D, kept)) for (Z, D, A, W, _), kept in zip(hidden, keep_probs, strict=True)]
    ((Z, A, W, _),) = _split_cache(cache[-4:], 4, least=1)
    return _backward(X, Y, [*layers, _Layer(Z, A, W)], lambd=0.0)


def model(
    X: ArrayLike,
    Y: ArrayLike,
    learning_rate: float = 0.3,
    num_iterations: int = 30000,
    print_cost: bool = True,
    lambd: float = 0,
    keep_prob: float | Sequence[float] = 1,
    layers_dims: Sequence[int] | None = None,
    rng: np.random.Generator | int | None = None,
    record: Callable[[int, float], object] | None = None,
) -> Parameters:
    """Train a network of three layers, plain, with the L2 penalty, or with dropout.

    - X: (n_x, m); Y: (1, m), labels 0 or 1
    - learning_rate: alpha; num_iterations: number of updates, at least 1; print_cost: print every 10,000th cost
    - lambd: lambda of the penalty; keep_prob: for the hidden layers; only one of the two is used at a time
    - layers_dims: None is [n_x, 20, 3, 1]; rng: a Generator or a seed, for the weights and the masks
    - record: called with the iteration and the cost before it, each time
    - returns parameters: W1, b1, ..., WL, bL, in the dtype of X

    Raises EngineError when a shape differs, there is no iteration, or both ways are asked for.
    Source: course 2, week 1.

    >>> X, Y = [[-2.0, -1.0, 1.0, 2.0]], [[1, 0, 0, 1]]
    >>> free, decayed = (model(X, Y, 0.3, 300, print_cost=False, lambd=lambd, rng=0) for lambd in (0, 0.1))
    >>> bool(np.linalg.norm(decayed["W1"]) < np.linalg.norm(free["W1"]))
    True
    """
    X = as_floats("X", X, ("n_x", "m"))
    dims = checked_dims([X.shape[0], 20, 3, 1] if layers_dims is None else layers_dims, "layers_dims")
    Y = as_floats("Y", Y, (dims[-1], X.shape[1])).astype(X.dtype)
    as_count("num_iterations", num_iterations)
    keep_probs = keep_probs_of(keep_prob, len(dims) - 2)
    with_dropout = min(keep_probs, default=1.0) < 1
    if as_number("lambd", lambd, "[0, inf)") and with_dropout:
        raise EngineError("keep_prob", "1 when lambd is not 0", str(keep_prob))
    rng = np.random.default_rng(rng)
    start = initialize_parameters_deep(dims, scale=None, rng=rng)
    parameters = {name: value.astype(X.dtype) for name, value in start.items()}
    for i in range(num_iterations):
        if with_dropout:
            AL, cache = forward_propagation_with_dropout(X, parameters, keep_probs, rng)
            grads = backward_propagation_with_dropout(X, Y, cache, keep_probs)
        else:
            AL, cache = forward_propagation(X, parameters)
            grads = backward_propagation_with_regularization(X, Y, cache, lambd)
        cost = compute_cost_with_regularization(AL, Y, parameters, lambd)
        if record is not None:
            record(i, cost)
        if print_cost and i % 10000 == 0:
            report_cost(i, cost)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters


def _backward(X: ArrayLike, Y: ArrayLike, layers: Sequence[_Layer], lambd: float) -> Parameters:
    X = as_floats("X", X, (layers[0].W.shape[1], layers[0].Z.shape[1]))
    m = X.shape[1]
    AL = layers[-1].A
    Y = as_floats("Y", Y, AL.shape).astype(AL.dtype)
    gradients: Parameters = {}
    dZ: Array = AL - Y
    for layer in range(len(layers), 0, -1):
        W = layers[layer - 1].W
        before = layers[layer - 2] if layer > 1 else None
        A_prev = X if before is None else before.A
        gradients[f"dZ{layer}"] = dZ
        gradients[f"dW{layer}"] = np.dot(dZ, A_prev.T) / m + lambd / m * W
        gradients[f"db{layer}"] = np.sum(dZ, axis=1, keepdims=True) / m
        if before is not None:
            dA: Array = np.dot(W.T, dZ)
            if before.dropped is not None:
                dA = dropout_backward(dA, before.dropped)
            dZ = relu_backward(dA, before.Z)
            gradients[f"dA{layer - 1}"] = dA
    return gradients


def _split_cache(cache: Sequence[Array], each: int, least: int) -> list[Sequence[Array]]:
    if len(cache) % each or len(cache) < each * least:
        raise EngineError("cache", f"{each} arrays for each of {least} or more layers", f"{len(cache)} arrays")
    return [cache[start : start + each] for start in range(0, len(cache), each)]
