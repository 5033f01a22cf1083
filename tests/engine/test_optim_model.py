from __future__ import annotations

import numpy as np
import pytest

from engine.dnn import L_model_forward, compute_cost
from engine.dnn_models import predict
from engine.errors import EngineError
from engine.init import initialize_parameters_he
from engine.optim_model import model
from engine.schedules import update_lr


@pytest.fixture(scope="module")
def ring() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 90))
    return X, (np.sum(X**2, axis=0, keepdims=True) < 1).astype(float)


@pytest.mark.parametrize(("optimizer", "rate"), [("gd", 0.5), ("momentum", 0.5), ("rmsprop", 0.02), ("adam", 0.02)])
def test_training_raises_the_accuracy(ring: tuple[np.ndarray, np.ndarray], optimizer: str, rate: float) -> None:
    X, Y = ring
    costs: list[float] = []

    def record(epoch: int, cost: float) -> None:
        costs.append(cost)

    parameters = model(X, Y, [2, 8, 1], optimizer, rate, 32, num_epochs=60, print_cost=False, rng=1, record=record)
    assert np.mean(predict(X, Y, parameters) == Y) >= 0.93
    assert len(costs) == 60
    assert costs[-1] < 0.6 * costs[0]


def test_the_cost_of_an_epoch_counts_every_example_once(ring: tuple[np.ndarray, np.ndarray]) -> None:
    X, Y = ring
    costs: list[float] = []
    # A rate of 0 leaves the parameters: the batches of 64 and 26 must add up to the cost of all 90.
    model(
        X, Y, [2, 3, 1], "gd", 0.0, 64, num_epochs=1, print_cost=False, rng=5, record=lambda _, cost: costs.append(cost)
    )
    start = initialize_parameters_he([2, 3, 1], rng=5)
    assert costs == [pytest.approx(compute_cost(L_model_forward(X, start)[0], Y), rel=1e-12)]


def test_the_rate_of_an_epoch_comes_from_the_first_rate(ring: tuple[np.ndarray, np.ndarray]) -> None:
    X, Y = ring
    asked = []

    def decay(first: float, epoch: int, rate: float) -> float:
        asked.append((first, epoch, rate))
        return update_lr(first, epoch, rate)

    model(X, Y, [2, 3, 1], "adam", 0.1, num_epochs=3, print_cost=False, decay=decay, decay_rate=0.5, rng=0)
    assert asked == [(0.1, 0, 0.5), (0.1, 1, 0.5), (0.1, 2, 0.5)]


def test_a_seed_repeats_it_float32_stays_and_the_cost_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    X, Y = np.array([[1, -1, 2]], np.float32), [[1, 0, 1]]
    one, same = (model(X, Y, [1, 2, 1], "adam", mini_batch_size=2, num_epochs=2, rng=3) for _ in range(2))
    assert {value.dtype for value in one.values()} == {np.dtype(np.float32)}
    for name, value in one.items():
        np.testing.assert_array_equal(value, same[name])
    assert capsys.readouterr().out.count("Epoch 0: cost ") == 2


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="optimizer should be one of 'gd', 'momentum', 'rmsprop', 'adam'"):
        model([[1.0]], [[1]], [1, 1], "sgd")
    with pytest.raises(EngineError, match="num_epochs should be"):
        model([[1.0]], [[1]], [1, 1], "gd", num_epochs=0)
    with pytest.raises(EngineError, match="mini_batch_size should be"):
        model([[1.0]], [[1]], [1, 1], "gd", mini_batch_size=0)
    with pytest.raises(EngineError, match=r"X should be an array of shape \(2, m\)"):
        model([[1.0]], [[1]], [2, 1], "gd")
