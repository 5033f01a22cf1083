"""Patches, pairs and noise, with loops."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_floats


def patchify_loops(img: ArrayLike, P: int) -> Array:
    """Cut out one square after the other and unroll it.

        patches[i, r W/P + c] = img[i, r P : (r + 1) P, c P : (c + 1) P] as a vector

    - img: (m, H, W, C); P: the side of a patch, which divides H and W
    - returns patches: (m, N, P P C)

    Raises EngineError when the rank differs. Source: Dosovitskiy et al. (2021).

    >>> patchify_loops(np.arange(8).reshape(1, 2, 4, 1), 2)[0]
    array([[0, 1, 4, 5],
           [2, 3, 6, 7]])
    """
    img = as_array("img", img, ("m", "H", "W", "C"))
    m, H, W, _ = img.shape
    patches = []
    for i in range(m):
        of_image = []
        for row in range(H // P):
            for column in range(W // P):
                square = img[i, row * P : (row + 1) * P, column * P : (column + 1) * P]
                of_image.append(square.ravel())
        patches.append(of_image)
    return np.array(patches)


def info_nce_loops(U: ArrayLike, V: ArrayLike, tau: float = 0.07) -> tuple[float, Array, Array]:
    """Row by row of U: how likely is it to choose its own row of V?

        L = -1/m sum_i log (e^(s_ii) / sum_j e^(s_ij))        s_ij = U_i . V_j / tau

    - U, V: (m, d); tau: above 0
    - returns loss: a float; dU, dV: (m, d)

    Raises EngineError when the shapes differ. Source: van den Oord, Li and Vinyals (2018).

    >>> round(info_nce_loops([[1.0], [2.0]], [[0.0], [0.0]])[0], 4)  # log 2
    0.6931
    """
    U = as_floats("U", U, ("m", "d"))
    V = as_floats("V", V, U.shape)
    m = len(U)
    loss = 0.0
    dU, dV = np.zeros_like(U), np.zeros_like(V)
    for i in range(m):
        s = [float(U[i] @ V[j]) / tau for j in range(m)]
        top = max(s)
        total = sum(math.exp(s[j] - top) for j in range(m))
        loss -= (s[i] - top - math.log(total)) / m
        for j in range(m):
            probability = math.exp(s[j] - top) / total
            ds = (probability - (1 if i == j else 0)) / m
            dU[i] += ds * V[j] / tau
            dV[j] += ds * U[i] / tau
    return float(loss), dU, dV


def noise_step_by_step(x0: ArrayLike, betas: ArrayLike, rng: np.random.Generator | int | None = None) -> Array:
    """Mix noise in, step after step: what `engine.beyond.diffusion.q_sample` does at once.

        x := sqrt(1 - beta_t) x + sqrt(beta_t) z        t = 0 ... T - 1

    - x0: any shape; betas: (T,), in (0, 1); rng: a Generator or a seed
    - returns x after the last step: the shape of x0

    Raises EngineError when betas is not of rank 1. Source: Ho, Jain and Abbeel (2020).

    >>> x = noise_step_by_step(np.full(10000, 5.0), [0.5, 0.5], rng=0)
    >>> abs(x.mean() - 2.5) < 0.05, abs(x.var() - 0.75) < 0.05  # half of 5 is left, and 3/4 of the variance is noise
    (np.True_, np.True_)
    """
    x = as_floats("x0", x0)
    rng = np.random.default_rng(rng)
    for beta in as_floats("betas", betas, ("T",)):
        z = rng.normal(size=x.shape)
        x = math.sqrt(1 - beta) * x + math.sqrt(beta) * z
    return x
