from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dnn_models
from engine.dnn_models import L_layer_model, mislabeled_indices, predict, two_layer_model
from engine.errors import EngineError


@pytest.fixture(scope="module")
def ring() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 80))
    return X, (np.sum(X**2, axis=0, keepdims=True) < 1).astype(float)


def test_training_two_layers_raises_the_accuracy(ring: tuple[np.ndarray, np.ndarray]) -> None:
    X, Y = ring
    early, _ = two_layer_model(X, Y, (2, 10, 1), 1.0, num_iterations=2, rng=0)
    parameters, costs = two_layer_model(X, Y, (2, 10, 1), 1.0, num_iterations=1001, rng=0)
    assert np.mean(predict(X, Y, early) == Y) < 0.8
    assert np.mean(predict(X, Y, parameters) == Y) >= 0.95
    assert len(costs) == 11
    assert costs[-1] < costs[0] / 2


def test_training_many_layers_raises_the_accuracy(ring: tuple[np.ndarray, np.ndarray]) -> None:
    X, Y = ring
    early, _ = L_layer_model(X, Y, [2, 10, 5, 1], 0.3, num_iterations=2, rng=0)
    parameters, costs = L_layer_model(X, Y, [2, 10, 5, 1], 0.3, num_iterations=1001, rng=0)
    assert np.mean(predict(X, Y, early) == Y) < 0.8
    assert np.mean(predict(X, Y, parameters) == Y) >= 0.95
    assert costs[-1] < costs[0] / 2


def test_two_layers_step_by_step_are_l_layers_from_the_same_start(
    ring: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, Y = ring
    start = dnn_models.initialize_parameters(2, 4, 1, rng=3)
    monkeypatch.setattr(dnn_models, "initialize_parameters_deep", lambda *args, **kwargs: start)
    two, costs = two_layer_model(X, Y, (2, 4, 1), 0.5, num_iterations=101, rng=3)
    deep, deep_costs = L_layer_model(X, Y, (2, 4, 1), 0.5, num_iterations=101)
    assert costs == pytest.approx(deep_costs, rel=1e-10)
    for name, value in two.items():
        np.testing.assert_allclose(value, deep[name], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("train", [two_layer_model, L_layer_model])
def test_a_seed_repeats_the_training_and_the_dtype_is_that_of_the_data(train) -> None:
    X = np.array([[1.0, -1.0, 0.5]], np.float32)
    one, costs = train(X, [[1, 0, 1]], (1, 3, 1), num_iterations=2, rng=7)
    same, _ = train(X, [[1, 0, 1]], (1, 3, 1), num_iterations=2, rng=7)
    assert {value.dtype for value in one.values()} == {np.dtype(np.float32)}
    assert type(costs[0]) is float
    for name, value in one.items():
        np.testing.assert_array_equal(value, same[name])


def test_recorded_costs_are_printed_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    _, costs = L_layer_model([[1.0, -1.0]], [[1, 0]], (1, 1), num_iterations=101, print_cost=True, rng=0)
    assert capsys.readouterr().out.splitlines() == [
        f"After 0 updates: cost {costs[0]:f}",
        f"After 100 updates: cost {costs[1]:f}",
    ]


def test_a_probability_of_exactly_one_half_is_label_0(capsys: pytest.CaptureFixture[str]) -> None:
    parameters = {"W1": [[1.0]], "b1": [[0.0]]}
    np.testing.assert_array_equal(predict([[0.0, 1e-3]], None, parameters), [[0, 1]])
    predict([[0.0, 1e-3]], [[1, 1]], parameters, print_accuracy=True)
    assert capsys.readouterr().out == "Accuracy: 0.5000\n"


@given(st.integers(1, 12), st.integers(1, 15), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_worst_mistakes_come_first_and_nothing_right_is_among_them(m: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    AL, Y = rng.integers(0, 5, size=(1, m)) / 4, rng.integers(0, 2, size=(1, m))
    ranked = sorted((-abs(a - y), i) for i, (a, y) in enumerate(zip(AL[0], Y[0], strict=True)) if (a > 0.5) != y)
    assert mislabeled_indices(AL, Y, k).tolist() == [i for _, i in ranked[:k]]


def test_bad_input_is_named() -> None:
    X, Y = np.zeros((2, 3)), np.zeros((1, 3))
    with pytest.raises(EngineError, match=r"layers_dims should be \(n_x, n_h, n_y\)"):
        two_layer_model(X, Y, (2, 3, 3, 1))
    for train in (two_layer_model, L_layer_model):
        with pytest.raises(EngineError, match=r"X should be an array of shape \(4, m\)"):
            train(X, Y, (4, 3, 1))
        with pytest.raises(EngineError, match=r"Y should be an array of shape \(1, 3\)"):
            train(X, Y.T, (2, 3, 1))
        with pytest.raises(EngineError, match="num_iterations should be a whole number"):
            train(X, Y, (2, 3, 1), num_iterations=0)
    parameters = {"W1": np.zeros((1, 2)), "b1": np.zeros((1, 1))}
    with pytest.raises(EngineError, match="y should be the true labels"):
        predict(X, None, parameters, print_accuracy=True)
    with pytest.raises(EngineError, match="y should be an array of shape"):
        predict(X, [[1, 0]], parameters)
    with pytest.raises(EngineError, match="k should be a whole number"):
        mislabeled_indices(Y, Y, 0)


@pytest.mark.parametrize(("seed", "certain"), [(0, 0.0), (1, 1.0)])
def test_a_saturated_wrong_example_is_still_learned_from(seed: int, certain: float) -> None:
    X = np.array([[1e9, 2e9]])
    before, _ = two_layer_model(X, [[0, 0]], (1, 6, 1), learning_rate=0.0, num_iterations=1, rng=seed)
    AL, _ = dnn_models.L_model_forward(X, before)
    np.testing.assert_array_equal(AL, certain)
    Y = 1 - AL
    after, _ = two_layer_model(X, Y, (1, 6, 1), learning_rate=1.0, num_iterations=1, rng=seed)
    np.testing.assert_allclose(after["b2"], before["b2"] - np.mean(AL - Y))
    assert not np.array_equal(after["W1"], before["W1"])
