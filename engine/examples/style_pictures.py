"""A photograph of a temple in the colours and strokes of a dahlia: style transfer (course 4, week 4).

    python -m engine.examples.style_pictures

The network is not trained, and its filters are random: even so, which of them answer together at the same places says
much about colours and textures. A network trained on photographs knows shapes, too, and gives a better picture.
"""

from __future__ import annotations

import numpy as np

from engine.datasets import pictures
from engine.errors import Array
from engine.examples.runner import Goal, Result, Tell, run, silent
from engine.layers.base import Layer, Sequential
from engine.layers.convolution import AveragePooling2D, Conv2D
from engine.layers.dense import Relu
from engine.optimizers import Adam
from engine.style_transfer import StyleTransfer, train_step

STEPS = 150
GOAL = Goal("cost before over cost after", 10)


def network(rng: np.random.Generator) -> Sequential:
    """Three convolutions, each over a larger part of the picture, with pooling between them.

    >>> network(np.random.default_rng(0))(np.zeros((1, 8, 8, 3), np.float32)).shape
    (1, 2, 2, 64)
    """
    layers: list[Layer] = []
    channels = 3
    for filters in (16, 32, 64):
        layers += [Conv2D(channels, filters, 3, pad="same", rng=rng, dtype=np.float32), Relu(), AveragePooling2D(2)]
        channels = filters
    return Sequential(layers[:-1])


def balance(network: Sequential, images: Array) -> None:
    """Scale the filters, IN PLACE, so that each ReLU has the mean output 1 over some pictures.

    Style is of the fourth power in the activations and content of the second: were their size left to chance, so
    would be which of the two counts.

    >>> from engine.layers.dense import Dense
    >>> small = Sequential([Dense(1, 1, rng=0), Relu()])
    >>> small.children["0"].parameters["W"][...] = 5
    >>> balance(small, np.array([[[[1.0], [3.0]]]]))
    >>> small.children["0"].parameters["W"]
    array([[0.5]])
    """
    x = images
    before: Layer | None = None
    for layer in network.children.values():
        x = layer.forward(x)
        if isinstance(layer, Relu) and before is not None:
            size = x.mean()
            before.parameters["W"] /= size
            x = x / size
        before = layer


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent, shrink: int = 1) -> Result:
    """Adam on the pixels, which start from the content picture with noise.

    - shrink: 2 takes every second pixel of the 128 x 128, and so on

    >>> train(steps=0, shrink=8).figures
    {'cost before over cost after': 1.0}
    """
    rng = np.random.default_rng(seed)
    content, style = (pictures()[name][::shrink, ::shrink].astype(np.float32) for name in ("china", "flower"))
    # The outputs of the ReLUs stand for style; the second one, neither pixels nor mere texture, for content.
    style_layers = [("1", 1 / 3), ("4", 1 / 3), ("7", 1 / 3)]
    filters = network(rng)
    balance(filters, np.stack([content, style]))
    transfer = StyleTransfer(filters, content, style, "4", style_layers, alpha=10, beta=40, optimizer=Adam(0.02))
    image = np.clip(content + rng.normal(scale=0.1, size=content.shape), 0, 1).astype(np.float32)
    before, *parts_before, _ = transfer.costs_and_gradient(image[np.newaxis])
    for step in range(1, steps + 1):
        image, J = train_step(image, transfer)
        tell(step, steps, J)
    after, *parts_after, _ = transfer.costs_and_gradient(image[np.newaxis])
    lines = [
        f"{name} cost {first:.5f} -> {last:.5f}"
        for name, first, last in zip(("content", "style"), parts_before, parts_after, strict=True)
    ]
    return Result({"cost before over cost after": before / after}, lines)


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
