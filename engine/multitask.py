"""One network for several yes-or-no questions at once, some answers missing (course 3, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats


def multitask_cost(A: ArrayLike, Y: ArrayLike) -> tuple[float, Array]:
    """The cost of K sigmoid outputs over the labels that there are, and the gradient with respect to the scores.

        J = 1/m sum_i sum_j 1[y_ji is known] L(a_ji, y_ji)        dZ = 1/m 1[known] (A - Y)

    The labels of a picture do not exclude each other, so each output has its own sigmoid; a softmax would make them
    compete. Other than in the rest of the courses, dZ holds the 1/m already: do not divide by m again.

    - A: (K, m), sigmoid outputs; Y: (K, m), labels 0 or 1, NaN where unknown
    - returns cost: a float; dZ: (K, m), 0 where the label is unknown

    Raises EngineError when the shapes differ. Source: course 3, week 2.

    >>> cost, dZ = multitask_cost([[0.5, 0.5], [0.9, 0.5]], [[1, np.nan], [1, 0]])
    >>> round(cost, 4), dZ  # (2 log 2 - log 0.9) / 2
    (0.7458, array([[-0.25,  0.  ],
           [-0.05,  0.25]]))
    """
    A = as_floats("A", A, ("K", "m"))
    Y = as_floats("Y", Y, A.shape).astype(A.dtype, copy=False)
    m = A.shape[1]
    known = ~np.isnan(Y)
    # NaN times 0 is NaN: an unknown label must be replaced, not multiplied away.
    y = np.where(known, Y, A)
    tiny = np.finfo(A.dtype).tiny
    losses = -(y * np.log(np.maximum(A, tiny)) + (1 - y) * np.log(np.maximum(1 - A, tiny)))
    cost = float(np.sum(losses[known]) / m)
    dZ: Array = (A - y) / m
    return cost, dZ
