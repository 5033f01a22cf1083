"""The style of an image and its gradient, sum by sum (course 4, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats


def gram_matrix_loops(a: ArrayLike) -> Array:
    """How often two channels are active at the same place, summed over all places.

        G_kk' = sum_i sum_j a_ijk a_ijk'

    - a: (n_H, n_W, n_C), an activation
    - returns G: (n_C, n_C)

    Raises EngineError when a is not of rank 3. Source: course 4, week 4.

    >>> gram_matrix_loops([[[1, 0], [0, 3], [2, 1]]])
    array([[ 5.,  2.],
           [ 2., 10.]])
    """
    a = as_floats("a", a, ("n_H", "n_W", "n_C"))
    n_H, n_W, n_C = a.shape
    G = np.zeros((n_C, n_C), dtype=a.dtype)
    for k in range(n_C):
        for other in range(n_C):
            for i in range(n_H):
                for j in range(n_W):
                    G[k, other] += a[i, j, k] * a[i, j, other]
    return G


def content_gradient_loops(a_C: ArrayLike, a_G: ArrayLike) -> tuple[float, Array]:
    """The content cost of the assignment and its gradient, entry by entry.

        J = 1 / (4 n) sum (a_C - a_G)^2        dJ/da_G = 1 / (2 n) (a_G - a_C)        n = n_H n_W n_C

    - a_C, a_G: (n_H, n_W, n_C)
    - returns the cost, a float; the gradient: (n_H, n_W, n_C)

    Raises EngineError when a shape differs. Source: course 4, week 4.

    >>> content_gradient_loops([[[1, 2]]], [[[1, 4]]])
    (0.5, array([[[0. , 0.5]]]))
    """
    a_C = as_floats("a_C", a_C, ("n_H", "n_W", "n_C"))
    a_G = as_floats("a_G", a_G, a_C.shape)
    n_H, n_W, n_C = a_C.shape
    n = n_H * n_W * n_C
    J = 0.0
    gradient = np.zeros_like(a_G)
    for i in range(n_H):
        for j in range(n_W):
            for k in range(n_C):
                difference = a_G[i, j, k] - a_C[i, j, k]
                J += difference**2 / (4 * n)
                gradient[i, j, k] = difference / (2 * n)
    return float(J), gradient


def layer_style_gradient_loops(a_S: ArrayLike, a_G: ArrayLike) -> tuple[float, Array]:
    """The style cost of a layer and its gradient, entry by entry.

        J = 1 / (4 n^2) sum_(k, k') D_kk'^2                     D = G(G) - G(S),  n = n_H n_W n_C
        dJ/da_ijk = 1 / n^2 sum_k' D_kk' a_ijk'

    - a_S, a_G: (n_H, n_W, n_C)
    - returns the cost, a float; the gradient: (n_H, n_W, n_C)

    Raises EngineError when a shape differs. Source: course 4, week 4.

    >>> layer_style_gradient_loops([[[2, 0]]], [[[1, 0]]])
    (0.5625, array([[[-0.75,  0.  ]]]))
    """
    a_S = as_floats("a_S", a_S, ("n_H", "n_W", "n_C"))
    a_G = as_floats("a_G", a_G, a_S.shape)
    n_H, n_W, n_C = a_G.shape
    n = n_H * n_W * n_C
    D = gram_matrix_loops(a_G) - gram_matrix_loops(a_S)
    J = 0.0
    for k in range(n_C):
        for other in range(n_C):
            J += D[k, other] ** 2
    J /= 4 * n**2
    gradient = np.zeros_like(a_G)
    for i in range(n_H):
        for j in range(n_W):
            for k in range(n_C):
                for other in range(n_C):
                    gradient[i, j, k] += D[k, other] * a_G[i, j, other]
    gradient /= n**2
    return float(J), gradient
