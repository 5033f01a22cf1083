"""The localization loss, image by image (course 4, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats


def localization_loss_loops(y_hat: ArrayLike, y: ArrayLike) -> tuple[float, Array]:
    """The squared error of all entries where there is an object, and of p_c alone where there is none.

        J = 1/m sum_i sum_j (yhat_ji - y_ji)^2        over j = 1 only when y_1i = 0

    - y_hat, y: (5 + C, m); the first row of y is p_c, 0 or 1
    - returns the cost J; the gradient dJ/dyhat: (5 + C, m)

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> localization_loss_loops([[0.5], [9.0]], [[0], [0]])
    (0.25, array([[1.],
           [0.]]))
    """
    y_hat = as_floats("y_hat", y_hat, ("5 + C", "m"))
    y = as_floats("y", y, y_hat.shape)
    rows, m = y.shape
    J = 0.0
    gradient = np.zeros_like(y_hat)
    for i in range(m):
        entries = rows if y[0, i] == 1 else 1
        for j in range(entries):
            difference = y_hat[j, i] - y[j, i]
            J += difference**2 / m
            gradient[j, i] = 2 * difference / m
    return float(J), gradient
