"""Overlaps of boxes against the usual broadcast formula in PyTorch, and non-max suppression against a plain loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from benchmarks.engine.case import Case
from engine.boxes import iou_matrix
from engine.nms import nms


def box_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """All pairs at once, corners (x1, y1, x2, y2), in the way of torchvision."""
    area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    first = torch.max(a[:, None, :2], b[:, :2])
    last = torch.min(a[:, None, 2:], b[:, 2:])
    size = (last - first).clamp(min=0)
    intersection = size[:, :, 0] * size[:, :, 1]
    return intersection / (area_a[:, None] + area_b - intersection)


def nms_loop(scores: np.ndarray, boxes: np.ndarray, iou_threshold: float) -> np.ndarray:
    """The loop found everywhere: keep the first, compare it with all others in NumPy, go on with what is left."""
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1) * (y2 - y1)
    order = np.argsort(-scores)
    keep = []
    while order.size:
        i, rest = order[0], order[1:]
        keep.append(i)
        width = np.maximum(0, np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]))
        height = np.maximum(0, np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]))
        intersection = width * height
        overlap = intersection / (areas[i] + areas[rest] - intersection)
        order = rest[overlap < iou_threshold]
    return np.array(keep)


def scattered(rng: np.random.Generator, n: int) -> np.ndarray:
    """Boxes anywhere in an image of 600 pixels."""
    corner = rng.uniform(0, 500, size=(n, 2))
    return np.concatenate([corner, corner + rng.uniform(10, 120, size=(n, 2))], axis=1).astype(np.float32)


def crowded(rng: np.random.Generator, n: int, objects: int) -> np.ndarray:
    """As many detections of each of some objects."""
    centre, size = rng.uniform(50, 590, size=(objects, 2)), rng.uniform(20, 150, size=(objects, 2))
    which = rng.integers(0, objects, size=n)
    centre = centre[which] + 0.15 * size[which] * rng.normal(size=(n, 2))
    size = size[which] * np.exp(0.15 * rng.normal(size=(n, 2)))
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1).astype(np.float32)


def cases(seed: int) -> Iterator[Case]:
    rng = np.random.default_rng(seed)
    B1, B2 = scattered(rng, 1000), scattered(rng, 1000)
    a, b = torch.from_numpy(B1), torch.from_numpy(B2)
    yield Case("IoU matrix (1000, 1000)", 0.4, lambda: iou_matrix(B1, B2), lambda: box_iou(a, b))
    for name, boxes in (("scattered", scattered(rng, 2000)), ("of 100 objects", crowded(rng, 2000, 100))):
        scores = rng.random(2000).astype(np.float32)
        assert np.array_equal(nms(scores, boxes), nms_loop(scores, boxes, 0.5))
        ours, peer = partial(nms, scores, boxes), partial(nms_loop, scores, boxes, 0.5)
        yield Case(f"NMS, 2000 boxes {name}, against a loop", 0.5, ours, peer)
