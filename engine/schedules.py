"""Learning rates that fall with the epochs (course 2, week 2).

All of them start from the FIRST rate, not from the one before, and take one epoch or an array of epochs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, as_number


def update_lr(learning_rate0: float, epoch_num: ArrayLike, decay_rate: float) -> Any:
    """Inverse decay, every epoch.

        alpha = alpha_0 / (1 + decay_rate * epoch_num)

    - learning_rate0: alpha_0, the first rate; epoch_num: from 0 up, a number or any shape
    - decay_rate: 0 or above
    - returns: a float, or an array of the shape of epoch_num

    Raises EngineError when a number is outside. Source: course 2, week 2.

    >>> update_lr(0.6, [0, 1, 2, 4], decay_rate=0.5)
    array([0.6, 0.4, 0.3, 0.2])
    """
    alpha0 = as_number("learning_rate0", learning_rate0, "[0, inf)")
    decay_rate = as_number("decay_rate", decay_rate, "[0, inf)")
    return _as_given(alpha0 / (1 + decay_rate * _epochs(epoch_num)))


def schedule_lr_decay(
    learning_rate0: float, epoch_num: ArrayLike, decay_rate: float, time_interval: float = 1000
) -> Any:
    """Inverse decay in steps: the rate is held for a number of epochs.

        alpha = alpha_0 / (1 + decay_rate * floor(epoch_num / time_interval))

    - learning_rate0: alpha_0, the first rate; epoch_num: from 0 up, a number or any shape
    - decay_rate: 0 or above; time_interval: the number of epochs between two changes, above 0
    - returns: a float, or an array of the shape of epoch_num

    Raises EngineError when a number is outside. Source: course 2, week 2.

    >>> schedule_lr_decay(0.5, [0, 10, 99, 100, 250], decay_rate=1, time_interval=100)
    array([0.5       , 0.5       , 0.5       , 0.25      , 0.16666667])
    """
    alpha0 = as_number("learning_rate0", learning_rate0, "[0, inf)")
    decay_rate = as_number("decay_rate", decay_rate, "[0, inf)")
    time_interval = as_number("time_interval", time_interval, "(0, inf)")
    return _as_given(alpha0 / (1 + decay_rate * np.floor(_epochs(epoch_num) / time_interval)))


def exp_decay(lr0: float, epoch: ArrayLike, base: float = 0.95) -> Any:
    """Exponential decay: the same share is lost in every epoch.

        alpha = base^epoch alpha_0

    - lr0: alpha_0, the first rate; epoch: from 0 up, a number or any shape; base: in (0, 1]
    - returns: a float, or an array of the shape of epoch

    Raises EngineError when a number is outside. Source: course 2, week 2.

    >>> exp_decay(8.0, [0, 1, 2], base=0.5)
    array([8., 4., 2.])
    """
    alpha0 = as_number("lr0", lr0, "[0, inf)")
    base = as_number("base", base, "(0, 1]")
    return _as_given(alpha0 * base ** _epochs(epoch))


def sqrt_decay(lr0: float, epoch: ArrayLike, k: float) -> Any:
    """Decay with the square root of the epoch.

        alpha = k / sqrt(epoch) alpha_0

    - lr0: alpha_0; epoch: from 1 up, a number or any shape; k: above 0
    - returns: a float, or an array of the shape of epoch

    Raises EngineError when a number is outside; at epoch 0 the formula has no value. Source: course 2, week 2.

    >>> sqrt_decay(0.3, [1, 4, 9], k=2)
    array([0.6, 0.3, 0.2])
    """
    alpha0 = as_number("lr0", lr0, "[0, inf)")
    k = as_number("k", k, "(0, inf)")
    return _as_given(k / np.sqrt(_epochs(epoch, least=1)) * alpha0)


def staircase(lr0: float, epoch: ArrayLike, drop: float, every: float) -> Any:
    """Decay by a factor every so many epochs, as in "halve it every ten epochs".

        alpha = drop^floor(epoch / every) alpha_0

    - lr0: alpha_0, the first rate; epoch: from 0 up, a number or any shape
    - drop: the factor, in (0, 1]; every: the number of epochs on one stair, above 0
    - returns: a float, or an array of the shape of epoch

    Raises EngineError when a number is outside. Source: course 2, week 2.

    >>> staircase(0.8, [0, 9, 10, 29], drop=0.5, every=10)
    array([0.8, 0.8, 0.4, 0.2])
    """
    alpha0 = as_number("lr0", lr0, "[0, inf)")
    drop = as_number("drop", drop, "(0, 1]")
    every = as_number("every", every, "(0, inf)")
    return _as_given(alpha0 * drop ** np.floor(_epochs(epoch) / every))


def _epochs(value: ArrayLike, least: int = 0) -> Array:
    epochs: Array = as_floats("the epoch", value).astype(np.float64)
    if not np.all(epochs >= least):
        raise EngineError("the epoch", f"a number from {least} up", str(epochs[~(epochs >= least)].ravel()[0]))
    return epochs


def _as_given(rates: Any) -> Any:
    return rates if np.ndim(rates) else float(rates)
