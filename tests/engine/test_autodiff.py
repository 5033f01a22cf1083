from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.autodiff import OPS, Node, Value, graph_backward, graph_forward
from engine.errors import EngineError
from engine.gradcheck import numerical_gradient, relative_error
from engine.logistic import propagate

seeds = st.integers(0, 2**32 - 1)

LECTURE: list[Node] = [("u", "*", ("b", "c")), ("v", "+", ("a", "u")), ("J", "*", (3, "v"))]


# The graph as a list


def random_graph(rng: np.random.Generator, n_inputs: int, n_nodes: int) -> list[Node]:
    """A graph of moderate values: each op acts on values squashed by tanh, away from 0 where it must."""
    names = [f"x{i}" for i in range(n_inputs)]
    nodes: list[Node] = []
    for k in range(n_nodes):
        op = str(rng.choice(sorted(OPS)))
        left, right = (str(name) for name in rng.choice(names, size=2))
        nodes.append((f"a{k}", "tanh", (left,)))
        nodes.append((f"b{k}", "+", (f"a{k}", 2.5)))
        if op == "**":
            nodes.append((f"y{k}", op, (f"b{k}", right) if rng.random() < 0.5 else (right, 3)))
        elif op in ("+", "-", "*"):
            nodes.append((f"y{k}", op, (left, f"a{k}")))
        elif op == "/":
            nodes.append((f"y{k}", op, (right, f"b{k}")))
        else:
            nodes.append((f"y{k}", op, (f"b{k}",)))
        nodes.append((f"s{k}", "tanh", (f"y{k}",)))
        names.append(f"s{k}")
    total = "s0"
    for k in range(1, n_nodes):
        nodes.append((f"t{k}", "+", (total, f"s{k}")))
        total = f"t{k}"
    nodes.append(("J", "*", (total, "x0")))
    return nodes


@given(seeds, st.integers(1, 4), st.integers(1, 6))
def test_the_gradients_of_any_graph_agree_with_differences(seed: int, n_inputs: int, n_nodes: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = random_graph(rng, n_inputs, n_nodes)
    x = rng.uniform(0.5, 1.5, size=n_inputs)
    names = [f"x{i}" for i in range(n_inputs)]

    def J(x: np.ndarray) -> float:
        return graph_forward(nodes, dict(zip(names, x, strict=True)))["J"]

    grads = graph_backward(nodes, graph_forward(nodes, dict(zip(names, x, strict=True))))
    assert relative_error([grads[name] for name in names], numerical_gradient(J, x, h=1e-5)) <= 1e-6


@pytest.mark.parametrize("op", sorted(OPS))
def test_each_op_has_the_right_local_derivatives(op: str) -> None:
    point = [1.3, 0.7][: OPS[op][0]]
    names = ["a", "b"][: len(point)]
    nodes: list[Node] = [("J", op, tuple(names))]
    grads = graph_backward(nodes, graph_forward(nodes, dict(zip(names, point, strict=True))))
    approximation = numerical_gradient(
        lambda x: graph_forward(nodes, dict(zip(names, x, strict=True)))["J"], point, h=1e-5
    )
    assert relative_error([grads[name] for name in names], approximation) <= 1e-9


def test_the_graph_of_the_lecture() -> None:
    values = graph_forward(LECTURE, {"a": 1, "b": 4, "c": 0.5})
    assert (values["u"], values["v"], values["J"]) == (2, 3, 9)
    grads = graph_backward(LECTURE, values)
    assert (grads["a"], grads["b"], grads["c"], grads["u"], grads["v"], grads["J"]) == (3, 1.5, 12, 3, 3, 1)


def test_a_value_used_twice_adds_up_both_paths() -> None:
    nodes: list[Node] = [("u", "*", ("x", "x")), ("J", "+", ("u", "x"))]
    assert graph_backward(nodes, graph_forward(nodes, {"x": 3.0}))["x"] == 7.0


def test_what_the_output_does_not_depend_on_has_gradient_0() -> None:
    nodes: list[Node] = [("side", "*", ("a", "b")), ("J", "exp", ("a",))]
    grads = graph_backward(nodes, graph_forward(nodes, {"a": 0.0, "b": 4.0}))
    assert (grads["a"], grads["b"], grads["side"]) == (1.0, 0.0, 0.0)


def test_a_constant_power_of_a_negative_number_has_a_gradient() -> None:
    nodes: list[Node] = [("J", "**", ("x", 3))]
    assert graph_backward(nodes, graph_forward(nodes, {"x": -2.0}))["x"] == 12.0


def test_a_power_has_a_slope_along_its_exponent_only_over_a_base_that_is_not_negative() -> None:
    nodes: list[Node] = [("J", "**", ("x", "p"))]
    assert math.isnan(graph_backward(nodes, graph_forward(nodes, {"x": -2.0, "p": 2.0}))["p"])
    assert graph_backward(nodes, graph_forward(nodes, {"x": 0.0, "p": 2.0}))["p"] == 0.0


def test_the_graph_of_one_neuron_gives_the_gradients_of_logistic_regression() -> None:
    nodes: list[Node] = [
        ("wx", "*", ("w", "x")),
        ("z", "+", ("wx", "b")),
        ("a", "sigmoid", ("z",)),
        ("log_a", "log", ("a",)),
        ("J", "*", (-1, "log_a")),
    ]
    grads = graph_backward(nodes, graph_forward(nodes, {"w": 0.3, "x": 1.7, "b": -0.2}))
    expected, _ = propagate([[0.3]], -0.2, [[1.7]], [[1]])
    assert grads["w"] == pytest.approx(expected["dw"][0, 0])
    assert grads["b"] == pytest.approx(expected["db"])
    assert grads["z"] == pytest.approx(expected["db"])


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([], "nodes should be"),
        ([("J", "sin", ("x",))], "the op of node 'J'"),
        ([("J", "+", ("x",))], "the number of inputs of node 'J' should be 2"),
        ([("J", "exp", ("y",))], "an input of node 'J'"),
        ([("J", "exp", ("J",))], "an input of node 'J'"),
        ([("J", "exp", ("k",)), ("k", "exp", ("x",))], "an input of node 'J'"),
        ([("x", "exp", ("x",))], "the name of node 'x' should be new"),
        ([("J", "log", ("x",))], "node 'J' should be a number"),
        ([("J", "/", (1, "x"))], "node 'J' should be a number"),
        ([("J", "exp", (1000,))], "node 'J' should be a number"),
        ([("J", "**", (-8, 0.5))], "node 'J' should be a number"),
    ],
)
def test_a_graph_that_has_no_value_is_one_clear_error(nodes: list[Node], message: str) -> None:
    with pytest.raises(EngineError, match=message):
        graph_forward(nodes, {"x": 0.0})


def test_a_missing_derivative_is_one_clear_error() -> None:
    nodes: list[Node] = [("J", "**", ("x", 0.5))]
    with pytest.raises(EngineError, match="node 'J' should be differentiable"):
        graph_backward(nodes, graph_forward(nodes, {"x": 0.0}))
    with pytest.raises(EngineError, match="nodes should be"):
        graph_backward([], {})


# Value


EXPRESSIONS: dict[str, Callable[[Value, Value], Value]] = {
    "sum": lambda a, b: a + b + 2,
    "difference": lambda a, b: a - b - 1.5,
    "product": lambda a, b: a * b * 3,
    "quotient": lambda a, b: a / b,
    "negative": lambda a, b: -a + b,
    "powers": lambda a, b: a**3 + b**-2 + a**0.5 + b**0,
    "reflected sum": lambda a, b: 2 + a + b,
    "reflected difference": lambda a, b: 2 - a * b,
    "reflected product": lambda a, b: 2 * a + 3 * b,
    "reflected quotient": lambda a, b: 2 / a + 1 / b,
    "tanh": lambda a, b: (a * b).tanh(),
    "exp": lambda a, b: (a - b).exp(),
    "relu": lambda a, b: (a + b).relu() + (-a).relu() + b,
    "used twice": lambda a, b: a * a + a * b + a,
    "diamond": lambda a, b: (a * b) * (a + b) + (a * b).tanh(),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@given(st.floats(0.4, 2), st.floats(0.4, 2))
def test_the_gradients_of_values_agree_with_central_differences(name: str, a: float, b: float) -> None:
    expression = EXPRESSIONS[name]
    x, y = Value(a), Value(b)
    expression(x, y).backward()
    approximation = numerical_gradient(lambda p: expression(Value(p[0]), Value(p[1])).data, [a, b], h=1e-5)
    assert relative_error([x.grad, y.grad], approximation) <= 1e-6 or abs(x.grad) + abs(y.grad) < 1e-4


def test_the_slope_of_relu_at_0_is_0() -> None:
    x = Value(0.0)
    x.relu().backward()
    assert x.grad == 0.0


def test_a_power_may_have_a_negative_base() -> None:
    x = Value(-2.0)
    (x**3).backward()
    assert x.grad == 12.0


def test_an_exponent_is_a_plain_number() -> None:
    with pytest.raises(TypeError):
        Value(2.0) ** Value(3.0)


def test_leaves_accumulate_over_calls_and_inner_values_do_not() -> None:
    x = Value(2.0)
    inner = x * 3
    J = inner * inner
    J.backward()
    once = x.grad
    J.backward()
    assert once == 36.0
    assert x.grad == 2 * once
    assert inner.grad == 12.0
    assert J.grad == 1.0


def test_a_chain_far_deeper_than_the_recursion_limit_is_fine() -> None:
    x = Value(1.0)
    J = x
    for _ in range(50_000):
        J = J + x
    J.backward()
    assert x.grad == 50_001.0


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        J = (Value(1.0) + 2).tanh()
        J.backward()
        ghost = weakref.ref(J)
        del J
        assert ghost() is None
    finally:
        gc.enable()


def test_a_value_shows_its_number_and_its_gradient() -> None:
    assert repr(Value(2.0)) == "Value(data=2, grad=0)"
    out = Value(1.0) * 2
    assert (out._op, len(out._children)) == ("*", 2)


def test_values_differentiate_a_neuron_over_several_examples() -> None:
    examples = [(1.7, 1), (-0.4, 0), (0.9, 0)]

    def cost(w: Value, b: Value) -> Value:
        errors = [1 / (1 + (-(w * x + b)).exp()) - y for x, y in examples]
        return (errors[0] ** 2 + errors[1] ** 2 + errors[2] ** 2) / 3

    w, b = Value(0.3), Value(-0.2)
    cost(w, b).backward()
    approximation = numerical_gradient(lambda p: cost(Value(p[0]), Value(p[1])).data, [0.3, -0.2])
    assert relative_error([w.grad, b.grad], approximation) <= 1e-9
