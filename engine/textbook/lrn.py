"""Local response normalization, channel by channel (course 4, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats


def lrn_loops(A: ArrayLike, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75) -> Array:
    """Divide each channel by what it and its neighbours sum up to.

        out_c = a_c / (k + alpha sum over c' from max(0, c - n // 2) to min(n_C - 1, c + n // 2) of a_c'^2)^beta

    - A: (..., n_C); n: how many channels take part, odd; k, alpha, beta: numbers
    - returns out: the shape of A

    Raises EngineError when A does not hold real numbers. Source: Krizhevsky, Sutskever and Hinton, 2012.

    >>> lrn_loops([[1.0, 2.0, 3.0]], n=3, k=1.0, alpha=1.0, beta=1.0)
    array([[0.16666667, 0.13333333, 0.21428571]])
    """
    A = as_floats("A", A)
    n_C = A.shape[-1]
    out = np.zeros_like(A)
    for c in range(n_C):
        first = max(0, c - n // 2)
        last = min(n_C - 1, c + n // 2)
        squares = np.zeros_like(A[..., c])
        for neighbour in range(first, last + 1):
            squares += A[..., neighbour] ** 2
        out[..., c] = A[..., c] / (k + alpha * squares) ** beta
    return out
