"""A classifier at every place of an image, and why that is one convolution (course 4, week 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_array, as_count, as_floats


def sliding_windows(
    img: ArrayLike, win: int | tuple[int, int], stride: int, clf: Callable[[Array], ArrayLike]
) -> Array:
    """The classifier's scores for every window of the image.

        scores[i, j] = clf(img[i s : i s + f_H, j s : j s + f_W])
        n_out = floor((n - f) / s) + 1

    - img: (H, W, C)
    - win: f, or (f_H, f_W), the size of a window in pixels; stride: s, in pixels
    - clf: takes a batch of windows (n, f_H, f_W, C) and returns (n,) or (n, k)
    - returns scores: (n_H, n_W) or (n_H, n_W, k)

    Raises EngineError when the window is larger than the image or clf returns another number of scores.
    Source: course 4, week 3.

    >>> img = np.arange(16).reshape(4, 4, 1)
    >>> sliding_windows(img, 2, 2, lambda windows: windows.max(axis=(1, 2, 3)))
    array([[ 5,  7],
           [13, 15]])
    """
    img = as_array("img", img, ("H", "W", "C"))
    f_H, f_W = _window(win, img.shape)
    as_count("stride", stride)
    # A view of all windows, (n_H, n_W, C, f_H, f_W): the pixels are copied once, into the batch.
    windows = sliding_window_view(img, (f_H, f_W), axis=(0, 1))[::stride, ::stride]
    n_H, n_W = windows.shape[:2]
    batch = windows.transpose(0, 1, 3, 4, 2).reshape(n_H * n_W, f_H, f_W, img.shape[2])
    scores = as_array("the result of clf", clf(batch))
    if scores.ndim == 0 or len(scores) != n_H * n_W:
        raise EngineError("the result of clf", f"an array of {n_H * n_W} rows", f"an array of shape {scores.shape}")
    return scores.reshape(n_H, n_W, *scores.shape[1:])


def fc_to_conv(W: ArrayLike, b: ArrayLike, n_H: int, n_W: int, n_C: int) -> tuple[Array, Array]:
    """A fully connected layer on a volume, as a convolution whose filters are as large as the volume.

        z_k = sum_(h, w, c) W[k, (h n_W + w) n_C + c] a[h, w, c] + b_k = sum_(h, w, c) W4d[h, w, c, k] a[h, w, c] + b_k

    Each row of W becomes a filter. Reshaping W straight to (n_H, n_W, n_C, k) would have the same shape and mix the
    filters.

    - W: (k, n_H * n_W * n_C), for volumes unrolled row by row; b: (k, 1) or (k,)
    - n_H, n_W, n_C: the volume's size
    - returns W4d: (n_H, n_W, n_C, k); b: (1, 1, 1, k), as `conv_forward` takes it

    Raises EngineError when a shape differs. Source: course 4, week 3.

    >>> W4d, b4d = fc_to_conv([[1, 2, 3, 4], [5, 6, 7, 8]], [[0], [1]], 2, 2, 1)
    >>> W4d.shape, W4d[..., 0].ravel(), b4d.ravel()
    ((2, 2, 1, 2), array([1., 2., 3., 4.]), array([0., 1.]))
    """
    for name, size in (("n_H", n_H), ("n_W", n_W), ("n_C", n_C)):
        as_count(name, size)
    W = as_floats("W", W, ("k", n_H * n_W * n_C))
    k = len(W)
    b = as_floats("b", b)
    if b.shape not in ((k,), (k, 1)):
        raise EngineError("b", f"an array of shape ({k}, 1) or ({k},)", f"an array of shape {b.shape}")
    W4d = W.reshape(k, n_H, n_W, n_C).transpose(1, 2, 3, 0)
    return np.ascontiguousarray(W4d), b.reshape(1, 1, 1, k).copy()


def fc_as_conv(img: ArrayLike, W: ArrayLike, b: ArrayLike, n_H: int, n_W: int, stride: int = 1) -> Array:
    """A fully connected layer on every window of a volume, as one convolution.

        out[i, j] = W unroll(img[i s : i s + n_H, j s : j s + n_W]) + b

    Behind several layers the same trick shares the work of the windows' common part; the windows then lie as many
    pixels apart as the product of all strides before, those of pooling included.

    - img: (h, w, c), an image or the volume that earlier layers made of a large one
    - W: (k, n_H * n_W * c); b: (k, 1) or (k,); n_H, n_W: what the layer was trained on; stride: s
    - returns out: (h', w', k), with h' = floor((h - n_H) / s) + 1

    Raises EngineError when a shape differs or the window is larger than the volume. Source: course 4, week 3.

    >>> fc_as_conv(np.arange(9).reshape(3, 3, 1), [[1, 0, 0, 1]], [0], 2, 2)[..., 0]
    array([[ 4.,  6.],
           [10., 12.]])
    """
    img = as_floats("img", img, ("h", "w", "c"))
    f_H, f_W = _window((n_H, n_W), img.shape)
    as_count("stride", stride)
    W4d, b4d = fc_to_conv(W, b, f_H, f_W, img.shape[2])
    windows = sliding_window_view(img, (f_H, f_W), axis=(0, 1))[::stride, ::stride]
    # The windows' axes are (h', w', c, n_H, n_W): name the sums by axis instead of copying into another order.
    out: Array = np.tensordot(windows, W4d, axes=([3, 4, 2], [0, 1, 2]))
    out += b4d[0]
    return out


def sliding_multiplications(n: int, win: int, n_C: int, layers: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Multiplications for all windows of an image: each window on its own, and all in one convolutional pass.

    A layer with output (n, n, n_C') costs n * n * n_C' * f * f * n_C: each output number is a sum of f * f * n_C
    products. The windows overlap, and the single pass computes what they share once.

    - n, win: the sides of the square image and of the window the network was trained on, n >= win; n_C: channels
    - layers: (f, s, n_C') each, without padding, a fully connected layer as a convolution with f = its input's
      side; n_C' = 0 for pooling, which keeps the channels and multiplies nothing. They turn a window into one
      place, so windows lie as far apart as the product of all s
    - returns separate, shared: two numbers of multiplications

    Raises EngineError when a size is out of range or the layers do not turn a window into one place.
    Source: course 4, week 3.

    >>> layers = [(5, 1, 16), (2, 2, 0), (5, 1, 400), (1, 1, 400), (1, 1, 4)]
    >>> separate, shared = sliding_multiplications(28, 14, 3, layers)
    >>> round(separate / shared, 1)  # 64 windows, whose dense layers have nothing in common
    1.3
    >>> separate, shared = sliding_multiplications(28, 14, 3, layers[:2] + [(5, 1, 4)])
    >>> round(separate / shared, 1)
    9.8
    """
    as_count("n", n)
    as_count("n_C", n_C)
    if as_count("win", win) > n:
        raise EngineError("win", f"at most the side of the image, {n}", str(win))
    one, places = _pass(win, n_C, layers)
    if places != 1:
        raise EngineError("layers", f"such that a window of {win} pixels becomes one place", f"{places} places a side")
    shared, places = _pass(n, n_C, layers)
    return places**2 * one, shared


def _pass(n: int, n_C: int, layers: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """The multiplications of one pass over a square image, and the side of what comes out."""
    multiplications = 0
    for f, s, n_C_out in layers:
        as_count("f of a layer", f)
        as_count("s of a layer", s)
        if f > n:
            raise EngineError("layers", "with filters that fit into their input", f"f = {f} on a side of {n}")
        n = (n - f) // s + 1
        if as_count("n_C' of a layer", n_C_out, 0) > 0:
            multiplications += n * n * n_C_out * f * f * n_C
            n_C = n_C_out
    return multiplications, n


def _window(win: int | tuple[int, int], shape: tuple[int, ...]) -> tuple[int, int]:
    f_H, f_W = (win, win) if isinstance(win, int | np.integer) else win
    for size, most in ((f_H, shape[0]), (f_W, shape[1])):
        if as_count("win", size) > most:
            raise EngineError("win", f"at most as large as the image, {shape[:2]}", str((f_H, f_W)))
    return f_H, f_W
