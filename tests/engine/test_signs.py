from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import signs
from engine.crossentropy import one_hot_matrix
from engine.datasets import digits
from engine.errors import EngineError, Parameters
from engine.graph import Session
from engine.tape import Tape, Variable


def problem(seed: int, sizes: tuple[int, int, int, int] = (7, 5, 4, 3), m: int = 6) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(sizes[0], m)), one_hot_matrix(rng.integers(0, sizes[-1], size=m), sizes[-1])


@given(st.tuples(*[st.integers(1, 6)] * 4), st.integers(1, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_arrays_a_graph_and_a_tape_give_one_cost_and_the_tape_its_gradients(
    gradient_error: Callable[..., float], sizes: tuple[int, int, int, int], m: int, seed: int
) -> None:
    values, labels = problem(seed, sizes, m)
    # With biases of 0 a unit behind silent ones sits at the kink of ReLU, where there is no slope to measure.
    rng = np.random.default_rng(seed)
    start = signs.initialize_parameters(sizes, rng)
    parameters = {name: rng.normal(size=value.shape) if name[0] == "b" else value for name, value in start.items()}
    at_once = signs.compute_cost(signs.forward_propagation(values, parameters), labels)

    X, Y = signs.create_placeholders(sizes[0], sizes[-1])
    later = signs.compute_cost(signs.forward_propagation(X, parameters), Y)
    assert Session().run(later, {X: values, Y: labels}) == pytest.approx(at_once, rel=1e-12)

    variables = {name: Variable(value) for name, value in parameters.items()}
    with Tape() as tape:
        J = signs.compute_total_loss(signs.forward_propagation(values, variables), labels)
    assert J.value == pytest.approx(at_once * m, rel=1e-12)
    assert signs.compute_total_loss(signs.forward_propagation(values, parameters), labels) == pytest.approx(J.value)
    gradients = dict(zip(variables, tape.gradient(J, list(variables.values())), strict=True))

    def total(**parameters: np.ndarray) -> float:
        return signs.compute_total_loss(signs.forward_propagation(values, parameters), labels)

    assert gradient_error(total, parameters, gradients) <= 1e-6


def test_the_single_pieces_are_what_they_say() -> None:
    rng = np.random.default_rng(3)
    X, W, b = rng.normal(size=(3, 1)), rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
    np.testing.assert_allclose(signs.linear_function(rng=3), W @ X + b)
    z, y = np.array([[-2.0, 0.5]]), np.array([[1.0, 0.3]])
    a = signs.sigmoid(z)
    np.testing.assert_allclose(a, 1 / (1 + np.exp(-z)))
    np.testing.assert_allclose(signs.cost(z, y), -(y * np.log(a) + (1 - y) * np.log(1 - a)))
    picture = rng.integers(0, 256, size=(4, 5, 3)).astype(np.uint8)
    flat = signs.normalize(picture)
    assert (flat.shape, flat.dtype) == ((60,), np.float32)
    np.testing.assert_allclose(flat.reshape(4, 5, 3) * 255, picture, rtol=1e-6)


def test_training_on_digits_reads_other_digits() -> None:
    X_train, y_train, X_test, y_test = digits()
    columns = [X.reshape(len(X), -1).T for X in (X_train[:2000], X_test[:200])]
    Y = [one_hot_matrix(y, 10) for y in (y_train[:2000], y_test[:200])]
    parameters, costs, train_acc, test_acc = signs.model(
        columns[0], Y[0], columns[1], Y[1], learning_rate=0.01, num_epochs=8, print_cost=False, rng=0
    )
    assert len(costs) == len(train_acc) == len(test_acc) == 8
    assert costs[-1] < costs[0] / 5
    assert test_acc[-1] >= 0.85
    assert {value.dtype for value in parameters.values()} == {np.dtype(np.float32)}


def test_training_prints_every_hundredth_epoch_and_repeats_with_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    X, Y = problem(0)
    before = X.copy(), Y.copy()
    runs = [signs.model(X, Y, X, Y, num_epochs=101, minibatch_size=4, rng=1) for _ in range(2)]
    assert capsys.readouterr().out.count(": cost ") == 4
    assert runs[0][1] == runs[1][1]
    np.testing.assert_array_equal([X, Y][0], before[0])
    np.testing.assert_array_equal(Y, before[1])


def test_bad_input_is_told() -> None:
    X, Y = problem(0)
    parameters: Parameters = signs.initialize_parameters([7, 5, 4, 3], rng=0)
    with pytest.raises(EngineError, match="layers_dims should be a list of 4 sizes"):
        signs.initialize_parameters([7, 5, 3])
    with pytest.raises(EngineError, match=r"X should be an array of shape \(7, m\)"):
        signs.forward_propagation(X.T, parameters)
    with pytest.raises(EngineError, match="a dictionary with the key 'b3'"):
        signs.forward_propagation(X, {name: value for name, value in parameters.items() if name != "b3"})
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(3, 6\)"):
        signs.compute_cost(signs.forward_propagation(X, parameters), Y.T)
    with pytest.raises(EngineError, match=r"Y_train should be an array of shape \(n_y, 6\)"):
        signs.model(X, Y.T, X, Y)
    with pytest.raises(EngineError, match=r"image should be an array of shape \(n_H, n_W, n_C\)"):
        signs.normalize(np.zeros((4, 4)))
