"""NumPy basics: laying out data, the sigmoid, softmax, losses, broadcasting (course 1, week 2)."""

from __future__ import annotations

import math
from itertools import zip_longest

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_floats


def image2vector(image: ArrayLike) -> Array:
    """Unroll one image into a column, row by row of pixels, the channels of a pixel side by side.

        v[(i * height + j) * 3 + c, 0] = image[i, j, c]

    - image: (length, height, channels), usually with 3 channels
    - returns v: (length * height * channels, 1), same dtype

    Raises EngineError when `image` is not of rank 3. Source: course 1, week 2.

    >>> image2vector([[[1, 2, 3], [4, 5, 6]]]).ravel()
    array([1, 2, 3, 4, 5, 6])
    """
    image = as_array("image", image, ("length", "height", "channels"))
    return image.reshape(-1, 1)


def flatten_images(X_orig: ArrayLike) -> Array:
    """Unroll a batch of images into the columns of one matrix.

        X[:, i] = image2vector(X_orig[i])[:, 0]

    The transpose is the point: `reshape(-1, m)` has the same shape and mixes pixels of different images.

    - X_orig: (m, h, w, channels)
    - returns X: (h * w * channels, m), same dtype

    Raises EngineError when `X_orig` is not of rank 4. Source: course 1, week 2.

    >>> flatten_images([[[[1, 2, 3]]], [[[4, 5, 6]]]])
    array([[1, 4],
           [2, 5],
           [3, 6]])
    """
    X_orig = as_array("X_orig", X_orig, ("m", "h", "w", "channels"))
    m = X_orig.shape[0]
    return X_orig.reshape(m, -1).T


def standardize_images(X: ArrayLike) -> Array:
    """Scale pixel values from 0 ... 255 to 0 ... 1.

        X / 255

    - X: any shape
    - returns: same shape; float64 for integer pixels, else the dtype of X

    Raises EngineError when X does not hold real numbers. Source: course 1, week 2.

    >>> standardize_images([[0, 51, 255]])
    array([[0. , 0.2, 1. ]])
    """
    X = as_floats("X", X)
    return X / 255.0


def normalize_rows(x: ArrayLike) -> Array:
    """Scale every row to length 1.

        x[i] / ||x[i]||_2

    A row of zeros has no direction and stays a row of zeros.

    - x: (n, d)
    - returns: (n, d); integers become float64

    Raises EngineError when x is not of rank 2. Source: course 1, week 2.

    >>> normalize_rows([[0, 3, 4], [2, 0, 0]])
    array([[0. , 0.6, 0.8],
           [1. , 0. , 0. ]])
    """
    x = as_floats("x", x, ("n", "d"))
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    norm[norm == 0] = 1
    unit: Array = x / norm
    return unit


def basic_sigmoid(x: float) -> float:
    """The sigmoid of one number, with `math` alone: the reason to want NumPy.

        sigma(x) = 1 / (1 + e^-x)

    - x: a number
    - returns: a float in [0, 1]

    Raises EngineError when x is an array or a list. Source: course 1, week 2.

    >>> basic_sigmoid(0), basic_sigmoid(-1000)
    (0.5, 0.0)
    """
    x = float(as_floats("x", x, ()))
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    # math.exp(-x) would overflow here; multiply numerator and denominator by e^x.
    return math.exp(x) / (1 + math.exp(x))


def sigmoid(z: ArrayLike) -> Array:
    """The sigmoid of every entry, without overflow for any z.

        sigma(z) = 1 / (1 + e^-z)    for z >= 0
                 = e^z / (1 + e^z)   for z < 0

    Both are the same function; each branch only ever raises e to a power of 0 or below.

    - z: any shape
    - returns: same shape, each entry in [0, 1]; integers become float64

    Raises EngineError when z does not hold real numbers. Source: course 1, week 2.

    >>> sigmoid([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    z = as_floats("z", z)
    e = np.exp(-np.abs(z))
    numerator = np.where(z >= 0, 1, e)
    s: Array = numerator / (1 + e)
    return s


def sigmoid_derivative(x: ArrayLike) -> Array:
    """The slope of the sigmoid at every entry.

        sigma'(x) = s (1 - s)   with s = sigma(x)

    - x: any shape; the input of the sigmoid, not its output
    - returns ds: same shape, each entry in [0, 1/4]

    Raises EngineError when x does not hold real numbers. Source: course 1, week 2.

    >>> sigmoid_derivative([-1000, 0, 1000])
    array([0.  , 0.25, 0.  ])
    """
    s = sigmoid(x)
    ds: Array = s * (1 - s)
    return ds


def softmax(x: ArrayLike, axis: int = 1) -> Array:
    """Turn scores into probabilities along one axis.

        softmax(x)_j = e^(x_j - max x) / sum_k e^(x_k - max x)

    Taking the maximum off changes nothing, since it cancels, and keeps every power of e at 1 or below.

    - x: (m, n), or any shape that has the axis
    - axis: 1 for rows that sum to 1 (course 1), 0 for columns (course 2 and later: an example is a column)
    - returns s: same shape; integers become float64

    Raises EngineError when x lacks the axis or has no entry along it. Source: course 1, week 2.

    >>> softmax([[1000, 1000], [0, 1000]])
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    x = as_floats("x", x)
    if not -x.ndim <= axis < x.ndim:
        raise EngineError("axis", f"an axis of x, which has shape {x.shape}", str(axis))
    if x.shape[axis] == 0:
        raise EngineError("x", f"of at least one entry along axis {axis}", f"an array of shape {x.shape}")
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    total = np.sum(e, axis=axis, keepdims=True)
    s: Array = e / total
    return s


def L1(yhat: ArrayLike, y: ArrayLike) -> float:
    """The sum of absolute differences.

        L1 = sum_i |y_i - yhat_i|

    - yhat, y: (m,)
    - returns: a float

    Raises EngineError when they are not two vectors of one length. Source: course 1, week 2.

    >>> L1([1, 2, 5], [1, 0, 6])
    3.0
    """
    yhat = as_floats("yhat", yhat, ("m",))
    y = as_floats("y", y, yhat.shape)
    return float(np.sum(np.abs(y - yhat)))


def L2(yhat: ArrayLike, y: ArrayLike) -> float:
    """The sum of squared differences, as a dot product of the difference with itself.

        L2 = sum_i (y_i - yhat_i)^2

    - yhat, y: (m,)
    - returns: a float

    Raises EngineError when they are not two vectors of one length. Source: course 1, week 2.

    >>> L2([1, 2, 5], [1, 0, 6])
    5.0
    """
    yhat = as_floats("yhat", yhat, ("m",))
    y = as_floats("y", y, yhat.shape)
    difference = y - yhat
    return float(np.dot(difference, difference))


def bce_with_logits(Z: ArrayLike, Y: ArrayLike) -> float:
    """Binary cross-entropy straight from the logits, exact where the sigmoid has rounded to 0 or 1.

        J = 1/m sum_i max(z, 0) - z y + log(1 + e^-|z|)

    - Z: (1, m), before the sigmoid
    - Y: (1, m), labels 0 or 1
    - returns: the cost, a float

    Raises EngineError when a shape differs. Source: course 1, week 2 (the loss); the stable form is common to
    the frameworks, such as `tf.nn.sigmoid_cross_entropy_with_logits`.

    >>> bce_with_logits([[1000, -1000]], [[1, 1]])
    500.0
    """
    Z = as_floats("Z", Z, (1, "m"))
    Y = as_floats("Y", Y, Z.shape)
    losses = np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))
    return float(np.mean(losses))


def broadcast_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the sum of two arrays of shapes a and b.

    Align the shapes at their last axes and pad the shorter with 1 in front. Two sizes agree when they are
    equal or one of them is 1; the 1 stretches to the other size.

    - a, b: tuples of sizes
    - returns: a tuple of sizes

    Raises EngineError, a ValueError, when two sizes disagree. Source: course 1, week 2.

    >>> broadcast_shape((3, 1), (4,))
    (3, 4)
    >>> broadcast_shape((4, 3), (4,))
    Traceback (most recent call last):
    engine.errors.EngineError: b should be a shape that broadcasts with (4, 3), but it is (4,).
    """
    shape: list[int] = []
    for size_a, size_b in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if size_a != size_b and 1 not in (size_a, size_b):
            raise EngineError("b", f"a shape that broadcasts with {a}", str(b))
        shape.append(size_b if size_a == 1 else size_a)
    return tuple(reversed(shape))


def column_percentages(x: ArrayLike) -> Array:
    """Each entry as a percentage of the total of its column.

        100 x[i, j] / sum_k x[k, j]

    The sum over axis 0 runs DOWN the rows: one total for each column.

    - x: (r, c)
    - returns: (r, c), each column summing to 100; integers become float64

    Raises EngineError when x is not of rank 2 or a column's total is 0. Source: course 1, week 2.

    >>> column_percentages([[1, 30], [3, 10]])
    array([[25., 75.],
           [75., 25.]])
    """
    x = as_floats("x", x, ("r", "c"))
    total = np.sum(x, axis=0, keepdims=True)
    if np.any(total == 0):
        raise EngineError("x", "free of columns whose total is 0", f"0 in column {int(np.argmin(total != 0))}")
    percentages: Array = 100 * x / total
    return percentages
