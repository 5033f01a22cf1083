from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.critical_points import classify_critical_point, saddle_escape_time
from engine.errors import EngineError
from engine.optimizers import SGD, Adam, Momentum


@given(st.lists(st.sampled_from([-3.0, -0.5, 0.0, 0.5, 3.0]), min_size=1, max_size=5), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_kind_follows_from_the_curvatures_whichever_way_the_axes_lie(curvatures: list[float], seed: int) -> None:
    n = len(curvatures)
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    kind = classify_critical_point(Q @ np.diag(curvatures) @ Q.T)
    if min(curvatures) < 0 < max(curvatures):
        assert kind == "saddle"
    elif 0.0 in curvatures:
        assert kind == "degenerate"
    else:
        assert kind == ("min" if curvatures[0] > 0 else "max")


def test_adam_and_momentum_that_adds_up_leave_a_saddle_sooner_than_descent() -> None:
    slow = saddle_escape_time(SGD(0.01), 10_000)
    assert slow == 1 + int(np.log(1000) / np.log(1.02))
    assert saddle_escape_time(Adam(0.01), 10_000) < slow
    # v = beta v + dW, without the factor 1 - beta, is this one with alpha / (1 - beta).
    assert saddle_escape_time(Momentum(0.01 / (1 - 0.9)), 10_000) < slow


def test_nobody_leaves_from_the_ridge_itself() -> None:
    assert saddle_escape_time(SGD(0.1), 50, start=0.0) == 50


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="H should be a square matrix"):
        classify_critical_point(np.zeros((2, 3)))
    with pytest.raises(EngineError, match="H should be symmetric"):
        classify_critical_point([[1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(EngineError, match="max_steps should be"):
        saddle_escape_time(SGD(0.1), 0)
