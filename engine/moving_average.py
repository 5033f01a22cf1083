"""Exponentially weighted averages, the memory of momentum and Adam (course 2, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats, as_number


def ewa(theta: ArrayLike, beta: float, bias_correction: bool = False) -> Array:
    """The running average that forgets: each new value enters with weight 1 - beta.

        v_t = beta v_(t-1) + (1 - beta) theta_t,    v_0 = 0
        corrected:  v_t / (1 - beta^t)

    v starts at 0 and so is too small at first. The correction is for what is shown or used; the next v comes
    from the uncorrected one.

    - theta: (T,), the values in time; beta: in [0, 1)
    - bias_correction: divide by 1 - beta^t, with t = 1 for the first value
    - returns v: (T,)

    Raises EngineError when theta is not a vector or beta is outside. Source: course 2, week 2.

    >>> ewa([8, 8, 8], 0.5)
    array([4., 6., 7.])
    >>> ewa([8, 8, 8], 0.5, bias_correction=True)
    array([8., 8., 8.])
    """
    theta = as_floats("theta", theta, ("T",))
    beta = as_number("beta", beta, "[0, 1)")
    v = np.zeros_like(theta)
    average = theta.dtype.type(0)
    for t, value in enumerate(theta):
        average = beta * average + (1 - beta) * value
        v[t] = average
    if bias_correction:
        # In float64: for beta near 1 the difference loses digits.
        v /= (1 - beta ** np.arange(1, theta.size + 1)).astype(theta.dtype)
    return v


def ewa_window(beta: float) -> int:
    """The number of steps after which a value counts for less than 1/e of its first weight.

        the smallest k with beta^k < 1/e,    about 1 / (1 - beta)

    - beta: in [0, 1)
    - returns k: an integer, from 1 up

    Raises EngineError when beta is outside. Source: course 2, week 2.

    >>> [ewa_window(beta) for beta in (0.5, 0.9, 0.98)]
    [2, 10, 50]
    """
    beta = as_number("beta", beta, "[0, 1)")
    if beta == 0:
        return 1
    # beta^k = 1/e at k = -1 / log(beta); the next whole number is past it.
    return int(np.floor(-1 / np.log(beta))) + 1
