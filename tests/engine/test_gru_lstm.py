from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import gru, lstm
from engine.errors import EngineError
from engine.gru_packed import gru_packed_backward, gru_packed_forward
from engine.gru_reset_after import gru_reset_after_backward, gru_reset_after_forward
from engine.lstm_packed import lstm_packed_backward, lstm_packed_forward
from engine.textbook import gru as textbook_gru
from engine.textbook import lstm as textbook_lstm

sizes = st.integers(1, 4)
seeds = st.integers(0, 2**32 - 1)
GATES = {gru: "urc", lstm: "fico"}


def problem(module: ModuleType, seed: int, n_x: int, n: int, m: int, T: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    parameters = {f"W{gate}": rng.normal(size=(n, n + n_x)) for gate in GATES[module]}
    parameters |= {f"b{gate}": rng.normal(size=(n, 1)) for gate in GATES[module]}
    parameters |= {"Wy": rng.normal(size=(3, n)), "by": rng.normal(size=(3, 1))}
    return rng.normal(size=(n_x, m, T)), rng.normal(size=(n, m)), parameters


def forward(module: ModuleType, *arguments: Any) -> tuple[np.ndarray, ...]:
    """(a, y, caches) of either network."""
    if module is gru:
        return gru.gru_forward(*arguments)
    a, y, _, caches = lstm.lstm_forward(*arguments)
    return a, y, caches


@pytest.mark.parametrize("module", [gru, lstm])
@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_sequences_forward_and_backward_equal_the_cell_in_a_loop(
    module: ModuleType, seed: int, n_x: int, n: int, m: int, T: int
) -> None:
    x, a0, parameters = problem(module, seed, n_x, n, m, T)
    a, y, caches = forward(module, x, a0, parameters)
    if module is gru:
        loop_a, loop_y, loop_caches = textbook_gru.gru_forward_loops(x, a0, parameters)
    else:
        loop_a, loop_y, loop_c, loop_caches = textbook_lstm.lstm_forward_loops(x, a0, parameters)
        np.testing.assert_allclose(lstm.lstm_forward(x, a0, parameters)[2], loop_c, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(a, loop_a, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(y, loop_y, rtol=1e-11)
    for cell, loop_cell in zip(caches[0], loop_caches[0], strict=True):
        for kept, loop_kept in zip(cell[:-1], loop_cell[:-1], strict=True):
            np.testing.assert_allclose(kept, loop_kept, rtol=1e-11, atol=1e-13)
        assert cell[-1] is parameters

    da = np.random.default_rng(seed).normal(size=a.shape)
    if module is gru:
        gradients, loops = gru.gru_backward(da, caches), textbook_gru.gru_backward_loops(da, loop_caches)
    else:
        gradients, loops = lstm.lstm_backward(da, caches), textbook_lstm.lstm_backward_loops(da, loop_caches)
    assert gradients.keys() == loops.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, loops[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("module", [gru, lstm])
@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_backpropagation_through_time_gives_the_gradients(
    gradient_error: Callable[..., float], module: ModuleType, seed: int, n_x: int, n: int, m: int, T: int
) -> None:
    x, a0, parameters = problem(module, seed, n_x, n, m, T)
    start = "c0" if module is gru else "a0"
    a, _, caches = forward(module, x, a0, parameters)
    da = np.random.default_rng(seed).normal(size=a.shape)
    gradients = (gru.gru_backward if module is gru else lstm.lstm_backward)(da, caches)

    def J(**arrays: np.ndarray) -> float:
        values = {**parameters, **arrays}
        return float(np.sum(forward(module, values.pop("x"), values.pop(start), values)[0] * da))

    arrays = {"x": x, start: a0, **{name: parameters[name] for name in parameters if name[1] != "y"}}
    assert gradient_error(J, arrays, {name: gradients["d" + name] for name in arrays}) <= 1e-6


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_one_lstm_step_passes_on_what_its_memory_receives(
    gradient_error: Callable[..., float], seed: int, n_x: int, n: int, m: int
) -> None:
    x, a_prev, parameters = problem(lstm, seed, n_x, n, m, 1)
    rng = np.random.default_rng(seed)
    c_prev, da, dc = rng.normal(size=(3, n, m))
    xt = x[:, :, 0]
    _, _, _, cache = lstm.lstm_cell_forward(xt, a_prev, c_prev, parameters)
    gradients = lstm.lstm_cell_backward(da, dc, cache)

    def J(xt: np.ndarray, a_prev: np.ndarray, c_prev: np.ndarray, Wc: np.ndarray, bf: np.ndarray) -> float:
        a, c, _, _ = lstm.lstm_cell_forward(xt, a_prev, c_prev, {**parameters, "Wc": Wc, "bf": bf})
        return float(np.sum(a * da) + np.sum(c * dc))

    arrays = {"xt": xt, "a_prev": a_prev, "c_prev": c_prev, "Wc": parameters["Wc"], "bf": parameters["bf"]}
    assert gradient_error(J, arrays, {name: gradients["d" + name] for name in arrays}) <= 1e-6


def test_packed_memories_receive_gradients_of_their_own(gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(4, 2, 3)), "a0": rng.normal(size=(3, 3)), "c0": rng.normal(size=(3, 3))}
    arrays |= {"W": rng.normal(size=(12, 5)), "b": rng.normal(size=(12, 1))}
    a, _, cache = lstm_packed_forward(**arrays)
    da, dc = rng.normal(size=(2, *a.shape))
    gradients = dict(zip(arrays, lstm_packed_backward(da, cache, dc), strict=True))

    def J(**values: np.ndarray) -> float:
        a, c, _ = lstm_packed_forward(**values)
        return float(np.sum(a * da) + np.sum(c * dc))

    assert gradient_error(J, arrays, gradients) <= 1e-6


def test_the_gru_of_the_frameworks_has_its_gradients(gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(4, 2, 3)), "c0": rng.normal(size=(5, 3)), "Wx": rng.normal(size=(15, 2))}
    arrays |= {"Wc": rng.normal(size=(15, 5)), "bx": rng.normal(size=(15, 1)), "bc": rng.normal(size=(15, 1))}
    c, cache = gru_reset_after_forward(**arrays)
    dc = rng.normal(size=c.shape)
    gradients = dict(zip(arrays, gru_reset_after_backward(dc, cache), strict=True))

    def J(**values: np.ndarray) -> float:
        return float(np.sum(gru_reset_after_forward(**values)[0] * dc))

    assert gradient_error(J, arrays, gradients) <= 1e-6


def test_both_grus_agree_while_the_relevance_gate_is_open() -> None:
    x, c0, parameters = problem(gru, 4, 2, 3, 2, 5)
    parameters["br"] = np.full((3, 1), 1e3)
    parameters["Wr"] = np.zeros((3, 5))
    W = np.concatenate([parameters[name] for name in ("Wu", "Wr", "Wc")])
    b = np.concatenate([parameters[name] for name in ("bu", "br", "bc")])
    steps = np.moveaxis(x, -1, 0)
    before, _ = gru_packed_forward(steps, c0, W, b)
    after, _ = gru_reset_after_forward(steps, c0, W[:, 3:], W[:, :3], b, np.zeros_like(b))
    np.testing.assert_allclose(before, after, rtol=1e-12)


def test_an_lstm_with_open_gates_is_a_residual_connection_through_time() -> None:
    x, a0, parameters = problem(lstm, 5, 2, 3, 2, 60)
    parameters |= {"bf": np.full((3, 1), 50.0), "Wi": np.zeros((3, 5)), "bi": np.full((3, 1), -50.0)}
    parameters["Wf"] = np.zeros((3, 5))
    _, _, c, _ = lstm.lstm_forward(x, a0, parameters)
    np.testing.assert_allclose(c, 0, atol=1e-12)


@pytest.mark.parametrize("module", [gru, lstm])
def test_float32_stays_float32_and_arguments_stay_as_they_are(module: ModuleType) -> None:
    x, a0, parameters = problem(module, 2, 2, 3, 2, 3)
    x, a0 = x.astype(np.float32), a0.astype(np.float32)
    parameters = {name: value.astype(np.float32) for name, value in parameters.items()}
    before = {name: value.copy() for name, value in parameters.items()}
    a, y, caches = forward(module, x, a0, parameters)
    gradients = (gru.gru_backward if module is gru else lstm.lstm_backward)(np.ones_like(a), caches)
    for value in (a, y, *gradients.values()):
        assert value.dtype == np.float32
    for name, value in parameters.items():
        np.testing.assert_array_equal(value, before[name])


def test_bad_input_is_one_error_that_names_the_argument() -> None:
    x, a0, parameters = problem(lstm, 0, 2, 3, 2, 4)
    with pytest.raises(EngineError, match=r"^x should be an array of shape \(n_x, m, T_x\)"):
        lstm.lstm_forward(x[0], a0, parameters)
    with pytest.raises(EngineError, match=r"^Wo should be an array of shape \(3, 5\)"):
        lstm.lstm_forward(x, a0, {**parameters, "Wo": np.zeros((3, 4))})
    with pytest.raises(EngineError, match="a dictionary with the key 'bc'"):
        lstm.lstm_forward(x, a0, {name: value for name, value in parameters.items() if name != "bc"})
    with pytest.raises(EngineError, match=r"^c_prev should be"):
        lstm.lstm_cell_forward(x[:, :, 0], a0, a0[:2], parameters)
    x, c0, parameters = problem(gru, 0, 2, 3, 2, 4)
    _, _, caches = gru.gru_forward(x, c0, parameters)
    with pytest.raises(EngineError, match=r"^dc should be an array of shape \(3, 2, 4\)"):
        gru.gru_backward(np.zeros((3, 2, 3)), caches)
    with pytest.raises(EngineError, match=r"^c0 should be"):
        gru.gru_forward(x, c0.T, parameters)
    with pytest.raises(EngineError, match="Wx should be of 3 n_c rows"):
        gru_reset_after_forward(np.zeros((1, 2, 1)), [[0.0]], np.zeros((4, 2)), np.zeros((4, 1)), [[0.0]], [[0.0]])
    _, cache = gru_packed_forward(np.zeros((4, 2, 1)), np.zeros((3, 1)), np.zeros((9, 5)), np.zeros((9, 1)))
    with pytest.raises(EngineError, match="dc should be"):
        gru_packed_backward(np.zeros((3, 3, 1)), cache)
