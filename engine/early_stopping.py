"""Stop when the dev set has not improved for a while, and keep the best weights (course 2, week 1)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.errors import EngineError, as_count


class EarlyStopping:
    """Watches the cost on the dev set during training.

    - patience: how many epochs in a row without a new lowest cost are allowed
    - best_epoch: the epoch of the lowest cost so far, counted from 0, whose weights are to be kept; None before
      the first

    An equal cost is no improvement, and NaN never is. Raises EngineError when patience is below 1.
    Source: course 2, week 1.

    >>> watch = EarlyStopping(patience=2)
    >>> [watch.update(cost) for cost in (0.9, 0.5, 0.6, 0.5)]
    [False, False, False, True]
    >>> watch.best_epoch, watch.best_cost
    (1, 0.5)
    """

    def __init__(self, patience: int) -> None:
        self.patience = as_count("patience", patience)
        self.epoch = -1
        self.best_epoch: int | None = None
        self.best_cost = np.inf

    def update(self, dev_cost: float) -> bool:
        """Take the dev cost of the epoch that ended; True when training should stop."""
        self.epoch += 1
        if dev_cost < self.best_cost:
            self.best_epoch, self.best_cost = self.epoch, float(dev_cost)
        latest = -1 if self.best_epoch is None else self.best_epoch
        return self.epoch - latest >= self.patience


def early_stopping(dev_costs: Iterable[float], patience: int) -> tuple[int, int]:
    """Which epoch's weights to keep, and when training stops.

        stop = the first epoch that is `patience` epochs past the best so far, else the last one

    - dev_costs: the cost on the dev set after each epoch, at least one; patience: from 1 up
    - returns best_epoch, stop_epoch, counted from 0; they differ unless training ends on its best epoch

    Raises EngineError when there is no finite cost or patience is below 1. Source: course 2, week 1.

    >>> early_stopping([0.9, 0.5, 0.6, 0.7, 0.1], patience=2)  # the 0.1 is never reached
    (1, 3)
    >>> early_stopping([0.9, 0.5, 0.6, 0.7, 0.1], patience=3)
    (4, 4)
    """
    watch = EarlyStopping(patience)
    for dev_cost in dev_costs:
        if watch.update(dev_cost):
            break
    if watch.best_epoch is None:
        raise EngineError("dev_costs", "costs, at least one of them a finite number", f"{watch.epoch + 1} others")
    return watch.best_epoch, watch.epoch
