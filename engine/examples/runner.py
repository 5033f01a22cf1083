"""What the examples share: the loop of gradient descent, a goal, and a line that tells how far the training is."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.beyond.schedules import warmup_cosine
from engine.clipping import clip_by_global_norm
from engine.errors import Array, Parameters
from engine.layers.base import Layer, gradients_of, zero_gradients
from engine.layers.training import Loss
from engine.optimizers import Optimizer

#: Is told the number of the step, from 1, how many there will be, and the cost of the batch.
Tell = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Result:
    """What a training reached.

    - figures: numbers by name, the one of the goal among them; lines: something to look at, such as invented names

    >>> Result({"accuracy": 0.97}).figures["accuracy"]
    0.97
    """

    figures: dict[str, float]
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Goal:
    """A figure that the full training should reach.

    - figure: its name; value: the goal; at_most: smaller is better, as for a cost

    >>> goal = Goal("cost", 0.5, at_most=True)
    >>> print(goal), goal.reached(0.4)
    cost at most 0.5
    (None, True)
    """

    figure: str
    value: float
    at_most: bool = False

    def reached(self, value: float) -> bool:
        return value <= self.value if self.at_most else value >= self.value

    def __str__(self) -> str:
        return f"{self.figure} at {'most' if self.at_most else 'least'} {self.value:g}"


class Train(Protocol):
    """The function that every example has.

    >>> example: Train = lambda steps, seed=0, tell=silent: Result({"steps": steps})
    >>> example(5).figures
    {'steps': 5}
    """

    def __call__(self, steps: int, seed: int = 0, tell: Tell = ...) -> Result: ...


def silent(step: int, steps: int, cost: float) -> None:
    """Tells nothing.

    >>> silent(1, 10, 0.5)
    """


def descend(
    parameters: Parameters,
    batch: Callable[[], tuple[float, Parameters]],
    optimizer: Optimizer,
    steps: int,
    tell: Tell = silent,
    max_norm: float = math.inf,
) -> None:
    """Gradient descent on one batch after the other; the parameters are changed IN PLACE.

    The learning rate rises over the first twentieth of the steps, while Adam's averages are still those of few
    gradients, and then falls to almost 0, so that the noise of the batches is averaged away at the end.

    - parameters: arrays by name; batch: draws the next batch and gives its cost and the gradients by the same names
    - optimizer: its learning rate is the highest; steps: how many, may be 0
    - tell: called after each step; max_norm: longer gradients are shortened to it

    >>> from engine.optimizers import SGD
    >>> import numpy as np
    >>> parameters = {"x": np.array([4.0])}
    >>> descend(parameters, lambda: (float(parameters["x"][0] ** 2), {"x": 2 * parameters["x"]}), SGD(0.3), steps=50)
    >>> parameters["x"].round(6)
    array([0.])
    """
    highest = optimizer.learning_rate
    for step in range(1, steps + 1):
        # One step more than there are: the last one should move, too.
        optimizer.learning_rate = warmup_cosine(step, steps + 1, t_warm=steps / 20, lr_max=highest)
        cost, gradients = batch()
        if max_norm < math.inf:
            gradients, _ = clip_by_global_norm(gradients, max_norm)
        optimizer.step(parameters, gradients)
        tell(step, steps, cost)


def cost_and_gradients(model: Layer, loss: Loss, x: Array, y: Array) -> tuple[float, Parameters]:
    """The cost of a model on one batch, and the gradients of its parameters.

    - x: what the model takes; loss: takes the model's outputs and y

    >>> from engine.layers.dense import Dense
    >>> from engine.layers.losses import mean_squared_error
    >>> import numpy as np
    >>> model = Dense(1, 1, rng=0)
    >>> model.parameters["W"][...] = 2
    >>> cost_and_gradients(model, mean_squared_error, np.ones((1, 1)), np.zeros((1, 1)))
    (4.0, {'W': array([[4.]]), 'b': array([4.])})
    """
    cost, doutputs = loss(model.forward(x, training=True), y)
    zero_gradients(model)
    model.backward(doutputs)
    return cost, gradients_of(model)


def live(step: int, steps: int, cost: float) -> None:
    """Writes how far a training is on one line of the terminal, over and over; elsewhere a line for each tenth.

    >>> live(1, 10, 0.5)
    step 1 of 10, cost 0.5000
    """
    line = f"step {step} of {steps}, cost {cost:.4f}"
    if sys.stdout.isatty():
        print(f"\r{line:50}", end="" if step < steps else "\n", flush=True)
    elif step == 1 or step * 10 // steps > (step - 1) * 10 // steps:
        print(line, flush=True)


def run(train: Train, steps: int, goal: Goal, arguments: Sequence[str] | None = None) -> int:
    """The command of an example: trains, prints what was reached, and returns 0 when that is the goal, else 1.

    - steps: when there is no --steps; arguments: of the command, None for those of the command line

    >>> def train(steps, seed=0, tell=silent):
    ...     return Result({"cost": 1 / steps})
    >>> run(train, 100, Goal("cost", 0.5, at_most=True), ["--steps", "3"])
    3 steps, seed 0, 0.0 s: cost 0.3333
    goal reached: cost at most 0.5
    0
    """
    parser = argparse.ArgumentParser(description="Trains one of the examples and tells what it reached.")
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.steps < 0 or options.seed < 0:
        parser.error("--steps and --seed should be from 0 up")
    started = time.perf_counter()
    result = train(options.steps, options.seed, live)
    print(*result.lines, sep="\n", end="\n" if result.lines else "")
    figures = ", ".join(f"{name} {value:.4f}" for name, value in result.figures.items())
    print(f"{options.steps} steps, seed {options.seed}, {time.perf_counter() - started:.1f} s: {figures}")
    reached = goal.reached(result.figures[goal.figure])
    print(f"goal {'reached' if reached else 'MISSED'}: {goal}")
    return 0 if reached else 1
