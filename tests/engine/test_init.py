from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from engine import init
from engine.errors import EngineError, Parameters

Start = Callable[..., Parameters]


@pytest.mark.parametrize(
    ("start", "std"),
    [
        (init.initialize_parameters_random, lambda n_prev, n: 10),
        (init.initialize_parameters_he, lambda n_prev, n: np.sqrt(2 / n_prev)),
        (init.initialize_parameters_xavier, lambda n_prev, n: np.sqrt(1 / n_prev)),
    ],
)
def test_weights_are_gaussian_with_the_spread_of_their_rule(start: Start, std: Callable[[int, int], float]) -> None:
    dims = [300, 200, 100]
    parameters = start(dims, rng=0)
    for layer, (n_prev, n) in enumerate(pairwise(dims), start=1):
        W = parameters[f"W{layer}"]
        assert W.shape == (n, n_prev)
        assert W.std() == pytest.approx(std(n_prev, n), rel=0.02)
        # Of a Gaussian 68 of 100 lie within one deviation, of a uniform 58.
        assert np.mean(np.abs(W) < W.std()) == pytest.approx(0.683, abs=0.01)
        np.testing.assert_array_equal(parameters[f"b{layer}"], np.zeros((n, 1)))
    np.testing.assert_array_equal(parameters["W1"], start(dims, rng=0)["W1"])


def test_glorot_is_between_forward_and_backward() -> None:
    W = init.initialize_parameters_xavier([100, 300], "fan_avg", rng=0)["W1"]
    assert W.std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)


def test_zero_weights_are_zero() -> None:
    parameters = init.initialize_parameters_zeros([3, 2, 1])
    assert [parameters[name].shape for name in ("W1", "b1", "W2", "b2")] == [(2, 3), (2, 1), (1, 2), (1, 1)]
    assert not any(value.any() for value in parameters.values())


@pytest.mark.parametrize(
    ("start", "activation", "lasts"),
    [
        (init.initialize_parameters_he, "relu", True),
        (init.initialize_parameters_xavier, "relu", False),
        (init.initialize_parameters_xavier, "tanh", True),
        (lambda dims, rng: {k: v / 100 for k, v in init.initialize_parameters_he(dims, rng).items()}, "tanh", False),
    ],
)
def test_the_signal_lasts_through_30_layers_only_with_the_rule_of_its_activation(
    start: Start, activation: str, lasts: bool
) -> None:
    X = np.random.default_rng(0).normal(size=(100, 100))
    profile = init.activation_std_profile(start([100] * 31, rng=1), X, activation)
    assert profile.shape == (30,)
    assert (profile[-1] > 0.1) == lasts


def test_training_succeeds_from_he_and_stands_still_from_zeros() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 60))
    Y = (np.sum(X**2, axis=0, keepdims=True) < 1).astype(float)
    costs: dict[str, list[float]] = {}
    for start in ("zeros", "random", "he", "xavier"):
        seen: list[float] = []
        init.model(X, Y, 0.1, 300, False, start, rng=0, record=lambda i, cost, seen=seen: seen.append(cost))
        costs[start] = seen
        assert len(seen) == 300
    assert costs["he"][-1] < costs["he"][0] / 2
    assert costs["random"][0] > 5
    parameters = init.model(X, Y, 0.1, 300, False, "zeros")
    assert not parameters["W1"].any()


def test_float32_stays_float32_and_every_thousandth_cost_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    X = np.array([[1.0, -1.0]], np.float32)
    parameters = init.model(X, [[1, 0]], num_iterations=1001, layers_dims=[1, 1], rng=0)
    assert {value.dtype for value in parameters.values()} == {np.dtype(np.float32)}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["After 0 updates", "After 1000 updates"]


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="initialization should be one of 'zeros', 'random', 'he', 'xavier'"):
        init.model([[1.0]], [[1]], initialization="ones")
    with pytest.raises(EngineError, match="mode should be one of 'fan_in', 'fan_avg'"):
        init.initialize_parameters_xavier([2, 1], "fan_out")
    with pytest.raises(EngineError, match="activation should be one of"):
        init.activation_std_profile(init.initialize_parameters_zeros([1, 1]), [[1.0]], "sigmoid")
    with pytest.raises(EngineError, match="layers_dims should be"):
        init.initialize_parameters_he([2, 0])
    with pytest.raises(EngineError, match="Y should be"):
        init.model([[1.0, 2.0]], [[1]])
