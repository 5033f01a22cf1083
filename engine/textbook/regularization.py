"""The L2 penalty weight by weight, and dropout unit by unit (course 2, week 1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from engine.dnn_shapes import layers_of
from engine.errors import Array, as_count, as_floats, as_number


def l2_penalty_loops(parameters: Mapping[str, ArrayLike], lambd: float, m: int) -> float:
    """What the penalty adds to the cost: the squares of all weights, none of the biases.

        lambda/(2m) sum_l sum_ij (w_ij^[l])^2

    - parameters: W1, b1, ..., WL, bL; lambd: lambda, 0 or above; m: number of examples
    - returns: a float

    Raises EngineError when a shape differs or lambd is negative. Source: course 2, week 1.

    >>> l2_penalty_loops({"W1": [[3.0, 4.0]], "b1": [[100.0]]}, lambd=0.4, m=2)
    2.5
    """
    lambd = as_number("lambd", lambd, "[0, inf)")
    as_count("m", m)
    squares = 0.0
    for W, _ in layers_of(parameters):
        n, n_prev = W.shape
        for i in range(n):
            for j in range(n_prev):
                squares += float(W[i, j]) ** 2
    return lambd / (2 * m) * squares


def dropout_forward_loops(
    A: ArrayLike, keep_prob: float, rng: np.random.Generator | int | None = None
) -> tuple[Array, tuple[Array, float]]:
    """For each unit of each example a coin: keep it and scale it up, or set it to 0.

    - A: (n, m); keep_prob: in (0, 1]; rng: a Generator or a seed
    - returns A_dropped: (n, m); cache: (D, keep_prob), D of 0 and 1

    Raises EngineError when A is not of rank 2 or keep_prob is outside. Source: course 2, week 1.

    >>> dropout_forward_loops([[1.0] * 6], 0.5, rng=0)[0]
    array([[0., 2., 2., 2., 0., 0.]])
    """
    A = as_floats("A", A, ("n", "m"))
    keep_prob = as_number("keep_prob", keep_prob, "(0, 1]")
    rng = np.random.default_rng(rng)
    n, m = A.shape
    A_dropped = np.zeros_like(A)
    D = np.zeros_like(A)
    for j in range(n):
        for i in range(m):
            if rng.random() < keep_prob:
                D[j, i] = 1
                A_dropped[j, i] = A[j, i] / keep_prob
    return A_dropped, (D, keep_prob)


def dropout_backward_loops(dA_dropped: ArrayLike, cache: tuple[Array, float]) -> Array:
    """The gradient of the units that were kept, scaled as they were; 0 for the others.

    - dA_dropped: (n, m); cache: (D, keep_prob)
    - returns dA: (n, m)

    Raises EngineError when a shape differs. Source: course 2, week 1.

    >>> dropout_backward_loops([[3.0, 3.0]], (np.array([[0.0, 1.0]]), 0.75))
    array([[0., 4.]])
    """
    D, keep_prob = cache
    n, m = D.shape
    dA_dropped = as_floats("dA_dropped", dA_dropped, (n, m))
    dA = np.zeros_like(dA_dropped)
    for j in range(n):
        for i in range(m):
            if D[j, i] == 1:
                dA[j, i] = dA_dropped[j, i] / keep_prob
    return dA
