"""The hyperbolic tangent and the leaky ReLU, number by number (course 1, week 3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats, as_number


def tanh_loops(z: ArrayLike) -> Array:
    """The quotient of exponentials for each number, with e raised to powers of 0 or below only.

        tanh(z) = (1 - e^-2z) / (1 + e^-2z)    for z >= 0,    and -tanh(-z) for z < 0

    - z: (n, m)
    - returns a: (n, m)

    Raises EngineError when z is not of rank 2. Source: course 1, week 3.

    >>> tanh_loops([[-1000.0, 0.0, 1000.0]])
    array([[-1.,  0.,  1.]])
    """
    z = as_floats("z", z, ("n", "m"))
    n, m = z.shape
    a = np.zeros_like(z)
    for j in range(n):
        for i in range(m):
            e = math.exp(-2 * abs(z[j, i]))
            size = (1 - e) / (1 + e)
            if z[j, i] >= 0:
                a[j, i] = size
            else:
                a[j, i] = -size
    return a


def leaky_relu_loops(Z: ArrayLike, slope: float = 0.01) -> Array:
    """Each number as it is when positive, else `slope` times it.

    - Z: (n, m); slope: in [0, 1)
    - returns A: (n, m)

    Raises EngineError when Z is not of rank 2 or the slope is outside. Source: course 1, week 3.

    >>> leaky_relu_loops([[-1.0, 0.0, 2.0]])
    array([[-0.01,  0.  ,  2.  ]])
    """
    Z = as_floats("Z", Z, ("n", "m"))
    slope = as_number("slope", slope, "[0, 1)")
    n, m = Z.shape
    A = np.zeros_like(Z)
    for j in range(n):
        for i in range(m):
            if Z[j, i] > 0:
                A[j, i] = Z[j, i]
            else:
                A[j, i] = slope * Z[j, i]
    return A
