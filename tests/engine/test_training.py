from __future__ import annotations

import numpy as np
import pytest

from engine.datasets.drawn_points import spirals
from engine.errors import EngineError
from engine.layers.base import Sequential, parameters_of
from engine.layers.dense import Dense, Dropout, Tanh
from engine.layers.losses import mean_squared_error, softmax_cross_entropy
from engine.layers.normalization import BatchNormalization
from engine.layers.training import EarlyStopping, LearningRateSchedule, Progress, accuracy, evaluate, fit, predict
from engine.optimizers import SGD, Adam


def network(seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    hidden = [Dense(2, 24, rng=rng), BatchNormalization(24), Tanh(), Dense(24, 24, rng=rng), Tanh()]
    return Sequential([*hidden, Dense(24, 3, rng=rng)])


def test_a_network_learns_spirals_that_no_line_separates() -> None:
    X, y = spirals(240, arms=3, noise=0.05, rng=0)
    model = network()
    history = fit(model, X.T, y, softmax_cross_entropy, Adam(0.03), epochs=60, metric=accuracy, rng=0)
    assert history[0]["metric"] < 0.6
    assert evaluate(model, X.T, y, softmax_cross_entropy, accuracy)["metric"] > 0.95


def test_the_same_seeds_give_the_same_training_and_float32_stays() -> None:
    X, y = spirals(60, arms=3, rng=0)
    ends = []
    for _ in range(2):
        model = Sequential(
            [Dense(2, 5, rng=0, dtype=np.float32), Dropout(0.2, rng=1), Dense(5, 3, rng=2, dtype=np.float32)]
        )
        fit(model, X.T.astype(np.float32), y, softmax_cross_entropy, Adam(0.01), epochs=3, rng=5)
        ends.append(parameters_of(model))
    for name, theta in ends[0].items():
        assert theta.dtype == np.float32
        np.testing.assert_array_equal(theta, ends[1][name])


def test_the_loss_of_an_epoch_weighs_a_smaller_last_batch_by_its_size() -> None:
    X, Y = np.arange(5.0)[:, np.newaxis], np.zeros((5, 1))
    line = Dense(1, 1, rng=0)
    before = evaluate(line, X, Y, mean_squared_error)["loss"]
    (record,) = fit(line, X, Y, mean_squared_error, SGD(0.0), batch_size=3, rng=0)
    np.testing.assert_allclose(record["loss"], before)


def test_a_frozen_layer_is_not_trained() -> None:
    X, y = spirals(40, arms=3, rng=0)
    model = network()
    frozen = model.children["0"]
    frozen.trainable = False
    before, head = frozen.parameters["W"].copy(), model.children["5"].parameters["W"].copy()
    fit(model, X.T, y, softmax_cross_entropy, Adam(0.1), epochs=2, rng=0)
    np.testing.assert_array_equal(frozen.parameters["W"], before)
    assert not np.array_equal(model.children["5"].parameters["W"], head)


def test_early_stopping_gives_back_the_parameters_of_the_best_epoch() -> None:
    X = np.ones((4, 1))
    line, stopping, seen = Dense(1, 1, rng=0), EarlyStopping("val_loss", patience=2), []
    # A learning rate that overshoots: every epoch is worse than the one before.
    history = fit(
        line, X, X, mean_squared_error, SGD(2.0), epochs=20, validation_data=(X, X),
        callbacks=[lambda progress: seen.append(line.parameters["W"].copy()), stopping],
    )  # fmt: skip
    assert stopping.best_epoch is not None
    assert len(history) == stopping.best_epoch + 3
    np.testing.assert_array_equal(line.parameters["W"], seen[stopping.best_epoch])
    with pytest.raises(EngineError, match="monitor should be one of 'loss'"):
        fit(line, X, X, mean_squared_error, SGD(0.1), callbacks=[EarlyStopping()])


def test_a_schedule_sets_the_rate_of_each_epoch() -> None:
    X, rates, optimizer = np.ones((2, 1)), [], SGD(1.0)
    fit(
        Dense(1, 1, rng=0), X, X, mean_squared_error, optimizer, epochs=3,
        callbacks=[lambda progress: rates.append(optimizer.learning_rate), LearningRateSchedule(lambda e: 1 / (1 + e))],
    )  # fmt: skip
    assert rates == [1, 1 / 2, 1 / 3]


def test_predictions_do_not_depend_on_the_batches_and_bad_lengths_are_told() -> None:
    model, X = network(), np.random.default_rng(0).normal(size=(7, 2))
    np.testing.assert_allclose(predict(model, X, batch_size=2), predict(model, X))
    with pytest.raises(EngineError, match="Y should be an array of 7 examples, like X"):
        fit(model, X, np.zeros(6, int), softmax_cross_entropy, SGD(0.1))
    with pytest.raises(EngineError, match="X should be an array of at least one example"):
        predict(model, X[:0])


def test_the_best_parameters_come_back_when_training_ends_before_the_patience() -> None:
    X, lasts = np.ones((4, 1)), []
    line, stopping, seen = Dense(1, 1, rng=0), EarlyStopping("loss", patience=50), []
    fit(
        line, X, X, mean_squared_error, SGD(2.0), epochs=4,
        callbacks=[lambda p: (seen.append(line.parameters["W"].copy()), lasts.append(p.last))[0], stopping],
    )  # fmt: skip
    assert lasts == [False, False, False, True]
    assert stopping.best_epoch == 0
    np.testing.assert_array_equal(line.parameters["W"], seen[0])


def test_a_stop_that_another_callback_asked_for_stays_and_gives_the_best_parameters_too() -> None:
    line, stopping = Dense(1, 1, rng=0), EarlyStopping("loss", patience=50)
    best = line.parameters["W"].copy()
    stopping(Progress(0, {"loss": 1.0}, line, SGD(0.1)))
    line.parameters["W"] += 1
    progress = Progress(1, {"loss": 2.0}, line, SGD(0.1), stop=True)
    stopping(progress)
    assert progress.stop
    np.testing.assert_array_equal(line.parameters["W"], best)


def test_a_loss_that_was_never_a_number_stops_and_leaves_the_parameters() -> None:
    line, stopping = Dense(1, 1, rng=0), EarlyStopping("loss", patience=2)
    last = parameters_of(line)["W"].copy()
    for epoch in range(2):
        progress = Progress(epoch, {"loss": np.nan}, line, SGD(0.1))
        stopping(progress)
    assert (progress.stop, stopping.best_epoch) == (True, None)
    np.testing.assert_array_equal(line.parameters["W"], last)


def test_accuracy_refuses_one_score_a_row_with_labels_of_another_rank() -> None:
    for labels in ([0, 1], [[[0]], [[1]]]):
        with pytest.raises(EngineError, match=r"labels should be an array of shape \(2, 1\)"):
            accuracy([[-3.0], [1.0]], labels)
    assert accuracy([[-3.0], [1.0]], [[0], [0]]) == 0.5
