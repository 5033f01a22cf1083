"""Minimum, maximum or saddle: what the curvatures say where the gradient is zero (course 2, week 2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import EngineError, as_count, as_floats
from engine.optimizers import Optimizer


def classify_critical_point(H: ArrayLike, tol: float = 1e-10) -> str:
    """The kind of a point of zero gradient, from the signs of the eigenvalues of the Hessian.

        all above 0: "min"      all below 0: "max"      both signs: "saddle"
        some 0 and the rest of one sign: "degenerate", where second derivatives do not decide

    In many dimensions all signs alike are rare, about 2^-n for independent ones: nearly all flat points of a
    network's cost are saddles.

    - H: (n, n), symmetric; tol: an eigenvalue counts as 0 when it is at most tol times the largest one
    - returns: one of the four words

    Raises EngineError when H is not square or not symmetric. Source: course 2, week 2.

    >>> classify_critical_point([[2, 0], [0, -2]])  # of x^2 - y^2
    'saddle'
    >>> classify_critical_point([[2, 0], [0, 0]])  # x^2 + y^4 has a minimum, x^2 + y^3 has none
    'degenerate'
    """
    H = as_floats("H", H, ("n", "n"))
    if H.shape[0] != H.shape[1]:
        raise EngineError("H", "a square matrix", f"of shape {H.shape}")
    if not np.allclose(H, H.T, rtol=1e-8, atol=1e-12 * float(np.max(np.abs(H)))):
        raise EngineError("H", "symmetric", "not equal to its transpose")
    # Hessians from finite differences are symmetric up to rounding only; `eigvalsh` reads one half of H.
    curvatures = np.linalg.eigvalsh((H + H.T) / 2)
    zero = tol * float(np.max(np.abs(curvatures)))
    up, down = bool(np.any(curvatures > zero)), bool(np.any(curvatures < -zero))
    if up and down:
        return "saddle"
    if np.any(np.abs(curvatures) <= zero):
        return "degenerate"
    return "min" if up else "max"


def saddle_escape_time(optimizer: Optimizer, max_steps: int, start: float = 1e-3) -> int:
    """How many steps an optimizer needs to leave the saddle of x^2 - y^2.

        gradient (2x, -2y), from (1, start), until |y| > 1

    Exactly on the ridge, start = 0, the slope along y is zero and nobody ever leaves.

    - optimizer: a new one; max_steps: from 1 up; start: the first y
    - returns: the number of steps; max_steps when |y| is still at most 1 then

    Raises EngineError when max_steps is below 1. Source: course 2, week 2.

    >>> from engine.optimizers import SGD, Adam
    >>> saddle_escape_time(SGD(0.1), 1000), saddle_escape_time(Adam(0.1), 1000)
    (38, 11)
    """
    as_count("max_steps", max_steps)
    point = np.array([1.0, start])
    for step in range(1, max_steps + 1):
        optimizer.step({"point": point}, {"point": np.array([2.0, -2.0]) * point})
        if abs(point[1]) > 1:
            return step
    return max_steps
