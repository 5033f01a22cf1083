"""A U-Net says for every pixel what it belongs to: background, square, disc or triangle (course 4, week 3).

    python -m engine.examples.unet_scenes

The way down sees what is there, from farther and farther away; the way up, with the skip connections, where its
edges are.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.drawn_pictures import SHAPES, Scene, scenes
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, cost_and_gradients, descend, run, silent
from engine.layers.base import parameters_of
from engine.layers.training import predict
from engine.optimizers import Adam
from engine.segmentation import create_mask, mean_iou, segmentation_loss
from engine.unet import unet_model

STEPS = 400
GOAL = Goal("mean IoU", 0.85)
SIDE, BATCH, CLASSES = 32, 16, 1 + len(SHAPES)


def as_batch(drawn: list[Scene]) -> tuple[Array, Array]:
    """The pictures (m, 32, 32, 3), and their masks (m, 32, 32): the class of each pixel.

    >>> X, masks = as_batch(scenes(2, rng=0))
    >>> X.shape, masks.shape
    ((2, 32, 32, 3), (2, 32, 32))
    """
    return np.stack([scene.image for scene in drawn]).astype(np.float32), np.stack([scene.mask for scene in drawn])


def drawing(mask: Array) -> list[str]:
    """A mask as text, every second row, a letter a pixel.

    >>> drawing(np.array([[0, 1], [0, 0], [2, 3]]))
    ['.s', 'dt']
    """
    return ["".join(".sdt"[c] for c in row) for row in mask[::2]]


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """Adam on batches of 16 fresh scenes; the figure is the mean IoU of the four classes over 100 others.

    >>> train(steps=0).figures["mean IoU"] < 0.3
    True
    """
    rng = np.random.default_rng(seed)
    # Nothing is dropped: the scenes never run out, so there is nothing to learn by heart.
    size, f32 = (SIDE, SIDE, 3), np.float32
    model = unet_model(size, n_filters=16, n_classes=CLASSES, depth=2, dropout_prob=0, rng=rng, dtype=f32)

    def batch() -> tuple[float, Parameters]:
        return cost_and_gradients(model, segmentation_loss, *as_batch(scenes(BATCH, SIDE, rng=rng)))

    descend(parameters_of(model), batch, Adam(0.006), steps, tell)

    X, masks = as_batch(scenes(100, SIDE, rng=rng))
    found = create_mask(predict(model, X))[..., 0]
    true, ours = drawing(masks[0]), drawing(found[0])
    lines = [f"{left}   {right}" for left, right in zip(true, ours, strict=True)]
    return Result({"mean IoU": mean_iou(found, masks, CLASSES)}, ["the truth, and what was found:", *lines])


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
