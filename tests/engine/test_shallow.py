from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import shallow
from engine.errors import EngineError, Parameters
from engine.textbook.shallow import backward_propagation_loops, forward_propagation_loops

sizes = st.integers(1, 5)
seeds = st.integers(0, 1000)


def draw(n_x: int, n_h: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray, Parameters]:
    rng = np.random.default_rng(seed)
    shapes = {"W1": (n_h, n_x), "b1": (n_h, 1), "W2": (1, n_h), "b2": (1, 1)}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return rng.normal(size=(n_x, m)), rng.integers(0, 2, size=(1, m)), parameters


def measurable(gradients: Parameters) -> bool:
    """Where gradients nearly cancel, what is left is no larger than the error of the central difference."""
    lengths = [np.linalg.norm(gradient) for gradient in gradients.values()]
    return all(length == 0 or length > 1e-3 for length in lengths)


@given(sizes, sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_gradients_are_those_of_the_cost(
    gradient_error: Callable[..., float], n_x: int, n_h: int, m: int, seed: int
) -> None:
    X, Y, parameters = draw(n_x, n_h, m, seed)
    _, cache = shallow.forward_propagation(X, parameters)
    grads = shallow.backward_propagation(parameters, cache, X, Y)

    def J(**parameters: np.ndarray) -> float:
        return shallow.compute_cost(shallow.forward_propagation(X, parameters)[0], Y, parameters)

    gradients = {name: grads[f"d{name}"] for name in parameters}
    assume(measurable(gradients))
    assert gradient_error(J, parameters, gradients) <= 1e-6


@given(sizes, sizes, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_both_passes_equal_their_loops(n_x: int, n_h: int, m: int, seed: int) -> None:
    X, Y, parameters = draw(n_x, n_h, m, seed)
    A2, cache = shallow.forward_propagation(X, parameters)
    A2_loops, cache_loops = forward_propagation_loops(X, parameters)
    np.testing.assert_allclose(A2, A2_loops, rtol=1e-12)
    assert sorted(cache) == ["A1", "A2", "Z1", "Z2"]
    for name, array in cache_loops.items():
        np.testing.assert_allclose(cache[name], array, rtol=1e-10, atol=1e-14)
    grads = shallow.backward_propagation(parameters, cache, X, Y)
    for name, array in backward_propagation_loops(parameters, cache_loops, X, Y).items():
        np.testing.assert_allclose(grads[name], array, rtol=1e-10, atol=1e-13)


def test_equal_hidden_units_stay_equal_and_zero_ones_stay_zero() -> None:
    X, Y, _ = draw(2, 3, 10, 0)
    shapes = {"W1": (3, 2), "b1": (3, 1), "W2": (1, 3), "b2": (1, 1)}
    for constant, rank in ((0.0, 0), (0.5, 1)):
        parameters = {name: np.full(shape, constant) for name, shape in shapes.items()}
        for _ in range(20):
            _, cache = shallow.forward_propagation(X, parameters)
            grads = shallow.backward_propagation(parameters, cache, X, Y)
            parameters = shallow.update_parameters(parameters, grads)
        assert np.linalg.matrix_rank(parameters["W1"], tol=1e-9) == rank


def test_training_separates_a_ring_from_its_middle() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 80))
    Y = (np.sum(X**2, axis=0, keepdims=True) < 1).astype(float)
    few = np.mean(shallow.predict(shallow.nn_model(X, Y, 4, num_iterations=10, rng=0), X) == Y)
    many = np.mean(shallow.predict(shallow.nn_model(X, Y, 4, num_iterations=1500, rng=0), X) == Y)
    assert few < 0.8
    assert many >= 0.95


def test_every_thousandth_cost_is_printed_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    shallow.nn_model([[1.0, -1.0]], [[1, 0]], 1, num_iterations=1001, print_cost=True, rng=0)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["After 0 updates", "After 1000 updates"]
    assert float(lines[0].split()[-1]) == pytest.approx(np.log(2), abs=1e-3)


def test_the_first_weights_are_small_random_and_repeatable() -> None:
    one, same, other = (shallow.initialize_parameters(20, 30, 2, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one["W1"], same["W1"])
    assert not np.array_equal(one["W1"], other["W1"])
    assert one["W1"].std() == pytest.approx(0.01, rel=0.1)
    assert not one["b1"].any()
    assert not one["b2"].any()


def test_a_map_of_regions_has_the_second_feature_down_its_rows() -> None:
    above_half = {"W1": [[0.0, 1.0]], "b1": [[-0.5]], "W2": [[1.0]], "b2": [[0.0]]}
    np.testing.assert_array_equal(shallow.decision_regions(above_half, (-9, 9, 0, 1), 2), [[0, 0], [1, 1]])


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    X, Y, parameters = draw(3, 4, 5, 0)
    X = X.astype(np.float32)
    parameters = {name: value.astype(np.float32) for name, value in parameters.items()}
    before = {name: value.copy() for name, value in parameters.items()}
    _, cache = shallow.forward_propagation(X, parameters)
    grads = shallow.backward_propagation(parameters, cache, X, Y)
    updated = shallow.update_parameters(parameters, grads, np.float64(0.1))
    trained = shallow.nn_model(X, Y, 2, num_iterations=2, rng=0)
    for arrays in (cache, grads, updated, trained):
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    for name, value in before.items():
        np.testing.assert_array_equal(parameters[name], value)


def test_bad_input_is_named() -> None:
    X, Y, parameters = draw(3, 4, 5, 0)
    with pytest.raises(EngineError, match="a dictionary with the key 'b2'"):
        shallow.forward_propagation(X, {name: value for name, value in parameters.items() if name != "b2"})
    with pytest.raises(EngineError, match=r"b1 should be an array of shape \(4, 1\), but it is an array of shape"):
        shallow.forward_propagation(X, {**parameters, "b1": np.zeros(4)})
    with pytest.raises(EngineError, match=r"W1 should be an array of shape \(n_h, 2\)"):
        shallow.forward_propagation(X[:2], parameters)
    _, cache = shallow.forward_propagation(X, parameters)
    with pytest.raises(EngineError, match="Y should be"):
        shallow.backward_propagation(parameters, cache, X, Y[:, :4])
    with pytest.raises(EngineError, match="a dictionary with the key 'dW1'"):
        shallow.update_parameters(parameters, {})
    with pytest.raises(EngineError, match="n_h should be a whole number from 1 up"):
        shallow.layer_sizes(X, Y, n_h=0)
    with pytest.raises(EngineError, match="num_iterations should be"):
        shallow.nn_model(X, Y, 4, num_iterations=0)
    with pytest.raises(EngineError, match="bounds should be"):
        shallow.decision_regions(parameters, (1, 0, 0, 1), 2)
    with pytest.raises(EngineError, match="A2 should be"):
        shallow.compute_cost([0.5], [1])
