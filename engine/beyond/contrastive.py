"""Learning from pairs: what belongs together should match better than all else in the batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import normalize_rows
from engine.errors import Array, as_floats, as_number


def info_nce(U: ArrayLike, V: ArrayLike, tau: float = 0.07) -> tuple[float, Array, Array]:
    """Each row of U should choose its own row of V among all of them: a classification with m classes.

        s = U V^T / tau        L = -1/m sum_i log (e^(s_ii) / sum_j e^(s_ij))
        ds = (softmax of rows - identity) / m        dU = ds V / tau        dV = ds^T U / tau

    The other rows of the batch are the negatives: they come for free, and a larger batch is a harder task.

    - U, V: (m, d), with rows of length 1 as a rule, as from `engine.basics.normalize_rows`; row i belongs to row i
    - tau: the temperature, above 0; the smaller, the more the hardest negatives count
    - returns loss: a float; dU, dV: (m, d)

    Raises EngineError when the shapes differ or tau is not positive. Source: van den Oord, Li and Vinyals (2018).

    >>> loss, dU, dV = info_nce([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]], tau=1.0)
    >>> round(loss, 4)  # both rows of V are alike: log 2
    0.6931
    """
    U = as_floats("U", U, ("m", "d"))
    V = as_floats("V", V, U.shape)
    tau = as_number("tau", tau, "(0, inf)")
    loss, ds = _choose_own(U @ V.T / tau)
    return loss, ds @ V / tau, ds.T @ U / tau


def clip_loss(I: ArrayLike, T: ArrayLike, log_scale: float) -> tuple[float, Array, Array, float]:  # noqa: E741
    """Images choose their texts and texts their images, by the cosine of raw embeddings.

        U = I / ||I||        V = T / ||T||        s = e^log_scale U V^T
        L = (L_rows(s) + L_columns(s)) / 2        ds = (softmax of rows + softmax of columns - 2 identity) / (2 m)
        dlog_scale = sum ds * s        dI = (dU - U (U . dU)) / ||I||, row by row, and dT alike

    e^log_scale is 1 / tau, learned; the logarithm keeps it positive. The normalization comes before the product:
    only directions count, and dI stands at right angles to I.

    - I, T: (m, d), of images and texts, row i belongs to row i; log_scale: a number
    - returns loss: a float; dI, dT: (m, d); dlog_scale: a float

    Raises EngineError when the shapes differ. Source: Radford et al. (2021).

    >>> loss, dI, dT, dlog_scale = clip_loss([[3.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]], 0.0)
    >>> round(loss, 4), dI.round(3)  # the texts are alike: log 2; turning the images apart would not help
    (0.6931, array([[0., 0.],
           [0., 0.]]))
    """
    I = as_floats("I", I, ("m", "d"))  # noqa: E741
    T = as_floats("T", T, I.shape)
    scale = float(np.exp(as_number("log_scale", log_scale, "(-inf, inf)")))
    U, V = normalize_rows(I), normalize_rows(T)
    s = scale * (U @ V.T)
    loss_of_images, ds = _choose_own(s)
    loss_of_texts, ds_of_texts = _choose_own(s.T)
    ds = (ds + ds_of_texts.T) / 2
    dI = _through_normalization(scale * (ds @ V), U, I)
    dT = _through_normalization(scale * (ds.T @ U), V, T)
    return (loss_of_images + loss_of_texts) / 2, dI, dT, float(np.vdot(ds, s))


def _choose_own(s: Array) -> tuple[float, Array]:
    """The mean cross-entropy of the rows, whose right class is the diagonal, and its gradient."""
    m = len(s)
    shifted = s - s.max(axis=1, keepdims=True)
    right = np.diagonal(shifted).copy()
    probabilities = np.exp(shifted)
    total = probabilities.sum(axis=1, keepdims=True)
    loss = float(np.mean(np.log(total[:, 0]) - right))
    probabilities /= total
    probabilities[np.arange(m), np.arange(m)] -= 1
    probabilities /= m
    return loss, probabilities


def _through_normalization(dU: Array, U: Array, x: Array) -> Array:
    """What is along U would only change the length, and the length is gone."""
    along = np.einsum("md,md->m", dU, U)[:, np.newaxis]
    length = np.linalg.norm(x, axis=1, keepdims=True)
    length[length == 0] = 1
    dx: Array = (dU - along * U) / length
    return dx
