from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import basics, logistic, mismatch, multitask, transfer
from engine.errors import EngineError, Parameters


def test_ceilings_are_shares_of_the_mistakes_and_tags_may_overlap() -> None:
    table = mismatch.error_table([{"fog"}, {"fog", "night"}, set(), {"fog"}], 0.2)
    assert list(table) == ["fog", "night"]
    assert table["fog"] == (0.75, pytest.approx(0.15))
    assert table["night"] == (0.25, pytest.approx(0.05))
    with pytest.raises(EngineError, match="tags should be a list with at least one mistake"):
        mismatch.error_table([], 0.2)


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.floats(0, 0.99), st.floats(0, 0.5))
@settings(max_examples=30, deadline=None)
def test_a_split_loses_nothing_and_tests_on_the_target_alone(
    other: int, target: int, share: float, aside: float
) -> None:
    split = mismatch.split_with_target(other, target, share, aside)
    assert sum(part["other"] for part in split.values()) == other
    assert sum(part["target"] for part in split.values()) == target
    assert split["dev"]["other"] == split["test"]["other"] == 0
    assert 0 <= split["test"]["target"] - split["dev"]["target"] <= 1


def test_weights_make_the_mixture_and_average_to_1() -> None:
    counts, target = np.array([800, 150, 50]), np.array([0.2, 0.3, 0.5])
    w = mismatch.source_weights(counts, target)
    np.testing.assert_allclose(w * counts / np.sum(w * counts), target)
    np.testing.assert_allclose(np.sum(w * counts) / counts.sum(), 1)
    with pytest.raises(EngineError, match="target should be shares of 0 or more that sum to 1"):
        mismatch.source_weights([1, 1], [0.5, 0.6])
    with pytest.raises(EngineError, match=r"counts should be at least 1 for each source .* 0 for source 2"):
        mismatch.source_weights([0, 1, 0], [0.0, 0.5, 0.5])  # nobody wants the first


@given(st.floats(-10, 30), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_mixture_has_the_ratio_that_was_asked_for(snr_db: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clean, noise = np.sin(np.arange(200) / 5), rng.normal(size=900)
    added = mismatch.mix_noise(clean, noise, snr_db, rng) - clean
    assert 10 * np.log10(np.mean(clean**2) / np.mean(added**2)) == pytest.approx(snr_db)


def test_silence_and_short_noise_are_told() -> None:
    with pytest.raises(EngineError, match="noise should be an array of at least 3 samples"):
        mismatch.mix_noise(np.ones(3), np.ones(2), 10)
    with pytest.raises(EngineError, match="noise should be a sound, but it is silent"):
        mismatch.mix_noise(np.ones(3), np.zeros(3), 10)


# Several questions at once


def test_unknown_labels_count_for_nothing(gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    Z, Y = rng.normal(size=(3, 5)), rng.integers(0, 2, size=(3, 5)).astype(float)
    Y[0, 1] = Y[2, 3] = np.nan
    cost, dZ = multitask.multitask_cost(basics.sigmoid(Z), Y)
    assert np.isfinite(cost)
    np.testing.assert_array_equal(dZ[np.isnan(Y)], 0)
    J = lambda Z: multitask.multitask_cost(basics.sigmoid(Z), Y)[0]  # noqa: E731
    assert gradient_error(J, {"Z": Z}, {"Z": dZ}) <= 1e-6


def test_one_question_with_all_labels_is_logistic_regression() -> None:
    rng = np.random.default_rng(1)
    A, Y = rng.uniform(0.1, 0.9, size=(1, 6)), rng.integers(0, 2, size=(1, 6))
    assert multitask.multitask_cost(A, Y)[0] == pytest.approx(logistic.compute_cost(A, Y))


# A new head


def base(rng: np.random.Generator) -> Parameters:
    return {
        "W1": rng.normal(size=(4, 3)),
        "b1": np.zeros((4, 1)),
        "W2": rng.normal(size=(2, 4)),
        "b2": np.zeros((2, 1)),
    }


def test_frozen_layers_stay_to_the_last_bit_even_with_decay_and_momentum() -> None:
    params, mask = transfer.transfer_model(base(np.random.default_rng(0)), 5, trainable_from=2, rng=0)
    after = transfer.train_masked(
        params, mask, lambda p: {f"d{name}": np.ones_like(value) for name, value in p.items()}, 0.1, 5, weight_decay=0.5
    )
    for name in params:
        assert np.array_equal(after[name], params[name]) == (not mask[name])
    assert after["W2"].shape == (5, 4)


def test_training_a_head_lowers_the_cost_and_leaves_the_arguments() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 40)), rng.integers(0, 2, size=(1, 40))
    params, mask = transfer.transfer_model(base(rng), 1, trainable_from=2, rng=0)
    before = params["W2"].copy()
    features = np.tanh(params["W1"] @ X + params["b1"])

    def gradients(p: Parameters) -> Parameters:
        grads, _ = logistic.propagate(p["W2"].T, float(p["b2"][0, 0]), features, Y)
        return {"dW2": grads["dw"].T, "db2": np.full((1, 1), grads["db"])}

    def cost(p: Parameters) -> float:
        return logistic.propagate(p["W2"].T, float(p["b2"][0, 0]), features, Y)[1]

    after = transfer.train_masked(params, mask, gradients, 1.0, 60)
    assert cost(after) < cost(params)
    np.testing.assert_array_equal(params["W2"], before)


def test_a_layer_that_is_not_there_is_told() -> None:
    with pytest.raises(EngineError, match="trainable_from should be the number of a layer, 1 to 2"):
        transfer.transfer_model(base(np.random.default_rng(0)), 1, trainable_from=3)
    with pytest.raises(EngineError, match="base_params should be a dictionary with the key 'W1'"):
        transfer.transfer_model({"W2": np.ones((1, 1)), "b2": np.ones((1, 1))}, 1, 1)
    with pytest.raises(EngineError, match="base_params should be a dictionary whose names end in the number"):
        transfer.transfer_model({**base(np.random.default_rng(0)), "scale": np.ones(1)}, 1, 1)


def test_nothing_that_is_returned_is_the_array_that_was_given() -> None:
    given_params = base(np.random.default_rng(0))
    params, mask = transfer.transfer_model(given_params, 1, trainable_from=2, rng=0)
    after = transfer.train_masked(params, mask, lambda p: {f"d{name}": value for name, value in p.items()}, 0.1, 1)
    for name in params:
        assert not np.shares_memory(params[name], given_params[name])
        assert not np.shares_memory(after[name], params[name])


def test_lists_are_parameters_too_and_a_gradient_of_another_shape_is_told() -> None:
    params, mask = transfer.transfer_model({"W1": [[1.0, 2.0]], "b1": [[0.0]]}, 3, trainable_from=1, rng=0)
    assert params["W1"].shape == (3, 2)
    moved = transfer.train_masked({"W1": [[1.0]]}, {"W1": True}, lambda p: {"dW1": [[1.0]]}, 0.5, 1, beta=0)
    np.testing.assert_array_equal(moved["W1"], [[0.5]])
    with pytest.raises(EngineError, match=r"dW1 should be an array of shape \(3, 2\)"):
        transfer.train_masked(params, mask, lambda p: {"dW1": np.ones((1, 2)), "db1": p["b1"]}, 0.5, 1)


def test_numpy_numbers_as_options_keep_float32() -> None:
    params = {"W1": np.ones((1, 1), np.float32)}
    options = {"beta": np.float64(0.9), "weight_decay": np.float64(0.1)}
    after = transfer.train_masked(params, {"W1": True}, lambda p: {"dW1": p["W1"]}, np.float64(0.5), 2, **options)
    assert after["W1"].dtype == np.float32
