from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import dnn
from engine.errors import EngineError, Parameters
from engine.textbook import dnn as textbook

sizes = st.integers(1, 5)
seeds = st.integers(0, 1000)
layer_dims = st.lists(sizes, min_size=2, max_size=5)


def draw(dims: list[int], m: int, seed: int) -> tuple[np.ndarray, np.ndarray, Parameters]:
    """A problem on which central differences are exact: no ReLU near its kink, no output near 0 or 1."""
    rng = np.random.default_rng(seed)
    parameters = dnn.initialize_parameters_deep(dims, scale=None, rng=rng)
    for layer in range(1, len(dims)):
        parameters[f"b{layer}"] = rng.normal(size=(dims[layer], 1))
    X = rng.normal(size=(dims[0], m))
    _, caches = dnn.L_model_forward(X, parameters)
    assume(all(np.min(np.abs(Z)) > 1e-3 for _, Z in caches))
    assume(np.max(np.abs(caches[-1][1])) < 5)
    return X, rng.integers(0, 2, size=(dims[-1], m)), parameters


def measurable(gradients: Parameters) -> bool:
    """Where gradients nearly cancel, what is left is no larger than the error of the central difference."""
    lengths = [np.linalg.norm(gradient) for gradient in gradients.values()]
    return all(length == 0 or length > 1e-3 for length in lengths)


@given(layer_dims, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_the_gradients_are_those_of_the_cost(
    gradient_error: Callable[..., float], dims: list[int], m: int, seed: int
) -> None:
    X, Y, parameters = draw(dims, m, seed)
    AL, caches = dnn.L_model_forward(X, parameters)
    grads = dnn.L_model_backward(AL, Y, caches)

    def J(X: np.ndarray, **parameters: np.ndarray) -> float:
        return dnn.compute_cost(dnn.L_model_forward(X, parameters)[0], Y)

    # A gradient of an activation is summed over the examples, not averaged.
    gradients = {"X": grads["dA0"] / m, **{name: grads[f"d{name}"] for name in parameters}}
    assume(measurable(gradients))
    assert gradient_error(J, {"X": X, **parameters}, gradients) <= 1e-6


@given(sizes, sizes, sizes, seeds, st.sampled_from(["relu", "sigmoid"]))
@settings(max_examples=10, deadline=None)
def test_one_layer_has_the_gradients_of_its_output(
    gradient_error: Callable[..., float], n_prev: int, n: int, m: int, seed: int, activation: str
) -> None:
    X, _, parameters = draw([n_prev, n], m, seed)
    dA = np.random.default_rng(seed).normal(size=(n, m))
    arrays = {"A_prev": X, "W": parameters["W1"], "b": parameters["b1"]}
    _, cache = dnn.linear_activation_forward(**arrays, activation=activation)
    dA_prev, dW, db = dnn.linear_activation_backward(dA, cache, activation)

    def J(**arrays: np.ndarray) -> float:
        return float(np.sum(dnn.linear_activation_forward(**arrays, activation=activation)[0] * dA))

    # dW and db hold the 1/m of the cost.
    gradients = {"A_prev": dA_prev, "W": dW * m, "b": db * m}
    assume(measurable(gradients))
    assert gradient_error(J, arrays, gradients) <= 1e-6


@given(layer_dims, sizes, seeds)
@settings(max_examples=10, deadline=None)
def test_both_passes_equal_their_loops(dims: list[int], m: int, seed: int) -> None:
    X, Y, parameters = draw(dims, m, seed)
    AL, caches = dnn.L_model_forward(X, parameters)
    AL_loops, caches_loops = textbook.L_model_forward_loops(X, parameters)
    np.testing.assert_allclose(AL, AL_loops, rtol=1e-10)
    for (_, Z), (_, Z_loops) in zip(caches, caches_loops, strict=True):
        np.testing.assert_allclose(Z, Z_loops, rtol=1e-9, atol=1e-12)
    grads = dnn.L_model_backward(AL, Y, caches)
    loops = textbook.L_model_backward_loops(AL, Y, caches_loops)
    assert list(grads) == list(loops)
    for name, array in loops.items():
        np.testing.assert_allclose(grads[name], array, rtol=1e-7, atol=1e-10)


def test_the_input_gradient_can_be_left_out_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(0)
    parameters = dnn.initialize_parameters_deep([3, 4, 2], scale=1.0, rng=rng)
    AL, caches = dnn.L_model_forward(rng.normal(size=(3, 5)), parameters)
    Y = rng.integers(0, 2, size=(2, 5))
    full, lean = dnn.L_model_backward(AL, Y, caches), dnn.L_model_backward(AL, Y, caches, input_gradient=False)
    assert full.keys() - lean.keys() == {"dA0"}
    for name, array in lean.items():
        np.testing.assert_array_equal(array, full[name])


def test_a_certain_and_wrong_output_has_its_gradient_in_silence() -> None:
    parameters = {"W1": [[1.0]], "b1": [[0.0]]}
    AL, caches = dnn.L_model_forward([[1000.0, -1000.0]], parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grads = dnn.L_model_backward(AL, [[0, 1]], caches)
        assert 600 < dnn.compute_cost(AL, [[0, 1]]) < 750
    np.testing.assert_array_equal(grads["dW1"], [[1000.0]])


def test_the_cost_of_several_outputs_is_the_sum_of_their_costs() -> None:
    AL = np.array([[0.2, 0.9], [0.6, 0.5]])
    Y = np.array([[0, 1], [1, 1]])
    both = dnn.compute_cost(AL, Y)
    assert both == pytest.approx(dnn.compute_cost(AL[:1], Y[:1]) + dnn.compute_cost(AL[1:], Y[1:]), rel=1e-14)


def test_an_update_is_a_step_against_the_gradient_into_new_arrays() -> None:
    params = {"W1": np.ones((1, 2)), "b1": np.ones((1, 1))}
    updated = dnn.update_parameters(params, {"dW1": np.array([[1.0, 2.0]]), "db1": [[4]], "dA0": np.zeros(9)}, 0.5)
    np.testing.assert_array_equal(updated["W1"], [[0.5, 0.0]])
    np.testing.assert_array_equal(updated["b1"], [[-1.0]])
    np.testing.assert_array_equal(params["W1"], np.ones((1, 2)))


def test_a_scale_of_none_keeps_the_spread_of_z_near_that_of_the_input() -> None:
    parameters = dnn.initialize_parameters_deep([400, 300], scale=None, rng=0)
    Z, _ = dnn.linear_forward(np.random.default_rng(1).normal(size=(400, 50)), **parameters_of_layer(parameters))
    assert Z.std() == pytest.approx(1, abs=0.1)
    assert dnn.initialize_parameters_deep([400, 300], rng=0)["W1"].std() == pytest.approx(0.01, rel=0.05)


def parameters_of_layer(parameters: Parameters) -> Parameters:
    return {"W": parameters["W1"], "b": parameters["b1"]}


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    rng = np.random.default_rng(0)
    start = dnn.initialize_parameters_deep([3, 4, 1], rng=rng)
    parameters = {name: value.astype(np.float32) for name, value in start.items()}
    X = rng.normal(size=(3, 5)).astype(np.float32)
    copies = [X.copy(), *(value.copy() for value in parameters.values())]
    AL, caches = dnn.L_model_forward(X, parameters)
    grads = dnn.L_model_backward(AL, np.array([[0, 1, 1, 0, 1]]), caches)
    updated = dnn.update_parameters(parameters, grads, np.float64(0.1))
    assert {array.dtype for array in (AL, *grads.values(), *updated.values())} == {np.dtype(np.float32)}
    for before, after in zip(copies, [X, *parameters.values()], strict=True):
        np.testing.assert_array_equal(before, after)


def test_bad_input_is_named() -> None:
    X, parameters = np.zeros((2, 3)), dnn.initialize_parameters_deep([2, 4, 1], rng=0)
    with pytest.raises(EngineError, match="layer_dims should be a list of at least 2 sizes"):
        dnn.initialize_parameters_deep([2])
    with pytest.raises(EngineError, match=r"scale should be a number in \[0, inf\)"):
        dnn.initialize_parameters_deep([2, 1], scale=-1)
    with pytest.raises(EngineError, match=r"b should be an array of shape \(4, 1\)"):
        dnn.linear_forward(X, np.zeros((4, 2)), np.zeros(4))
    with pytest.raises(EngineError, match="activation should be one of 'relu', 'sigmoid'"):
        dnn.linear_activation_forward(X, np.zeros((4, 2)), np.zeros((4, 1)), "tanh")
    with pytest.raises(EngineError, match=r"W1 should be an array of shape \(n1, 3\)"):
        dnn.L_model_forward(np.zeros((3, 3)), parameters)
    with pytest.raises(EngineError, match="the key 'b2'"):
        dnn.L_model_forward(X, {"W1": parameters["W1"], "b1": parameters["b1"], "W2": np.zeros((1, 4)), "c2": 1})
    AL, caches = dnn.L_model_forward(X, parameters)
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(1, 3\)"):
        dnn.L_model_backward(AL, np.zeros((3, 1)), caches)
    with pytest.raises(EngineError, match="caches should be one cache for each layer"):
        dnn.L_model_backward(AL, np.zeros((1, 3)), [])
    with pytest.raises(EngineError, match=r"dZ should be an array of shape \(4, 3\)"):
        dnn.linear_backward(np.zeros((3, 4)), caches[0][0])
    with pytest.raises(EngineError, match="the key 'dW1'"):
        dnn.update_parameters(parameters, {}, 0.1)
    with pytest.raises(EngineError, match=r"learning_rate should be a number in \[0, inf\)"):
        dnn.update_parameters(parameters, {}, -0.1)


def test_drawn_weights_have_the_spread_that_is_asked_for_each_layer() -> None:
    parameters = dnn.draw_parameters([200, 300, 100], lambda n_prev, n: n / n_prev, rng=0)
    assert list(parameters) == ["W1", "b1", "W2", "b2"]
    assert parameters["W1"].std() == pytest.approx(1.5, rel=0.02)
    assert parameters["W2"].std() == pytest.approx(1 / 3, rel=0.02)
    assert not parameters["b1"].any()
