from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import logistic
from engine.basics import bce_with_logits
from engine.datasets import breast_cancer
from engine.errors import EngineError
from engine.gradcheck import directional_derivative, numerical_gradient, relative_error
from engine.textbook import logistic as textbook

sizes = st.integers(1, 8)
seeds = st.integers(0, 2**32 - 1)
Draw = Callable[[int, int, int], Any]


# The cost


@given(seeds, sizes)
def test_the_cost_equals_its_loop_and_the_cost_from_logits(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(1, m))
    Y = rng.integers(0, 2, size=(1, m))
    A = 1 / (1 + np.exp(-Z))
    cost = logistic.compute_cost(A, Y)
    assert type(cost) is float
    assert cost == pytest.approx(textbook.compute_cost_loops(A, Y), rel=1e-12)
    assert cost == pytest.approx(bce_with_logits(Z, Y), rel=1e-12)


@given(seeds, sizes)
def test_the_slope_of_the_cost_in_a_is_the_one_of_the_lecture(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    A = rng.uniform(0.1, 0.9, size=(1, m))
    Y = rng.integers(0, 2, size=(1, m))
    gradient = (-Y / A + (1 - Y) / (1 - A)) / m
    assert relative_error(gradient, numerical_gradient(lambda a: logistic.compute_cost(a, Y), A)) <= 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_certain_prediction_costs_nothing_when_right_and_stays_finite_when_wrong(dtype: type) -> None:
    certain = np.array([[0, 1]], dtype)
    assert logistic.compute_cost(certain, [[0, 1]]) == 0.0
    wrong = logistic.compute_cost(certain, [[1, 0]])
    assert 80 < wrong < np.inf


def test_a_tiny_probability_keeps_its_exact_loss() -> None:
    assert logistic.compute_cost([[1e-300]], [[1]]) == pytest.approx(300 * np.log(10))


# Gradients


@given(seeds, sizes, sizes)
@example(seed=0, n_x=1, m=1)
def test_both_gradients_agree_with_central_differences(logistic_problem: Draw, seed: int, n_x: int, m: int) -> None:
    w, b, X, Y = logistic_problem(seed, n_x, m)
    grads, _ = logistic.propagate(w, b, X, Y)
    assert grads["dw"].shape == w.shape
    assert type(grads["db"]) is float

    def J(parameters: np.ndarray) -> float:
        return logistic.propagate(parameters[:-1], parameters[-1, 0], X, Y)[1]

    parameters = np.vstack([w, [[b]]])
    gradient = np.vstack([grads["dw"], [[grads["db"]]]])
    assert relative_error(gradient, numerical_gradient(J, parameters, h=1e-5)) <= 1e-6
    slope = directional_derivative(J, parameters, gradient, h=1e-5)
    assert relative_error(np.sum(gradient**2), slope) <= 1e-6


@given(seeds, sizes, sizes)
@example(seed=0, n_x=1, m=1)
def test_the_vectorized_gradients_equal_the_loops(logistic_problem: Draw, seed: int, n_x: int, m: int) -> None:
    w, b, X, Y = logistic_problem(seed, n_x, m)
    grads, cost = logistic.propagate(w, b, X, Y)
    loop_grads, loop_cost = textbook.propagate_loops(w, b, X, Y)
    np.testing.assert_allclose(grads["dw"], loop_grads["dw"], rtol=1e-10, atol=1e-13)
    assert grads["db"] == pytest.approx(loop_grads["db"], rel=1e-10, abs=1e-13)
    assert cost == pytest.approx(loop_cost, rel=1e-12)
    np.testing.assert_array_equal(logistic.predict(w, b, X), textbook.predict_loops(w, b, X))


@given(seeds, sizes)
def test_the_loop_of_the_sigmoid_equals_the_vectorized_one(seed: int, m: int) -> None:
    z = np.random.default_rng(seed).normal(scale=20, size=(1, m))
    np.testing.assert_allclose(textbook.sigmoid_loops(z), logistic.sigmoid(z), rtol=1e-14)


def test_a_saturated_neuron_gives_finite_gradients_in_silence() -> None:
    grads, cost = logistic.propagate([[1.0]], 0.0, [[1e4, -1e4, 1e4]], [[1, 0, 0]])
    assert np.isfinite(cost)
    np.testing.assert_allclose(grads["dw"], [[1e4 / 3]])


@pytest.mark.parametrize("labels", [np.float32, np.int64])
def test_float32_stays_float32(logistic_problem: Draw, labels: type) -> None:
    w, b, X, Y = logistic_problem(1, 3, 5)
    w, X, Y = w.astype(np.float32), X.astype(np.float32), Y.astype(labels)
    assert logistic.propagate(w, np.float64(b), X, Y)[0]["dw"].dtype == np.float32
    assert textbook.propagate_loops(w, b, X, Y)[0]["dw"].dtype == np.float32
    assert logistic.optimize(w, b, X, Y)[0]["w"].dtype == np.float32
    assert logistic.predict(w, b, X).dtype == np.float32
    assert logistic.model(X, Y, X, Y, num_iterations=2)["w"].dtype == np.float32


# Training


def test_the_start_is_a_column_of_zeros() -> None:
    w, b = logistic.initialize_with_zeros(3)
    np.testing.assert_array_equal(w, np.zeros((3, 1)))
    assert (b, type(b)) == (0.0, float)


@given(seeds, sizes, sizes)
def test_one_iteration_is_one_step_against_the_gradient(logistic_problem: Draw, seed: int, n_x: int, m: int) -> None:
    w, b, X, Y = logistic_problem(seed, n_x, m)
    grads, cost = logistic.propagate(w, b, X, Y)
    params, last_grads, costs = logistic.optimize(w, b, X, Y, num_iterations=1, learning_rate=0.3)
    np.testing.assert_array_equal(params["w"], w - 0.3 * grads["dw"])
    assert params["b"] == b - 0.3 * grads["db"]
    assert last_grads["db"] == grads["db"]
    assert costs == [cost]


def test_optimize_leaves_the_callers_parameters_alone(logistic_problem: Draw) -> None:
    w, b, X, Y = logistic_problem(2, 3, 5)
    before, bias = w.copy(), np.array(b)
    params, _, _ = logistic.optimize(w, bias, X, Y, num_iterations=3)
    np.testing.assert_array_equal(w, before)
    assert bias == b
    assert params["w"] is not w


@pytest.mark.parametrize(("num_iterations", "recorded"), [(1, 1), (100, 1), (101, 2), (250, 3)])
def test_the_cost_is_recorded_every_100_iterations(logistic_problem: Draw, num_iterations: int, recorded: int) -> None:
    _, _, costs = logistic.optimize(*logistic_problem(3, 2, 4), num_iterations=num_iterations)
    assert len(costs) == recorded


def test_a_small_step_lowers_the_cost_every_time(logistic_problem: Draw) -> None:
    _, _, costs = logistic.optimize(*logistic_problem(4, 3, 20), num_iterations=1000, learning_rate=0.1)
    assert np.all(np.diff(costs) < 0)


def test_costs_are_printed_only_when_asked(logistic_problem: Draw, capsys: pytest.CaptureFixture[str]) -> None:
    problem = logistic_problem(5, 2, 4)
    logistic.optimize(*problem, num_iterations=101)
    assert capsys.readouterr().out == ""
    _, _, costs = logistic.optimize(*problem, num_iterations=101, print_cost=True)
    assert capsys.readouterr().out.splitlines() == [
        f"After 0 updates: cost {costs[0]:f}",
        f"After 100 updates: cost {costs[1]:f}",
    ]


def test_a_probability_of_exactly_one_half_is_label_0() -> None:
    np.testing.assert_array_equal(logistic.predict([[1.0]], 0.0, [[0.0, 1e-3, -1e-3]]), [[0, 1, 0]])


def test_the_model_diagnoses_at_least_97_of_100_unseen_lumps(capsys: pytest.CaptureFixture[str]) -> None:
    X_train, Y_train, X_test, Y_test = breast_cancer(standardize=True)
    d = logistic.model(X_train, Y_train, X_test, Y_test, print_cost=True)
    assert np.mean(d["Y_prediction_train"] == Y_train) >= 0.98
    assert np.mean(d["Y_prediction_test"] == Y_test) >= 0.97
    assert d["costs"][0] == pytest.approx(np.log(2))
    assert d["costs"][-1] < 0.06
    assert (d["num_iterations"], d["learning_rate"], len(d["costs"])) == (2000, 0.5, 20)
    np.testing.assert_array_equal(d["Y_prediction_test"], logistic.predict(d["w"], d["b"], X_test))
    assert capsys.readouterr().out.splitlines()[-2:] == ["train accuracy: 98.59 %", "test accuracy: 97.89 %"]


def test_the_path_of_descent_keeps_every_point_and_starts_at_x0() -> None:
    path = logistic.gd_1d(lambda x: 2 * (x - 3), x0=0, alpha=0.1, n=200)
    assert path.shape == (201,)
    assert path[0] == 0
    np.testing.assert_allclose(path[:-1] - 0.1 * 2 * (path[:-1] - 3), path[1:])
    assert path[-1] == pytest.approx(3)
    np.testing.assert_array_equal(logistic.gd_1d(lambda x: x, 5.0, 0.1, 0), [5.0])


@given(st.floats(0.1, 10), st.floats(0.05, 4))
def test_descent_converges_exactly_below_two_over_the_curvature(c: float, step: float) -> None:
    path = np.abs(logistic.gd_1d(lambda x: c * x, x0=1.0, alpha=step / c, n=5))
    if step < 1.99:
        assert path[-1] < path[0]
    elif step > 2.01:
        assert path[-1] > path[0]


# Bad input


@pytest.mark.parametrize(
    ("argument", "replacement"),
    [
        ("w", np.zeros(3)),
        ("w", np.zeros((1, 3))),
        ("b", np.zeros((3, 1))),
        ("b", "0"),
        ("X", np.zeros(5)),
        ("X", np.zeros((4, 5))),
        ("X", np.zeros((3, 0))),
        ("Y", np.zeros(5)),
        ("Y", np.zeros((5, 1))),
        ("Y", np.zeros((1, 1))),
    ],
)
@pytest.mark.parametrize("function", [logistic.propagate, logistic.optimize, textbook.propagate_loops])
def test_a_wrong_shape_is_one_error_that_names_the_argument(function, argument: str, replacement: object) -> None:
    arguments: dict[str, Any] = {
        "w": np.zeros((3, 1)),
        "b": 0.0,
        "X": np.zeros((3, 5)),
        "Y": np.zeros((1, 5)),
    }
    arguments[argument] = replacement
    # A w of another length is a valid w; the error then names X.
    with pytest.raises(EngineError, match=rf"^{argument} should be"):
        function(**arguments)


def test_predict_cost_and_model_refuse_wrong_shapes() -> None:
    with pytest.raises(EngineError, match="X should be"):
        logistic.predict(np.zeros((3, 1)), 0.0, np.zeros((5, 3)))
    with pytest.raises(EngineError, match="A should be"):
        logistic.compute_cost(np.full(3, 0.5), np.zeros(3))
    with pytest.raises(EngineError, match="Y should be"):
        logistic.compute_cost(np.full((1, 3), 0.5), np.zeros((3, 1)))
    with pytest.raises(EngineError, match="X_test should be"):
        logistic.model(np.zeros((3, 5)), np.zeros((1, 5)), np.zeros((2, 4)), np.zeros((1, 4)))
    with pytest.raises(EngineError, match="Y_test should be"):
        logistic.model(np.zeros((3, 5)), np.zeros((1, 5)), np.zeros((3, 4)), np.zeros((1, 5)))


def test_counts_below_their_minimum_are_refused() -> None:
    with pytest.raises(EngineError, match="dim should be a whole number from 1 up"):
        logistic.initialize_with_zeros(0)
    with pytest.raises(EngineError, match="num_iterations should be a whole number from 1 up"):
        logistic.optimize([[0.0]], 0.0, [[1.0]], [[1]], num_iterations=0)
    with pytest.raises(EngineError, match="n should be a whole number from 0 up"):
        logistic.gd_1d(lambda x: x, 1.0, 0.1, -1)
    with pytest.raises(EngineError, match=r"learning_rate should be a number in \[0, inf\)"):
        logistic.optimize([[0.0]], 0.0, [[1.0]], [[1]], learning_rate=-0.1)
