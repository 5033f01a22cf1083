"""Losses that are not plain cross-entropy: smoothed labels, weights of classes, and a focus on what is hard."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import sigmoid
from engine.crossentropy import log_softmax
from engine.errors import Array, EngineError, as_choice, as_floats, as_number


def label_smoothing_ce(
    logits: ArrayLike,
    y: ArrayLike,
    eps: float = 0.1,
    class_weights: ArrayLike | None = None,
    reduction: str = "sum",
) -> tuple[float, Array]:
    """Cross-entropy with labels that are not quite certain.

        y_ls = (1 - eps) y + eps / C        L = -sum_i sum_c w_c y_ls[c, i] log a[c, i]
        dlogits = a - y_ls                  (without weights)

    The true class gets 1 - eps + eps / C, every other eps / C, so the logits need not run to infinity, and the
    smallest loss is the entropy of y_ls, not 0. With weights, dlogits = a * sum_c(w_c y_ls[c]) - w * y_ls.

    - logits: (C, m), an example a column; y: (C, m), one-hot or probabilities; eps: in [0, 1]
    - class_weights: (C,), from 0 up, such as 1 / frequency for rare classes; None for 1 each
    - reduction: "sum" over the examples, or "mean", which divides both results by m
    - returns loss: a float; dlogits: (C, m)

    Raises EngineError when a shape differs or a number is outside. Source: Szegedy et al. (2016).

    >>> loss, dlogits = label_smoothing_ce([[0.0], [0.0]], [[1], [0]], eps=0.2)
    >>> round(loss, 4), dlogits  # log 2; y_ls is 0.9 and 0.1
    (0.6931, array([[-0.4],
           [ 0.4]]))
    """
    logits = as_floats("logits", logits, ("C", "m"))
    C, m = logits.shape
    y = as_floats("y", y, (C, m)).astype(logits.dtype, copy=False)
    eps = as_number("eps", eps, "[0, 1]")
    as_choice("reduction", reduction, ("sum", "mean"))
    y_ls = (1 - eps) * y + eps / C
    if class_weights is not None:
        weights = as_floats("class_weights", class_weights, (C,)).astype(logits.dtype, copy=False)
        if weights.min() < 0:
            raise EngineError("class_weights", "numbers from 0 up", str(weights.min()))
        y_ls *= weights[:, np.newaxis]
    log_a = log_softmax(logits)
    loss = -float(np.vdot(y_ls, log_a))
    # Columns of weighted labels need not sum to 1.
    dlogits: Array = np.exp(log_a) * y_ls.sum(axis=0) - y_ls
    if reduction == "mean":
        loss /= m
        dlogits /= m
    return loss, dlogits


def focal_loss(
    logits: ArrayLike, y: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, reduction: str = "sum"
) -> tuple[float, Array]:
    """Binary cross-entropy in which examples that are right already hardly count.

        p = sigma(z)        p_t = p if y = 1 else 1 - p        alpha_t = alpha if y = 1 else 1 - alpha
        FL = -sum alpha_t (1 - p_t)^gamma log p_t
        dz = +-alpha_t (1 - p_t)^gamma (gamma p_t log p_t - (1 - p_t))        + if y = 1, - if y = 0

    gamma = 0 leaves the cross-entropy weighted by alpha_t. Made for detectors, where nearly all is background.

    - logits: (m,), before the sigmoid; y: (m,), labels 0 or 1; alpha: in [0, 1]; gamma: from 0 up
    - reduction: "sum" over the examples, or "mean", which divides both results by m
    - returns loss: a float; dlogits: (m,)

    Raises EngineError when a shape differs, a label is not 0 or 1, or a number is outside. Source: Lin et al. (2017).

    >>> easy, _ = focal_loss([4.0], [1], alpha=1.0, gamma=2.0)
    >>> plain, _ = focal_loss([4.0], [1], alpha=1.0, gamma=0.0)
    >>> round(plain / easy)  # (1 - p_t)^-2
    3091
    """
    z = as_floats("logits", logits, ("m",))
    labels = as_floats("y", y, z.shape)
    if wrong := [float(label) for label in labels if label not in (0, 1)]:
        raise EngineError("y", "labels 0 or 1", f"an array that holds {wrong[0]}")
    alpha = as_number("alpha", alpha, "[0, 1]")
    gamma = as_number("gamma", gamma, "[0, inf)")
    as_choice("reduction", reduction, ("sum", "mean"))
    sign = np.where(labels == 1, 1, -1).astype(z.dtype)
    alpha_t = np.where(labels == 1, alpha, 1 - alpha).astype(z.dtype)
    # p_t = sigma(+-z): so 1 - p_t = sigma(-+z) and log p_t keep their digits, however sure the model is.
    logit_t = sign * z
    p_t, miss = sigmoid(logit_t), sigmoid(-logit_t)
    log_p_t = np.minimum(logit_t, 0) - np.log1p(np.exp(-np.abs(logit_t)))
    focus = alpha_t * miss**gamma
    loss = -float(np.vdot(focus, log_p_t))
    dlogits: Array = sign * focus * (gamma * p_t * log_p_t - miss)
    if reduction == "mean":
        loss /= len(z)
        dlogits /= len(z)
    return loss, dlogits
