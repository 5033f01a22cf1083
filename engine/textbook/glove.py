"""Counting neighbours and the loss of GloVe, pair by pair (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, Parameters, as_floats


def cooccurrence_loops(ids: Sequence[Sequence[int]], V: int, window: int) -> Array:
    """How often each word stands near each other word, place by place.

        X[sentence[i], sentence[j]] += 1    for 0 < |i - j| <= window

    - ids: a list of sentences, each a sequence of ids; V: size of the vocabulary; window: how far
    - returns X: (V, V)

    Source: course 5, week 2.

    >>> cooccurrence_loops([[0, 1, 2], [1, 0]], V=3, window=1)
    array([[0., 2., 0.],
           [2., 0., 1.],
           [0., 1., 0.]])
    """
    X = np.zeros((V, V))
    for sentence in ids:
        for i in range(len(sentence)):
            for j in range(max(0, i - window), min(len(sentence), i + window + 1)):
                if j != i:
                    X[sentence[i], sentence[j]] += 1
    return X


def glove_loss_grads_loops(
    X: ArrayLike, Theta: ArrayLike, E: ArrayLike, b: ArrayLike, bp: ArrayLike, x_max: float = 100.0
) -> tuple[float, Parameters]:
    """The loss of GloVe and its gradients, one pair of words after the other.

        f(x) = (x / x_max)^(3/4) below x_max, else 1        pairs with X_ij = 0 are passed over
        loss += f (theta_i . e_j + b_i + b'_j - log X_ij)^2

    - X: (V, V); Theta, E: (V, d), words are rows; b, bp: (V,); x_max: of the weight f
    - returns loss: a float; grads: {"dTheta", "dE", "db", "dbp"}

    Raises EngineError when a shape differs. Source: course 5, week 2.

    >>> zero = np.zeros((2, 1))
    >>> round(glove_loss_grads_loops([[0, 100], [100, 0]], zero, zero, [0, 0], [0, 0])[0], 4)
    42.4152
    """
    Theta = as_floats("Theta", Theta, ("V", "d"))
    E = as_floats("E", E, Theta.shape)
    V = len(E)
    X, b, bp = as_floats("X", X, (V, V)), as_floats("b", b, (V,)), as_floats("bp", bp, (V,))
    grads = {"dTheta": np.zeros_like(Theta), "dE": np.zeros_like(E), "db": np.zeros_like(b), "dbp": np.zeros_like(bp)}
    loss = 0.0
    for i in range(V):
        for j in range(V):
            if X[i, j] == 0:
                continue
            f = (X[i, j] / x_max) ** 0.75 if X[i, j] < x_max else 1.0
            error = np.dot(Theta[i], E[j]) + b[i] + bp[j] - np.log(X[i, j])
            loss += f * error**2
            grads["dTheta"][i] += 2 * f * error * E[j]
            grads["dE"][j] += 2 * f * error * Theta[i]
            grads["db"][i] += 2 * f * error
            grads["dbp"][j] += 2 * f * error
    return float(loss), grads
