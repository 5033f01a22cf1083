from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import EngineError
from engine.graph import Session, apply, constant, placeholder


def test_building_computes_nothing_and_running_computes_what_is_needed_once() -> None:
    calls: list[str] = []

    def spy(x: np.ndarray) -> np.ndarray:
        calls.append("spy")
        return x + 1

    x = placeholder("x")
    shared = apply(spy, x)
    y, unused = shared * shared - 1, apply(spy, shared)
    assert calls == []
    session = Session()
    assert session.run(y, {x: 2.0}) == 8.0
    assert calls == ["spy"]
    assert unused.name not in session.log[1:]


def test_every_run_is_new() -> None:
    x = placeholder("x")
    session, J = Session(), x * x - 10 * x + 25
    assert [float(session.run(J, {x: value})) for value in (0, 5, 6)] == [25, 0, 1]


def test_matrices_run_through_a_layer_and_numbers_stand_on_either_side() -> None:
    rng = np.random.default_rng(0)
    W, b, X = rng.normal(size=(3, 2)), rng.normal(size=(3, 1)), placeholder("X")
    Z = constant(W) @ X + b
    value = rng.normal(size=(2, 4))
    np.testing.assert_allclose(Session().run(Z, {X: value}), W @ value + b)
    np.testing.assert_allclose(Session().run(W @ X + b, {X: value}), W @ value + b)
    np.testing.assert_allclose(
        Session().run(1 - X / 2 + 2 / (1 + X * X), {X: value}), 1 - value / 2 + 2 / (1 + value**2)
    )


def test_a_fed_value_replaces_a_computed_node() -> None:
    x = placeholder("x")
    middle = x * 100
    assert Session().run(middle + 1, {middle: 1.0}) == 2.0


def test_a_graph_may_be_deeper_than_the_recursion_limit() -> None:
    x = placeholder("x")
    y = x
    for _ in range(5000):
        y = y + 1
    assert Session().run(y, {x: 0.0}) == 5000


def test_a_missing_value_and_shapes_that_do_not_fit_are_told() -> None:
    x = placeholder("x")
    with pytest.raises(EngineError, match="feed_dict should be a dictionary with a value for placeholder x"):
        Session().run(x + 1)
    with pytest.raises(EngineError, match="the inputs of add should be of shapes that fit"):
        Session().run(x + np.ones(2), {x: np.ones(3)})


def test_the_cost_of_the_course_can_be_written_with_minus_and_powers() -> None:
    w = placeholder("w")
    J = w**2 - 10 * w + 25
    assert [float(Session().run(J, {w: value})) for value in (0, 5, 6)] == [25, 0, 1]
    assert Session().run([-w, 2**w, w**w], {w: 3.0}) == [-3, 8, 27]


def test_an_error_of_a_function_is_not_taken_for_one_of_shapes() -> None:
    def refuse(error: Exception) -> Callable[..., np.ndarray]:
        def function(x: np.ndarray) -> np.ndarray:
            raise error

        return function

    x = placeholder("x")
    own = EngineError("x", "positive", "-1")
    with pytest.raises(EngineError, match="x should be positive, but it is -1") as raised:
        Session().run(apply(refuse(own), x), {x: -1.0})
    assert raised.value is own
    other = ValueError("no day of the week")
    with pytest.raises(EngineError, match=r"the inputs of day .* shapes \(\): no day of the week\.") as raised:
        Session().run(apply(refuse(other), x, name="day"), {x: -1.0})
    assert raised.value.__cause__ is other
