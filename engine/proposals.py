"""Region proposals: correcting a proposed box, and pooling the features inside it (course 4, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.boxes import as_boxes, corners_to_centres, yolo_boxes_to_corners
from engine.errors import Array, EngineError, as_count, as_floats


def bbox_deltas(src: ArrayLike, dst: ArrayLike) -> Array:
    """What a detector has to say of a proposed box to turn it into the true one, free of its place and size.

        d_x = (x' - x) / w        d_y = (y' - y) / h        d_w = log(w' / w)        d_h = log(h' / h)

    with centre (x, y) and size (w, h) of the proposal, and a prime for the true box.

    - src, dst: (N, 4), corners (x1, y1, x2, y2), with an area
    - returns deltas: (N, 4), columns d_x, d_y, d_w, d_h; all 0 where the proposal is right

    Raises EngineError when a shape differs or a box has no area. Source: beyond the course; Girshick et al., "Rich
    feature hierarchies", 2014.

    >>> bbox_deltas([[0, 0, 10, 20]], [[5, 0, 15, 20]])  # half a width to the right
    array([[0.5, 0. , 0. , 0. ]])
    """
    src, dst = _boxes_with_area("src", src), _boxes_with_area("dst", dst)
    if len(src) != len(dst):
        raise EngineError("dst", f"as many boxes as src, {len(src)}", str(len(dst)))
    centre, size = corners_to_centres(src)
    true_centre, true_size = corners_to_centres(dst)
    return np.concatenate([(true_centre - centre) / size, np.log(true_size / size)], axis=1)


def apply_deltas(src: ArrayLike, deltas: ArrayLike) -> Array:
    """The proposed boxes, corrected: `bbox_deltas` undone.

        x' = x + w d_x        y' = y + h d_y        w' = w e^(d_w)        h' = h e^(d_h)

    - src: (N, 4), corners (x1, y1, x2, y2), with an area; deltas: (N, 4), columns d_x, d_y, d_w, d_h
    - returns: (N, 4), corners

    Raises EngineError when a shape differs or a box has no area. Source: beyond the course; Girshick et al., "Rich
    feature hierarchies", 2014.

    >>> apply_deltas([[0, 0, 10, 20]], [[0.5, 0, 0, 0]])
    array([[ 5.,  0., 15., 20.]])
    """
    src = _boxes_with_area("src", src)
    deltas = as_floats("deltas", deltas, src.shape)
    centre, size = corners_to_centres(src)
    return yolo_boxes_to_corners(centre + size * deltas[:, :2], size * np.exp(deltas[:, 2:]))


def roi_pool(A: ArrayLike, rois: ArrayLike, out: tuple[int, int]) -> tuple[Array, tuple[Array, tuple[int, ...]]]:
    """The largest activation in each cell of a fixed grid laid over a region: any region gives the same size.

        bin i of n over the rows y1 ... y2 - 1 of height h:  from y1 + floor(i h / n) up to y1 + ceil((i + 1) h / n)
        pooled[r, i, j, c] = max of A[:, :, c] over the rows of bin i and the columns of bin j

    Rounding outwards leaves no bin empty, also when the region is smaller than the grid; neighbours may share a row.

    - A: (h, w, c), the feature map of one image
    - rois: (R, 4), corners (x1, y1, x2, y2) in cells of A, x2 and y2 not included; fractions are rounded outwards
    - out: (o_h, o_w), the grid
    - returns pooled: (R, o_h, o_w, c); cache: (where: positions of the maxima in A.ravel(), shape of A)

    Raises EngineError when a shape differs, or a region is empty or leaves the map. Source: beyond the course;
    Girshick, "Fast R-CNN", 2015.

    >>> A = np.arange(16).reshape(4, 4, 1)
    >>> roi_pool(A, [[0, 0, 4, 4], [1, 1, 2, 2]], (2, 2))[0][..., 0].tolist()
    [[[5.0, 7.0], [13.0, 15.0]], [[5.0, 5.0], [5.0, 5.0]]]
    """
    A = as_floats("A", A, ("h", "w", "c"))
    rois = as_boxes("rois", rois)
    h, w, c = A.shape
    o_h, o_w = (as_count("out", side) for side in out)
    first, last = np.floor(rois[:, :2]).astype(np.intp), np.ceil(rois[:, 2:]).astype(np.intp)
    if np.any(first >= last) or np.any(first < 0) or np.any(last > (w, h)):
        raise EngineError("rois", f"regions with an area inside the map of {w} by {h} cells", "an array with others")
    channel = np.arange(c)
    where = np.empty((len(rois), o_h, o_w, c), np.intp)
    for r, ((x1, y1), (x2, y2)) in enumerate(zip(first, last, strict=True)):
        rows, columns = _bins(y1, y2, o_h), _bins(x1, x2, o_w)
        for i, (top, bottom) in enumerate(rows):
            for j, (left, right) in enumerate(columns):
                cells = A[top:bottom, left:right].reshape(-1, c)
                row, column = np.divmod(cells.argmax(axis=0), right - left)
                where[r, i, j] = ((top + row) * w + left + column) * c + channel
    return A.ravel()[where], (where, A.shape)


def roi_pool_backward(dout: ArrayLike, cache: tuple[Array, tuple[int, ...]]) -> Array:
    """The gradient with respect to the feature map: each maximum gets what its bins got, added up.

        dA[y, x, c] = sum of dout over all bins whose maximum is A[y, x, c]

    - dout: (R, o_h, o_w, c); cache: (where, shape of A), as `roi_pool` returned it
    - returns dA: (h, w, c)

    Raises EngineError when the shape differs. Source: beyond the course; Girshick, "Fast R-CNN", 2015.

    >>> _, cache = roi_pool([[[1], [9]]], [[0, 0, 2, 1], [0, 0, 1, 1]], (1, 1))
    >>> roi_pool_backward([[[[5]]], [[[3]]]], cache)[..., 0]
    array([[3., 5.]])
    """
    where, shape = cache
    dout = as_floats("dout", dout, where.shape)
    # `bincount` adds up repeated positions, where `dA[where] += dout` would keep the last one only.
    dA = np.bincount(where.ravel(), weights=dout.ravel(), minlength=int(np.prod(shape)))
    return dA.astype(dout.dtype).reshape(shape)


def _bins(first: int, last: int, n: int) -> list[tuple[int, int]]:
    size = last - first
    # ceil of a quotient of whole numbers, without floating point.
    return [(first + i * size // n, first - (-(i + 1) * size // n)) for i in range(n)]


def _boxes_with_area(argument: str, value: ArrayLike) -> Array:
    boxes = as_boxes(argument, value)
    if np.any(boxes[:, :2] >= boxes[:, 2:]):
        raise EngineError(argument, "boxes with an area", "an array with others")
    return boxes
