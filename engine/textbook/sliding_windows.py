"""A classifier at every place of an image, window by window (course 4, week 3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_count


def sliding_windows_loops(img: ArrayLike, win: int, stride: int, clf: Callable[[Array], ArrayLike]) -> Array:
    """The classifier's scores for every window of the image, one call for each.

        scores[i, j] = clf(img[i s : i s + f, j s : j s + f])

    - img: (H, W, C); win: f, the side of a window; stride: s
    - clf: takes a batch of windows (n, f, f, C), here always one, and returns (n,) or (n, k)
    - returns scores: (n_H, n_W) or (n_H, n_W, k)

    Raises EngineError when the image is not of rank 3 or a number is below 1. Source: course 4, week 3.

    >>> sliding_windows_loops(np.arange(16).reshape(4, 4, 1), 2, 2, lambda windows: windows.max(axis=(1, 2, 3)))
    array([[ 5,  7],
           [13, 15]])
    """
    img = as_array("img", img, ("H", "W", "C"))
    f = as_count("win", win)
    s = as_count("stride", stride)
    H, W, _ = img.shape
    scores = []
    for top in range(0, H - f + 1, s):
        row = []
        for left in range(0, W - f + 1, s):
            window = img[top : top + f, left : left + f]
            row.append(np.asarray(clf(window[np.newaxis]))[0])
        scores.append(row)
    return np.array(scores)
