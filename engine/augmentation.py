"""More images out of those there are: flips, crops and turns that keep the label (courses 2 and 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_array, as_choice, as_count, as_floats, as_number


def augment(image: ArrayLike, ops: Sequence[str], rng: np.random.Generator | int | None = None, pad: int = 4) -> Array:
    """Random changes of one image, in the order in which they are named.

        "flip":    left and right change places, with probability 1/2
        "crop":    zeros around the image, then a cut of the old size at a random place
        "rotate":  0, 1, 2 or 3 quarter turns against the clock, equally likely

    - image: (h, w, c); ops: names, such as ("flip", "crop"); pad: the width of the zeros for "crop"
    - rng: a Generator or a seed
    - returns: a new array, (h, w, c), or (w, h, c) after an odd number of quarter turns; same dtype

    Raises EngineError when the image is not of rank 3, a name is another, or pad is negative.
    Source: course 2, week 1.

    >>> image = np.arange(4).reshape(2, 2, 1)
    >>> [augment(image, ["flip"], rng=seed)[0, :, 0].tolist() for seed in range(3)]
    [[0, 1], [0, 1], [1, 0]]
    """
    image = as_array("image", image, ("h", "w", "c"))
    as_count("pad", pad, least=0)
    rng = np.random.default_rng(rng)
    for op in ops:
        as_choice("ops", op, ("flip", "crop", "rotate"))
        if op == "flip":
            image = flip_horizontal(image) if rng.random() < 0.5 else image
        elif op == "crop":
            image = random_crop(image, pad, rng)
        else:
            image = np.rot90(image, int(rng.integers(4)))
    # What NumPy flips and turns is a view; writing to it must not change the caller's image.
    return np.array(image)


def flip_horizontal(image: ArrayLike) -> Array:
    """The mirror image: the columns in reverse.

    - image: (h, w, c)
    - returns: (h, w, c), a new array

    Raises EngineError when the image is not of rank 3. Source: course 2, week 1.

    >>> flip_horizontal([[[1], [2], [3]]])[0, :, 0]
    array([3, 2, 1])
    """
    return np.array(as_array("image", image, ("h", "w", "c"))[:, ::-1])


def random_crop(image: ArrayLike, pad: int, rng: np.random.Generator | int | None = None) -> Array:
    """The image, shifted by up to `pad` pixels each way; what comes in from outside is 0.

    - image: (h, w, c); pad: 0 or above; rng: a Generator or a seed
    - returns: (h, w, c), a new array

    Raises EngineError when the image is not of rank 3 or pad is negative. Source: course 2, week 1.

    >>> random_crop([[[1], [2], [3]], [[4], [5], [6]]], 1, rng=9)[:, :, 0]
    array([[2, 3, 0],
           [5, 6, 0]])
    """
    image = as_array("image", image, ("h", "w", "c"))
    top, left = _corner(pad, np.random.default_rng(rng))
    return _cut(image, pad, top, left)


def rotate(image: ArrayLike, angle: float) -> Array:
    """The image, turned around its middle; what comes in from outside is its mirror image at the border.

        out[y, x] = image at (y0 + x' sin a + y' cos a,  x0 + x' cos a - y' sin a)    with y' = y - y0, x' = x - x0

    A place between pixels takes the mean of the four around it, the nearer ones counting more (bilinear).

    - image: (h, w, c); angle: a in radians, against the clock
    - returns: (h, w, c); integers become float64

    Raises EngineError when the image is not of rank 3 or the angle is not finite. Source: course 4, week 2.

    >>> image = np.arange(4.0).reshape(2, 2, 1)
    >>> rotate(image, np.pi / 2)[:, :, 0].round(6)
    array([[1., 3.],
           [0., 2.]])
    """
    image = as_floats("image", image, ("h", "w", "c"))
    h, w, c = image.shape
    pixels, weights = _four_neighbours(h, w, angle)
    corners = image.reshape(-1, c)[pixels]
    out: Array = np.sum(corners * weights.astype(image.dtype)[..., np.newaxis], axis=0)
    return out.reshape(h, w, c)


def rotate_backward(dout: ArrayLike, angle: float) -> Array:
    """The gradient of `rotate` with respect to the image: each pixel gives back to the four it was made of.

    - dout: (h, w, c), the gradient of the output; angle: as in the forward pass
    - returns dimage: (h, w, c)

    Raises EngineError when dout is not of rank 3. Source: course 4, week 2.

    >>> rotate_backward([[[1.0], [0.0]]], np.pi)[:, :, 0].round(6)  # what came from the left is on the right
    array([[0., 1.]])
    """
    dout = as_floats("dout", dout, ("h", "w", "c"))
    h, w, c = dout.shape
    pixels, weights = _four_neighbours(h, w, angle)
    dimage = np.zeros((h * w, c), dout.dtype)
    # A pixel can be a neighbour of several places: `+=` would count it once.
    np.add.at(dimage, pixels, weights.astype(dout.dtype)[..., np.newaxis] * dout.reshape(-1, c))
    return dimage.reshape(h, w, c)


def flip_boxes(boxes: ArrayLike, width: int) -> Array:
    """The boxes of an image, after `flip_horizontal`: labels that say where things are move with the image.

        x1' = width - x2        x2' = width - x1

    - boxes: (N, 4), corners (x1, y1, x2, y2) in pixels; width: of the image
    - returns: (N, 4)

    Raises EngineError when the shape differs or the width is below 1. Source: course 4, weeks 2 and 3.

    >>> flip_boxes([[0, 1, 3, 4]], width=10)
    array([[ 7,  1, 10,  4]])
    """
    boxes = _as_boxes(boxes)
    as_count("width", width)
    x1, y1, x2, y2 = boxes.T
    return np.stack([width - x2, y1, width - x1, y2], axis=1)


def crop_boxes(boxes: ArrayLike, top: int, left: int, height: int, width: int) -> tuple[Array, Array]:
    """The boxes of an image, after a part of it was cut out: moved, cut off at the edge, and dropped when outside.

    - boxes: (N, 4), corners (x1, y1, x2, y2) in pixels; top, left: the corner of the part, which may lie outside the
      image, as in padding; height, width: its size
    - returns boxes: (K, 4), those of which something is left; kept: (K,) their places among the N, for their labels

    Raises EngineError when the shape differs or a size is below 1. Source: course 4, weeks 2 and 3.

    >>> crop_boxes([[0, 0, 4, 4], [6, 6, 9, 9]], top=2, left=1, height=4, width=4)
    (array([[0, 0, 3, 2]]), array([0]))
    """
    boxes = _as_boxes(boxes)
    as_count("height", height)
    as_count("width", width)
    moved = boxes - np.array([left, top, left, top])
    inside = np.clip(moved, 0, [width, height, width, height])
    kept = np.flatnonzero((inside[:, 0] < inside[:, 2]) & (inside[:, 1] < inside[:, 3]))
    return inside[kept], kept


def augment_with_boxes(
    image: ArrayLike,
    boxes: ArrayLike,
    ops: Sequence[str],
    rng: np.random.Generator | int | None = None,
    pad: int = 4,
) -> tuple[Array, Array, Array]:
    """The same random changes as `augment`, of an image and of the boxes around the things in it.

    A label that says WHAT is in the picture keeps; one that says WHERE must move with the pixels.

    - image: (h, w, c); boxes: (N, 4), corners (x1, y1, x2, y2) in pixels
    - ops, rng, pad: as in `augment`, which makes the same image of the same seed
    - returns image: as `augment` does; boxes: (K, 4), cut off at the edges and without those of which nothing is left
    - returns kept: (K,) their places among the N, for their labels

    Raises EngineError when a shape differs, a name is another, or pad is negative. Source: course 4, weeks 2 and 3.

    >>> image = np.zeros((2, 4, 1))
    >>> image[0, 3] = 1
    >>> changed, boxes, _ = augment_with_boxes(image, [[3, 0, 4, 1]], ["flip", "rotate"], rng=2)
    >>> x1, y1, x2, y2 = boxes[0]
    >>> changed[y1:y2, x1:x2].ravel()  # wherever it is now, the box is around it
    array([1.])
    """
    image = as_array("image", image, ("h", "w", "c"))
    boxes = _as_boxes(boxes)
    as_count("pad", pad, least=0)
    rng = np.random.default_rng(rng)
    kept = np.arange(len(boxes))
    for op in ops:
        as_choice("ops", op, ("flip", "crop", "rotate"))
        h, w, _ = image.shape
        if op == "flip":
            if rng.random() < 0.5:
                image, boxes = flip_horizontal(image), flip_boxes(boxes, w)
        elif op == "crop":
            top, left = _corner(pad, rng)
            image = _cut(image, pad, top, left)
            boxes, inside = crop_boxes(boxes, top - pad, left - pad, h, w)
            kept = kept[inside]
        else:
            for _ in range(int(rng.integers(4))):
                # A quarter turn against the clock: what was to the right is above now.
                x1, y1, x2, y2 = boxes.T
                boxes = np.stack([y1, image.shape[1] - x2, y2, image.shape[1] - x1], axis=1)
                image = np.rot90(image)
    return np.array(image), boxes, kept


def _as_boxes(boxes: ArrayLike) -> Array:
    array = as_array("boxes", boxes)
    return as_array("boxes", array, (len(array) if array.ndim else 0, 4))


def _corner(pad: int, rng: np.random.Generator) -> tuple[int, int]:
    """A random place for the upper left corner of a cut in an image with `pad` zeros around it."""
    top, left = rng.integers(0, 2 * as_count("pad", pad, least=0) + 1, size=2)
    return int(top), int(left)


def _cut(image: Array, pad: int, top: int, left: int) -> Array:
    height, width = image.shape[:2]
    wide = np.pad(image, ((pad, pad), (pad, pad), (0, 0)))
    return np.array(wide[top : top + height, left : left + width])


def _four_neighbours(h: int, w: int, angle: float) -> tuple[Array, Array]:
    """For each pixel of a turned image, four pixels of the image, and how much each counts.

    Returns two arrays (4, h w): numbers of pixels, row by row, and weights that add up to 1.
    """
    angle = as_number("angle", angle, "(-inf, inf)")
    y0, x0 = (h - 1) / 2, (w - 1) / 2
    y, x = np.mgrid[:h, :w].reshape(2, -1) - np.array([[y0], [x0]])
    source_y = y0 + x * np.sin(angle) + y * np.cos(angle)
    source_x = x0 + x * np.cos(angle) - y * np.sin(angle)
    above, left = np.floor(source_y).astype(int), np.floor(source_x).astype(int)
    down, right = source_y - above, source_x - left
    pixels = [
        _mirrored(above + v, h) * w + _mirrored(left + u, w)
        for v in (0, 1)
        for u in (0, 1)
    ]  # fmt: skip
    weights = [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right]
    return np.array(pixels), np.array(weights)


def _mirrored(index: Array, n: int) -> Array:
    """Places outside 0 ... n - 1 as in a row of mirrors: ... 1 0 | 0 1 2 ... n - 1 | n - 1 n - 2 ..."""
    index = index % (2 * n)
    inside: Array = np.minimum(index, 2 * n - 1 - index)
    return inside
