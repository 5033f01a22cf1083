"""The triplet loss, triplet by triplet (course 4, week 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_floats


def triplet_gradients_loops(
    A: ArrayLike, P: ArrayLike, N: ArrayLike, alpha: float = 0.2
) -> tuple[float, tuple[Array, Array, Array]]:
    """The triplet loss and its gradients: only a triplet with a positive loss adds to them.

        L = ||a - p||^2 - ||a - n||^2 + alpha
        da = 2 (n - p)        dp = 2 (p - a)        dn = 2 (a - n)        when L > 0

    - A, P, N: (m, d); alpha: the margin
    - returns J: a float; (dA, dP, dN): (m, d) each

    Raises EngineError when a shape differs. Source: course 4, week 4.

    >>> loss, (dA, dP, dN) = triplet_gradients_loops([[0.0, 0.0]], [[0.3, 0.4]], [[0.0, 0.6]])
    >>> dA
    array([[-0.6,  0.4]])
    """
    A = as_floats("A", A, ("m", "d"))
    P = as_floats("P", P, A.shape)
    N = as_floats("N", N, A.shape)
    m, d = A.shape
    J = 0.0
    dA = np.zeros_like(A)
    dP = np.zeros_like(P)
    dN = np.zeros_like(N)
    for i in range(m):
        positive = 0.0
        negative = 0.0
        for k in range(d):
            positive += (A[i, k] - P[i, k]) ** 2
            negative += (A[i, k] - N[i, k]) ** 2
        L = positive - negative + alpha
        if L > 0:
            J += L
            dA[i] = 2 * (N[i] - P[i])
            dP[i] = 2 * (P[i] - A[i])
            dN[i] = 2 * (A[i] - N[i])
    return float(J), (dA, dP, dN)


def mine_semi_hard_loops(E: ArrayLike, labels: ArrayLike, alpha: float = 0.2) -> Array:
    """All triplets whose negative is farther than the positive, but not by the margin.

        d(a, p) < d(a, n) < d(a, p) + alpha        squared distances

    - E: (m, d), encodings; labels: (m,), who is on each picture; alpha: the margin
    - returns: (T, 3), rows (a, p, n) in rising order

    Raises EngineError when a shape differs. Source: course 4, week 4; Schroff et al., "FaceNet", 2015.

    >>> mine_semi_hard_loops([[0.0], [1.0], [1.05], [4.0]], [0, 0, 1, 1])
    array([[0, 1, 2]])
    """
    E = as_floats("E", E, ("m", "d"))
    labels = as_array("labels", labels, E.shape[:1])
    m = len(E)
    triplets = []
    for a in range(m):
        for p in range(m):
            if p == a or labels[p] != labels[a]:
                continue
            for n in range(m):
                if labels[n] == labels[a]:
                    continue
                d_ap = np.sum((E[p] - E[a]) ** 2)
                d_an = np.sum((E[n] - E[a]) ** 2)
                if d_ap < d_an < d_ap + alpha:
                    triplets.append((a, p, n))
    return np.array(triplets, dtype=np.intp).reshape(-1, 3)
