from __future__ import annotations

import numpy as np
import pytest

from engine import strategy
from engine.errors import EngineError


@pytest.mark.parametrize(
    ("errors", "real_ok", "knob"),
    [
        ((0.01, 0.10, 0.30, 0.30), True, "train"),  # the gap to dev is larger, but comes later
        ((0.14, 0.15, 0.30, 0.30), True, "dev"),
        ((0.01, 0.01, 0.01, 0.20), True, "test"),
        ((0.01, 0.01, 0.01, 0.01), False, "real world"),
        ((0.05, 0.02, 0.02, 0.02), True, "done"),  # better than the people
        ((0.05, 0.06, 0.07, 0.08), True, "done"),  # gaps of just tol, which in binary come out above and below it
    ],
)
def test_the_first_broken_link_is_mended_first(errors: tuple[float, ...], real_ok: bool, knob: str) -> None:
    assert strategy.next_knob(*errors, real_ok) == knob
    assert knob in strategy.KNOBS


def test_a_bound_itself_is_acceptable_and_no_model_may_be() -> None:
    models = [{"accuracy": 0.9, "ms": 100.0}, {"accuracy": 0.8, "ms": 10.0}]
    assert strategy.select_model(models, "accuracy", {"ms": 100}) == models[0]
    assert strategy.select_model(models, "accuracy", {"ms": 99}) == models[1]
    assert strategy.select_model(models, "accuracy", {"ms": 1}) is None
    assert strategy.select_model(models, "ms", {"accuracy": (0.85, np.inf)}) == models[0]
    assert strategy.select_model(models, "accuracy", {"ms": (10, 100)}) == models[0]
    assert strategy.select_model(models, "accuracy", {"ms": (5, 10)}) == models[1]
    with pytest.raises(EngineError, match=r"constraints\['ms'\] should be a bound or \(low, high\)"):
        strategy.select_model(models, "accuracy", {"ms": (1, 2, 3)})
    with pytest.raises(EngineError, match=r"constraints\['ms'\] should be a bound or \(low, high\)"):
        strategy.select_model(models, "accuracy", {"ms": (100, 10)})
    with pytest.raises(EngineError, match=r"models\[1\] should be a dictionary with the key 'size'"):
        strategy.select_model([{"a": 1, "size": 1}, {"a": 1}], "a", {"size": 2})


def test_weights_decide_what_a_mistake_costs() -> None:
    y, y_pred = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
    assert strategy.weighted_error(y, y_pred, np.ones(4)) == 0.5
    assert strategy.weighted_error(y, y_pred, [1, 10, 1, 0]) == pytest.approx(10 / 12)
    with pytest.raises(EngineError, match="w should be weights of 0 or more"):
        strategy.weighted_error(y, y_pred, [1, -1, 1, 1])


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    measured = rng.binomial(400, 0.2, size=2000) / 400
    covered = [low <= 0.2 <= high for low, high in (strategy.error_ci(err, 400) for err in measured)]
    assert 0.93 < np.mean(covered) < 0.97


def test_a_smaller_difference_needs_more_examples() -> None:
    assert strategy.smallest_test_set(0.05, 0.04) == 3300
    assert strategy.smallest_test_set(0.10, 0.05) < 500
    with pytest.raises(EngineError, match="q should be different from p"):
        strategy.smallest_test_set(0.1, 0.1)


def test_gaps_are_taken_from_the_best_people_and_may_be_negative() -> None:
    gaps, largest = strategy.error_gaps([0.03, 0.005], 0.01, 0.015, 0.012, 0.05)
    assert gaps == pytest.approx(
        {"avoidable bias": 0.005, "variance": 0.005, "data mismatch": -0.003, "overfitting of dev": 0.038}
    )
    assert largest == "overfitting of dev"
    with pytest.raises(EngineError, match=r"dev should be a number in \[0, 1\]"):
        strategy.error_gaps(0.1, 0.1, 0.1, 12, 0.1)
