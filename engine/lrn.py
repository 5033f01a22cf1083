"""Local response normalization, as AlexNet had it (course 4, week 2)."""

from __future__ import annotations

from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats

#: (A, scale, n, alpha, beta), with scale = k + alpha * the sum of squares of the neighbours
LrnCache = tuple[Array, Array, int, float, float]


def lrn(A: ArrayLike, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75) -> tuple[Array, LrnCache]:
    """Divide each number by what its neighbours in the channels sum up to: strong answers damp those beside them.

        scale_c = k + alpha sum over c' of a_c'^2, |c' - c| <= n / 2        out_c = a_c / scale_c^beta

    The neighbours of a pixel are the same pixel in other channels. Later networks found it of little use.

    - A: (m, n_H, n_W, n_C), or any array whose last axis are the channels
    - n: how many channels take part, the one itself in the middle; odd, so that there is a middle
    - k, alpha, beta: at least 0, and k above 0; the defaults are AlexNet's (some frameworks divide alpha by n)
    - returns out: the shape of A; cache: (A, scale, n, alpha, beta)

    Raises EngineError when A has no axis, n is even or a number is out of range. Source: course 4, week 2;
    Krizhevsky, Sutskever and Hinton, 2012.

    >>> out, _ = lrn([[1.0, 2.0, 3.0]], n=3, k=1.0, alpha=1.0, beta=1.0)
    >>> out  # 1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9)
    array([[0.16666667, 0.13333333, 0.21428571]])
    """
    A = as_floats("A", A)
    if A.ndim == 0 or A.size == 0:
        raise EngineError("A", "an array with channels along its last axis", f"of shape {A.shape}")
    if as_count("n", n) % 2 == 0:
        raise EngineError("n", "odd", str(n))
    for name, value, allowed in (("k", k, k > 0), ("alpha", alpha, alpha >= 0), ("beta", beta, beta >= 0)):
        if not allowed:
            raise EngineError(name, "positive" if name == "k" else "at least 0", str(value))
    scale = _sum_of_neighbours(A * A, n)
    scale *= alpha
    scale += k
    out: Array = A * scale**-beta
    return out, (A, scale, n, alpha, beta)


def lrn_backward(dout: ArrayLike, cache: LrnCache) -> Array:
    """The gradient of `lrn`: straight through, and through the sums that the number takes part in.

        g_c = dout_c / scale_c^beta
        dA_c = g_c - 2 alpha beta a_c sum over c' of g_c' a_c' / scale_c', |c' - c| <= n / 2

    - dout: the shape of A; cache: (A, scale, n, alpha, beta)
    - returns dA: the shape of A

    Raises EngineError when the shape differs. Source: derived from the definition of 2012.

    >>> out, cache = lrn([[3.0, 1.0]], n=1, k=1.0, alpha=0.0)
    >>> lrn_backward([[1.0, 1.0]], cache)  # alpha = 0: nothing is normalized
    array([[1., 1.]])
    """
    A, scale, n, alpha, beta = cache
    dout = as_floats("dout", dout, A.shape).astype(A.dtype, copy=False)
    straight = dout * scale**-beta
    sums = _sum_of_neighbours(straight * A / scale, n)
    dA: Array = straight - 2 * alpha * beta * A * sums
    return dA


def _sum_of_neighbours(x: Array, n: int) -> Array:
    """For each channel the sum over the n channels around it; beyond the first and the last there is nothing."""
    reach = n // 2
    n_C = x.shape[-1]
    sums = x.copy()
    for distance in range(1, min(reach, n_C - 1) + 1):
        sums[..., distance:] += x[..., :-distance]
        sums[..., :-distance] += x[..., distance:]
    return sums
