"""One filter on one image, pixel by pixel (course 4, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats


def correlate2d_loops(X: ArrayLike, K: ArrayLike) -> Array:
    """Lay the filter on every place where it fits; multiply what lies on each other and add up.

        Y[i, j] = sum_(u, v) X[i + u, j + v] K[u, v]

    - X: (n_H, n_W); K: (f_H, f_W)
    - returns Y: (n_H - f_H + 1, n_W - f_W + 1)

    Raises EngineError when X or K is not of rank 2 or the filter is larger than the image. Source: course 4, week 1.

    >>> correlate2d_loops([[9, 9, 0, 0]], [[1, -1]])
    array([[0., 9., 0.]])
    """
    X = as_floats("X", X, ("n_H", "n_W"))
    K = as_floats("K", K, ("f_H", "f_W"))
    f_H, f_W = K.shape
    n_H = X.shape[0] - f_H + 1
    n_W = X.shape[1] - f_W + 1
    if n_H < 1 or n_W < 1:
        raise EngineError("K", f"at most as large as the image, {X.shape}", f"of shape {K.shape}")
    Y = np.zeros((n_H, n_W), dtype=np.result_type(X, K))
    for i in range(n_H):
        for j in range(n_W):
            window = X[i : i + f_H, j : j + f_W]
            Y[i, j] = np.sum(window * K)
    return Y
