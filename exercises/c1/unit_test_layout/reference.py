"""The check that each column of a matrix holds one image of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_layout(X_orig: NDArray[Any], X_flat: NDArray[Any]) -> bool:
    """Whether X_flat holds the images of X_orig as its columns, in order and unscrambled.

    - X_orig: (m, h, w, channels), the images; X_flat: an array of any shape
    - returns: True exactly when column i is image i, row by row of pixels
    """
    m = X_orig.shape[0]
    if X_flat.shape != (X_orig.size // m, m):
        return False
    for i in range(m):
        if not np.array_equal(X_flat[:, i], X_orig[i].ravel()):
            return False
    return True
