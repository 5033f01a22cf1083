from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import batchnorm_net as net
from engine import logistic
from engine.datasets.drawn_points import petals
from engine.errors import EngineError


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(4, 7), st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_the_gradients_are_those_of_the_cost(
    gradient_error: Callable[..., float], dims: list[int], B: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(dims[0], B)), rng.integers(0, 2, size=(1, B))
    parameters = net.initialize_parameters_bn([*dims, 1], rng)
    for name, theta in parameters.items():
        parameters[name] = theta + 0.3 * rng.normal(size=theta.shape)
    cost = lambda **p: logistic.compute_cost(net.L_model_forward_bn(X, p, eps=1e-2)[0], Y)  # noqa: E731
    AL, cache = net.L_model_forward_bn(X, parameters, eps=1e-2)
    kinks = [np.abs(hidden[2]).min() for hidden in cache[0]]
    if min(kinks, default=1) < 1e-3:
        return  # so near the corner of a ReLU, a finite difference is not the slope
    grads = net.L_model_backward_bn(AL, Y, cache)
    assert gradient_error(cost, parameters, {name: grads[f"d{name}"] for name in parameters}) <= 1e-6


def test_no_hidden_layer_has_a_bias() -> None:
    assert sorted(net.initialize_parameters_bn([3, 4, 2, 1], rng=0)) == [
        "W1", "W2", "W3", "b3", "beta1", "beta2", "gamma1", "gamma2",
    ]  # fmt: skip


def test_it_learns_petals_and_judges_single_examples_by_the_running_statistics() -> None:
    X, Y = petals(200, rng=0)
    parameters, running, costs = net.model_bn(X, Y, [2, 8, 1], learning_rate=0.7, num_iterations=250, rng=0)
    assert costs[-1] < 0.6 * costs[0]
    together, _ = net.L_model_forward_bn(X, parameters, "test", running)
    assert np.mean((together > 0.5) == Y) > 0.85
    alone, _ = net.L_model_forward_bn(X[:, :1], parameters, "test", running)
    np.testing.assert_allclose(alone, together[:, :1])


def test_float32_stays_and_a_missing_key_is_told() -> None:
    X = np.ones((2, 3), np.float32)
    parameters = {
        name: theta.astype(np.float32) for name, theta in net.initialize_parameters_bn([2, 3, 1], rng=0).items()
    }
    AL, cache = net.L_model_forward_bn(X, parameters)
    assert AL.dtype == np.float32
    assert all(grad.dtype == np.float32 for grad in net.L_model_backward_bn(AL, [[1, 0, 1]], cache).values())
    with pytest.raises(EngineError, match="running should be a dictionary with the key 'mu1'"):
        net.L_model_forward_bn(X, parameters, "test")
    with pytest.raises(EngineError, match="mode should be one of 'train', 'test'"):
        net.L_model_forward_bn(X, parameters, "predict")


def test_an_update_keeps_float32_and_refuses_a_gradient_of_another_shape() -> None:
    parameters = {"W1": np.ones((1, 1), np.float32)}
    updated = net.update_parameters_bn(parameters, {"dW1": np.ones((1, 1), np.float32)}, np.float64(0.5))
    assert updated["W1"].dtype == np.float32
    with pytest.raises(EngineError, match=r"dW1 should be an array of shape \(1, 1\)"):
        net.update_parameters_bn(parameters, {"dW1": np.ones((1, 3))}, 0.5)


def test_the_network_may_have_several_outputs() -> None:
    X, Y = np.array([[-2.0, -1.0, 1.0, 2.0]]), np.array([[1, 0, 0, 1], [0, 0, 1, 1]])
    _, _, costs = net.model_bn(X, Y, [1, 6, 2], num_iterations=300, rng=1)
    assert len(costs) == 300
    assert costs[-1] < 0.2 < costs[0]
    with pytest.raises(EngineError, match="num_iterations should be a whole number from 1 up"):
        net.model_bn(X, Y, [1, 6, 2], num_iterations=0)
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(2, 4\)"):
        net.model_bn(X, Y[:1], [1, 6, 2], num_iterations=1)


def test_the_test_mode_takes_no_statistics_of_the_batch_and_cannot_be_gone_back_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X = np.array([[-2.0, -1.0, 1.0, 2.0]])
    parameters, running, _ = net.model_bn(X, [[1, 0, 0, 1]], [1, 3, 1], num_iterations=2, rng=0)
    monkeypatch.delattr(net, "batchnorm_forward")
    AL, cache = net.L_model_forward_bn(X, parameters, "test", running)
    with pytest.raises(EngineError, match="cache should be of a forward pass in mode 'train'"):
        net.L_model_backward_bn(AL, [[1, 0, 0, 1]], cache)
    with pytest.raises(EngineError, match="cache should be of a forward pass in mode 'train'"):
        net.update_running_bn(cache, running)
