"""t-SNE: points of many dimensions laid out in a plane so that neighbours stay neighbours (course 5, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats


def tsne(
    X: ArrayLike,
    perplexity: float = 30.0,
    n_iter: int = 1000,
    lr: float | None = None,
    rng: np.random.Generator | int | None = None,
) -> Array:
    """A picture of X: gradient descent on the divergence between the neighbourhoods in X and in the plane.

    Momentum 0.5, then 0.8; a gain for each coordinate that grows while its gradient keeps its direction; in the
    first quarter all P are taken 12 times as large, so that clusters form and find their places. Distances between
    clusters and the sizes of clusters mean little.

    - X: (n, d), n from 4 up; perplexity: the number of neighbours each point has, roughly, below n - 1
    - n_iter: number of steps; lr: the learning rate, None for max(n / 48, 50); rng: a Generator or a seed
    - returns Y: (n, 2), of mean 0

    Raises EngineError when X is not of rank 2, the perplexity does not lie between 1 and n - 1 or n_iter is below 1.
    Source: L. van der Maaten and G. Hinton (2008); course 5, week 2 shows such pictures.

    >>> X = np.repeat(np.eye(2) * 10, 6, axis=0) + np.random.default_rng(0).normal(size=(12, 2))
    >>> Y = tsne(X, perplexity=3, n_iter=250, rng=0)
    >>> within, between = np.ptp(Y[:6], axis=0).max(), np.linalg.norm(Y[:6].mean(axis=0) - Y[6:].mean(axis=0))
    >>> bool(between > within)  # two clusters stay two
    True
    """
    P = tsne_affinities(X, perplexity)
    as_count("n_iter", n_iter)
    n = len(P)
    if lr is None:
        lr = max(n / 48, 50.0)
    Y = np.random.default_rng(rng).normal(scale=1e-4, size=(n, 2))
    velocity, gains = np.zeros_like(Y), np.ones_like(Y)
    early = n_iter // 4
    for i in range(n_iter):
        _, dY = tsne_loss_grad(P * 12 if i < early else P, Y)
        turned = np.sign(dY) == np.sign(velocity)
        gains = np.maximum(np.where(turned, gains * 0.8, gains + 0.2), 0.01)
        velocity = (0.5 if i < early else 0.8) * velocity - lr * gains * dY
        Y = Y + velocity
        Y -= Y.mean(axis=0)
    return Y


def tsne_affinities(X: ArrayLike, perplexity: float) -> Array:
    """How much each pair of points are neighbours, each point with a radius of its own.

        p(j | i) = e^(-beta_i ||x_i - x_j||^2) / sum over k != i        p(i | i) = 0
        beta_i such that the entropy of p(. | i) is log(perplexity)     P = (p(j | i) + p(i | j)) / (2 n)

    - X: (n, d), n from 4 up; perplexity: between 1 and n - 1
    - returns P: (n, n), float64, symmetric, summing to 1

    Raises EngineError when X is not of rank 2 or the perplexity lies outside. Source: L. van der Maaten and G. Hinton
    (2008).

    >>> P = tsne_affinities([[0.0], [1.0], [2.0], [10.0]], perplexity=2)
    >>> round(float(P.sum()), 6), bool(P[0, 1] > P[0, 2] > P[0, 3])
    (1.0, True)
    """
    X = as_floats("X", X, ("n", "d")).astype(np.float64)
    n = len(X)
    if n < 4:
        raise EngineError("X", "of four points or more", f"of {n}")
    if not 1 < perplexity < n - 1:
        raise EngineError("perplexity", f"between 1 and {n - 1}, the number of others", str(perplexity))
    distance = _squared_distances(X)
    np.fill_diagonal(distance, np.inf)
    # Only differences within a row matter; the nearest at 0 keeps every exponential from vanishing.
    distance -= distance.min(axis=1, keepdims=True)
    others = ~np.eye(n, dtype=bool)

    beta, low, high = np.ones((n, 1)), np.zeros((n, 1)), np.full((n, 1), np.inf)
    for _ in range(60):
        p = np.exp(-distance * beta)
        total = p.sum(axis=1, keepdims=True)
        # The entropy falls as beta grows.
        mean = np.sum(p * np.where(others, distance, 0), axis=1, keepdims=True) / total
        too_wide = np.log(total) + beta * mean > np.log(perplexity)
        low, high = np.where(too_wide, beta, low), np.where(too_wide, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
    p = np.exp(-distance * beta)
    p /= p.sum(axis=1, keepdims=True)
    P: Array = (p + p.T) / (2 * n)
    return P


def tsne_loss_grad(P: ArrayLike, Y: ArrayLike) -> tuple[float, Array]:
    """The divergence of a layout from the neighbourhoods P, and its gradient.

        w_ij = 1 / (1 + ||y_i - y_j||^2)        Q = w / sum of w, without the diagonal
        loss = sum_ij P log(P / Q)               dY_i = 4 sum_j (P_ij - Q_ij) w_ij (y_i - y_j)

    The heavy tail of w lets points that are only fairly far in X go far away in the plane.

    - P: (n, n), symmetric, of `tsne_affinities`; Y: (n, 2), or any number of columns
    - returns loss: a float; dY: the shape of Y. The gradient supposes that P sums to 1

    Raises EngineError when a shape differs. Source: L. van der Maaten and G. Hinton (2008).

    >>> P = (1 - np.eye(3)) / 6
    >>> loss, dY = tsne_loss_grad(P, [[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])  # all equally far: nothing to gain
    >>> round(loss, 9), np.allclose(dY, 0)
    (0.0, True)
    """
    Y = as_floats("Y", Y, ("n", "columns"))
    n = len(Y)
    P = as_floats("P", P, (n, n))
    w = 1 / (1 + _squared_distances(Y))
    np.fill_diagonal(w, 0)
    Q = w / w.sum()
    there = P > 0
    loss = float(np.sum(P[there] * np.log(P[there] / Q[there])))
    A = (P - Q) * w
    # sum_j A_ij (y_i - y_j) as a product
    dY: Array = 4 * (A.sum(axis=1, keepdims=True) * Y - A @ Y)
    return loss, dY


def _squared_distances(X: Array) -> Array:
    squares = np.sum(X * X, axis=1)
    distance: Array = squares[:, None] + squares - 2 * (X @ X.T)
    # Rounding can make the distance of equal points negative.
    return distance.clip(min=0)
