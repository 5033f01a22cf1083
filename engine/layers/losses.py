"""Losses for rows of examples: each gives the cost, a mean over the examples, and its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, as_ids


def softmax_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
    """Cross-entropy of the softmax over the last axis.

        J = -1/M sum_i log softmax(logits_i)[labels_i]        dlogits = 1/M (softmax(logits) - onehot(labels))

    - logits: (..., C), M rows in all; labels: (...,) integers 0 ... C - 1
    - returns cost: a float; dlogits: the shape of logits

    Raises EngineError when the shapes do not fit or a label is outside. Source: the role of
    `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`.

    >>> cost, dlogits = softmax_cross_entropy([[0.0, 0.0]], [0])
    >>> round(cost, 4), dlogits
    (0.6931, array([[-0.5,  0.5]]))
    """
    logits = as_floats("logits", logits)
    if logits.ndim < 2 or logits.size == 0:
        raise EngineError("logits", "an array of shape (..., C) with at least one row", f"of shape {logits.shape}")
    C = logits.shape[-1]
    ids = as_ids("labels", labels, C, logits.shape[:-1]).reshape(-1)
    rows = logits.reshape(-1, C)
    M = len(rows)
    top = rows.max(axis=1, keepdims=True)
    A = rows - top
    chosen = A[np.arange(M), ids]
    np.exp(A, out=A)
    total = A.sum(axis=1, keepdims=True)
    cost = float(np.mean(np.log(total[:, 0]) - chosen))
    A /= total * M
    A[np.arange(M), ids] -= A.dtype.type(1 / M)
    return cost, A.reshape(logits.shape)


def binary_cross_entropy(logits: ArrayLike, y: ArrayLike) -> tuple[float, Array]:
    """Cross-entropy of the sigmoid, from the logits: exact for any of them.

        J = mean of max(z, 0) - z y + log(1 + e^-|z|)        dlogits = (sigma(z) - y) / number of entries

    - logits, y: one shape; y: labels from 0 to 1
    - returns cost: a float; dlogits: the same shape

    Raises EngineError when the shapes differ. Source: the role of `keras.losses.BinaryCrossentropy(from_logits=True)`.

    >>> cost, dlogits = binary_cross_entropy([[0.0]], [[1]])
    >>> round(cost, 4), dlogits
    (0.6931, array([[-0.5]]))
    """
    z = as_floats("logits", logits)
    y = as_floats("y", y, z.shape).astype(z.dtype, copy=False)
    if z.size == 0:
        raise EngineError("logits", "an array with at least one entry", f"of shape {z.shape}")
    e = np.exp(-np.abs(z))
    cost = float(np.mean(np.maximum(z, 0) - z * y + np.log1p(e)))
    dlogits = np.where(z >= 0, 1, e) / (1 + e)
    dlogits -= y
    dlogits /= z.size
    return cost, dlogits.astype(z.dtype, copy=False)


def mean_squared_error(outputs: ArrayLike, y: ArrayLike) -> tuple[float, Array]:
    """The mean of the squared differences.

        J = mean of (out - y)^2        doutputs = 2 (out - y) / number of entries

    - outputs, y: one shape
    - returns cost: a float; doutputs: the same shape

    Raises EngineError when the shapes differ: (m, 1) and (m,) would broadcast to (m, m). Source: the role of
    `keras.losses.MeanSquaredError`.

    >>> mean_squared_error([[3.0], [0.0]], [[1.0], [0.0]])
    (2.0, array([[2.],
           [0.]]))
    """
    outputs = as_floats("outputs", outputs)
    y = as_floats("y", y, outputs.shape).astype(outputs.dtype, copy=False)
    if outputs.size == 0:
        raise EngineError("outputs", "an array with at least one entry", f"of shape {outputs.shape}")
    difference = outputs - y
    cost = float(np.mean(difference * difference))
    return cost, difference * difference.dtype.type(2 / outputs.size)
