"""Where the one object of an image is: the losses of a localization network (course 4, week 3).

The target of an image is a column y = [p_c, b_x, b_y, b_h, b_w, c_1, ..., c_C]: whether there is an object, the centre
and the size of its box, and its class as a one-hot vector. Without an object only p_c = 0 has a meaning. For
landmarks the entries below p_c are the coordinates l_1x, l_1y, l_2x, ... of points, in the same order in all images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid, softmax
from engine.errors import Array, EngineError, as_floats


def localization_loss(y_hat: ArrayLike, y: ArrayLike) -> tuple[float, Array]:
    """The squared error of a localization, in which box and class count only where there is an object.

        L = sum_j (yhat_j - y_j)^2    when p_c = 1
          = (yhat_1 - y_1)^2          when p_c = 0: the other entries are "don't care"
        J = 1/m sum_i L_i

    - y_hat, y: (5 + C, m), or (1 + 2 N, m) for N landmarks; the first row of y is p_c, 0 or 1
    - returns the cost J; the gradient dJ/dyhat: the shape of y_hat

    Raises EngineError when a shape differs or p_c is neither 0 nor 1. Source: course 4, week 3.

    >>> y = np.array([[1, 0.5, 0.5, 0.2, 0.3, 1], [0, 9, 9, 9, 9, 9]]).T
    >>> y_hat = np.array([[0.5, 0.5, 0.5, 0.2, 0.3, 1], [0.5, 1, 1, 1, 1, 1]]).T
    >>> cost, gradient = localization_loss(y_hat, y)
    >>> cost
    0.25
    >>> gradient[:2]
    array([[-0.5,  0.5],
           [ 0. ,  0. ]])
    """
    y_hat, y = _prediction_and_target("y_hat", y_hat, y)
    m = y.shape[1]
    difference = y_hat - y
    # The product would turn a don't-care entry that holds NaN or infinity into NaN; `where` does not look at it.
    difference[1:] = np.where(y[0] == 1, difference[1:], 0)
    cost = float(np.sum(difference**2) / m)
    gradient: Array = 2 * difference / m
    return cost, gradient


def localization_log_loss(z: ArrayLike, y: ArrayLike) -> tuple[float, Array]:
    """The loss used in practice: a log loss for p_c, squared error for the box, softmax for the classes.

        L = -(y_1 log a + (1 - y_1) log(1 - a))                          with a = sigma(z_1)
            + y_1 sum_(j = 2..5) (z_j - y_j)^2
            - y_1 sum_(j > 5) y_j log softmax(z_6, z_7, ...)_j
        J = 1/m sum_i L_i

    - z: (5 + C, m), what the network's last linear step gives: two kinds of scores, and the box itself
    - y: (5 + C, m), p_c is 0 or 1 and the classes of an object add up to 1; C is at least 1
    - returns the cost J; the gradient dJ/dz: the shape of z

    Raises EngineError when a shape differs or p_c is neither 0 nor 1. Source: course 4, week 3.

    >>> y = np.array([[1, 0.5, 0.5, 0.2, 0.3, 1, 0]]).T
    >>> z = np.array([[0, 0.5, 0.5, 0.2, 0.3, 7, 7]]).T
    >>> cost, gradient = localization_log_loss(z, y)
    >>> float(cost / np.log(2))  # one bit for "an object?", one for which of two classes
    2.0
    >>> gradient.ravel()
    array([-0.5,  0. ,  0. ,  0. ,  0. , -0.5,  0.5])
    """
    z, y = _prediction_and_target("z", z, y)
    rows, m = y.shape
    if rows < 6:
        raise EngineError("z", "an array of 5 rows and one for each class", f"an array of shape {z.shape}")
    there = y[0] == 1
    y = np.where(there, y, 0)
    score, box, classes = z[0], z[1:5], z[5:]

    # log(1 + e^z) - z y, in the form that overflows for no z.
    presence = np.maximum(score, 0) - score * y[0] + np.log1p(np.exp(-np.abs(score)))
    difference = np.where(there, box - y[1:5], 0)
    shifted = classes - classes.max(axis=0)
    log_softmax = shifted - np.log(np.sum(np.exp(shifted), axis=0))
    cost = float((presence.sum() + np.sum(difference**2) - np.sum(y[5:] * log_softmax)) / m)

    gradient = np.empty_like(z)
    gradient[0] = sigmoid(score) - y[0]
    gradient[1:5] = 2 * difference
    gradient[5:] = np.where(there, softmax(classes, axis=0) - y[5:], 0)
    gradient /= m
    return cost, gradient


def _prediction_and_target(argument: str, prediction: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    prediction = as_floats(argument, prediction, ("5 + C", "m"))
    # Integer targets must not turn float32 into float64.
    y = as_floats("y", y, prediction.shape).astype(prediction.dtype)
    wrong = ~np.isin(y[0], (0, 1))
    if wrong.any():
        raise EngineError("y", "a target whose first row, p_c, is 0 or 1", f"one that holds {y[0][wrong][0]}")
    return prediction, y
