"""Inputs of mean 0 and variance 1, so that descent has no narrow valleys (course 2, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_number


def fit_normalizer(X: ArrayLike) -> tuple[Array, Array]:
    """The mean and the standard deviation of every feature, over the examples of the TRAINING set.

        mu = 1/m sum_i x^(i)        sigma^2 = 1/m sum_i (x^(i) - mu)^2

    A feature that is the same in all examples gets sigma = 1: it becomes 0, without a division by zero.

    - X: (n_x, m)
    - returns mu: (n_x, 1); sigma: (n_x, 1)

    Raises EngineError when X is not of rank 2. Source: course 2, week 1.

    >>> fit_normalizer([[1, 3], [5, 5]])
    (array([[2.],
           [5.]]), array([[1.],
           [1.]]))
    """
    X = as_floats("X", X, ("n_x", "m"))
    mu: Array = X.mean(axis=1, keepdims=True)
    sigma: Array = X.std(axis=1, keepdims=True)
    # Rounding in the mean can leave a constant feature a deviation that is not quite 0.
    sigma[(np.ptp(X, axis=1, keepdims=True) == 0) | (sigma == 0)] = 1
    return mu, sigma


def normalize(X: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Array:
    """Shift and scale every feature, by the numbers of the training set for dev and test sets too.

        x := (x - mu) / sigma

    - X: (n_x, m); mu, sigma: (n_x, 1), as from `fit_normalizer`
    - returns: (n_x, m), in the dtype of X

    Raises EngineError when a shape differs or a sigma is not positive. Source: course 2, week 1.

    >>> mu, sigma = fit_normalizer([[1, 3]])
    >>> normalize([[1, 3]], mu, sigma), normalize([[7]], mu, sigma)
    (array([[-1.,  1.]]), array([[5.]]))
    """
    X = as_floats("X", X, ("n_x", "m"))
    n_x = X.shape[0]
    mu = as_floats("mu", mu, (n_x, 1)).astype(X.dtype)
    sigma = as_floats("sigma", sigma, (n_x, 1)).astype(X.dtype)
    if not np.all(sigma > 0):
        raise EngineError("sigma", "positive", f"an array that holds {sigma[~(sigma > 0)][0]}")
    scaled: Array = (X - mu) / sigma
    return scaled


def steps_to_reach(curvatures: ArrayLike, tol: float, max_steps: int = 1_000_000) -> int:
    """How many steps gradient descent needs on a bowl, at its best simple learning rate.

        J(x) = 1/2 sum_j c_j x_j^2        x_j := (1 - alpha c_j) x_j        alpha = 1 / max c

    The steepest direction is done in one step and limits alpha; the flattest takes about (max c / min c) log
    (1 / tol) steps. Features with equal spread make the curvatures, and so the ratio, alike.

    - curvatures: (n,), positive; the eigenvalues of 1/m X X^T for linear regression on X
    - tol: in (0, 1); the start is x_j = 1, the end max |x_j| <= tol
    - returns: the number of steps, at most max_steps

    Raises EngineError when a curvature is not positive or tol is outside. Source: course 2, week 1 (the two
    pictures of contours).

    >>> steps_to_reach([100.0, 1.0], 0.01), steps_to_reach([1.0, 1.0], 0.01)
    (459, 1)
    """
    c = as_floats("curvatures", curvatures, ("n",))
    if not np.all(c > 0):
        raise EngineError("curvatures", "positive", f"an array that holds {c[~(c > 0)][0]}")
    as_number("tol", tol, "(0, 1)")
    as_count("max_steps", max_steps)
    shrink = 1 - c / c.max()
    x = np.ones_like(c)
    for step in range(1, max_steps + 1):
        x = shrink * x
        if np.max(np.abs(x)) <= tol:
            return step
    return max_steps
