"""GloVe: word vectors whose products are logarithms of how often words meet (course 5, week 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, Parameters, as_count, as_floats, as_ids, as_number
from engine.word2vec import flatten_sentences


def cooccurrence(ids: ArrayLike | Sequence[ArrayLike], V: int, window: int, by_distance: bool = False) -> Array:
    """How often each word stands near each other word.

        X[i, j] = number of places where word j is within `window` words of word i, in the same sentence

    X is symmetric; a word that stands near itself is counted from both places.

    - ids: a list of sentences, each a sequence of ids; or one sentence; V: size of the vocabulary
    - window: how far a neighbour may be
    - by_distance: count 1 / distance in place of 1, as the authors of GloVe do
    - returns X: (V, V), float64

    Raises EngineError when an id lies outside or a size is below 1. Source: course 5, week 2; J. Pennington,
    R. Socher and C. Manning (2014).

    >>> cooccurrence([[0, 1, 2], [1, 0]], V=3, window=1)
    array([[0., 2., 0.],
           [2., 0., 1.],
           [0., 1., 0.]])
    """
    as_count("V", V)
    as_count("window", window)
    words, sentence = flatten_sentences(ids)
    words = as_ids("ids", words, V)
    counts = np.zeros(V * V)
    for distance in range(1, min(window, len(words) - 1) + 1):
        near = sentence[distance:] == sentence[:-distance]
        left, right = words[:-distance][near], words[distance:][near]
        counts += np.bincount(left * V + right, minlength=V * V) * (1 / distance if by_distance else 1)
    X = counts.reshape(V, V)
    return X + X.T


def glove_loss_grads(
    X: ArrayLike,
    Theta: ArrayLike,
    E: ArrayLike,
    b: ArrayLike,
    bp: ArrayLike,
    x_max: float = 100.0,
    alpha: float = 0.75,
) -> tuple[float, Parameters]:
    """The loss of GloVe and its gradients: least squares, weighted by how often the words meet.

        loss = sum_i sum_j f(X_ij) (theta_i . e_j + b_i + b'_j - log X_ij)^2
        f(x) = min((x / x_max)^alpha, 1), and f(0) = 0: words that never meet say nothing ("0 log 0 = 0")
        D = 2 f(X) * (...)      dTheta = D E      dE = D^T Theta      db = row sums of D      db' = column sums

    (i, j) and (j, i) are two terms of the sum.

    - X: (V, V), from 0 up; Theta, E: (V, d), words are rows; b, bp: (V,); x_max, alpha: of the weight f
    - returns loss: a float; grads: {"dTheta", "dE", "db", "dbp"}

    Raises EngineError when a shape differs, a count is negative or x_max is not positive. Source: course 5, week 2;
    J. Pennington, R. Socher and C. Manning (2014).

    >>> zero = np.zeros((2, 1))
    >>> loss, _ = glove_loss_grads([[0.0, 100.0], [100.0, 0.0]], zero, zero, [0.0, 0.0], [0.0, 0.0])
    >>> round(loss, 4), round(2 * np.log(100) ** 2, 4)
    (42.4152, np.float64(42.4152))
    """
    Theta = as_floats("Theta", Theta, ("V", "d"))
    E = as_floats("E", E, Theta.shape)
    V = len(E)
    X = as_floats("X", X, (V, V))
    b, bp = as_floats("b", b, (V,)), as_floats("bp", bp, (V,))
    if not np.all(X >= 0):
        raise EngineError("X", "counts from 0 up", f"an array that holds {X.min()}")
    x_max = as_number("x_max", x_max, "(0, inf)")
    f = np.minimum((X / x_max) ** alpha, 1).astype(E.dtype, copy=False)
    f[X == 0] = 0
    log_X = np.log(np.where(X > 0, X, 1)).astype(E.dtype, copy=False)
    error = Theta @ E.T
    error += b[:, None]
    error += bp
    error -= log_X
    D = f * error
    loss = float(np.vdot(D, error))
    D *= 2
    return loss, {"dTheta": D @ E, "dE": D.T @ Theta, "db": D.sum(axis=1), "dbp": D.sum(axis=0)}


def train_glove(
    X: ArrayLike,
    d: int,
    num_iterations: int = 100,
    lr: float = 0.05,
    x_max: float = 100.0,
    rng: np.random.Generator | int | None = None,
) -> tuple[Array, list[float]]:
    """Learn word vectors from counts by AdaGrad, all pairs in every step.

        G := G + g^2        parameter := parameter - lr g / sqrt(G)        e_final = (e + theta) / 2

    Theta and E play the same part when X is symmetric, so their mean is taken.

    - X: (V, V), symmetric counts; d: size of the vectors; num_iterations: steps; lr: the learning rate
    - x_max: as in `glove_loss_grads`; rng: a Generator or a seed
    - returns e_final: (V, d); losses: before each step

    Raises EngineError when a shape differs or a size is below 1. Source: course 5, week 2; J. Pennington, R. Socher
    and C. Manning (2014).

    >>> X = cooccurrence([[0, 1] * 10, [2, 3] * 10], V=4, window=2)
    >>> e, losses = train_glove(X, d=3, rng=0)
    >>> e.shape, bool(losses[-1] < losses[0] / 10)
    ((4, 3), True)
    """
    X = as_floats("X", X, ("V", "V"))
    as_count("d", d)
    as_count("num_iterations", num_iterations)
    V = len(X)
    rng = np.random.default_rng(rng)
    parameters = {name: ((rng.random((V, d)) - 0.5) / d).astype(X.dtype) for name in ("Theta", "E")}
    parameters |= {name: np.zeros(V, X.dtype) for name in ("b", "bp")}
    squares = {name: np.ones_like(value) for name, value in parameters.items()}
    losses = []
    for _ in range(num_iterations):
        Theta, E, b, bp = parameters.values()
        loss, grads = glove_loss_grads(X, Theta, E, b, bp, x_max)
        losses.append(loss)
        for name, value in parameters.items():
            g = grads["d" + name]
            squares[name] += g * g
            value -= lr * g / np.sqrt(squares[name])
    return (parameters["E"] + parameters["Theta"]) / 2, losses
