from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import regularization as reg
from engine.dnn import L_model_backward, L_model_forward, compute_cost, initialize_parameters_deep
from engine.dropout import dropout_backward, dropout_forward, keep_probs_of
from engine.errors import EngineError, Parameters
from engine.textbook import regularization as textbook

sizes = st.integers(1, 5)
seeds = st.integers(0, 1000)
layer_dims = st.lists(sizes, min_size=2, max_size=4)
Problem = tuple[np.ndarray, np.ndarray, Parameters]


def draw(dims: list[int], m: int, seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    parameters = initialize_parameters_deep(dims, scale=None, rng=rng)
    for layer in range(1, len(dims)):
        parameters[f"b{layer}"] = rng.normal(size=(dims[layer], 1))
    return rng.normal(size=(dims[0], m)), rng.integers(0, 2, size=(dims[-1], m)), parameters


def away_from_kinks(Z: np.ndarray) -> bool:
    return bool(np.min(np.abs(Z)) > 1e-3)


def differences_are_exact(hidden_Z: tuple[np.ndarray, ...], last_Z: np.ndarray) -> bool:
    """Central differences are wrong across the kink of a ReLU, and lose digits where an output is near 0 or 1."""
    return all(map(away_from_kinks, hidden_Z)) and bool(np.max(np.abs(last_Z)) < 5)


def measurable(gradients: Parameters) -> bool:
    """Where gradients nearly cancel, what is left is no larger than the error of the central difference."""
    lengths = [np.linalg.norm(gradient) for gradient in gradients.values()]
    return all(length == 0 or length > 1e-3 for length in lengths)


@given(layer_dims, sizes, seeds, st.sampled_from([0.0, 0.7, 20.0]))
@settings(max_examples=10, deadline=None)
def test_the_gradients_are_those_of_the_cost_with_its_penalty(
    gradient_error: Callable[..., float], dims: list[int], m: int, seed: int, lambd: float
) -> None:
    X, Y, parameters = draw(dims, m, seed)
    _, cache = reg.forward_propagation(X, parameters)
    assume(differences_are_exact(cache[:-4:4], cache[-4]))
    gradients = reg.backward_propagation_with_regularization(X, Y, cache, lambd)

    def J(**parameters: np.ndarray) -> float:
        A, _ = reg.forward_propagation(X, parameters)
        return reg.compute_cost_with_regularization(A, Y, parameters, lambd)

    slopes = {name: gradients[f"d{name}"] for name in parameters}
    assume(measurable(slopes))
    assert gradient_error(J, parameters, slopes) <= 1e-6


@given(layer_dims, sizes, seeds, st.sampled_from([0.3, 0.8, 1.0]))
@settings(max_examples=10, deadline=None)
def test_with_the_same_masks_dropout_has_the_gradients_of_its_cost(
    gradient_error: Callable[..., float], dims: list[int], m: int, seed: int, keep_prob: float
) -> None:
    X, Y, parameters = draw(dims, m, seed)
    _, cache = reg.forward_propagation_with_dropout(X, parameters, keep_prob, rng=seed)
    assume(differences_are_exact(cache[:-4:5], cache[-4]))
    gradients = reg.backward_propagation_with_dropout(X, Y, cache, keep_prob)

    def J(**parameters: np.ndarray) -> float:
        return compute_cost(reg.forward_propagation_with_dropout(X, parameters, keep_prob, rng=seed)[0], Y)

    slopes = {name: gradients[f"d{name}"] for name in parameters}
    assume(measurable(slopes))
    assert gradient_error(J, parameters, slopes) <= 1e-6


@given(layer_dims, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_without_penalty_and_dropout_it_is_the_plain_network(dims: list[int], m: int, seed: int) -> None:
    X, Y, parameters = draw(dims, m, seed)
    AL, caches = L_model_forward(X, parameters)
    plain = L_model_backward(AL, Y, caches, input_gradient=False)
    A, cache = reg.forward_propagation(X, parameters)
    A_kept, cache_kept = reg.forward_propagation_with_dropout(X, parameters, keep_prob=1, rng=0)
    np.testing.assert_array_equal(A, AL)
    np.testing.assert_array_equal(A_kept, AL)
    assert (len(cache), len(cache_kept)) == (4 * (len(dims) - 1), 5 * (len(dims) - 1) - 1)
    for gradients in (
        reg.backward_propagation_with_regularization(X, Y, cache, 0),
        reg.backward_propagation_with_dropout(X, Y, cache_kept, 1),
    ):
        for name, value in plain.items():
            np.testing.assert_allclose(gradients[name], value, rtol=1e-12, atol=1e-15)


@given(layer_dims, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_penalty_equals_its_loop_and_leaves_the_biases_out(dims: list[int], m: int, seed: int) -> None:
    X, Y, parameters = draw(dims, m, seed)
    A, _ = reg.forward_propagation(X, parameters)
    extra = reg.compute_cost_with_regularization(A, Y, parameters, 0.7) - compute_cost(A, Y)
    assert extra == pytest.approx(textbook.l2_penalty_loops(parameters, 0.7, m), rel=1e-9, abs=1e-12)


# Dropout of one layer


@given(sizes, sizes, seeds, st.sampled_from([0.2, 0.5, 1.0]))
@settings(max_examples=10, deadline=None)
def test_both_passes_of_dropout_equal_their_loops(n: int, m: int, seed: int, keep_prob: float) -> None:
    A, dA = np.random.default_rng(seed).normal(size=(2, n, m))
    dropped, cache = dropout_forward(A, keep_prob, rng=seed)
    dropped_loops, cache_loops = textbook.dropout_forward_loops(A, keep_prob, rng=seed)
    np.testing.assert_array_equal(dropped, dropped_loops)
    np.testing.assert_array_equal(cache[0], cache_loops[0])
    np.testing.assert_array_equal(dropout_backward(dA, cache), textbook.dropout_backward_loops(dA, cache))


@pytest.mark.parametrize("keep_prob", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_the_share_that_is_asked_for(keep_prob: float) -> None:
    A = np.full((300, 300), 2.0)
    dropped, (D, _) = dropout_forward(A, keep_prob, rng=0)
    assert D.mean() == pytest.approx(keep_prob, abs=0.01)
    assert dropped.mean() == pytest.approx(2, rel=0.03)
    np.testing.assert_allclose(dropped[D == 1], 2 / keep_prob)


def test_each_layer_can_have_its_own_share_and_its_own_mask() -> None:
    X, _, parameters = draw([4, 200, 200, 1], 5, 0)
    _, cache = reg.forward_propagation_with_dropout(X, parameters, [0.2, 0.9], rng=0)
    D1, D2 = cache[1], cache[6]
    assert D1.mean() == pytest.approx(0.2, abs=0.05)
    assert D2.mean() == pytest.approx(0.9, abs=0.05)
    _, equal = reg.forward_propagation_with_dropout(X, parameters, 0.5, rng=0)
    assert not np.array_equal(equal[1], equal[6])


# L1


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_the_l1_slope_is_that_of_its_penalty(gradient_error: Callable[..., float], seed: int) -> None:
    _, _, parameters = draw([3, 2], 1, seed)
    W = parameters["W1"]
    assume(away_from_kinks(W))

    def J(W: np.ndarray) -> float:
        return reg.l1_penalty({"W1": W, "b1": parameters["b1"]}, 0.7, m=5)

    assert gradient_error(J, {"W": W}, {"W": reg.l1_subgradient(W, 0.7, m=5)}) <= 1e-6


@given(st.floats(-3, 3), st.floats(0, 2))
@settings(max_examples=30, deadline=None)
def test_the_soft_threshold_is_the_best_compromise_with_the_penalty(w: float, threshold: float) -> None:
    grid = np.linspace(-3, 3, 601)
    best = float(reg.soft_threshold(w, threshold))
    assert (best - w) ** 2 / 2 + threshold * abs(best) <= np.min((grid - w) ** 2 / 2 + threshold * np.abs(grid)) + 1e-12
    assert (best == 0) == (abs(w) <= threshold)


# Training


@pytest.mark.parametrize("options", [{}, {"lambd": 0.1}, {"keep_prob": 0.9}])
def test_training_raises_the_accuracy(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 80))
    Y = (X[:1] * X[1:] > 0).astype(float)
    costs: list[float] = []
    parameters = reg.model(X, Y, 0.3, 500, False, rng=3, record=lambda i, cost: costs.append(cost), **options)
    A, _ = reg.forward_propagation(X, parameters)
    assert np.mean((A > 0.5) == Y) >= 0.9
    assert len(costs) == 500
    assert costs[-1] < costs[0]


def test_float32_stays_float32_and_the_cost_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    X = np.array([[1.0, -1.0]], np.float32)
    for options in ({"lambd": np.float64(0.1)}, {"keep_prob": 0.5}):
        parameters = reg.model(X, [[1, 0]], num_iterations=2, rng=0, **options)
        assert {value.dtype for value in parameters.values()} == {np.dtype(np.float32)}
        assert capsys.readouterr().out.startswith("After 0 updates: cost ")
    weights = np.array([[-2, 1]], np.float32)
    assert reg.l1_subgradient(weights, np.float64(1), 2).dtype == np.float32
    assert reg.soft_threshold(weights, np.float64(1)).dtype == np.float32


def test_bad_input_is_named() -> None:
    X, Y, parameters = draw([2, 3, 1], 4, 0)
    AL, cache = reg.forward_propagation(X, parameters)
    for keep_prob in (0, 1.5, -0.2, np.nan):
        with pytest.raises(EngineError, match=r"keep_prob should be a number in \(0, 1\]"):
            dropout_forward(X, keep_prob)
    with pytest.raises(EngineError, match="keep_prob should be a number, or 1 of them"):
        reg.forward_propagation_with_dropout(X, parameters, [0.5, 0.5])
    with pytest.raises(EngineError, match=r"keep_prob should be a number in \(0, 1\]"):
        keep_probs_of([0.5, 0], 2)
    with pytest.raises(EngineError, match=r"lambd should be a number in \[0, inf\)"):
        reg.compute_cost_with_regularization(AL, Y, parameters, -1)
    with pytest.raises(EngineError, match="cache should be 4 arrays for each"):
        reg.backward_propagation_with_regularization(X, Y, cache[:-1], 0.1)
    with pytest.raises(EngineError, match="cache should be 5 arrays for each"):
        reg.backward_propagation_with_dropout(X, Y, cache, 0.5)
    with pytest.raises(EngineError, match="cache should be 4 arrays for each"):
        reg.backward_propagation_with_dropout(X, Y, (), 0.5)
    with pytest.raises(EngineError, match=r"X should be an array of shape \(2, 4\)"):
        reg.backward_propagation_with_regularization(X[:, :3], Y, cache, 0.1)
    with pytest.raises(EngineError, match="keep_prob should be 1 when lambd is not 0"):
        reg.model(X, Y, lambd=0.1, keep_prob=0.5)
    with pytest.raises(EngineError, match="dA_dropped should be an array of shape"):
        dropout_backward(X, (np.ones((1, 1)), 0.5))
    with pytest.raises(EngineError, match=r"threshold should be a number in \[0, inf\)"):
        reg.soft_threshold([1.0], -1)
    with pytest.raises(EngineError, match="m should be a whole number"):
        reg.l1_penalty(parameters, 1, 0)
