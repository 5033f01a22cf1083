from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import tape as t
from engine.errors import EngineError
from engine.tape import Tape, Variable

seeds = st.integers(0, 2**32 - 1)

FUNCTIONS: dict[str, Callable[..., Variable]] = {
    "a + b, a row to each row": lambda a, b: a + b[0],
    "a - b, a column to each column": lambda a, b: a - b[:, :1],
    "a number and an array": lambda a, b: 3 - 2 * a + b / 4,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / (b * b + 1),
    "1 / b": lambda a, b: 1 / (b * b + 1) + a,
    "a ** 3": lambda a, b: a**3 - (-b),
    "a product of matrices": lambda a, b: a @ t.transpose(b),
    "a product with a broadcast stack": lambda a, b: (
        t.reshape(a, (1, *a.shape)) @ np.ones((2, a.shape[1], 2)) + t.sum_of(b)
    ),
    "an array from the left": lambda a, b: np.ones((2, a.shape[0])) @ a + t.mean_of(b, axis=1)[0],
    "sums and means": lambda a, b: t.sum_of(a, axis=0, keepdims=True) * t.mean_of(b, axis=0),
    "rows taken twice": lambda a, b: a[np.array([0, 0])] * b[:1],
    "relu, tanh, sigmoid": lambda a, b: t.relu(a) + t.tanh(b) * t.sigmoid(a),
    "exp and log": lambda a, b: t.exp(a) + t.log(b * b + 1),
    "used three times": lambda a, b: a * a * a + a * b,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(st.integers(1, 4), st.integers(1, 4), seeds)
@settings(max_examples=5, deadline=None)
def test_the_gradients_are_those_of_the_function(
    gradient_error: Callable[..., float], name: str, rows: int, columns: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    arrays = {"a": rng.normal(size=(rows, columns)), "b": rng.normal(size=(rows, columns))}
    function = FUNCTIONS[name]
    R = rng.normal(size=function(*map(Variable, arrays.values())).shape)
    variables = {key: Variable(value) for key, value in arrays.items()}
    with Tape() as tape:
        J = t.sum_of(function(*variables.values()) * R)
    gradients = dict(zip(arrays, tape.gradient(J, list(variables.values())), strict=True))
    check = lambda a, b: float(np.sum(function(Variable(a), Variable(b)).value * R))  # noqa: E731
    assert gradient_error(check, arrays, gradients) <= 1e-6


def test_a_network_of_three_layers_has_its_gradients(gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(5, 4)), rng.integers(0, 3, size=5)
    arrays = {"W1": rng.normal(size=(4, 6)), "b1": rng.normal(size=6), "W2": rng.normal(size=(6, 3))}

    def cost(W1: Variable, b1: Variable, W2: Variable) -> Variable:
        return t.softmax_cross_entropy(t.tanh(X @ W1 + b1) @ W2, labels)

    variables = {name: Variable(value) for name, value in arrays.items()}
    with Tape() as tape:
        J = cost(**variables)
    gradients = dict(zip(arrays, tape.gradient(J, list(variables.values())), strict=True))
    plain = lambda **arrays: float(cost(**{name: Variable(x) for name, x in arrays.items()}).value)  # noqa: E731
    assert gradient_error(plain, arrays, gradients) <= 1e-6


def test_only_a_persistent_tape_can_be_asked_twice() -> None:
    x = Variable(2.0)
    with Tape(persistent=True) as lasting, Tape() as once:
        y = x * x
    assert lasting.gradient(y, [x]) == lasting.gradient(y, [x]) == [4.0]
    once.gradient(y, [x])
    with pytest.raises(EngineError, match="the tape should be new, or made with persistent=True"):
        once.gradient(y, [x])


def test_nothing_is_recorded_outside_a_tape_and_constants_get_no_gradient() -> None:
    x = Variable(2.0)
    y = x * x
    with Tape() as tape:
        z = y * 3
    assert tape.gradient(z, [x, y]) == [0.0, 3.0]


def test_memory_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        with Tape() as tape:
            x = tape.watch(np.ones(1000))
            y = t.sum_of(t.tanh(x) * x)
        watched = [weakref.ref(thing) for thing in (tape, x, y)]
        tape.gradient(y, [x])
        del tape, x, y
        assert [reference() for reference in watched] == [None, None, None]
    finally:
        gc.enable()


def test_float32_stays_float32() -> None:
    x = Variable(np.ones((2, 2), np.float32))
    with Tape() as tape:
        y = t.sum_of(2 * x / 3 - x**2)
    assert y.value.dtype == np.float32
    assert tape.gradient(y, [x])[0].dtype == np.float32


def test_shapes_that_do_not_fit_are_told() -> None:
    with pytest.raises(EngineError, match="b should be of a shape that broadcasts with"):
        Variable(np.ones(3)) + np.ones(2)
    with pytest.raises(EngineError, match=r"b should be an array of shape \(..., 3, p\)"):
        Variable(np.ones((2, 3))) @ np.ones((2, 3))


def test_one_variable_is_asked_for_and_one_array_comes() -> None:
    w = Variable([1.0, 2.0])
    with Tape(persistent=True) as tape:
        J = t.sum_of(w * w)
    np.testing.assert_array_equal(tape.gradient(J, w), [2, 4])
    (several,) = tape.gradient(J, {"w": w}.values())
    np.testing.assert_array_equal(several, [2, 4])
    with pytest.raises(TypeError, match="not iterable"):
        iter(w)


def test_gradients_are_arrays_of_their_own_that_may_be_written_to() -> None:
    a, b, c = Variable([1.0, 1.0]), Variable([1.0, 1.0]), Variable([1.0, 1.0])
    with Tape() as tape:
        J = t.sum_of(a + b) + t.sum_of(c)
    da, db, dc = tape.gradient(J, [a, b, c])
    da *= 3
    dc *= 5
    assert (da.tolist(), db.tolist(), dc.tolist()) == ([3, 3], [1, 1], [5, 5])


@pytest.mark.parametrize("exponent", [0, 0.0, 1, 2, np.float64(2)])
def test_a_power_has_a_slope_at_0_and_keeps_float32(exponent: float) -> None:
    x = Variable(np.array([0, 2], np.float32))
    with Tape() as tape:
        y = x**exponent
    gradient = tape.gradient(y, x)
    np.testing.assert_array_equal(gradient, [1.0 if exponent == 1 else 0.0, {0: 0, 1: 1, 2: 4}[exponent]])
    assert y.value.dtype == gradient.dtype == np.float32


def test_an_exponent_is_a_number_and_no_variable() -> None:
    x = Variable([1.0, 2.0])
    for power in (lambda: x**x, lambda: 2**x, lambda: np.ones(2) ** x):
        with pytest.raises(EngineError, match=r"the exponent should be a plain number, .* exp\(y \* log\(x\)\)"):
            power()
    with pytest.raises(EngineError, match="the exponent should be a single number"):
        x ** np.ones(2)


def test_a_plain_array_has_no_gradient_and_is_told_of_watch() -> None:
    x, tape = np.ones(2), Tape(persistent=True)
    with tape:
        tape.watch(x)
        watched = tape.watch(x)
        y = watched * x
    for sources in (x, [x], [watched, x], 3.0):
        with pytest.raises(EngineError, match=r"sources should be a Variable, .*`x = tape.watch\(x\)`"):
            tape.gradient(y, sources)
    with pytest.raises(EngineError, match=r"target should be a Variable, .*`x = tape.watch\(x\)`"):
        tape.gradient(x * x, watched)
    assert tape.watch(watched) is watched
