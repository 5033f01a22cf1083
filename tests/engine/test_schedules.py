from __future__ import annotations

import numpy as np
import pytest

from engine import schedules
from engine.errors import EngineError

RATES = {
    "inverse": lambda epoch: schedules.update_lr(0.5, epoch, 0.3),
    "scheduled": lambda epoch: schedules.schedule_lr_decay(0.5, epoch, 0.3, time_interval=3),
    "exponential": lambda epoch: schedules.exp_decay(0.5, epoch),
    "root": lambda epoch: schedules.sqrt_decay(0.5, epoch, 1.0),
    "staircase": lambda epoch: schedules.staircase(0.5, epoch, 0.5, 4),
}
BY_HAND = {
    "inverse": lambda epoch: 0.5 / (1 + 0.3 * epoch),
    "scheduled": lambda epoch: 0.5 / (1 + 0.3 * (epoch // 3)),
    "exponential": lambda epoch: 0.5 * 0.95**epoch,
    "root": lambda epoch: 0.5 / epoch**0.5,
    "staircase": lambda epoch: 0.5 * 0.5 ** (epoch // 4),
}


@pytest.mark.parametrize("name", RATES)
def test_a_schedule_follows_its_formula_for_one_epoch_and_for_many(name: str) -> None:
    epochs = np.arange(1, 13).reshape(3, 4)
    rates = RATES[name](epochs)
    assert rates.shape == (3, 4)
    for epoch, rate in zip(epochs.ravel(), rates.ravel(), strict=True):
        one = RATES[name](int(epoch))
        assert type(one) is float
        assert one == rate == pytest.approx(BY_HAND[name](epoch), rel=1e-14)
    assert np.all(np.diff(rates.ravel()) <= 0)


@pytest.mark.parametrize("name", ["inverse", "scheduled", "exponential", "staircase"])
def test_epoch_0_has_the_first_rate(name: str) -> None:
    assert RATES[name](0) == 0.5


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="the epoch should be a number from 1 up, but it is 0"):
        schedules.sqrt_decay(0.1, [1, 0], 1.0)
    with pytest.raises(EngineError, match="the epoch should be a number from 0 up, but it is -1"):
        schedules.update_lr(0.1, -1, 1.0)
    with pytest.raises(EngineError, match=r"base should be a number in \(0, 1\]"):
        schedules.exp_decay(0.1, 1, base=1.2)
    with pytest.raises(EngineError, match=r"every should be a number in \(0, inf\)"):
        schedules.staircase(0.1, 1, 0.5, 0)
    with pytest.raises(EngineError, match=r"decay_rate should be a number in \[0, inf\)"):
        schedules.schedule_lr_decay(0.1, 1, -1)
