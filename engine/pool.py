"""Pooling: the largest number or the mean of each window, channel by channel (course 4, week 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.conv_shapes import conv_output_size
from engine.errors import Array, as_array, as_choice, as_count, as_floats, entry

# The bytes of images to work on at a time: what is made of them should still be near the processor when it is used.
_BLOCK = 1 << 20

_ROWS, _COLUMNS = 1, 2  # axes of a batch of images


def pool_forward(A_prev: ArrayLike, hparameters: Mapping[str, Any], mode: str = "max") -> tuple[Array, tuple[Any, ...]]:
    """Make images smaller: one number for each window of each channel. There is nothing to learn.

        A[i, h, w, c] = max or mean over (u, v) of A_prev[i, h s + u, w s + v, c]
        n_H = floor((n_H_prev - f) / s) + 1,  and likewise n_W

    - A_prev: (m, n_H_prev, n_W_prev, n_C)
    - hparameters: {"f": size of the window, "stride": s}; mode: "max" or "average"
    - returns A: (m, n_H, n_W, n_C)
    - returns cache: (A_prev, hparameters, choices); choices is None for "average", and for "max" (in_rows, of_rows):
      which number is the largest in each row of a window, and which row has the largest one

    Raises EngineError when A_prev is not of rank 4, a hyperparameter is missing, the window does not fit or the mode is
    another. Source: course 4, week 1.

    >>> A_prev = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> A, cache = pool_forward(A_prev, {"f": 2, "stride": 2})
    >>> A[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    A_prev, f, s, n_H, n_W = _checked(A_prev, hparameters, mode)
    m, _, _, n_C = A_prev.shape
    A = np.empty((m, n_H, n_W, n_C), A_prev.dtype)
    # First within the rows of the windows, then over these rows: 2 f steps in place of f^2.
    height = s * (n_H - 1) + f
    if mode == "average":
        for images in _some_images(A_prev):
            across = reduce(np.add, _shifted(A_prev[images, :height], _COLUMNS, f, s, n_W))
            A[images] = reduce(np.add, _shifted(across, _ROWS, f, s, n_H))
        A /= f * f
        return A, (A_prev, hparameters, None)
    in_rows = np.empty((m, height, n_W, n_C), np.min_scalar_type(f))
    of_rows = np.empty((m, n_H, n_W, n_C), np.min_scalar_type(f))
    for images in _some_images(A_prev):
        across = _largest(_shifted(A_prev[images, :height], _COLUMNS, f, s, n_W), in_rows[images])
        A[images] = _largest(_shifted(across, _ROWS, f, s, n_H), of_rows[images])
    return A, (A_prev, hparameters, (in_rows, of_rows))


def pool_backward(dA: ArrayLike, cache: tuple[Any, ...], mode: str = "max") -> Array:
    """The gradient of pooling: to the largest number of each window, or to all of them evenly.

        max:      dA_prev[i, h s + u, w s + v, c] += dA[i, h, w, c]         for the (u, v) of the largest number
        average:  dA_prev[i, h s + u, w s + v, c] += dA[i, h, w, c] / f^2   for all (u, v)

    Where several numbers of a window are the largest, the first of them, row by row, gets it all. A mask of all of
    them, as the course makes it, would hand out the same gradient several times.

    - dA: (m, n_H, n_W, n_C); mode: "max" or "average", as in the forward pass
    - cache: of `pool_forward`; the course's (A_prev, hparameters) will do, for the price of another forward pass
    - returns dA_prev: (m, n_H_prev, n_W_prev, n_C)

    Raises EngineError when the shape of dA is not that of the output or the mode is another. Source: course 4, week 1.

    >>> A, cache = pool_forward(np.array([[1.0, 7], [7, 2]]).reshape(1, 2, 2, 1), {"f": 2, "stride": 2})
    >>> pool_backward(np.full_like(A, 5), cache)[0, :, :, 0]
    array([[0., 5.],
           [0., 0.]])
    """
    A_prev, f, s, n_H, n_W = _checked(cache[0], cache[1], mode)
    m, _, _, n_C = A_prev.shape
    dA = as_floats("dA", dA, (m, n_H, n_W, n_C)).astype(A_prev.dtype, copy=False)
    if mode == "max":
        choices = cache[2] if len(cache) > 2 else None
        in_rows, of_rows = choices or pool_forward(A_prev, cache[1])[1][2]
    height = s * (n_H - 1) + f
    # Windows side by side that cover the image write every number once: no need to begin with zeros.
    side_by_side = s == f and A_prev.shape == (m, f * n_H, f * n_W, n_C)
    fresh = np.empty if side_by_side else np.zeros
    dA_prev = fresh(A_prev.shape, A_prev.dtype)
    for images in _some_images(A_prev):
        block = np.ascontiguousarray(dA[images])
        d_across = fresh((len(block), height, n_W, n_C), dA.dtype)
        into_across = _shifted(d_across, _ROWS, f, s, n_H)
        into_pixels = _shifted(dA_prev[images, :height], _COLUMNS, f, s, n_W)
        if mode == "max":
            _to_the_largest(block.copy(), of_rows[images], into_across, s < f)
            _to_the_largest(d_across, in_rows[images], into_pixels, s < f)
        else:
            _to_all(block / f, into_across, s < f)
            _to_all(d_across / f, into_pixels, s < f)
    return dA_prev


def create_mask_from_window(x: ArrayLike) -> Array:
    """Where the largest number of a window stands; True more than once when it stands there more than once.

        mask[u, v] = (x[u, v] == max x)

    - x: (f, f)
    - returns mask: (f, f), bool

    Raises EngineError when x is not of rank 2. Source: course 4, week 1.

    >>> create_mask_from_window([[1, 3], [2, 0]])
    array([[False,  True],
           [False, False]])
    """
    x = as_array("x", x, ("f", "f"))
    mask: Array = x == np.max(x)
    return mask


def distribute_value(dz: float, shape: tuple[int, int]) -> Array:
    """Spread a gradient evenly over a window: each number had the same share in the mean.

        a[u, v] = dz / (n_H n_W)

    - dz: a number; shape: (n_H, n_W)
    - returns a: (n_H, n_W)

    Raises EngineError when dz is no number or a size is below 1. Source: course 4, week 1.

    >>> distribute_value(2, (2, 2))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    value = as_floats("dz", dz, ())
    n_H, n_W = (as_count("shape", size) for size in shape)
    return np.full((n_H, n_W), value / (n_H * n_W))


def global_avg_pool(A: ArrayLike) -> Array:
    """The mean of each channel over the whole image.

        out[i, c] = 1 / (n_H n_W) sum_(h, w) A[i, h, w, c]

    - A: (m, n_H, n_W, n_C), images of any size
    - returns out: (m, n_C)

    Raises EngineError when A is not of rank 4. Source: course 4, weeks 1 and 2.

    >>> global_avg_pool([[[[1, 10]], [[3, 30]]]])
    array([[ 2., 20.]])
    """
    A = as_floats("A", A, ("m", "n_H", "n_W", "n_C"))
    out: Array = A.mean(axis=(1, 2))
    return out


def global_avg_pool_backward(dout: ArrayLike, n_H: int, n_W: int) -> Array:
    """The gradient of `global_avg_pool`: every pixel of a channel has the same share.

        dA[i, h, w, c] = dout[i, c] / (n_H n_W)

    - dout: (m, n_C); n_H, n_W: size of the images
    - returns dA: (m, n_H, n_W, n_C)

    Raises EngineError when dout is not of rank 2 or a size is below 1. Source: course 4, weeks 1 and 2.

    >>> global_avg_pool_backward([[8.0]], 2, 2)[0, :, :, 0]
    array([[2., 2.],
           [2., 2.]])
    """
    dout = as_floats("dout", dout, ("m", "n_C"))
    as_count("n_H", n_H)
    as_count("n_W", n_W)
    share = dout / (n_H * n_W)
    return np.repeat(share, n_H * n_W, axis=0).reshape(len(dout), n_H, n_W, -1)


def _checked(A_prev: ArrayLike, hparameters: Mapping[str, Any], mode: str) -> tuple[Array, int, int, int, int]:
    A_prev = as_floats("A_prev", A_prev, ("m", "n_H_prev", "n_W_prev", "n_C"))
    f = as_count("f", entry("hparameters", hparameters, "f"))
    s = as_count("stride", entry("hparameters", hparameters, "stride"))
    as_choice("mode", mode, ("max", "average"))
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    return A_prev, f, s, conv_output_size(n_H_prev, f, 0, s), conv_output_size(n_W_prev, f, 0, s)


def _some_images(A: Array) -> Iterator[slice]:
    many = max(1, _BLOCK // A[0].nbytes)
    return (slice(i, i + many) for i in range(0, len(A), many))


def _shifted(A: Array, axis: int, f: int, s: int, n: int) -> list[Array]:
    """The first entry of each of n windows along the axis, the second entry of each, ...: f views."""
    before = (slice(None),) * axis
    return [A[(*before, slice(v, v + s * (n - 1) + 1, s))] for v in range(f)]


def _largest(candidates: list[Array], choice: Array) -> Array:
    """The elementwise maximum; writes into choice which candidate it is, the first of equal ones."""
    best = candidates[0]
    choice[...] = 0
    for v, candidate in enumerate(candidates[1:], start=1):
        better = (candidate > best).astype(choice.dtype)
        # The numbers of the candidates rise, so a later and better one has the larger number.
        np.maximum(choice, better * v, out=choice)
        best = np.maximum(best, candidate)
    return best


def _to_the_largest(d: Array, choice: Array, targets: list[Array], overlapping: bool) -> None:
    """Add d to the target that was chosen, entry by entry; uses d up."""
    for v, target in enumerate(targets[1:], start=1):
        # A product with 0 or 1 is faster than a choice between two numbers.
        share = (choice == v).astype(d.dtype)
        share *= d
        d -= share
        _add(target, share, overlapping)
    _add(targets[0], d, overlapping)


def _to_all(d: Array, targets: list[Array], overlapping: bool) -> None:
    for target in targets:
        _add(target, d, overlapping)


def _add(target: Array, d: Array, overlapping: bool) -> None:
    if overlapping:
        target += d
    else:
        # Each number is met once: there is nothing to add to. The channels of a pixel are copied at once, as ONE item.
        pixel = np.dtype((np.void, d.shape[-1] * d.itemsize))
        target.view(pixel)[...] = d.view(pixel)
