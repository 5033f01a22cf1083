from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import optim
from engine.errors import EngineError, Parameters
from engine.textbook.optim import update_parameters_with_adam_loops, update_parameters_with_momentum_loops

sizes = st.integers(1, 4)
seeds = st.integers(0, 1000)


def draw(n: int, n_prev: int, seed: int) -> tuple[Parameters, list[Parameters]]:
    rng = np.random.default_rng(seed)
    shapes = {"W1": (n, n_prev), "b1": (n, 1)}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return parameters, [{f"d{name}": rng.normal(size=shape) for name, shape in shapes.items()} for _ in range(3)]


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_three_updates_of_momentum_and_adam_equal_their_loops(n: int, n_prev: int, seed: int) -> None:
    parameters, steps = draw(n, n_prev, seed)
    one, other, v, v_loop = parameters, parameters, *optim.initialize_adam(parameters)
    for grads in steps:
        one, v = optim.update_parameters_with_momentum(one, grads, v, 0.8, 0.1)
        other, v_loop = update_parameters_with_momentum_loops(other, grads, v_loop, 0.8, 0.1)
    assert_close(one | v, other | v_loop)

    one = other = parameters
    (v, s), (v_loop, s_loop) = optim.initialize_adam(parameters), optim.initialize_adam(parameters)
    for t, grads in enumerate(steps, start=1):
        one, v, s, v_corrected, s_corrected = optim.update_parameters_with_adam(one, grads, v, s, t)
        other, v_loop, s_loop = update_parameters_with_adam_loops(other, grads, v_loop, s_loop, t)
        np.testing.assert_allclose(v_corrected["dW1"] * (1 - 0.9**t), v["dW1"], rtol=1e-12)
        np.testing.assert_allclose(s_corrected["dW1"] * (1 - 0.999**t), s["dW1"], rtol=1e-12)
    assert_close(one | v, other | v_loop)
    assert_close(s, s_loop)


def assert_close(one: Parameters, other: Parameters) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_allclose(value, other[name], rtol=1e-10, atol=1e-14)


@given(sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_first_step_of_adam_is_alpha_against_the_sign(n: int, n_prev: int, seed: int) -> None:
    parameters, steps = draw(n, n_prev, seed)
    moved, *_ = optim.update_parameters_with_adam(parameters, steps[0], *optim.initialize_adam(parameters), 1, 0.01)
    for name, value in parameters.items():
        np.testing.assert_allclose(moved[name], value - 0.01 * np.sign(steps[0][f"d{name}"]), atol=1e-6)


def test_epsilon_stands_outside_the_root_of_rmsprop_and_adam() -> None:
    W, grads, s = {"W1": np.zeros((1, 1))}, {"dW1": np.array([[3.0]])}, {"dW1": np.zeros((1, 1))}
    moved, _ = optim.update_parameters_with_rmsprop(W, grads, s, 0.0, 1.0, epsilon=1.0)
    assert moved["W1"][0, 0] == -3 / (3 + 1)
    moved, *_ = optim.update_parameters_with_adam(W, grads, s, s, 1, 1.0, epsilon=1.0)
    assert moved["W1"][0, 0] == pytest.approx(-3 / (3 + 1), rel=1e-12)


def test_on_a_constant_gradient_adagrad_slows_down_and_rmsprop_does_not() -> None:
    W, grads = {"W": np.zeros(1)}, {"dW": np.array([5.0])}
    s_sum = s_mean = {"dW": np.zeros(1)}
    added = averaged = W
    for t in range(1, 1001):
        before_added, before_averaged = added["W"], averaged["W"]
        added, s_sum = optim.update_parameters_with_adagrad(added, grads, s_sum, 0.1)
        averaged, s_mean = optim.update_parameters_with_rmsprop(averaged, grads, s_mean, 0.9, 0.1)
        assert before_added[0] - added["W"][0] == pytest.approx(0.1 / np.sqrt(t), rel=1e-6)
        assert before_averaged[0] - averaged["W"][0] <= 0.1 / np.sqrt(0.1) * (1 + 1e-9)
    assert before_averaged[0] - averaged["W"][0] == pytest.approx(0.1, rel=1e-6)


def test_nesterov_is_exact_where_its_gradient_is_known() -> None:
    def slope(parameters: Parameters) -> Parameters:
        return {"dW": 3 * parameters["W"]}

    W, v = {"W": np.array([1.0])}, {"dW": np.array([0.5])}
    moved, velocity = optim.update_parameters_with_nesterov(W, slope, v, 0.8, 0.1)
    ahead = 1 - 0.1 * 0.8 * 0.5
    assert velocity["dW"][0] == pytest.approx(0.8 * 0.5 + 0.2 * 3 * ahead, rel=1e-14)
    assert moved["W"][0] == pytest.approx(1 - 0.1 * velocity["dW"][0], rel=1e-14)


def test_adadelta_does_not_see_the_scale_of_the_cost() -> None:
    W = zero = {"W": np.zeros(1)}
    steps = []
    for scale in (1.0, 1000.0):
        moved, *_ = optim.update_parameters_with_adadelta(
            W, {"dW": np.array([scale])}, {"dW": zero["W"]}, {"dW": zero["W"]}, epsilon=1e-12
        )
        steps.append(moved["W"][0])
    assert steps[0] == pytest.approx(steps[1], rel=1e-6)
    assert steps[0] < 0


def test_every_parameter_starts_with_zeros_of_its_own() -> None:
    v = optim.initialize_velocity({"W1": np.ones((2, 2), np.float32), "b1": np.ones((2, 2), np.float32)})
    v["dW1"][0, 0] = 1
    assert v["db1"][0, 0] == 0
    assert v["dW1"].dtype == np.float32


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    parameters, (grads, _, _) = draw(2, 3, 0)
    parameters, grads = ({k: x.astype(np.float32) for k, x in both.items()} for both in (parameters, grads))
    v, s = optim.initialize_adam(parameters)
    alpha, beta = np.float64(0.1), np.float64(0.9)
    copies = {k: x.copy() for k, x in (parameters | grads | v).items()}
    results = [
        optim.update_parameters_with_gd(parameters, grads, alpha),
        *optim.update_parameters_with_momentum(parameters, grads, v, beta, alpha),
        *optim.update_parameters_with_nesterov(parameters, lambda ahead: grads, v, beta, alpha),
        *optim.update_parameters_with_rmsprop(parameters, grads, s, beta, alpha),
        *optim.update_parameters_with_adagrad(parameters, grads, s, alpha),
        *optim.update_parameters_with_adadelta(parameters, grads, s, v),
        *optim.update_parameters_with_adam(parameters, grads, v, s, 1, alpha),
    ]
    for arrays in results:
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    for name, value in (parameters | grads | v).items():
        np.testing.assert_array_equal(value, copies[name])
    for array in s.values():
        assert not array.any()


def test_bad_input_is_named() -> None:
    W, grads, zero = {"W1": np.ones((1, 2))}, {"dW1": np.ones((1, 2))}, {"dW1": np.zeros((1, 2))}
    with pytest.raises(EngineError, match="grads should be a dictionary with the key 'dW1'"):
        optim.update_parameters_with_gd(W, {"W1": 1}, 0.1)
    with pytest.raises(EngineError, match=r"dW1 should be an array of shape \(1, 2\)"):
        optim.update_parameters_with_gd(W, {"dW1": np.ones((2, 1))}, 0.1)
    with pytest.raises(EngineError, match="v should be a dictionary with the key 'dW1'"):
        optim.update_parameters_with_momentum(W, grads, {}, 0.9, 0.1)
    with pytest.raises(EngineError, match=r"s\['dW1'\] should be an array of shape \(1, 2\)"):
        optim.update_parameters_with_rmsprop(W, grads, {"dW1": np.zeros(2)}, 0.9, 0.1)
    with pytest.raises(EngineError, match=r"beta should be a number in \[0, 1\)"):
        optim.update_parameters_with_momentum(W, grads, zero, 1, 0.1)
    with pytest.raises(EngineError, match="t should be a whole number from 1 up"):
        optim.update_parameters_with_adam(W, grads, zero, zero, 0)
    with pytest.raises(EngineError, match=r"epsilon should be a number in \(0, inf\)"):
        optim.update_parameters_with_adagrad(W, grads, zero, 0.1, 0)
