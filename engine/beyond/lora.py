"""Low-rank adaptation: a large matrix stays as it is, and a thin product beside it learns."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_count, as_floats, as_number

#: (x, u, W, A, B, alpha) with u = x A^T
LoRACache = tuple[Array, Array, Array, Array, Array, float]


def initialize_lora(
    d_in: int, d_out: int, r: int, rng: np.random.Generator | int | None = None, dtype: type = np.float64
) -> tuple[Array, Array]:
    """A is random and B is 0, so that training starts from the model as it is.

    Were both 0, both gradients would be 0 for ever: dA needs B and dB needs A.

    - d_in, d_out: the sizes of W (d_out, d_in); r: the rank; rng: a Generator or a seed; dtype: of the result
    - returns A: (r, d_in), of variance 1 / d_in; B: (d_out, r), zeros; together r (d_in + d_out) numbers

    Raises EngineError when a size is below 1. Source: Hu et al. (2022).

    >>> A, B = initialize_lora(1000, 500, r=4, rng=0)
    >>> A.size + B.size, 1000 * 500
    (6000, 500000)
    """
    for name, size in (("d_in", d_in), ("d_out", d_out), ("r", r)):
        as_count(name, size)
    A = np.random.default_rng(rng).normal(scale=1 / np.sqrt(d_in), size=(r, d_in))
    return A.astype(dtype), np.zeros((d_out, r), dtype)


def lora_forward(x: ArrayLike, W: ArrayLike, A: ArrayLike, B: ArrayLike, alpha: float) -> tuple[Array, LoRACache]:
    """A linear layer with a low-rank correction.

        W' = W + alpha / r B A        y = x W'^T = x W^T + alpha / r (x A^T) B^T

    W' is not formed: two thin products cost r (d_in + d_out) for each row. The factor alpha / r keeps the learning
    rate when the rank is changed.

    - x: (..., d_in); W: (d_out, d_in), frozen; A: (r, d_in); B: (d_out, r); alpha: a number
    - returns y: (..., d_out); cache: (x, x A^T, W, A, B, alpha)

    Raises EngineError when a shape differs. Source: Hu et al. (2022).

    >>> y, _ = lora_forward([[1.0, 2.0]], W=[[1.0, 0.0]], A=[[0.0, 1.0]], B=[[3.0]], alpha=2.0)
    >>> y  # 1, and 2 * 3 * 2
    array([[13.]])
    """
    W, A, B, alpha = _matrices(W, A, B, alpha)
    x = as_floats("x", x)
    x = as_floats("x", x, (*x.shape[:-1], W.shape[1]))
    u = x @ A.T
    y: Array = x @ W.T
    y += u @ B.T * (alpha / len(A))
    return y, (x, u, W, A, B, alpha)


def lora_backward(dy: ArrayLike, cache: LoRACache) -> tuple[Array, Array, Array]:
    """The gradients for the input and the two thin matrices; W is frozen and gets none.

        du = alpha / r dy B        dA = du^T x        dB = alpha / r dy^T u        dx = dy W + du A

    - dy: (..., d_out); cache: of `lora_forward`
    - returns dx: (..., d_in); dA: (r, d_in); dB: (d_out, r)

    Raises EngineError when dy has another shape than y. Source: Hu et al. (2022).

    >>> _, cache = lora_forward([[1.0, 2.0]], W=[[1.0, 0.0]], A=[[0.0, 1.0]], B=[[0.0]], alpha=2.0)
    >>> dx, dA, dB = lora_backward([[1.0]], cache)
    >>> dA, dB  # at the start only B learns
    (array([[0., 0.]]), array([[4.]]))
    """
    x, u, W, A, B, alpha = cache
    dy = as_floats("dy", dy, (*x.shape[:-1], len(W)))
    scaled = dy * (alpha / len(A))
    du = scaled @ B
    dA = du.reshape(-1, len(A)).T @ x.reshape(-1, x.shape[-1])
    dB = scaled.reshape(-1, len(W)).T @ u.reshape(-1, len(A))
    dx: Array = dy @ W
    dx += du @ A
    return dx, dA, dB


def lora_merge(W: ArrayLike, A: ArrayLike, B: ArrayLike, alpha: float) -> Array:
    """One matrix that does the same: after training the correction costs nothing.

        W' = W + alpha / r B A

    - W: (d_out, d_in); A: (r, d_in); B: (d_out, r); alpha: a number
    - returns W': (d_out, d_in), a new array

    Raises EngineError when a shape differs. Source: Hu et al. (2022).

    >>> lora_merge([[1.0, 0.0]], A=[[0.0, 1.0]], B=[[3.0]], alpha=2.0)
    array([[1., 6.]])
    """
    W, A, B, alpha = _matrices(W, A, B, alpha)
    merged: Array = W + B @ A * (alpha / len(A))
    return merged


def _matrices(W: ArrayLike, A: ArrayLike, B: ArrayLike, alpha: float) -> tuple[Array, Array, Array, float]:
    W = as_floats("W", W, ("d_out", "d_in"))
    A = as_floats("A", A, ("r", W.shape[1]))
    B = as_floats("B", B, (W.shape[0], A.shape[0]))
    return W, A, B, as_number("alpha", alpha, "(-inf, inf)")
