"""A training step of a network in the manner of LeNet: forward, loss, backward, update."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.engine.case import Case
from engine.errors import Parameters
from engine.layers.base import Sequential, gradients_of, parameters_of, zero_gradients
from engine.layers.convolution import Conv2D, MaxPooling2D
from engine.layers.dense import Dense, Flatten, Relu
from engine.layers.losses import softmax_cross_entropy
from engine.optimizers import SGD

EXAMPLES = 64
SIDE = 28
LEARNING_RATE = 0.01


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(EXAMPLES, SIDE, SIDE, 1)).astype(np.float32)
    y = rng.integers(0, 10, size=EXAMPLES)
    yield Case(f"step of LeNet, {SIDE} x {SIDE}, m {EXAMPLES}", 1.2, engine_step(X, y, rng), torch_step(X, y))


def engine_step(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Callable[[], object]:
    dtype = np.float32
    model = Sequential(
        [
            # As in PyTorch, the gradient of the images is not worked out.
            Conv2D(1, 6, 5, pad="same", input_gradient=False, rng=rng, dtype=dtype),
            Relu(),
            MaxPooling2D(2),
            Conv2D(6, 16, 5, rng=rng, dtype=dtype),
            Relu(),
            MaxPooling2D(2),
            Flatten(),
            Dense(400, 120, "he", rng, dtype),
            Relu(),
            Dense(120, 84, "he", rng, dtype),
            Relu(),
            Dense(84, 10, "he", rng, dtype),
        ]
    )
    parameters, optimizer = parameters_of(model), SGD(LEARNING_RATE)

    def step() -> Parameters:
        _, dlogits = softmax_cross_entropy(model(X, training=True), y)
        zero_gradients(model)
        model.backward(dlogits)
        optimizer.step(parameters, gradients_of(model))
        return parameters

    return step


def torch_step(X: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    images = torch.from_numpy(X.transpose(0, 3, 1, 2).copy())
    labels = torch.from_numpy(y)
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> object:
        optimizer.zero_grad()
        cost = loss(model(images), labels)
        cost.backward()
        optimizer.step()
        return cost

    return step
