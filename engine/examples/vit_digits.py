"""A vision Transformer reads handwritten digits as sentences of 16 patches (beyond course 5).

    python -m engine.examples.vit_digits

It is told nothing of what is near what: it has to learn that from 9,000 pictures, which is little. LeNet, whose
convolutions know it from the start, does better in less time; with millions of pictures it is the other way round.
"""

from __future__ import annotations

import numpy as np

from engine.beyond.vit import initialize_vit, vit_forward, vit_loss_and_grads
from engine.datasets import digits
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, descend, run, silent
from engine.layers.training import accuracy
from engine.optimizers import AdamW

STEPS = 1000
GOAL = Goal("test accuracy", 0.94)
BATCH, PATCH, HEADS = 64, 7, 4


def shifted(X: Array, rng: np.random.Generator, most: int = 1) -> Array:
    """The pictures, each moved by up to `most` pixels: a digit stays the same digit, and the data are many more.

    - X: (m, H, W, C), with an empty border

    >>> X = np.zeros((1, 5, 5, 1))
    >>> X[0, 2, 2] = 1
    >>> np.argwhere(shifted(X, np.random.default_rng(0))[0, :, :, 0])
    array([[3, 2]])
    """
    moves = rng.integers(-most, most + 1, size=(len(X), 2))
    return np.stack([np.roll(x, move, axis=(0, 1)) for x, move in zip(X, moves, strict=True)])


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """AdamW on batches of 64 of the 9,000 training digits; the figure is the accuracy on the other 1,000.

    >>> train(steps=0).figures["test accuracy"] < 0.3  # a guess has one tenth
    True
    """
    rng = np.random.default_rng(seed)
    X_train, y_train, X_test, y_test = digits()
    parameters = initialize_vit(28, 28, 1, PATCH, d=64, n_layers=3, n_classes=10, d_ff=128, rng=rng, dtype=np.float32)

    def batch() -> tuple[float, Parameters]:
        chosen = rng.integers(len(X_train), size=BATCH)
        return vit_loss_and_grads(shifted(X_train[chosen], rng), y_train[chosen], parameters, HEADS)

    no_decay = {name for name, value in parameters.items() if value.ndim == 1}
    descend(parameters, batch, AdamW(0.003, weight_decay=0.05, no_decay=no_decay), steps, tell, max_norm=1)
    scores, _ = vit_forward(X_test, parameters, HEADS)
    return Result({"test accuracy": accuracy(scores, y_test)})


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
