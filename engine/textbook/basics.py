"""Data layout, row norms, softmax and percentages, entry by entry (course 1, week 2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_floats


def flatten_images_loops(X_orig: ArrayLike) -> Array:
    """Unroll a batch of images into columns: image by image, row by row, pixel by pixel, channel by channel.

    - X_orig: (m, h, w, channels)
    - returns X: (h * w * channels, m), same dtype

    Raises EngineError when `X_orig` is not of rank 4. Source: course 1, week 2.

    >>> flatten_images_loops([[[[1, 2, 3]]], [[[4, 5, 6]]]])
    array([[1, 4],
           [2, 5],
           [3, 6]])
    """
    X_orig = as_array("X_orig", X_orig, ("m", "h", "w", "channels"))
    m, height, width, channels = X_orig.shape
    X = np.zeros((height * width * channels, m), dtype=X_orig.dtype)
    for i in range(m):
        feature = 0
        for row in range(height):
            for column in range(width):
                for channel in range(channels):
                    X[feature, i] = X_orig[i, row, column, channel]
                    feature += 1
    return X


def normalize_rows_loops(x: ArrayLike) -> Array:
    """Divide each row by its length; a row of zeros stays as it is.

        x[i] / sqrt(sum_j x[i, j]^2)

    - x: (n, d)
    - returns: (n, d); integers become float64

    Raises EngineError when x is not of rank 2. Source: course 1, week 2.

    >>> normalize_rows_loops([[3, 4], [0, 0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    x = as_floats("x", x, ("n", "d"))
    n, d = x.shape
    unit = np.zeros_like(x)
    for i in range(n):
        squares = 0.0
        for j in range(d):
            squares += x[i, j] ** 2
        length = math.sqrt(squares)
        if length > 0:
            for j in range(d):
                unit[i, j] = x[i, j] / length
    return unit


def softmax_loops(x: ArrayLike) -> Array:
    """Turn each row of scores into probabilities.

        s[i, j] = e^(x[i, j] - max_k x[i, k]) / sum_k e^(x[i, k] - max_k x[i, k])

    - x: (m, n)
    - returns s: (m, n), each row summing to 1; integers become float64

    Raises EngineError when x is not of rank 2. Source: course 1, week 2.

    >>> softmax_loops([[1000, 1000], [0, 1000]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    x = as_floats("x", x, ("m", "n"))
    m, n = x.shape
    s = np.zeros_like(x)
    for i in range(m):
        largest = max(x[i])
        total = 0.0
        for j in range(n):
            s[i, j] = math.exp(x[i, j] - largest)
            total += s[i, j]
        for j in range(n):
            s[i, j] /= total
    return s


def column_percentages_loops(x: ArrayLike) -> Array:
    """Each entry as a percentage of the total of its column.

        100 x[i, j] / sum_k x[k, j]

    - x: (r, c), no column with the total 0
    - returns: (r, c), each column summing to 100; integers become float64

    Raises EngineError when x is not of rank 2. Source: course 1, week 2.

    >>> column_percentages_loops([[1, 30], [3, 10]])
    array([[25., 75.],
           [75., 25.]])
    """
    x = as_floats("x", x, ("r", "c"))
    r, c = x.shape
    percentages = np.zeros_like(x)
    for j in range(c):
        total = 0.0
        for k in range(r):
            total += x[k, j]
        for i in range(r):
            percentages[i, j] = 100 * x[i, j] / total
    return percentages
