from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.early_stopping import EarlyStopping, early_stopping
from engine.errors import EngineError


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_it_stops_where_searching_all_prefixes_says(costs: list[int], patience: int) -> None:
    best, stop = early_stopping(costs, patience)
    # index() finds the first of equal costs.
    stops = [e for e in range(len(costs)) if e - costs.index(min(costs[: e + 1])) >= patience]
    assert stop == (stops[0] if stops else len(costs) - 1)
    assert best == costs.index(min(costs[: stop + 1]))


def test_an_equal_cost_is_no_improvement() -> None:
    assert early_stopping([0.5, 0.5, 0.5, 0.1], patience=2) == (0, 2)


def test_nan_is_never_the_best() -> None:
    assert early_stopping([np.nan, 0.5, np.nan], patience=3) == (1, 2)
    with pytest.raises(EngineError, match="dev_costs should be costs, at least one of them a finite number"):
        early_stopping([np.nan, np.nan], patience=5)


def test_it_can_watch_a_training_that_goes_on() -> None:
    watch = EarlyStopping(patience=1)
    assert watch.best_epoch is None
    assert [watch.update(cost) for cost in (3.0, 2.0, 2.5)] == [False, False, True]
    assert (watch.best_epoch, watch.best_cost) == (1, 2.0)


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="patience should be a whole number from 1 up"):
        EarlyStopping(0)
    with pytest.raises(EngineError, match="dev_costs should be costs"):
        early_stopping([], 1)
