"""The trainings of `engine.examples` in a short form: after half a second each knows more than nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from engine.examples import (
    dates_transformer,
    detector_scenes,
    glove_alice,
    gpt_alice,
    lenet_digits,
    names_lstm,
    runner,
    skipgram_alice,
    style_pictures,
    trigger_chirps,
    unet_scenes,
    vit_digits,
)
from engine.examples.runner import Goal, Result
from engine.optimizers import SGD


class Costs(list[float]):
    """Listens to a training and keeps the cost of each batch."""

    def __call__(self, step: int, steps: int, cost: float) -> None:
        self.append(cost)


# What is to be beaten: the figure of a model that knows nothing.


@pytest.mark.parametrize(
    ("example", "steps", "knowing_nothing", "wanted"),
    [
        (lenet_digits, 40, 0.1, 0.75),  # one of ten digits
        (vit_digits, 14, 0.1, 0.2),
        (glove_alice, 30, 0.0, 0.12),  # a correlation
        (skipgram_alice, 4, 0.0, 0.05),
        (detector_scenes, 25, 0.0, 0.08),
        (trigger_chirps, 25, 0.0, 0.4),
    ],
)
def test_a_short_training_raises_the_figure(
    example: ModuleType, steps: int, knowing_nothing: float, wanted: float
) -> None:
    costs = Costs()
    figure = example.train(steps, seed=0, tell=costs).figures[example.GOAL.figure]
    assert knowing_nothing < wanted < figure
    assert len(costs) == steps
    assert min(costs[-5:]) < 0.9 * costs[0]


@pytest.mark.parametrize(
    ("example", "steps", "knowing_nothing", "wanted"),
    [
        (names_lstm, 80, np.log(28), 2.5),  # 26 letters, the end and padding
        (gpt_alice, 12, np.log2(74), 5.0),  # 74 different characters
    ],
)
def test_a_short_training_lowers_the_cost_of_what_was_not_read(
    example: ModuleType, steps: int, knowing_nothing: float, wanted: float
) -> None:
    assert example.train(steps, seed=0).figures[example.GOAL.figure] < wanted < knowing_nothing


def test_a_short_training_of_the_translator_makes_the_next_letter_likelier() -> None:
    costs = Costs()
    dates_transformer.train(20, seed=0, tell=costs)
    assert costs[0] > np.log(len(dates_transformer.LETTERS))
    assert costs[-1] < costs[0] / 2


def test_a_short_training_of_the_u_net_makes_the_true_class_likelier() -> None:
    costs = Costs()
    unet_scenes.train(12, seed=0, tell=costs)
    assert costs[0] > np.log(unet_scenes.CLASSES)
    assert costs[-1] < 0.8 * costs[0]


def test_a_short_style_transfer_lowers_the_cost_by_a_factor() -> None:
    assert style_pictures.train(15, seed=0, shrink=2).figures["cost before over cost after"] > 3


def test_the_same_seed_gives_the_same_training_and_another_seed_another() -> None:
    first, again, other = (Costs() for _ in range(3))
    for costs, seed in ((first, 0), (again, 0), (other, 1)):
        names_lstm.train(3, seed, costs)
    assert first == again != other


def test_the_learning_rate_rises_from_the_start_and_falls_to_the_end() -> None:
    optimizer, rates = SGD(0.5), []

    def batch() -> tuple[float, dict[str, np.ndarray]]:
        rates.append(optimizer.learning_rate)
        return 0.0, {"x": np.zeros(1)}

    runner.descend({"x": np.zeros(1)}, batch, optimizer, steps=100)
    top = int(np.argmax(rates))
    assert 3 <= top <= 6
    assert rates[top] == pytest.approx(0.5)
    assert rates[0] < rates[1] < rates[2]
    assert 0 < rates[-1] < 0.001


def training(figure: float) -> Callable[..., Result]:
    return lambda steps, seed=0, tell=runner.silent: Result({"accuracy": figure}, ["a line to look at"])


def test_the_command_tells_what_was_reached_and_fails_when_it_is_not_the_goal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert runner.run(training(0.9), 10, Goal("accuracy", 0.8), ["--seed", "3"]) == 0
    assert runner.run(training(0.7), 10, Goal("accuracy", 0.8), ["--steps", "2"]) == 1
    told = capsys.readouterr().out
    assert "a line to look at\n10 steps, seed 3, 0.0 s: accuracy 0.9000\ngoal reached: accuracy at least 0.8\n" in told
    assert told.endswith("2 steps, seed 0, 0.0 s: accuracy 0.7000\ngoal MISSED: accuracy at least 0.8\n")


def test_a_cost_that_is_not_a_number_reaches_no_goal() -> None:
    assert not Goal("cost", 1.0, at_most=True).reached(float("nan"))
    assert not Goal("accuracy", 0.5).reached(float("nan"))
