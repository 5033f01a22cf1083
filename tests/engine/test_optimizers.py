from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import optim
from engine.errors import EngineError, Parameters
from engine.layers.base import Sequential, gradients_of, parameters_of, zero_gradients
from engine.layers.dense import Dense, Tanh
from engine.optimizers import _PIECE, SGD, Adam, AdamW, Momentum, Optimizer, RMSprop, flatten_parameters, optimizer_path

OPTIMIZERS = [SGD, Momentum, lambda: Momentum(nesterov=True), RMSprop, Adam, AdamW]


def draw(seed: int) -> tuple[Parameters, list[Parameters]]:
    rng = np.random.default_rng(seed)
    shapes = {"W": (3, 4), "b": (3, 1), "gamma": ()}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return parameters, [{name: np.array(rng.normal(size=shape)) for name, shape in shapes.items()} for _ in range(4)]


def pure_gd(W: Parameters, grads: Parameters, state: list[Parameters], t: int) -> list[Parameters]:
    return [optim.update_parameters_with_gd(W, grads, 0.1)]


def pure_momentum(W: Parameters, grads: Parameters, state: list[Parameters], t: int) -> list[Parameters]:
    return list(optim.update_parameters_with_momentum(W, grads, state[0], 0.8, 0.1))


def pure_rmsprop(W: Parameters, grads: Parameters, state: list[Parameters], t: int) -> list[Parameters]:
    return list(optim.update_parameters_with_rmsprop(W, grads, state[0], 0.9, 0.1))


def pure_adam(W: Parameters, grads: Parameters, state: list[Parameters], t: int) -> list[Parameters]:
    return list(optim.update_parameters_with_adam(W, grads, *state[:2], t, 0.1, 0.8, 0.95))


@pytest.mark.parametrize(
    ("make", "pure"),
    [
        (lambda: SGD(0.1), pure_gd),
        (lambda: Momentum(0.1, 0.8), pure_momentum),
        (lambda: RMSprop(0.1, 0.9), pure_rmsprop),
        (lambda: Adam(0.1, 0.8, 0.95), pure_adam),
    ],
)
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_in_place_they_do_what_the_pure_updates_do(make, pure, seed: int) -> None:
    parameters, steps = draw(seed)
    optimizer, mine = make(), {name: np.array(value) for name, value in parameters.items()}
    state = list(optim.initialize_adam(parameters))
    for t, gradients in enumerate(steps, start=1):
        parameters, *state = pure(parameters, {f"d{name}": value for name, value in gradients.items()}, state, t)
        optimizer.step(mine, gradients)
    for name, value in parameters.items():
        np.testing.assert_allclose(mine[name], value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_one_long_vector_goes_the_way_of_its_pieces(make) -> None:
    rng = np.random.default_rng(0)
    sizes = {"W": (400, 500), "b": (7,)}
    parameters = {name: rng.normal(size=shape).astype(np.float32) for name, shape in sizes.items()}
    theta, views = flatten_parameters(parameters)
    assert theta.size > _PIECE
    assert all(np.shares_memory(theta, view) for view in views.values())
    flat, parts = make(), make()
    for _ in range(3):
        gradients = {name: rng.normal(size=shape).astype(np.float32) for name, shape in sizes.items()}
        flat.step({"theta": theta}, {"theta": flatten_parameters(gradients)[0]})
        parts.step(parameters, gradients)
    for name, value in parameters.items():
        np.testing.assert_array_equal(views[name], value)
        assert value.dtype == np.float32


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_parameter_that_lies_across_memory_is_changed_too(make) -> None:
    rng = np.random.default_rng(0)
    straight = rng.normal(size=(3, 4))
    across = np.asfortranarray(straight)
    every_second = np.zeros((6, 4))[::2]
    every_second[...] = straight
    one, other, third = make(), make(), make()
    for _ in range(2):
        gradient = rng.normal(size=(3, 4))
        for optimizer, W in ((one, straight), (other, across), (third, every_second)):
            optimizer.step({"W": W}, {"W": gradient})
    np.testing.assert_array_equal(across, straight)
    np.testing.assert_array_equal(every_second, straight)


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_they_train_layers_and_leave_the_gradients_alone(make) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    target = x[:, :1] * x[:, 1:]
    net = Sequential([Dense(2, 8, rng=rng), Tanh(), Dense(8, 1, rng=rng)])
    optimizer = make()
    optimizer.learning_rate = 0.02 if isinstance(optimizer, RMSprop | Adam) else 0.3
    costs = []
    for _ in range(120):
        zero_gradients(net)
        error = net(x, training=True) - target
        net.backward(error / len(x))
        gradients = gradients_of(net)
        before = {name: value.copy() for name, value in gradients.items()}
        optimizer.step(parameters_of(net), gradients)
        assert all(np.array_equal(gradients[name], value) for name, value in before.items())
        costs.append(float(np.mean(error**2)))
    assert costs[-1] < costs[0] / 3
    assert optimizer.steps == 120


def test_weight_decay_shrinks_all_weights_alike_but_those_that_are_named() -> None:
    steep, flat, bias = (np.array([1.0]) for _ in range(3))
    optimizer, plain = AdamW(0.1, weight_decay=0.2, no_decay={"bias"}), Adam(0.1)
    gradients = {"steep": np.array([100.0]), "flat": np.array([0.01]), "bias": np.array([1.0])}
    optimizer.step({"steep": steep, "flat": flat, "bias": bias}, gradients)
    without = {name: np.array([1.0]) for name in gradients}
    plain.step(without, gradients)
    assert without["steep"][0] - steep[0] == pytest.approx(0.1 * 0.2, rel=1e-9)
    assert without["flat"][0] - flat[0] == pytest.approx(0.1 * 0.2, rel=1e-9)
    assert without["bias"][0] == bias[0]


def test_a_schedule_sets_the_rate_between_steps() -> None:
    W, optimizer = np.array([0.0]), SGD(1.0)
    for rate in (1.0, 0.1):
        optimizer.learning_rate = rate
        optimizer.step({"W": W}, {"W": np.array([-1.0])})
    assert W[0] == pytest.approx(1.1)


def test_every_point_of_a_path_is_kept_and_the_start_is_not_changed() -> None:
    x0 = np.array([1.0, 2.0])
    path = optimizer_path(SGD(0.5), lambda x: x, x0, 3)
    np.testing.assert_array_equal(path, [[1, 2], [0.5, 1], [0.25, 0.5], [0.125, 0.25]])
    np.testing.assert_array_equal(x0, [1, 2])


def test_a_vector_of_parameters_starts_at_a_line_of_the_cache() -> None:
    for size in (1, 7, 1000):
        theta, _ = flatten_parameters({"W": np.ones(size, np.float32)})
        assert theta.ctypes.data % 64 == 0
        np.testing.assert_array_equal(theta, np.ones(size))


def test_bad_input_is_named_and_no_step_is_taken() -> None:
    W, optimizer = np.ones(2), SGD(0.1)
    bad: list[tuple[Parameters, Parameters, str]] = [
        ({"W": W}, {}, "gradients should be a dictionary with the names of the parameters, but it is one without 'W'"),
        ({"W": W}, {"W": W, "b": W}, "but it is one with 'b' too"),
        ({"W": W}, {"W": np.ones(3)}, r"the gradient of W should be an array of shape \(2,\)"),
        ({"W": np.ones(2, int)}, {"W": W}, "the parameter W should be an array of float32 or float64"),
        ({"W": [1.0]}, {"W": W}, "the parameter W should be an array of float32 or float64.* but it is list"),
    ]
    for parameters, gradients, message in bad:
        with pytest.raises(EngineError, match=message):
            optimizer.step(parameters, gradients)
    assert optimizer.steps == 0
    np.testing.assert_array_equal(W, [1, 1])
    momentum = Momentum()
    momentum.step({"W": W}, {"W": W})
    with pytest.raises(EngineError, match="the parameter W should be of 2 entries, as before, but it is of 3"):
        momentum.step({"W": np.ones(3)}, {"W": np.ones(3)})
    for make in (lambda: SGD(-1), lambda: Momentum(beta=1), lambda: Adam(epsilon=0), lambda: AdamW(weight_decay=-1)):
        with pytest.raises(EngineError, match="should be a number in"):
            make()
    with pytest.raises(EngineError, match="parameters should be arrays of one dtype, but it is float32 and float64"):
        flatten_parameters({"W": np.ones(2), "b": np.ones(2, np.float32)})
    with pytest.raises(EngineError, match="steps should be a whole number from 0 up"):
        optimizer_path(SGD(0.1), lambda x: x, [1.0], -1)
    assert issubclass(AdamW, Optimizer)
