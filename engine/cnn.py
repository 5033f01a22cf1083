"""A small ConvNet put together by hand, from the functions of each layer (course 4, week 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv import conv_backward, conv_forward
from engine.conv_shapes import conv_output_size, padding_sides
from engine.errors import Array, EngineError, Parameters, as_choice, as_count, as_floats, as_ids, entry
from engine.layers.convolution import same_padding
from engine.layers.losses import softmax_cross_entropy
from engine.optimizers import Optimizer
from engine.pool import pool_backward, pool_forward

#: A network, layer by layer: ("conv", n_C, f, stride, pad), ("relu",), ("pool", f, stride), ("flatten",), ("dense", n).
Arch = Sequence[tuple[Any, ...]]

#: The network of the course for pictures of hand signs, 64 x 64 x 3.
SIGNS: Arch = (
    ("conv", 8, 4, 1, "same"),
    ("relu",),
    ("pool", 8, 8),
    ("conv", 16, 2, 1, "same"),
    ("relu",),
    ("pool", 4, 4),
    ("flatten",),
    ("dense", 6),
)

#: In the manner of LeNet, for pictures of digits as small as 8 x 8.
DIGITS: Arch = (
    ("conv", 8, 3, 1, "same"),
    ("relu",),
    ("pool", 2, 2),
    ("conv", 16, 3, 1, "same"),
    ("relu",),
    ("pool", 2, 2),
    ("flatten",),
    ("dense", 10),
)

_NUMBERS = {"conv": 4, "relu": 0, "pool": 2, "flatten": 0, "dense": 1}


def initialize_parameters(
    arch: Arch = SIGNS,
    input_shape: tuple[int, int, int] = (64, 64, 3),
    *,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Parameters:
    """Filters and weights by He's rule, biases of zero; the layers that have any are counted from 1.

        variance of W = 2 / (numbers that one output is made of)

    - arch: the layers, as in `Arch`; input_shape: (n_H, n_W, n_C) of one image
    - rng: a Generator or a seed; dtype: of the parameters
    - returns: W1, b1, ...: (f, f, n_C_prev, n_C) and (1, 1, 1, n_C) of a convolution, (n_prev, n) and (1, n) of a dense
      layer

    Raises EngineError when a layer is unknown or does not fit behind the one before. Source: course 4, week 1.

    >>> {name: value.shape for name, value in initialize_parameters(rng=0).items() if name[0] == "W"}
    {'W1': (4, 4, 3, 8), 'W2': (2, 2, 8, 16), 'W3': (64, 6)}
    """
    rng = np.random.default_rng(rng)
    parameters: Parameters = {}
    shape: tuple[int, ...] = tuple(input_shape)
    for kind, *numbers in _checked(arch):
        after = _shape_after(kind, numbers, shape)
        if kind in ("conv", "dense"):
            layer = len(parameters) // 2 + 1
            n_prev, n = shape[-1], after[-1]
            window = (numbers[1], numbers[1]) if kind == "conv" else ()
            W = rng.standard_normal((*window, n_prev, n), dtype=dtype)
            W *= np.sqrt(2 / (np.prod(window, dtype=int) * n_prev))
            parameters[f"W{layer}"] = W
            parameters[f"b{layer}"] = np.zeros((1,) * (W.ndim - 1) + (n,), dtype)
        shape = after
    return parameters


def forward_propagation(X: ArrayLike, parameters: Parameters, arch: Arch = SIGNS) -> tuple[Array, list[Any]]:
    """Through all layers, to one logit for each class.

        conv, pool: as `conv_forward` and `pool_forward`        relu: A = max(Z, 0)
        flatten: (m, n_H, n_W, n_C) -> (m, n_H n_W n_C)         dense: Z = A W + b, rows of examples

    - X: (m, n_H, n_W, n_C); parameters: of `initialize_parameters`; arch: the layers, as in `Arch`
    - returns Z: (m, n_y), for the last dense layer; caches: one a layer, (kind, what its backward pass needs)

    Raises EngineError when a layer is unknown or a parameter is missing or has another shape.
    Source: course 4, week 1.

    >>> Z3, caches = forward_propagation(np.zeros((2, 64, 64, 3)), initialize_parameters(rng=0))
    >>> Z3.shape, [kind for kind, _ in caches]
    ((2, 6), ['conv', 'relu', 'pool', 'conv', 'relu', 'pool', 'flatten', 'dense'])
    """
    A = as_floats("X", X, ("m", "n_H", "n_W", "n_C"))
    caches: list[Any] = []
    layer = 0
    for kind, *numbers in _checked(arch):
        cache: Any
        if kind == "conv":
            layer += 1
            _, f, stride, pad = numbers
            sides = same_padding(A.shape[1], A.shape[2], f, stride) if pad == "same" else pad
            W, b = entry("parameters", parameters, f"W{layer}"), entry("parameters", parameters, f"b{layer}")
            A, cache = conv_forward(A, W, b, {"stride": stride, "pad": sides})
        elif kind == "pool":
            A, cache = pool_forward(A, {"f": numbers[0], "stride": numbers[1]}, mode="max")
        elif kind == "relu":
            A = cache = np.maximum(A, 0)
        elif kind == "flatten":
            A, cache = A.reshape(len(A), -1), A.shape
        else:
            layer += 1
            A = as_floats("the input of a dense layer", A, ("m", "n"))
            W = as_floats(f"W{layer}", entry("parameters", parameters, f"W{layer}"), (A.shape[1], numbers[0]))
            b = as_floats(f"b{layer}", entry("parameters", parameters, f"b{layer}"), (1, numbers[0]))
            A, cache = A @ W + b, (A, W)
        caches.append((kind, cache))
    return A, caches


def backward_propagation(dZ: ArrayLike, caches: list[Any]) -> Parameters:
    """Back through all layers, from the last to the first.

        relu: dZ = dA where A > 0        flatten: back to (m, n_H, n_W, n_C)
        dense: dW = A_prev^T dZ, db = sum of dZ over the rows, dA_prev = dZ W^T

    The 1/m of the cost is in the dZ that comes in, and so nowhere here: neither in dense layers nor in convolutions.

    - dZ: (m, n_y), of `compute_cost`; caches: of `forward_propagation`
    - returns grads: dW1, db1, ..., each the shape of its parameter

    Raises EngineError when the shape of dZ is not that of the output. Source: course 4, week 1.

    >>> parameters = initialize_parameters(rng=0)
    >>> Z3, caches = forward_propagation(np.ones((2, 64, 64, 3)), parameters)
    >>> grads = backward_propagation(np.ones_like(Z3), caches)
    >>> {name: gradient.shape for name, gradient in grads.items() if name[1] == "b"}
    {'db3': (1, 6), 'db2': (1, 1, 1, 16), 'db1': (1, 1, 1, 8)}
    """
    grads: Parameters = {}
    layer = sum(kind in ("conv", "dense") for kind, _ in caches)
    dA: Array = as_floats("dZ", dZ, ("m", "n_y"))
    for kind, cache in reversed(caches):
        if kind == "conv":
            dA, grads[f"dW{layer}"], grads[f"db{layer}"] = conv_backward(dA, cache)
            layer -= 1
        elif kind == "pool":
            dA = pool_backward(dA, cache, mode="max")
        elif kind == "relu":
            dA = dA * (cache > 0)
        elif kind == "flatten":
            dA = dA.reshape(cache)
        else:
            A_prev, W = cache
            dA = as_floats("dZ", dA, (len(A_prev), W.shape[1]))
            grads[f"dW{layer}"], grads[f"db{layer}"] = A_prev.T @ dA, dA.sum(axis=0, keepdims=True)
            dA = dA @ W.T
            layer -= 1
    return grads


def compute_cost(Z: ArrayLike, Y: ArrayLike) -> tuple[float, Array]:
    """Softmax with cross-entropy, and where its gradient begins.

        J = -1/m sum_i log softmax(z_i)[y_i]        dZ = 1/m (softmax(Z) - Y)

    - Z: (m, n_y), logits; Y: (m,) integer labels, or (m, n_y) with one 1 in each row
    - returns cost: a float; dZ: (m, n_y)

    Raises EngineError when a shape differs or a label is outside. Source: course 4, week 1.

    >>> cost, dZ = compute_cost([[0.0, 0.0]], [[0, 1]])
    >>> round(cost, 4), dZ
    (0.6931, array([[ 0.5, -0.5]]))
    """
    Z = as_floats("Z", Z, ("m", "n_y"))
    return softmax_cross_entropy(Z, _labels(Y, *Z.shape))


def cnn_model(
    X: ArrayLike,
    Y: ArrayLike,
    arch: Arch,
    optimizer: Optimizer,
    num_epochs: int = 100,
    minibatch_size: int = 64,
    *,
    rng: np.random.Generator | int | None = None,
) -> tuple[Parameters, list[float]]:
    """Train a ConvNet by mini-batches: forward, cost, backward, update.

    The course trains `SIGNS` with Adam, a learning rate of 0.009, for 100 epochs.

    - X: (m, n_H, n_W, n_C); Y: (m,) integer labels, or (m, n_y) with one 1 in each row
    - arch: the layers, as in `Arch`; optimizer: of `engine.optimizers`; rng: a Generator or a seed
    - returns parameters: of `initialize_parameters`, the dtype of X; costs: the mean over the examples of each epoch

    Raises EngineError when X and Y do not fit or a count is below 1. Source: course 4, week 1.

    >>> from engine.optimizers import Adam
    >>> X = np.zeros((8, 4, 4, 1))
    >>> X[:4, :2] = X[4:, :, :2] = 1  # a bright upper half against a bright left half
    >>> arch = [("conv", 2, 2, 1, "same"), ("relu",), ("flatten",), ("dense", 2)]
    >>> parameters, costs = cnn_model(X, np.repeat([0, 1], 4), arch, Adam(0.03), num_epochs=20, rng=0)
    >>> predict(X, parameters, arch).tolist(), costs[-1] < 0.1
    ([0, 0, 0, 0, 1, 1, 1, 1], True)
    """
    X = as_floats("X", X, ("m", "n_H", "n_W", "n_C"))
    as_count("num_epochs", num_epochs)
    as_count("minibatch_size", minibatch_size)
    rng = np.random.default_rng(rng)
    m, *input_shape = X.shape
    parameters = initialize_parameters(arch, tuple(input_shape), rng=rng, dtype=X.dtype.type)
    labels = _labels(Y, m, parameters[list(parameters)[-1]].shape[-1])
    costs = []
    for _ in range(num_epochs):
        order = rng.permutation(m)
        total = 0.0
        for start in range(0, m, minibatch_size):
            chosen = order[start : start + minibatch_size]
            Z, caches = forward_propagation(X[chosen], parameters, arch)
            cost, dZ = compute_cost(Z, labels[chosen])
            grads = backward_propagation(dZ, caches)
            optimizer.step(parameters, {name: grads[f"d{name}"] for name in parameters})
            total += cost * len(chosen)
        costs.append(total / m)
    return parameters, costs


def predict(X: ArrayLike, parameters: Parameters, arch: Arch) -> Array:
    """The class with the largest logit.

    - X: (m, n_H, n_W, n_C); parameters: of `cnn_model`; arch: the layers, as in `Arch`
    - returns: (m,) integers

    Raises EngineError as `forward_propagation` does. Source: course 4, week 1.

    >>> arch = [("flatten",), ("dense", 2)]
    >>> predict([[[[1.0, -1.0]]]], {"W1": np.eye(2), "b1": np.zeros((1, 2))}, arch)
    array([0])
    """
    Z, _ = forward_propagation(X, parameters, arch)
    classes: Array = Z.argmax(axis=1)
    return classes


def _checked(arch: Arch) -> Arch:
    """The layers, when each is known and has as many numbers as its kind takes."""
    for kind, *numbers in arch:
        as_choice("arch", kind, _NUMBERS)
        if len(numbers) != _NUMBERS[kind]:
            raise EngineError("arch", f"layers {kind!r} with {_NUMBERS[kind]} numbers", f"one with {numbers}")
    return arch


def _shape_after(kind: str, numbers: list[Any], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one example after a layer."""
    if len(shape) != (1 if kind == "dense" else 3) and kind != "relu":
        raise EngineError("arch", f"layers that fit, for {kind!r} takes another rank", f"one that meets {shape}")
    if kind == "dense":
        return (as_count("the size of a dense layer", numbers[0]),)
    if kind == "flatten":
        return (int(np.prod(shape)),)
    if kind == "relu":
        return shape
    n_H, n_W, n_C = shape
    if kind == "pool":
        f, stride = numbers
        return conv_output_size(n_H, f, 0, stride), conv_output_size(n_W, f, 0, stride), n_C
    filters, f, stride, pad = numbers
    rows, columns = same_padding(n_H, n_W, f, stride) if pad == "same" else padding_sides(pad, f, f)
    n_C = as_count("the filters of a layer", filters)
    return conv_output_size(n_H, f, rows, stride), conv_output_size(n_W, f, columns, stride), n_C


def _labels(Y: ArrayLike, m: int, n_y: int) -> Array:
    """Integer labels (m,), also from rows with one 1."""
    if np.ndim(Y) == 2:
        return as_floats("Y", Y, (m, n_y)).argmax(axis=1)  # type: ignore[no-any-return]
    return as_ids("Y", Y, n_y, (m,))
