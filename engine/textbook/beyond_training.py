"""Norms, losses and calibration from beyond the courses, one number at a time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import basic_sigmoid
from engine.errors import Array, as_floats, as_ids


def rms_norm_loops(x: ArrayLike, g: ArrayLike, eps: float = 1e-6) -> Array:
    """Scale each vector to a mean square of 1, feature by feature.

        y_i = g_i x_i / sqrt(1/d sum_j x_j^2 + eps)

    - x: (n, d), vectors as rows; g: (d,); eps: above 0, inside the root
    - returns y: (n, d)

    Raises EngineError when a shape differs. Source: Zhang and Sennrich (2019).

    >>> rms_norm_loops([[3.0, -3.0]], [1.0, 2.0]).round(3)
    array([[ 1., -2.]])
    """
    x = as_floats("x", x, ("n", "d"))
    n, d = x.shape
    g = as_floats("g", g, (d,))
    y = np.zeros_like(x)
    for row in range(n):
        total = 0.0
        for i in range(d):
            total += x[row, i] ** 2
        rms = math.sqrt(total / d + eps)
        for i in range(d):
            y[row, i] = g[i] * x[row, i] / rms
    return y


def group_norm_loops(x: ArrayLike, G: int, gamma: ArrayLike, beta: ArrayLike, eps: float = 1e-5) -> Array:
    """Image by image and group by group: mean, variance, then shift and scale.

        y = gamma * (x - mu) / sqrt(sigma^2 + eps) + beta

    - x: (m, H, W, C); G: the number of groups, which divides C; gamma, beta: (C,); eps: above 0
    - returns y: (m, H, W, C)

    Raises EngineError when a shape differs. Source: Wu and He (2018).

    >>> group_norm_loops([[[[1.0, 3.0, 10.0, 30.0]]]], 2, np.ones(4), np.zeros(4)).round(2).ravel()
    array([-1.,  1., -1.,  1.])
    """
    x = as_floats("x", x, ("m", "H", "W", "C"))
    m, H, W, C = x.shape
    gamma = as_floats("gamma", gamma, (C,))
    beta = as_floats("beta", beta, (C,))
    y = np.zeros_like(x)
    for i in range(m):
        for group in range(G):
            channels = range(group * C // G, (group + 1) * C // G)
            values = [x[i, h, w, c] for h in range(H) for w in range(W) for c in channels]
            mu = sum(values) / len(values)
            variance = sum((value - mu) ** 2 for value in values) / len(values)
            for h in range(H):
                for w in range(W):
                    for c in channels:
                        x_hat = (x[i, h, w, c] - mu) / math.sqrt(variance + eps)
                        y[i, h, w, c] = gamma[c] * x_hat + beta[c]
    return y


def label_smoothing_ce_loops(logits: ArrayLike, y: ArrayLike, eps: float = 0.1) -> tuple[float, Array]:
    """Cross-entropy with smoothed labels, example by example.

        y_ls = (1 - eps) y + eps / C        L = -sum_i sum_c y_ls[c, i] log a[c, i]        dlogits = a - y_ls

    - logits: (C, m); y: (C, m), one-hot; eps: in [0, 1]
    - returns loss: the sum over the examples, a float; dlogits: (C, m)

    Raises EngineError when a shape differs. Source: Szegedy et al. (2016).

    >>> round(label_smoothing_ce_loops([[0.0], [0.0]], [[1], [0]])[0], 4)  # log 2
    0.6931
    """
    logits = as_floats("logits", logits, ("C", "m"))
    C, m = logits.shape
    y = as_floats("y", y, (C, m))
    loss = 0.0
    dlogits = np.zeros_like(logits)
    for i in range(m):
        top = max(logits[c, i] for c in range(C))
        total = sum(math.exp(logits[c, i] - top) for c in range(C))
        for c in range(C):
            log_a = logits[c, i] - top - math.log(total)
            y_ls = (1 - eps) * y[c, i] + eps / C
            loss -= y_ls * log_a
            dlogits[c, i] = math.exp(log_a) - y_ls
    return float(loss), dlogits


def focal_loss_loops(logits: ArrayLike, y: ArrayLike, alpha: float = 0.25, gamma: float = 2.0) -> tuple[float, Array]:
    """The focal loss, example by example.

        FL = -sum alpha_t (1 - p_t)^gamma log p_t        p_t, alpha_t: p, alpha if y = 1, else 1 - p, 1 - alpha

    - logits, y: (m,), y labels 0 or 1; alpha: in [0, 1]; gamma: from 0 up
    - returns loss: the sum over the examples, a float; dlogits: (m,)

    Raises EngineError when a shape differs. Source: Lin et al. (2017).

    >>> round(focal_loss_loops([0.0], [1], alpha=1.0, gamma=0.0)[0], 4)  # log 2
    0.6931
    """
    logits = as_floats("logits", logits, ("m",))
    y = as_floats("y", y, logits.shape)
    loss = 0.0
    dlogits = np.zeros_like(logits)
    for i in range(len(logits)):
        p = basic_sigmoid(logits[i])
        if y[i] == 1:
            p_t, alpha_t, sign = p, alpha, 1
        else:
            p_t, alpha_t, sign = 1 - p, 1 - alpha, -1
        loss -= alpha_t * (1 - p_t) ** gamma * math.log(p_t)
        dlogits[i] = sign * alpha_t * (1 - p_t) ** gamma * (gamma * p_t * math.log(p_t) - (1 - p_t))
    return float(loss), dlogits


def expected_calibration_error_loops(probs: ArrayLike, y: ArrayLike, bins: int = 15) -> float:
    """Bin by bin: who is in it, how sure they are, how often they are right.

        ECE = sum_b |B_b| / m * |acc(B_b) - conf(B_b)|

    - probs: (m, C), each row a distribution; y: (m,), labels 0 ... C - 1; bins: how many of equal width
    - returns: a float in [0, 1]

    Raises EngineError when a shape differs. Source: Guo et al. (2017).

    >>> expected_calibration_error_loops([[1.0, 0.0]] * 4, [0, 0, 0, 1])
    0.25
    """
    probs = as_floats("probs", probs, ("m", "C"))
    m, C = probs.shape
    y = as_ids("y", y, C, (m,))
    error = 0.0
    for b in range(bins):
        low, high = b / bins, (b + 1) / bins
        members = [i for i in range(m) if low < max(probs[i]) <= high]
        if not members:
            continue
        accuracy = sum(np.argmax(probs[i]) == y[i] for i in members) / len(members)
        confidence = sum(max(probs[i]) for i in members) / len(members)
        error += len(members) / m * abs(accuracy - confidence)
    return float(error)
