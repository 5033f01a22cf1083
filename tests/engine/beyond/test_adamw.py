from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import optim
from engine.beyond.adamw import update_parameters_with_adamw
from engine.beyond.schedules import warmup_cosine
from engine.errors import EngineError, Parameters
from engine.optimizers import AdamW

seeds = st.integers(0, 1000)


def problem(seed: int, dtype: type = np.float64) -> tuple[Parameters, Parameters, Parameters, Parameters]:
    rng = np.random.default_rng(seed)
    parameters = {"W1": rng.normal(size=(3, 2)).astype(dtype), "b1": rng.normal(size=(3, 1)).astype(dtype)}
    grads = {f"d{name}": rng.normal(size=value.shape).astype(dtype) for name, value in parameters.items()}
    return parameters, grads, *optim.initialize_adam(parameters)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_without_decay_it_is_adam_and_the_decay_comes_on_top_unscaled(seed: int) -> None:
    parameters, grads, v, s = problem(seed)
    adam, v1, s1, _, _ = optim.update_parameters_with_adam(parameters, grads, v, s, 3, 0.1)
    same, v2, s2 = update_parameters_with_adamw(parameters, grads, v, s, 3, 0.1, weight_decay=0)
    decayed, _, _ = update_parameters_with_adamw(parameters, grads, v, s, 3, 0.1, weight_decay=0.2)
    for name, W in parameters.items():
        np.testing.assert_allclose(same[name], adam[name], rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(v2[f"d{name}"], v1[f"d{name}"])
        np.testing.assert_array_equal(s2[f"d{name}"], s1[f"d{name}"])
        np.testing.assert_allclose(decayed[name], adam[name] - 0.1 * 0.2 * W, rtol=1e-13, atol=1e-15)


def test_several_steps_are_those_of_the_optimizer_in_place() -> None:
    parameters, _, v, s = problem(1)
    in_place = {name: value.copy() for name, value in parameters.items()}
    optimizer, rng = AdamW(0.05, weight_decay=0.1), np.random.default_rng(2)
    for t in range(1, 6):
        grads = {name: rng.normal(size=value.shape) for name, value in parameters.items()}
        given_grads = {f"d{name}": value for name, value in grads.items()}
        parameters, v, s = update_parameters_with_adamw(parameters, given_grads, v, s, t, 0.05, weight_decay=0.1)
        optimizer.step(in_place, grads)
    for name, value in parameters.items():
        np.testing.assert_allclose(value, in_place[name], rtol=1e-12)


def test_arguments_and_float32_are_kept_and_named_parameters_do_not_decay() -> None:
    parameters, grads, v, s = problem(3, np.float32)
    before = {name: value.copy() for name, value in (parameters | grads).items()}
    updated, first, second = update_parameters_with_adamw(parameters, grads, v, s, 1, 0.1, no_decay_keys=("b1",))
    plain, _, _ = update_parameters_with_adamw(parameters, grads, v, s, 1, 0.1, weight_decay=0)
    assert {a.dtype for part in (updated, first, second) for a in part.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(updated["b1"], plain["b1"])
    assert np.any(updated["W1"] != plain["W1"])
    for name, value in (parameters | grads).items():
        np.testing.assert_array_equal(value, before[name])


def test_what_does_not_fit_is_named() -> None:
    parameters, grads, v, s = problem(4)
    with pytest.raises(EngineError, match=r"no_decay_keys should be among \['W1', 'b1'\], but it is with 'b2'"):
        update_parameters_with_adamw(parameters, grads, v, s, 1, no_decay_keys=["b2"])
    with pytest.raises(EngineError, match="t should be a whole number from 1 up"):
        update_parameters_with_adamw(parameters, grads, v, s, 0)
    with pytest.raises(EngineError, match="grads should be a dictionary with the key 'db1'"):
        update_parameters_with_adamw(parameters, {"dW1": grads["dW1"]}, v, s, 1)
    with pytest.raises(EngineError, match=r"v\['dW1'\] should be an array of shape \(3, 2\)"):
        update_parameters_with_adamw(parameters, grads, {**v, "dW1": np.zeros((2, 3))}, s, 1)
    with pytest.raises(EngineError, match="weight_decay should be a number in"):
        update_parameters_with_adamw(parameters, grads, v, s, 1, weight_decay=-1)


@given(st.integers(0, 20), st.integers(1, 50), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_the_rate_rises_in_a_line_falls_along_a_cosine_and_stays(t_warm: int, rest: int, low: float) -> None:
    T = t_warm + rest
    steps = np.arange(T + 20)
    alpha = warmup_cosine(steps, T, t_warm, lr_max=2.0, lr_min=low)
    assert alpha.shape == steps.shape
    np.testing.assert_allclose(alpha[:t_warm], 2.0 * steps[:t_warm] / max(t_warm, 1))
    assert alpha[t_warm] == pytest.approx(2.0)
    assert np.all(np.diff(alpha[t_warm:]) <= 0)
    np.testing.assert_allclose(alpha[T:], low, atol=1e-12)
    middle = warmup_cosine(t_warm + rest / 2, T, t_warm, 2.0, low)
    assert type(middle) is float
    assert middle == pytest.approx((2.0 + low) / 2)


def test_a_schedule_that_cannot_be_is_refused() -> None:
    with pytest.raises(EngineError, match=r"t_warm should be a number in \[0, 10"):
        warmup_cosine(0, T=10, t_warm=10, lr_max=1.0)
    with pytest.raises(EngineError, match="lr_min should be"):
        warmup_cosine(0, T=10, t_warm=1, lr_max=1.0, lr_min=2.0)
    with pytest.raises(EngineError, match="t should be from 0 up"):
        warmup_cosine([-1.0], T=10, t_warm=1, lr_max=1.0)
