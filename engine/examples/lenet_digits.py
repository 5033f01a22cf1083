"""LeNet-5 learns to read handwritten digits (course 4, week 1).

    python -m engine.examples.lenet_digits

Two convolutions find strokes and then what strokes make up; pooling forgets where exactly; dense layers decide. With
ReLU and max-pooling in the place of the sigmoids and averages of 1998.
"""

from __future__ import annotations

import numpy as np

from engine.datasets import digits
from engine.errors import Parameters
from engine.examples.runner import Goal, Result, Tell, cost_and_gradients, descend, run, silent
from engine.layers.base import Sequential, parameters_of
from engine.layers.convolution import Conv2D, MaxPooling2D
from engine.layers.dense import Dense, Flatten, Relu
from engine.layers.losses import softmax_cross_entropy
from engine.layers.training import accuracy, predict
from engine.optimizers import Adam

STEPS = 500
GOAL = Goal("test accuracy", 0.96)
BATCH = 64


def lenet(rng: np.random.Generator) -> Sequential:
    """The network: (m, 28, 28, 1) to the scores of ten digits, (m, 10).

    >>> from engine.layers.base import count_parameters
    >>> model = lenet(np.random.default_rng(0))
    >>> model(np.zeros((2, 28, 28, 1), np.float32)).shape, count_parameters(model)
    ((2, 10), 61706)
    """
    f32 = np.float32
    return Sequential(
        [
            # Nobody asks for the gradient of the pixels.
            Conv2D(1, 6, f=5, pad="same", rng=rng, dtype=f32, input_gradient=False),  # 28 x 28 x 6
            Relu(),
            MaxPooling2D(2),  # 14 x 14 x 6
            Conv2D(6, 16, f=5, rng=rng, dtype=f32),  # 10 x 10 x 16
            Relu(),
            MaxPooling2D(2),  # 5 x 5 x 16
            Flatten(),
            Dense(400, 120, "he", rng, f32),
            Relu(),
            Dense(120, 84, "he", rng, f32),
            Relu(),
            Dense(84, 10, "glorot", rng, f32),
        ]
    )


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """Adam on batches of 64 of the 9,000 training digits; the figure is the accuracy on the other 1,000.

    >>> train(steps=0).figures["test accuracy"] < 0.3  # a guess has one tenth
    True
    """
    rng = np.random.default_rng(seed)
    X_train, y_train, X_test, y_test = digits()
    model = lenet(rng)

    def batch() -> tuple[float, Parameters]:
        chosen = rng.integers(len(X_train), size=BATCH)
        return cost_and_gradients(model, softmax_cross_entropy, X_train[chosen], y_train[chosen])

    descend(parameters_of(model), batch, Adam(0.003), steps, tell)
    scores = predict(model, X_test)
    wrong = np.flatnonzero(scores.argmax(axis=1) != y_test)
    lines = [f"{len(wrong)} of {len(y_test)} wrong, such as"]
    lines += [f"  a {y_test[i]} read as {scores[i].argmax()}" for i in wrong[:5]]
    return Result({"test accuracy": accuracy(scores, y_test)}, lines)


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
