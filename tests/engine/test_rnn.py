from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import rnn
from engine.errors import EngineError
from engine.rnn_packed import rnn_packed_backward, rnn_packed_forward
from engine.textbook import rnn as textbook

sizes = st.integers(1, 4)
seeds = st.integers(0, 2**32 - 1)


def problem(seed: int, n_x: int, n_a: int, m: int, T: int, n_y: int = 3) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    shapes = {"Waa": (n_a, n_a), "Wax": (n_a, n_x), "ba": (n_a, 1), "Wya": (n_y, n_a), "by": (n_y, 1)}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return rng.normal(size=(n_x, m, T)), rng.normal(size=(n_a, m)), parameters


def one_hot(seed: int, n_y: int, m: int, T: int) -> np.ndarray:
    return np.eye(n_y)[:, np.random.default_rng(seed).integers(0, n_y, size=(m, T))]


# Forward


@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_the_sequence_equals_the_cell_in_a_loop(seed: int, n_x: int, n_a: int, m: int, T: int) -> None:
    x, a0, parameters = problem(seed, n_x, n_a, m, T)
    a, y_pred, (cells, kept_x) = rnn.rnn_forward(x, a0, parameters)
    loop_a, loop_y, (loop_cells, _) = textbook.rnn_forward_loops(x, a0, parameters)
    np.testing.assert_allclose(a, loop_a, rtol=1e-12)
    np.testing.assert_allclose(y_pred, loop_y, rtol=1e-12)
    np.testing.assert_allclose(y_pred.sum(axis=0), 1)
    assert kept_x is x
    for cell, loop_cell in zip(cells, loop_cells, strict=True):
        for kept, loop_kept in zip(cell[:3], loop_cell[:3], strict=True):
            np.testing.assert_allclose(kept, loop_kept, rtol=1e-12)
        assert cell[3] is parameters


def test_what_a_caller_does_to_the_results_leaves_the_cache_alone() -> None:
    x, a0, parameters = problem(0, 2, 3, 2, 4)
    a, _, caches = rnn.rnn_forward(x, a0, parameters)
    before = rnn.rnn_backward(np.ones_like(a), caches)["dWaa"]
    a[...] = 0
    np.testing.assert_array_equal(rnn.rnn_backward(np.ones_like(a), caches)["dWaa"], before)


# Backward


@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_backpropagation_through_time_gives_the_gradients(
    gradient_error: Callable[..., float], seed: int, n_x: int, n_a: int, m: int, T: int
) -> None:
    x, a0, parameters = problem(seed, n_x, n_a, m, T)
    a, _, caches = rnn.rnn_forward(x, a0, parameters)
    da = np.random.default_rng(seed).normal(size=a.shape)
    gradients = rnn.rnn_backward(da, caches)

    def J(**arrays: np.ndarray) -> float:
        values = {**parameters, **arrays}
        return float(np.sum(rnn.rnn_forward(values.pop("x"), values.pop("a0"), values)[0] * da))

    arrays = {"x": x, "a0": a0, **{name: parameters[name] for name in ("Waa", "Wax", "ba")}}
    assert gradient_error(J, arrays, {name: gradients["d" + name] for name in arrays}) <= 1e-6
    loops = textbook.rnn_backward_loops(da, textbook.rnn_forward_loops(x, a0, parameters)[2])
    assert loops.keys() == gradients.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, loops[name], rtol=1e-10, atol=1e-12)


def test_one_step_back_is_the_cells_backward_pass() -> None:
    x, a0, parameters = problem(3, 2, 4, 3, 1)
    _, _, cache = rnn.rnn_cell_forward(x[:, :, 0], a0, parameters)
    da = np.random.default_rng(3).normal(size=(4, 3))
    cell = rnn.rnn_cell_backward(da, cache)
    whole = rnn.rnn_backward(da[:, :, None], rnn.rnn_forward(x, a0, parameters)[2])
    np.testing.assert_allclose(cell["dxt"], whole["dx"][:, :, 0])
    np.testing.assert_allclose(cell["da_prev"], whole["da0"])
    for name in ("dWax", "dWaa", "dba"):
        np.testing.assert_allclose(cell[name], whole[name])


@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_the_loss_has_gradients_for_every_parameter(
    gradient_error: Callable[..., float], seed: int, n_x: int, n_a: int, m: int, T: int
) -> None:
    x, a0, parameters = problem(seed, n_x, n_a, m, T)
    y = one_hot(seed, 3, m, T)
    y[:, 0, T - 1] = 0  # padding
    loss, grads = rnn.rnn_loss_and_grads(x, y, a0, parameters)

    def J(**values: np.ndarray) -> float:
        return rnn.rnn_loss_and_grads(x, y, a0, values)[0]

    assert gradient_error(J, parameters, {name: grads["d" + name] for name in parameters}) <= 1e-6
    y = one_hot(seed, 3, m, T)
    loss, grads = rnn.rnn_loss_and_grads(x, y, a0, parameters)
    loop_loss, loop_grads = textbook.rnn_loss_and_grads_loops(x, y, a0, parameters)
    assert loss == pytest.approx(loop_loss, rel=1e-10)
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, loop_grads[name], rtol=1e-9, atol=1e-11)


def test_a_hopeless_prediction_has_a_finite_loss() -> None:
    x, a0, parameters = problem(0, 2, 3, 1, 2)
    parameters["by"] = np.array([[0.0], [0.0], [-1e4]])
    y = np.zeros((3, 1, 2))
    y[2] = 1
    assert 1.9e4 < rnn.rnn_loss_and_grads(x, y, a0, parameters)[0] < 2.1e4


# Truncation


def test_windows_of_all_steps_truncate_nothing_and_windows_of_one_step_know_no_yesterday() -> None:
    x, a0, parameters = problem(1, 2, 3, 2, 5)
    y = one_hot(1, 3, 2, 5)
    loss, grads = rnn.rnn_loss_and_grads(x, y, a0, parameters)
    for k in (5, 7):
        same_loss, same = rnn.truncated_bptt(x, y, a0, parameters, k)
        assert same_loss == pytest.approx(loss)
        np.testing.assert_allclose(same["dWaa"], grads["dWaa"])
    short_loss, short = rnn.truncated_bptt(x, y, a0, parameters, k=1)
    assert short_loss == pytest.approx(loss)  # the state does cross

    _, y_pred, (cells, _) = rnn.rnn_forward(x, a0, parameters)
    expected = sum(
        rnn.rnn_cell_backward(parameters["Wya"].T @ (y_pred - y)[:, :, t], cells[t])["dWaa"] for t in range(5)
    )
    np.testing.assert_allclose(short["dWaa"], expected)


# Types, arguments, errors


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    x, a0, parameters = problem(2, 2, 3, 2, 3)
    x, a0 = x.astype(np.float32), a0.astype(np.float32)
    parameters = {name: value.astype(np.float32) for name, value in parameters.items()}
    before = {name: value.copy() for name, value in parameters.items()}
    a, y_pred, caches = rnn.rnn_forward(x, a0, parameters)
    gradients = rnn.rnn_backward(np.ones_like(a), caches)
    y = one_hot(2, 3, 2, 3).astype(int)
    grads = rnn.rnn_loss_and_grads(x, y, a0, parameters)[1]
    for value in (a, y_pred, *gradients.values(), *grads.values()):
        assert value.dtype == np.float32
    for name, value in parameters.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("function", [rnn.rnn_forward, textbook.rnn_forward_loops])
def test_bad_input_is_one_error_that_names_the_argument(function: Callable[..., Any]) -> None:
    x, a0, parameters = problem(0, 2, 3, 2, 4)
    with pytest.raises(EngineError, match=r"^x should be an array of shape \(n_x, m, T_x\)"):
        function(x[:, :, 0], a0, parameters)
    with pytest.raises(EngineError, match=r"^a0 should be an array of shape \(3, 2\)"):
        function(x, a0[:, :1], parameters)
    with pytest.raises(EngineError, match=r"^Wax should be an array of shape \(n_a, 2\)"):
        function(x, a0, {**parameters, "Wax": np.zeros((3, 3))})
    with pytest.raises(EngineError, match="parameters should be a dictionary with the key 'Wya'"):
        function(x, a0, {name: value for name, value in parameters.items() if name != "Wya"})


def test_the_packed_form_refuses_wrong_shapes_and_counts() -> None:
    x, a0, parameters = problem(0, 2, 3, 2, 4)
    with pytest.raises(EngineError, match="W should be of shape"):
        rnn_packed_forward(np.zeros((4, 2, 1)), np.zeros((3, 1)), np.zeros((3, 4)), np.zeros((3, 1)))
    _, cache = rnn_packed_forward(np.zeros((4, 2, 1)), np.zeros((3, 1)), np.zeros((3, 5)), np.zeros((3, 1)))
    with pytest.raises(EngineError, match="da should be"):
        rnn_packed_backward(np.zeros((3, 3, 1)), cache)
    with pytest.raises(EngineError, match="k should be a whole number from 1 up"):
        rnn.truncated_bptt(x, one_hot(0, 3, 2, 4), a0, parameters, 0)
    with pytest.raises(EngineError, match="y should be"):
        rnn.rnn_loss_and_grads(x, one_hot(0, 3, 2, 3), a0, parameters)
