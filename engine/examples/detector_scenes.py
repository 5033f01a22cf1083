"""A tiny YOLO finds squares, discs and triangles: where they are and what they are, in one look (course 4, week 3).

    python -m engine.examples.detector_scenes

The picture is cut into 4 x 4 cells; each cell tells whether the middle of a shape lies in it, where the shape's box is,
and of which class it is. Of several boxes for one shape, non-max suppression keeps the surest.
"""

from __future__ import annotations

import numpy as np

from engine.datasets.drawn_pictures import SHAPES, Scene, scenes
from engine.detection_metrics import average_precisions
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, cost_and_gradients, descend, run, silent
from engine.layers.base import Layer, Sequential, parameters_of
from engine.layers.convolution import Conv2D, MaxPooling2D
from engine.layers.dense import Relu
from engine.layers.normalization import BatchNormalization
from engine.layers.training import predict
from engine.nms import yolo_non_max_suppression
from engine.optimizers import Adam
from engine.yolo import decode_yolo, encode_yolo
from engine.yolo_loss import yolo_activation_backward, yolo_activation_forward, yolo_loss

STEPS = 400
GOAL = Goal("mean average precision", 0.85)
SIDE, G, BATCH = 32, 4, 32
#: One shape to begin with, as wide and high as a cell and a half: shapes measure 1 to 2 cells.
ANCHORS = np.array([[1.5, 1.5]])


def network(rng: np.random.Generator) -> Sequential:
    """Three times convolution and pooling, from 32 x 32 pixels to 4 x 4 cells with 8 numbers each.

    >>> network(np.random.default_rng(0))(np.zeros((2, 32, 32, 3), np.float32)).shape
    (2, 4, 4, 8)
    """
    layers: list[Layer] = []
    channels, f32 = 3, np.float32
    for filters in (16, 32, 64):
        layers += [
            Conv2D(channels, filters, 3, pad="same", use_bias=False, input_gradient=bool(layers), rng=rng, dtype=f32),
            BatchNormalization(filters, momentum=0.9, dtype=f32),
            Relu(),
            MaxPooling2D(2),
        ]
        channels = filters
    layers += [Conv2D(channels, 64, 3, pad="same", rng=rng, dtype=f32), Relu()]
    last = Conv2D(64, 5 + len(SHAPES), 1, rng=rng, dtype=f32)
    # Heights and widths are e^z: with a small z the first boxes are of the anchor's size, not a hundred times larger.
    last.parameters["W"] *= 0.1
    return Sequential([*layers, last])


def as_batch(drawn: list[Scene]) -> tuple[Array, Array]:
    """The pictures (m, 32, 32, 3), and the targets (m, 4, 4, 1, 8) in the layout of YOLO.

    >>> X, T = as_batch(scenes(2, rng=0))
    >>> X.shape, T.shape
    ((2, 32, 32, 3), (2, 4, 4, 1, 8))
    """
    X = np.stack([scene.image for scene in drawn]).astype(np.float32)
    # Where two shapes have their middles in one cell, the cell can tell of one only.
    targets = [
        encode_yolo(scene.boxes / SIDE, scene.classes, G, ANCHORS, len(SHAPES), collision="first") for scene in drawn
    ]
    return X, np.stack(targets).astype(np.float32)


def loss(outputs: Array, targets: Array) -> tuple[float, Array]:
    """YOLO's squared errors for a picture, and their gradient with respect to what the network gives.

    >>> _, T = as_batch(scenes(1, rng=0))
    >>> cost, doutputs = loss(np.zeros((1, 4, 4, 8), np.float32), T)
    >>> cost > 0, doutputs.shape, doutputs.dtype
    (True, (1, 4, 4, 8), dtype('float32'))
    """
    pred, cache = yolo_activation_forward(outputs.reshape(targets.shape), ANCHORS)
    cost, dpred = yolo_loss(pred, targets)
    m = len(targets)
    return cost / m, yolo_activation_backward(dpred / m, cache).reshape(outputs.shape)


def detect(outputs: Array) -> tuple[Array, Array, Array]:
    """From what the network gives for ONE picture to scores, boxes in pixels and classes.

    >>> scores, boxes, classes = detect(np.full((4, 4, 8), -9.0))  # sure that there is nothing
    >>> len(scores)
    0
    """
    found = decode_yolo(outputs.reshape(G, G, 1, -1), ANCHORS, (SIDE, SIDE), threshold=0.05, raw=True)
    return yolo_non_max_suppression(*found, max_boxes=10, iou_threshold=0.5)


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """Adam on batches of 32 fresh scenes; the figure is the mAP over 200 others: an IoU of one half is a hit.

    >>> train(steps=0).figures["mean average precision"] < 0.1
    True
    """
    rng = np.random.default_rng(seed)
    model = network(rng)

    def batch() -> tuple[float, Parameters]:
        return cost_and_gradients(model, loss, *as_batch(scenes(BATCH, SIDE, rng=rng)))

    descend(parameters_of(model), batch, Adam(0.005), steps, tell)

    unseen = scenes(200, SIDE, rng=rng)
    detections = [detect(outputs) for outputs in predict(model, as_batch(unseen)[0])]
    precisions = average_precisions(detections, [(scene.boxes, scene.classes) for scene in unseen])
    lines = [f"{SHAPES[c]:9} average precision {value:.3f}" for c, value in precisions.items()]
    return Result({"mean average precision": float(np.mean(list(precisions.values())))}, lines)


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
