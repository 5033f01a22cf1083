from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import gradcheck as gc
from engine.dnn import initialize_parameters_deep
from engine.errors import EngineError, Parameters

sizes = st.integers(1, 4)
seeds = st.integers(0, 1000)
numbers = st.floats(-100, 100)


Checked = tuple[np.ndarray, np.ndarray, Parameters, Parameters]


def network(dims: list[int], m: int, seed: int) -> Checked:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(dims[0], m)), rng.integers(0, 2, size=(dims[-1], m))
    parameters = initialize_parameters_deep(dims, scale=None, rng=rng)
    for layer in range(1, len(dims)):
        parameters[f"b{layer}"] = rng.normal(size=(dims[layer], 1))
    _, cache = gc.forward_propagation_n(X, Y, parameters)
    return X, Y, parameters, gc.backward_propagation_n(X, Y, cache)


@given(numbers, numbers)
@settings(max_examples=20, deadline=None)
def test_the_slope_of_a_line_is_right_everywhere(x: float, theta: float) -> None:
    assert gc.forward_propagation(x, theta) == x * theta
    assert gc.gradient_check(x, theta, epsilon=1e-4) < 1e-7 or abs(x) < 1e-6


@given(st.lists(sizes, min_size=2, max_size=4), sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_right_gradients_of_any_depth_pass(dims: list[int], m: int, seed: int) -> None:
    X, Y, parameters, gradients = network(dims, m, seed)
    _, cache = gc.forward_propagation_n(X, Y, parameters)
    # Central differences are wrong across the kink of a ReLU, and lose digits where an output is near 0 or 1.
    assume(all(np.min(np.abs(Z)) > 1e-3 for Z in cache[::4]))
    assume(np.max(np.abs(cache[-4])) < 5)
    assert gc.gradient_check_n(parameters, gradients, X, Y, epsilon=1e-5) < 1e-6


@pytest.mark.parametrize("key", ["W1", "b1", "W2", "b2", "W3", "b3"])
def test_the_parameter_with_the_wrong_gradient_is_found(key: str) -> None:
    X, Y, parameters, gradients = network([4, 5, 3, 1], 6, 0)
    gradients[f"d{key}"] = 2 * gradients[f"d{key}"]
    assert gc.gradient_check_n(parameters, gradients, X, Y) > 1e-3
    errors = gc.gradient_check_by_key(parameters, gradients, X, Y)
    assert [name for name, error in errors.items() if error > 1e-3] == [key]


def test_float32_parameters_are_checked_in_float64_and_stay_as_they_are() -> None:
    X, Y, parameters, _ = network([3, 4, 1], 5, 0)
    small = {name: value.astype(np.float32) for name, value in parameters.items()}
    before = {name: value.copy() for name, value in small.items()}
    X = X.astype(np.float32)
    exact = {name: value.astype(np.float64) for name, value in small.items()}
    _, cache = gc.forward_propagation_n(X.astype(np.float64), Y, exact)
    assert gc.gradient_check_n(small, gc.backward_propagation_n(X, Y, cache), X, Y) < 1e-6
    for name, value in before.items():
        np.testing.assert_array_equal(small[name], value)


def test_any_cost_can_be_checked() -> None:
    parameters = {"gamma": np.array([1.0, 2.0]), "beta": np.array(3.0)}

    def J(parameters: Parameters) -> float:
        return float(np.sum(parameters["gamma"] ** 3) * parameters["beta"])

    gradients = {"dbeta": np.array(9.0), "dgamma": np.array([9.0, 36.0])}
    assert gc.gradient_check_n(parameters, gradients, J=J) < 1e-7


@given(st.lists(st.tuples(sizes, sizes), min_size=1, max_size=4), seeds)
@settings(max_examples=20, deadline=None)
def test_a_dictionary_comes_back_from_its_vector(shapes: list[tuple[int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    parameters = {f"W{layer}": rng.normal(size=shape) for layer, shape in enumerate(shapes)}
    theta, keys = gc.dictionary_to_vector(parameters)
    assert theta.shape == (len(keys), 1) == (sum(rows * columns for rows, columns in shapes), 1)
    back = gc.vector_to_dictionary(theta, {name: value.shape for name, value in parameters.items()})
    assert list(back) == list(parameters)
    for name, value in parameters.items():
        np.testing.assert_array_equal(back[name], value)
        np.testing.assert_array_equal(theta[np.array(keys) == name, 0], value.ravel())
        assert not np.shares_memory(back[name], theta)


def test_gradients_go_in_the_order_of_the_parameters() -> None:
    gradients = {"dZ2": [[0]], "dW2": [[3]], "db2": [[4]], "dA1": [[0]], "dW1": [[1]], "db1": [[2]]}
    np.testing.assert_array_equal(gc.gradients_to_vector(gradients), [[1], [2], [3], [4]])
    np.testing.assert_array_equal(gc.gradients_to_vector(gradients, ["b2", "W1"]), [[4], [1]])


def test_a_central_difference_is_exact_to_the_square_of_its_step() -> None:
    exact = 4 * 1.5**3

    def error(h: float) -> float:
        return abs(gc.directional_derivative(lambda x: float(x**4), 1.5, 1.0, h) - exact)

    assert error(0.01) / error(0.001) == pytest.approx(100, rel=0.01)
    np.testing.assert_allclose(gc.numerical_gradient(lambda x: float(np.prod(x)), [2.0, 3.0]), [3, 2], rtol=1e-8)


def test_the_relative_error_is_0_for_equal_and_1_for_opposite_gradients() -> None:
    assert gc.relative_error([0.0, 0.0], [0.0, 0.0]) == 0
    assert gc.relative_error([1.0, 2.0], [-1.0, -2.0]) == 1


def test_the_verdict_is_printed_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    gc.gradient_check(2.0, 3.0, print_msg=True)
    gc.gradient_check_n({"W": 1.0}, {"dW": 3.0}, J=lambda parameters: float(parameters["W"] ** 2), print_msg=True)
    gc.gradient_check_n({"W": 1.0}, {"dW": 2.0001}, J=lambda parameters: float(parameters["W"] ** 2), print_msg=True)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "The gradients agree",
        "There is a mistake in the gradients",
        "Look closer at the gradients",
    ]


def test_bad_input_is_named() -> None:
    X, Y, parameters, gradients = network([2, 1], 3, 0)
    with pytest.raises(EngineError, match="J should be the cost as a function"):
        gc.gradient_check_n(parameters, gradients)
    with pytest.raises(EngineError, match="the key 'dW1'"):
        gc.gradient_check_n(parameters, {}, X, Y)
    with pytest.raises(EngineError, match=r"dW1 should be an array of shape \(1, 2\)"):
        gc.gradient_check_n(parameters, {**gradients, "dW1": [[1.0]]}, X, Y)
    with pytest.raises(EngineError, match=r"epsilon should be a number in \(0, inf\)"):
        gc.gradient_check(1.0, 1.0, epsilon=0)
    with pytest.raises(EngineError, match=r"theta should be an array of shape \(3, 1\)"):
        gc.vector_to_dictionary([[1.0]], {"W": (1, 3)})
    with pytest.raises(EngineError, match="parameters should be a dictionary with at least one array"):
        gc.dictionary_to_vector({})
    with pytest.raises(EngineError, match=r"h should be a number in \(0, inf\)"):
        gc.directional_derivative(lambda x: 0.0, [1.0], [1.0], h=0)


def test_a_float32_point_is_moved_in_float64() -> None:
    x = np.array([1.5, -2.0], np.float32)
    gradient = gc.numerical_gradient(lambda x: float(np.sum(x**3)), x)
    np.testing.assert_allclose(gradient, [6.75, 12], rtol=1e-8)
    assert gc.directional_derivative(lambda x: float(np.sum(x**3)), x, x) == pytest.approx(-13.875, rel=1e-8)
