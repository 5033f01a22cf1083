"""The triplet loss: pull pictures of one person together and push those of others away (course 4, week 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_choice, as_floats, as_number


def triplet_loss(y_true: object, y_pred: Sequence[ArrayLike], alpha: float = 0.2) -> float:
    """How far triplets are from having the negative farther away than the positive, by a margin.

        L_i = max(||A_i - P_i||^2 - ||A_i - N_i||^2 + alpha, 0)        J = sum_i L_i

    Without the margin, encoding all pictures as the same vector would cost nothing.

    - y_true: not used; a Keras loss takes it first
    - y_pred: [anchor, positive, negative], each (m, d), encodings; alpha: the margin, from 0 up
    - returns: the cost J, a float

    Raises EngineError when a shape differs or alpha is negative. Source: course 4, week 4.

    >>> anchor, positive, negative = [[0.0, 0.0]], [[0.3, 0.4]], [[0.0, 0.6]]
    >>> round(triplet_loss(None, [anchor, positive, negative]), 4)  # 0.25 - 0.36 + 0.2
    0.09
    """
    if len(y_pred) != 3:
        raise EngineError("y_pred", "[anchor, positive, negative]", f"a list of {len(y_pred)}")
    alpha = as_number("alpha", alpha, "[0, inf)")
    A, P, N = _encodings(y_pred[0], y_pred[1], y_pred[2])
    pos_dist = np.sum((A - P) ** 2, axis=1)
    neg_dist = np.sum((A - N) ** 2, axis=1)
    losses = np.maximum(pos_dist - neg_dist + alpha, 0)
    return float(np.sum(losses))


def triplet_gradients(
    A: ArrayLike, P: ArrayLike, N: ArrayLike, alpha: float = 0.2
) -> tuple[float, tuple[Array, Array, Array]]:
    """The triplet loss and its gradients with respect to the encodings.

        dA = 2 (N - P)        dP = 2 (P - A)        dN = 2 (A - N)        where L_i > 0, else 0

    The maximum comes before the sum: a triplet that is right by more than the margin makes up for no other one.

    - A, P, N: (m, d), encodings of anchors, positives and negatives; alpha: the margin, from 0 up
    - returns J: the sum of the losses, a float; (dA, dP, dN): (m, d) each

    Raises EngineError when a shape differs or alpha is negative. Source: course 4, week 4.

    >>> A, P, N = [[0.0, 0.0], [0, 0]], [[0.3, 0.4], [0.3, 0.4]], [[0.0, 0.6], [5, 5]]
    >>> loss, (dA, dP, dN) = triplet_gradients(A, P, N)
    >>> dA  # the second negative is far away
    array([[-0.6,  0.4],
           [ 0. ,  0. ]])
    """
    alpha = as_number("alpha", alpha, "[0, inf)")
    A, P, N = _encodings(A, P, N)
    losses = np.sum((A - P) ** 2, axis=1) - np.sum((A - N) ** 2, axis=1) + alpha
    active = losses[:, np.newaxis] > 0
    J = float(np.sum(np.maximum(losses, 0)))
    return J, (2 * (N - P) * active, 2 * (P - A) * active, 2 * (A - N) * active)


def mine_triplets(E: ArrayLike, labels: ArrayLike, alpha: float = 0.2, mode: str = "semi-hard") -> Array:
    """Triplets worth learning from: chosen at random, most are right already and have no gradient.

    With squared distances d, and p always another picture of the person a:

        all         every a, p, n
        hard        d(a, n) <= d(a, p)                        the negative is nearer than the positive
        semi-hard   d(a, p) < d(a, n) < d(a, p) + alpha       the negative is farther, but not by the margin
        batch-hard  one triplet for each a: the farthest p and the nearest n

    "hard" and "semi-hard" are together the triplets with a positive loss.

    - E: (m, d), encodings; labels: (m,), who is on each picture; alpha: the margin, from 0 up
    - mode: one of the four
    - returns: (T, 3), rows (a, p, n) in rising order; T may be 0

    Raises EngineError when a shape differs, alpha is negative or the mode is unknown. Source: course 4, week 4;
    "semi-hard" is from Schroff et al., "FaceNet", 2015, "batch-hard" from Hermans et al., 2017.

    >>> E, labels = [[0.0], [1.0], [1.05], [4.0]], [0, 0, 1, 1]
    >>> mine_triplets(E, labels)  # 1 < 1.05^2 < 1 + 0.2
    array([[0, 1, 2]])
    >>> mine_triplets(E, labels, mode="batch-hard")
    array([[0, 1, 2],
           [1, 0, 2],
           [2, 3, 1],
           [3, 2, 1]])
    """
    as_choice("mode", mode, ("all", "hard", "semi-hard", "batch-hard"))
    E = as_floats("E", E, ("m", "d"))
    labels = as_array("labels", labels, E.shape[:1])
    alpha = as_number("alpha", alpha, "[0, inf)")
    triplets = []
    for a in range(len(E)):
        same = labels == labels[a]
        negatives = np.flatnonzero(~same)
        # The anchor is no positive of its own.
        same[a] = False
        positives = np.flatnonzero(same)
        if not (positives.size and negatives.size):
            continue
        d = np.sum((E - E[a]) ** 2, axis=1)
        d_ap, d_an = d[positives, np.newaxis], d[negatives]
        if mode == "batch-hard":
            chosen = np.array([[np.argmax(d_ap), np.argmin(d_an)]])
        elif mode == "hard":
            chosen = np.argwhere(d_an <= d_ap)
        elif mode == "semi-hard":
            chosen = np.argwhere((d_ap < d_an) & (d_an < d_ap + alpha))
        else:
            chosen = np.argwhere(np.ones((len(positives), len(negatives)), bool))
        rows = np.empty((len(chosen), 3), np.intp)
        rows[:, 0] = a
        rows[:, 1] = positives[chosen[:, 0]]
        rows[:, 2] = negatives[chosen[:, 1]]
        triplets.append(rows)
    return np.concatenate(triplets) if triplets else np.empty((0, 3), np.intp)


def _encodings(A: ArrayLike, P: ArrayLike, N: ArrayLike) -> tuple[Array, Array, Array]:
    A = as_floats("A", A, ("m", "d"))
    return A, as_floats("P", P, A.shape), as_floats("N", N, A.shape)
