"""Decisions of a machine learning project as small functions (course 3, week 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import EngineError, as_array, as_count, as_floats, as_number, entry

#: A gap of just the tolerance, such as 0.08 - 0.06, comes out a little above or below it.
_ROUNDING = 1e-12

#: Each knob with what it is turned for, in the order in which the links of the chain are mended.
KNOBS = {
    "train": "fit the training set: a bigger network, a better optimizer, longer training",
    "dev": "fit the dev set: regularization, more training data",
    "test": "fit the test set: a bigger dev set",
    "real world": "serve the users: another dev set or another cost",
    "done": "nothing is out of order",
}


def next_knob(human: float, train: float, dev: float, test: float, real_ok: bool, tol: float = 0.01) -> str:
    """The first broken link of the chain human - train - dev - test - real world: the one to mend next.

    A later gap cannot be judged before the earlier ones are closed, so the first counts, not the largest.

    - human, train, dev, test: error rates in [0, 1]; real_ok: whether users are content; tol: the largest gap that
      is no gap
    - returns: a key of `KNOBS`: "train", "dev", "test", "real world" or "done"

    Raises EngineError when a rate is outside or tol is negative. Source: course 3, week 1.

    >>> next_knob(human=0.01, train=0.08, dev=0.20, test=0.21, real_ok=True)
    'train'
    """
    errors = [
        as_number(name, value, "[0, 1]")
        for name, value in zip(("human", "train", "dev", "test"), (human, train, dev, test), strict=True)
    ]
    tol = as_number("tol", tol, "[0, inf)")
    for knob, better, worse in zip(("train", "dev", "test"), errors[:-1], errors[1:], strict=True):
        if worse - better > tol + _ROUNDING:
            return knob
    return "done" if real_ok else "real world"


def select_model(
    models: Sequence[Mapping[str, Any]], optimize: str, constraints: Mapping[str, float | tuple[float, float]]
) -> Mapping[str, Any] | None:
    """The best by one metric among those that satisfy the others: one optimizing metric, the rest satisficing.

    - models: each a mapping with its metrics; optimize: the one to be as large as possible
    - constraints: metric -> the largest value that is acceptable, or (lowest, largest), themselves included; inf
      leaves a side open, as in {"recall": (0.9, inf)}
    - returns: the first of the best ones, or None when no model satisfies all

    Raises EngineError when a model lacks a metric or a constraint is neither. Source: course 3, week 1.

    >>> models = [{"F1": 0.71, "MB": 4}, {"F1": 0.78, "MB": 19}, {"F1": 0.83, "MB": 260}]
    >>> select_model(models, "F1", {"MB": 20})
    {'F1': 0.78, 'MB': 19}
    """
    bounds = {name: _low_and_high(name, bound) for name, bound in constraints.items()}
    names = [optimize, *bounds]
    for i, model in enumerate(models):
        for name in names:
            entry(f"models[{i}]", model, name)
    feasible = [model for model in models if all(low <= model[name] <= high for name, (low, high) in bounds.items())]
    return max(feasible, key=lambda model: model[optimize], default=None)


def weighted_error(y: ArrayLike, y_pred: ArrayLike, w: ArrayLike) -> float:
    """The share of wrong predictions where some examples matter more than others.

        Err = sum_i w_i 1[y_pred_i != y_i] / sum_i w_i

    - y, y_pred: (m,), labels of any kind; w: (m,), 0 or positive, not all 0
    - returns: from 0 to 1

    Raises EngineError when the shapes differ or a weight is negative. Source: course 3, week 1.

    >>> weighted_error([0, 0, 1], [0, 1, 1], [1, 10, 1])
    0.8333333333333334
    """
    y = as_array("y", y, ("m",))
    y_pred = as_array("y_pred", y_pred, y.shape)
    w = as_floats("w", w, y.shape)
    if np.any(w < 0) or w.sum() == 0:
        raise EngineError("w", "weights of 0 or more, not all 0", "others")
    return float(np.sum(w * (y_pred != y)) / np.sum(w))


def error_ci(err: float, m: int, z: float = 1.96) -> tuple[float, float]:
    """Between which bounds the true error rate probably lies.

        err -+ z sqrt(err (1 - err) / m)        cut to [0, 1]

    - err: the measured rate; m: number of examples; z: 1.96 for 95 %
    - returns low, high: floats. For a rate near 0 or 1 the true interval is wider.

    Raises EngineError when err is outside [0, 1] or m below 1. Source: beyond the courses (the normal approximation).

    >>> low, high = error_ci(0.05, 1000)
    >>> round(low, 4), round(high, 4)
    (0.0365, 0.0635)
    """
    as_number("err", err, "[0, 1]")
    as_count("m", m)
    half = z * math.sqrt(err * (1 - err) / m)
    return max(0.0, err - half), min(1.0, err + half)


def smallest_test_set(p: float, q: float, z: float = 1.96) -> int:
    """How many examples tell two error rates apart, each measured on a test set of its own.

        m = ceil(z^2 (p (1 - p) + q (1 - q)) / (p - q)^2)

    - p, q: the two rates, different; z: 1.96 for 95 %, two-sided
    - returns: the size of each test set

    Raises EngineError when a rate is outside [0, 1] or both are equal. Source: beyond the courses.

    >>> smallest_test_set(0.05, 0.04)
    3300
    """
    as_number("p", p, "[0, 1]")
    as_number("q", q, "[0, 1]")
    if p == q:
        raise EngineError("q", "different from p", str(q))
    return math.ceil(z * z * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)


def error_gaps(
    human: float | Sequence[float], train: float, train_dev: float, dev: float, test: float
) -> tuple[dict[str, float], str]:
    """What stands between human and test error, and which part is the largest.

        avoidable bias = train - human        variance = train_dev - train
        data mismatch = dev - train_dev       overfitting of dev = test - dev

    The Bayes error is estimated by the BEST of the human levels. A gap may be negative: a target that is easier,
    or a network that is better than the people who were asked.

    - human: an error rate, or those of several people and teams; the others: error rates in [0, 1]
    - returns gaps: {"avoidable bias", "variance", "data mismatch", "overfitting of dev"}; the name of the largest

    Raises EngineError when a rate is outside or no human level is given. Source: course 3, weeks 1 and 2.

    >>> gaps, largest = error_gaps([0.03, 0.01, 0.005], 0.06, 0.07, 0.13, 0.13)
    >>> round(gaps["avoidable bias"], 3), largest
    (0.055, 'data mismatch')
    """
    levels = np.atleast_1d(as_floats("human", human))
    if levels.size == 0:
        raise EngineError("human", "an error rate or a list of them", "empty")
    chain = [min(as_number("human", level, "[0, 1]") for level in levels)]
    for name, value in (("train", train), ("train_dev", train_dev), ("dev", dev), ("test", test)):
        chain.append(as_number(name, value, "[0, 1]"))
    names = ("avoidable bias", "variance", "data mismatch", "overfitting of dev")
    gaps = {name: worse - better for name, better, worse in zip(names, chain[:-1], chain[1:], strict=True)}
    return gaps, max(gaps, key=lambda name: gaps[name])


def _low_and_high(name: str, bound: float | tuple[float, float]) -> tuple[float, float]:
    pair = as_floats(f"constraints[{name!r}]", bound)
    low, high = (-math.inf, float(pair)) if pair.ndim == 0 else pair.tolist() if pair.shape == (2,) else (1.0, 0.0)
    if not low <= high:
        raise EngineError(f"constraints[{name!r}]", "a bound or (low, high), low not above high", str(bound))
    return low, high
