"""Whether a confidence of 80 % is right in 80 of 100 cases, and the cure when it is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.basics import softmax
from engine.errors import Array, EngineError, as_count, as_floats, as_ids, as_number


def reliability(probs: ArrayLike, y: ArrayLike, bins: int = 15) -> tuple[Array, Array, Array]:
    """Accuracy beside confidence, bin by bin: the numbers of a reliability diagram.

        bin b holds the examples with (b - 1) / bins < max_c probs[i, c] <= b / bins

    - probs: (m, C), each row a distribution; y: (m,), labels 0 ... C - 1; bins: how many bins of equal width
    - returns accuracy, confidence, count: (bins,) each; the first two are 0 in an empty bin

    Raises EngineError when a shape differs, a label or a probability is outside. Source: Guo et al. (2017).

    >>> accuracy, confidence, count = reliability([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], [0, 1, 1], bins=2)
    >>> accuracy.round(2), confidence.round(2), count
    (array([0.  , 0.67]), array([0.  , 0.77]), array([0, 3]))
    """
    probs = as_floats("probs", probs, ("m", "C"))
    m, C = probs.shape
    y = as_ids("y", y, C, (m,))
    bins = as_count("bins", bins)
    if not (probs.min() >= 0 and probs.max() <= 1 + 1e-6):
        raise EngineError("probs", "probabilities in [0, 1]", f"an array from {probs.min()} to {probs.max()}")
    confidence = probs.max(axis=1)
    right = probs.argmax(axis=1) == y
    # The upper end belongs to the bin. In the dtype of probs, 0.3 and the end of the bin at 0.3 are the same number.
    inner_ends = (np.arange(1, bins) / bins).astype(probs.dtype)
    bin_of = np.searchsorted(inner_ends, confidence, side="left")
    count = np.bincount(bin_of, minlength=bins)
    some = np.maximum(count, 1)
    return (
        np.bincount(bin_of, weights=right, minlength=bins) / some,
        np.bincount(bin_of, weights=confidence, minlength=bins) / some,
        count,
    )


def expected_calibration_error(probs: ArrayLike, y: ArrayLike, bins: int = 15) -> float:
    """The gap between accuracy and confidence, averaged over the bins with the share of examples in each.

        ECE = sum_b |B_b| / m * |acc(B_b) - conf(B_b)|

    - probs: (m, C), each row a distribution; y: (m,), labels 0 ... C - 1; bins: how many bins of equal width,
      each with its upper end; an empty one adds nothing
    - returns: a float in [0, 1]

    Raises EngineError when a shape differs, a label or a probability is outside. Source: Guo et al. (2017).

    >>> sure = [[1.0, 0.0]] * 4
    >>> expected_calibration_error(sure, [0, 0, 0, 0]), expected_calibration_error(sure, [0, 0, 0, 1])
    (0.0, 0.25)
    """
    accuracy, confidence, count = reliability(probs, y, bins)
    return float(np.sum(count * np.abs(accuracy - confidence)) / np.sum(count))


def temperature_nll(logits: ArrayLike, y: ArrayLike, T: float) -> float:
    """The mean negative log-likelihood of softmax(logits / T).

        NLL = -1/m sum_i log softmax(z_i / T)[y_i]

    A T above 1 makes all predictions less sure and changes none of them.

    - logits: (m, C); y: (m,), labels 0 ... C - 1; T: above 0
    - returns: a float

    Raises EngineError when a shape differs, a label is outside, or T is not positive. Source: Guo et al. (2017).

    >>> round(temperature_nll([[3.0, 0.0]], [0], T=1e9), 4)  # no opinion left: log 2
    0.6931
    """
    z, y = _logits_and_labels(logits, y)
    shifted = (z - z.max(axis=1, keepdims=True)) / as_number("T", T, "(0, inf)")
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]
    return float(losses.mean())


def fit_temperature(logits: ArrayLike, y: ArrayLike, T_min: float = 0.01, T_max: float = 100.0) -> float:
    """The temperature with the smallest NLL on the dev set: one number repairs most overconfidence.

        b = 1 / T        dNLL/db = 1/m sum_i (sum_c a_c z_c - z_y)        a = softmax(b z)

    The NLL is convex in b, its slope rises with b, and the zero is found by halving an interval of log b. Working
    with the logarithm keeps T positive.

    - logits: (m, C), of examples that were not trained on; y: (m,), labels 0 ... C - 1
    - T_min, T_max: where to look; T_min is the answer when every example is right, T_max when guessing is best
    - returns T: a float, for softmax(logits / T)

    Raises EngineError when a shape differs, a label is outside, or not 0 < T_min < T_max. Source: Guo et al. (2017).

    >>> logits, y = [[4.0, 0.0]] * 4, [0, 0, 0, 1]  # it claims 98 % and is right in 75 %
    >>> T = fit_temperature(logits, y)
    >>> softmax(np.divide(logits, T))[0].round(3)
    array([0.75, 0.25])
    """
    z, y = _logits_and_labels(logits, y)
    T_min = as_number("T_min", T_min, "(0, inf)")
    T_max = as_number("T_max", T_max, f"({T_min}, inf)")
    # Differences to the true logit: nothing overflows, and the slope is a mean over the rows.
    gaps = z - z[np.arange(len(y)), y][:, np.newaxis]

    def slope(log_b: float) -> float:
        return float(np.mean(np.sum(softmax(np.exp(log_b) * gaps) * gaps, axis=1)))

    low, high = -np.log(T_max), -np.log(T_min)
    if slope(low) >= 0:
        return T_max
    if slope(high) <= 0:
        return T_min
    # 60 halvings take an interval of 10 below the spacing of float64.
    for _ in range(60):
        middle = (low + high) / 2
        if slope(middle) < 0:
            low = middle
        else:
            high = middle
    return float(np.exp(-(low + high) / 2))


def _logits_and_labels(logits: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    logits = as_floats("logits", logits, ("m", "C")).astype(np.float64, copy=False)
    return logits, as_ids("y", y, logits.shape[1], (len(logits),))
