"""A training step of a dense network, and Adam's update."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.engine.case import Case
from engine import dnn
from engine.errors import Parameters
from engine.layers.base import Sequential, gradients_of, parameters_of, zero_gradients
from engine.layers.dense import Dense, Relu
from engine.optimizers import SGD, Adam, flatten_parameters

SIZES = (784, 256, 128, 10)
EXAMPLES = 128
LEARNING_RATE = 0.01


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    name = "-".join(map(str, SIZES)) + f", m {EXAMPLES}"
    yield Case(f"step of an MLP {name}, columns", 0.9, columns_step(rng), torch_step(rng))
    yield Case(f"step of an MLP {name}, layers", 0.9, layers_step(rng), torch_step(rng))
    yield Case("Adam, 1 M parameters in one vector", 0.9, *adam_steps(rng, [1_000_000]))
    yield Case("Adam, 1 M parameters in 10 arrays", 0.9, *adam_steps(rng, [100_000] * 10))


def columns_step(rng: np.random.Generator) -> Callable[[], object]:
    """Forward, backward and update, by the functions of course 1 and the optimizer that works in place."""
    X = rng.normal(size=(SIZES[0], EXAMPLES)).astype(np.float32)
    Y = rng.integers(0, 2, size=(SIZES[-1], EXAMPLES)).astype(np.float32)
    start = dnn.initialize_parameters_deep(SIZES, scale=None, rng=rng)
    parameters = {key: value.astype(np.float32) for key, value in start.items()}
    optimizer = SGD(LEARNING_RATE)

    def step() -> Parameters:
        AL, caches = dnn.L_model_forward(X, parameters)
        grads = dnn.L_model_backward(AL, Y, caches, input_gradient=False)
        optimizer.step(parameters, {key: grads[f"d{key}"] for key in parameters})
        return parameters

    return step


def layers_step(rng: np.random.Generator) -> Callable[[], object]:
    """The same with the layers, rows of examples; the gradient of the loss is one line."""
    X = rng.normal(size=(EXAMPLES, SIZES[0])).astype(np.float32)
    Y = rng.integers(0, 2, size=(EXAMPLES, SIZES[-1])).astype(np.float32)
    n0, n1, n2, n3 = SIZES
    dense = [Dense(before, after, "he", rng, np.float32) for before, after in ((n0, n1), (n1, n2), (n2, n3))]
    model = Sequential([dense[0], Relu(), dense[1], Relu(), dense[2]])
    # As in PyTorch, where the data ask for no gradient.
    dense[0].input_gradient = False
    parameters = parameters_of(model)
    optimizer = SGD(LEARNING_RATE)

    def step() -> Parameters:
        zero_gradients(model)
        logits = model(X, training=True)
        model.backward((1 / (1 + np.exp(-logits)) - Y) / np.float32(EXAMPLES))
        optimizer.step(parameters, gradients_of(model))
        return parameters

    return step


def torch_step(rng: np.random.Generator) -> Callable[[], object]:
    X = torch.from_numpy(rng.normal(size=(EXAMPLES, SIZES[0])).astype(np.float32))
    Y = torch.from_numpy(rng.integers(0, 2, size=(EXAMPLES, SIZES[-1])).astype(np.float32))
    n0, n1, n2, n3 = SIZES
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    model = torch.nn.Sequential(linear(n0, n1), relu(), linear(n1, n2), relu(), linear(n2, n3))
    loss = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> object:
        optimizer.zero_grad()
        cost = loss(model(X), Y)
        cost.backward()
        optimizer.step()
        return cost

    return step


def adam_steps(rng: np.random.Generator, sizes: list[int]) -> tuple[Callable[[], object], Callable[[], object]]:
    """The update alone, by the engine and by PyTorch, whose defaults are kept."""
    values = [rng.normal(size=size).astype(np.float32) for size in sizes]
    slopes = [rng.normal(size=size).astype(np.float32) for size in sizes]

    theta, _ = flatten_parameters({str(position): value for position, value in enumerate(values)})
    gradient, _ = flatten_parameters({str(position): slope for position, slope in enumerate(slopes)})
    ours = Adam()

    tensors = [torch.from_numpy(value).requires_grad_() for value in values]
    for tensor, slope in zip(tensors, slopes, strict=True):
        tensor.grad = torch.from_numpy(slope)
    peer = torch.optim.Adam(tensors)
    return lambda: ours.step({"theta": theta}, {"theta": gradient}), peer.step
