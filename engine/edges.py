"""One filter on one image: edges found by hand-made filters, and a filter that is learned (course 4, week 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_choice, as_count, as_floats

# The weights of the three rows of a filter that compares left with right.
_ROW_WEIGHTS = {"prewitt": (1, 1, 1), "sobel": (1, 2, 1), "scharr": (3, 10, 3)}


def correlate2d(X: ArrayLike, K: ArrayLike) -> Array:
    """Slide the filter over the image, wherever it fits: what deep learning calls a convolution.

        Y[i, j] = sum_(u, v) X[i + u, j + v] K[u, v]

    - X: (n_H, n_W), one channel
    - K: (f_H, f_W), the filter
    - returns Y: (n_H - f_H + 1, n_W - f_W + 1)

    Raises EngineError when X or K is not of rank 2 or the filter is larger than the image. Source: course 4, week 1.

    >>> bright_left = [[9, 9, 0, 0]] * 3
    >>> correlate2d(bright_left, edge_filter("prewitt"))  # from light to dark: positive
    array([[27., 27.]])
    """
    X = as_floats("X", X, ("n_H", "n_W"))
    K = as_floats("K", K, ("f_H", "f_W"))
    f_H, f_W = K.shape
    n_H, n_W = X.shape[0] - f_H + 1, X.shape[1] - f_W + 1
    if n_H < 1 or n_W < 1:
        raise EngineError("K", f"at most as large as the image, {X.shape}", f"of shape {K.shape}")
    Y = np.zeros((n_H, n_W), dtype=np.result_type(X, K))
    # Each weight meets one shifted copy of the image: a loop over the filter, none over the pixels.
    for u in range(f_H):
        for v in range(f_W):
            Y += K[u, v] * X[u : u + n_H, v : v + n_W]
    return Y


def convolve2d(X: ArrayLike, K: ArrayLike) -> Array:
    """The convolution of mathematics: the filter is turned by 180 degrees first.

        Y[i, j] = sum_(u, v) X[i + u, j + v] K[f_H - 1 - u, f_W - 1 - v]

    The turn makes it associative, (X * K) * L = X * (K * L). A network LEARNS its filters and needs no turn.

    - X: (n_H, n_W); K: (f_H, f_W)
    - returns Y: (n_H - f_H + 1, n_W - f_W + 1)

    Raises EngineError as `correlate2d` does. Source: course 4, week 1.

    >>> X = [[1, 2], [3, 4]]
    >>> first = [[1, 0], [0, 0]]
    >>> correlate2d(X, first), convolve2d(X, first)
    (array([[1.]]), array([[4.]]))
    """
    K = as_floats("K", K, ("f_H", "f_W"))
    return correlate2d(X, K[::-1, ::-1])


def edge_filter(name: str, orientation: str = "vertical") -> Array:
    """A 3x3 filter that answers to edges.

        vertical: w [1, 0, -1] with the row weights   prewitt w = (1, 1, 1)   sobel (1, 2, 1)   scharr (3, 10, 3)

    It is positive where the image goes from light on the left to dark on the right, or, when horizontal, from light
    above to dark below. A heavier middle row makes it less sensitive to noise.

    - name: "prewitt" (the plain one of the lecture), "sobel" or "scharr"
    - orientation: "vertical" or "horizontal", that of the EDGES
    - returns: (3, 3), float64

    Raises EngineError for another name or orientation. Source: course 4, week 1.

    >>> edge_filter("sobel")
    array([[ 1.,  0., -1.],
           [ 2.,  0., -2.],
           [ 1.,  0., -1.]])
    """
    as_choice("name", name, _ROW_WEIGHTS)
    as_choice("orientation", orientation, ("vertical", "horizontal"))
    vertical = np.outer(_ROW_WEIGHTS[name], (1.0, 0.0, -1.0))
    return vertical if orientation == "vertical" else vertical.T


def learn_edge(X: ArrayLike, Y: ArrayLike, lr: float = 0.1, steps: int = 100) -> Array:
    """Learn a 3x3 filter from images and their edge maps: its nine numbers are parameters like any other.

        J = 1/(2 n) sum (X_i * K - Y_i)^2        dK = 1/n sum_i X_i * (X_i * K - Y_i)

    n counts the numbers of Y. The gradient is a correlation too: of the image with the error, which slides as a
    filter of the size of Y would.

    - X: (m, n_H, n_W), images; Y: (m, n_H - 2, n_W - 2), what the filter should give
    - lr: the learning rate; steps: how many updates, from K = 0
    - returns K: (3, 3)

    Raises EngineError when a shape differs or there is no step. Source: course 4, week 1.

    >>> images = np.random.default_rng(0).normal(size=(5, 8, 8))
    >>> maps = [correlate2d(image, edge_filter("sobel")) for image in images]
    >>> learn_edge(images, maps, lr=0.5).round(3) + 0
    array([[ 1.,  0., -1.],
           [ 2.,  0., -2.],
           [ 1.,  0., -1.]])
    """
    X = as_floats("X", X, ("m", "n_H", "n_W"))
    m, n_H, n_W = X.shape
    if n_H < 3 or n_W < 3:
        raise EngineError("X", "images of at least 3 x 3 pixels", f"of shape {X.shape}")
    Y = as_floats("Y", Y, (m, n_H - 2, n_W - 2))
    as_count("steps", steps)
    K = np.zeros((3, 3), dtype=X.dtype)
    for _ in range(steps):
        dK = np.zeros_like(K)
        for image, wanted in zip(X, Y, strict=True):
            dK += correlate2d(image, correlate2d(image, K) - wanted)
        K -= lr * dK / Y.size
    return K
