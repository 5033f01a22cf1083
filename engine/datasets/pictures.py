"""Pictures: handwritten digits, and two photographs."""

from __future__ import annotations

import numpy as np

from engine.datasets.files import read_arrays
from engine.errors import Array


def digits(dtype: type = np.float32) -> tuple[Array, Array, Array, Array]:
    """10,000 handwritten digits of MNIST: grey pictures of 28 x 28 pixels, and which digit each one is.

    They stand in a random order that is always the same; the first 9,000 are for training. The ten classes are
    not quite equal: 863 fives, 1127 ones.

    - dtype: of the pixels, which run from 0 (paper) to 1 (ink)
    - returns X_train: (9000, 28, 28, 1), y_train: (9000,) integers 0 ... 9, X_test: (1000, 28, 28, 1),
      y_test: (1000,)

    Raises EngineError when the file is not the one that was shipped. Source: Y. LeCun, C. Cortes and C. Burges,
    the MNIST database of handwritten digits (1998).

    >>> X_train, y_train, X_test, y_test = digits()
    >>> X_train.shape, y_train[:5], float(X_train.max())
    ((9000, 28, 28, 1), array([3, 8, 1, 0, 4]), 1.0)
    """
    arrays = read_arrays("digits.npz")
    X: Array = arrays["images"].astype(dtype)[..., np.newaxis]
    X /= 255
    y = arrays["labels"].astype(np.int64)
    return X[:9000], y[:9000], X[9000:], y[9000:]


def pictures() -> dict[str, Array]:
    """Two photographs of 128 x 128 pixels: "china", a temple, and "flower", a dahlia.

    - returns: name -> (128, 128, 3), float64 from 0 to 1, red, green, blue

    Raises EngineError when the file is not the one that was shipped. Source: D. Buechele (china) and vultilion
    (flower) on Flickr, CC BY 2.0.

    >>> {name: picture.shape for name, picture in pictures().items()}
    {'china': (128, 128, 3), 'flower': (128, 128, 3)}
    """
    return {name: pixels / 255 for name, pixels in read_arrays("pictures.npz").items()}
