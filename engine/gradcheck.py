"""Gradients by finite differences, to check the ones that are derived by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats


def directional_derivative(J: Callable[[Array], float], x: ArrayLike, v: ArrayLike, h: float = 1e-5) -> float:
    """The slope of J at x along v, by a central difference; for the right gradient it equals <grad J, v>.

        (J(x + h v) - J(x - h v)) / (2 h)

    One direction costs two evaluations of J, whatever the size of x, and a wrong entry of the gradient shows
    in almost every direction. The error shrinks with h^2, that of a one-sided difference only with h.

    - J: takes an array of the shape of x and returns a number
    - x, v: any one shape; the point and the direction
    - h: the step

    Raises EngineError when the shapes of x and v differ or h is not positive. Source: course 2, week 1.

    >>> J = lambda x: float(np.sum(x**3))
    >>> round(directional_derivative(J, [1.0, 2.0], [1.0, 0.0]), 6)
    3.0
    """
    x = as_floats("x", x)
    v = as_floats("v", v, x.shape)
    if not h > 0:
        raise EngineError("h", "positive", str(h))
    return (J(x + h * v) - J(x - h * v)) / (2 * h)


def numerical_gradient(J: Callable[[Array], float], x: ArrayLike, h: float = 1e-5) -> Array:
    """The whole gradient of J at x: the slope along each axis, one entry at a time.

    - J: takes an array of the shape of x and returns a number
    - x: any shape
    - returns: the shape of x

    Raises EngineError when x does not hold real numbers. Source: course 2, week 1.

    >>> numerical_gradient(lambda x: float(np.sum(x**2)), [[1.0, -2.0]]).round(6)
    array([[ 2., -4.]])
    """
    x = as_floats("x", x)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        axis = np.zeros_like(x)
        axis[index] = 1
        gradient[index] = directional_derivative(J, x, axis, h)
    return gradient


def relative_error(gradient: ArrayLike, approximation: ArrayLike) -> float:
    """How far two gradients differ, relative to their lengths.

        ||gradient - approximation|| / (||gradient|| + ||approximation||)

    - gradient, approximation: any one shape
    - returns: a float in [0, 1]; 0 when both are zero

    Raises EngineError when the shapes differ. Source: course 2, week 1.

    >>> relative_error([3.0, 4.0], [3.0, 4.0]), relative_error([1.0, 0.0], [-1.0, 0.0])
    (0.0, 1.0)
    """
    gradient = as_floats("gradient", gradient)
    approximation = as_floats("approximation", approximation, gradient.shape)
    difference = np.linalg.norm(gradient - approximation)
    length = np.linalg.norm(gradient) + np.linalg.norm(approximation)
    return float(difference / length) if length > 0 else 0.0
