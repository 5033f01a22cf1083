"""What a unit of a ConvNet looks for: the patches of images that excite it most (course 4, week 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import ORDERS
from engine.errors import Array, EngineError, as_array, as_choice, as_count, as_ids

#: A layer's filter size, stride and padding: (f, s, p), of convolutions and poolings alike.
LayerShape = tuple[int, int, int]


def receptive_field(layers: Sequence[LayerShape]) -> tuple[int, int, int]:
    """How large a part of the image one unit sees, how far apart those of neighbours lie, and where the first begins.

        size = 1 + sum_l (f_l - 1) S_(l-1)        S_l = s_1 s_2 ... s_l        start = -sum_l p_l S_(l-1)

    A step or a filter of layer l spans as many pixels as all strides before it multiply to.

    - layers: (f, s, p) for each layer from the image up to the unit's; none for a pixel itself
    - returns size, step, start: pixels; start is negative with padding

    Raises EngineError when a number is out of range. Source: course 4, week 4.

    >>> receptive_field([(3, 1, 1), (2, 2, 0), (3, 1, 1)])
    (8, 2, -3)
    """
    size, step, start = 1, 1, 0
    for f, s, p in layers:
        size += (as_count("f of a layer", f) - 1) * step
        start -= as_count("p of a layer", p, 0) * step
        step *= as_count("s of a layer", s)
    return size, step, start


def unit_patch(
    i: int, j: int, layers: Sequence[LayerShape], image_size: tuple[int, int], *, order: str = "xyxy"
) -> tuple[int, int, int, int]:
    """The pixels that the unit in row i and column j sees: at the border of the image, the part that is inside.

        y1 = max(i step + start, 0)        y2 = min(i step + start + size, H)        and the same for x with j

    - i, j: the unit's place, from 0; layers: (f, s, p) for each layer up to the unit's; image_size: (H, W)
    - order: "xyxy" for (x1, y1, x2, y2), or "yxyx"; the ends are not included
    - returns four whole numbers, corners in pixels, within the image

    Raises EngineError when a number is out of range or the unit sees padding only. Source: course 4, week 4.

    >>> unit_patch(0, 2, [(3, 1, 1), (2, 2, 0), (3, 1, 1)], (32, 32))  # eight columns from 2 * 2 - 3
    (1, 0, 9, 5)
    """
    as_choice("order", order, ORDERS)
    as_count("i", i, 0)
    as_count("j", j, 0)
    H, W = (as_count("image_size", side) for side in image_size)
    size, step, start = receptive_field(layers)
    y1, x1 = i * step + start, j * step + start
    if y1 >= H or x1 >= W or y1 + size <= 0 or x1 + size <= 0:
        raise EngineError("i and j", f"a unit that sees a part of the image of {H} by {W}", f"({i}, {j})")
    y1, y2, x1, x2 = max(y1, 0), min(y1 + size, H), max(x1, 0), min(x1 + size, W)
    return (x1, y1, x2, y2) if order == "xyxy" else (y1, x1, y2, x2)


def top_patches(
    X: ArrayLike, A: ArrayLike, unit: int, k: int, layers: Sequence[LayerShape], *, one_per_image: bool = False
) -> tuple[list[Array], Array]:
    """The k patches of the images that excite a channel of a layer most.

        the k largest A[n, i, j, unit]; the patch of each is what the unit at (i, j) sees of image n

    In the first layers they show edges and colours, later textures, then parts of objects, then whole ones.

    - X: (m, H, W, C), images; A: (m, h, w, n_C), the activations of the layer for them
    - unit: a channel, 0 ... n_C - 1; k: at most m h w, or m with one_per_image
    - layers: (f, s, p) for each layer from the images up to A
    - one_per_image: take the strongest place of each image only, so that patches do not overlap
    - returns patches: k arrays (y2 - y1, x2 - x1, C); places: (k, 5), integers (n, x1, y1, x2, y2); the strongest
      first, of equal ones the earliest

    Raises EngineError when a shape differs or a number is out of range. Source: course 4, week 4; the method is that
    of Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2013.

    >>> X = np.arange(16).reshape(1, 4, 4, 1)
    >>> A = X[:, ::2, ::2] + X[:, 1::2, 1::2]  # a layer with f = 2, s = 2
    >>> patches, places = top_patches(X, A, unit=0, k=1, layers=[(2, 2, 0)])
    >>> patches[0][..., 0].tolist(), places
    ([[10, 11], [14, 15]], array([[0, 2, 2, 4, 4]]))
    """
    X = as_array("X", X, ("m", "H", "W", "C"))
    m, H, W, _ = X.shape
    A = as_array("A", A, (m, "h", "w", "n_C"))
    as_ids("unit", unit, A.shape[-1], ())
    activations = A[..., unit]
    candidates = np.arange(activations.size)
    if one_per_image:
        per_image = activations.reshape(m, -1)
        candidates = np.arange(m) * per_image.shape[1] + per_image.argmax(axis=1)
    if as_count("k", k) > len(candidates):
        raise EngineError("k", f"at most the number of places, {len(candidates)}", str(k))
    # Stable and from the back: by falling value, the earliest of equal ones first, also for unsigned integers.
    values = activations.ravel()[candidates]
    order = len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
    images, rows, columns = np.unravel_index(candidates[order[:k]], activations.shape)
    patches, places = [], np.empty((k, 5), np.intp)
    for place, n, i, j in zip(places, images.tolist(), rows.tolist(), columns.tolist(), strict=True):
        x1, y1, x2, y2 = unit_patch(i, j, layers, (H, W))
        place[:] = n, x1, y1, x2, y2
        patches.append(X[n, y1:y2, x1:x2].copy())
    return patches, places
