"""The three matrix products behind every convolution: to the output, to the filters, to the input.

`engine.conv`, `engine.conv_transpose` and `engine.conv_nd` are made of them. They take arrays of one dtype whose
shapes agree; the callers check. They work on blocks that fit into the fast memory near the processor, which also
keeps what they need small: the matrix of all windows never exists as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.conv_shapes import Sides, output_places
from engine.errors import Array

#: The bytes of a block, about those of a core's second-level cache.
BLOCK = 1 << 20

_SIMD = np.show_config(mode="dicts").get("SIMD Extensions", {})

#: OpenBLAS copies the factors of a product into an order of its own, except, on processors with AVX-512, when the
#: product has at most this many multiplications. Many such products are up to a fifth faster than a large one.
SMALL = 100**3 if {"X86_V4", "AVX512_SKX"} & {*_SIMD.get("baseline", ()), *_SIMD.get("found", ())} else 0

#: How many times more multiplications the gradient of the input may take when it is found by correlating. Where the
#: output is much smaller than the input, as behind a filter of the size of the image, it meets little but zeros.
WASTE = 2

_NO_PADDING: Sides = ((0, 0), (0, 0))

Block = tuple[slice, slice, list[Array]]


def window_blocks(A: Array, f_H: int, f_W: int, stride: int, sides: Sides, least: int = 0) -> Iterator[Block]:
    """The windows of a batch of images as the rows of matrices, a block at a time.

        cols[(i, h, w), (u, v, c)] = A[i, h s + u - top, w s + v - left, c]

    The columns come in one part, or in f_H parts, one for each u.

    - A: (m, n_H_prev, n_W_prev, n_C); f_H, f_W: size of the window; stride: s
    - sides: ((top, bottom), (left, right)), the zeros around each image
    - least: the bytes of what the blocks are multiplied with; they are not to be smaller than that
    - yields images, rows: which examples and which rows of the output; rows are all of them, or those of one example
    - yields parts: 1 or f_H arrays (groups, places in a group, columns of the part), which may be views of A

    Raises EngineError when the window does not fit. Source: course 4, week 1, for the windows; the matrix:
    Chellapilla, Puri and Simard, 2006.

    >>> image = np.arange(9.0).reshape(1, 3, 3, 1)
    >>> for _, _, parts in window_blocks(image, 2, 2, 1, ((0, 0), (0, 0))):
    ...     print(np.concatenate(parts, axis=2)[0])
    [[0. 1. 3. 4.]
     [1. 2. 4. 5.]
     [3. 4. 6. 7.]
     [4. 5. 7. 8.]]
    """
    _, n_H_prev, n_W_prev, n_C = A.shape
    n_H, n_W = output_places(n_H_prev, n_W_prev, f_H, f_W, stride, sides)
    size = max(BLOCK, least)
    if f_H == f_W == 1 and sides == _NO_PADDING:
        yield from _pixels(A[:, ::stride, ::stride], size)
        return
    # The rows of windows come image by image: for tiny images, a product for all of them is better.
    in_rows = stride == 1 and n_C >= 4 and n_H * n_W >= 64
    bytes_in_row = n_W * (1 if in_rows else f_H) * f_W * n_C * A.itemsize
    for images, rows, padded in _padded_bands(A, sides, n_H, bytes_in_row, size):
        if in_rows:
            yield images, rows, _rows_of_windows(padded, f_H, f_W, rows, n_W)
        elif n_C < 4:
            yield images, rows, [_transposed_columns(padded, f_H, f_W, stride, rows, n_W)]
        else:
            yield images, rows, [_columns(padded, f_H, f_W, stride, rows, n_W)]


def correlate(A: Array, W: Array, b: Array | None, stride: int, sides: Sides) -> Array:
    """Every filter at every place: the forward pass of a convolution.

        Z[i, h, w, k] = sum_(u, v, c) A[i, h s + u - top, w s + v - left, c] W[u, v, c, k] + b[k]

    - A: (m, n_H_prev, n_W_prev, n_C_prev); W: (f_H, f_W, n_C_prev, n_C); b: (n_C,) or None; stride: s
    - sides: ((top, bottom), (left, right)), the zeros around each image
    - returns Z: (m, n_H, n_W, n_C)

    Raises EngineError when the filter does not fit. Source: course 4, week 1.

    >>> A, W = np.ones((1, 2, 2, 1)), np.ones((2, 2, 1, 1))
    >>> correlate(A, W, np.array([10.0]), 1, ((1, 0), (0, 0)))[0, :, :, 0]
    array([[12.],
           [14.]])
    """
    m, n_H_prev, n_W_prev, _ = A.shape
    f_H, f_W, _, n_C = W.shape
    n_H, n_W = output_places(n_H_prev, n_W_prev, f_H, f_W, stride, sides)
    Z = np.empty((m, n_H, n_W, n_C), A.dtype)
    W = np.ascontiguousarray(W)
    # Adding b to whole rows of the output is one long loop in place of a short loop for each pixel.
    row_of_b = None if b is None else np.tile(b, n_W)
    for images, rows, parts in window_blocks(A, f_H, f_W, stride, sides, least=W.nbytes):
        block = Z[images, rows].reshape(*parts[0].shape[:2], n_C)
        first, *others = zip(parts, W.reshape(len(parts), -1, n_C), strict=True)
        _multiply(*first, out=block)
        for part, weights in others:
            block += _multiply(part, weights)
        if row_of_b is not None:
            whole_rows = block.reshape(-1, n_W * n_C)
            whole_rows += row_of_b
    return Z


def filter_gradient(dZ: Array, A: Array, f_H: int, f_W: int, stride: int, sides: Sides) -> Array:
    """The gradient of `correlate` with respect to W: each weight meets all the pixels it was multiplied with.

        dW[u, v, c, k] = sum_(i, h, w) A[i, h s + u - top, w s + v - left, c] dZ[i, h, w, k]

    - dZ: (m, n_H, n_W, n_C); A: (m, n_H_prev, n_W_prev, n_C_prev); f_H, f_W, stride, sides: as in the forward pass
    - returns dW: (f_H, f_W, n_C_prev, n_C)

    Raises EngineError when the window does not fit. Source: course 4, week 1.

    >>> A, dZ = np.array([1.0, 2, 4]).reshape(1, 1, 3, 1), np.ones((1, 1, 2, 1))
    >>> filter_gradient(dZ, A, 1, 2, 1, ((0, 0), (0, 0))).ravel()
    array([3., 6.])
    """
    n_C_prev, n_C = A.shape[3], dZ.shape[3]
    dW = np.zeros((f_H * f_W * n_C_prev, n_C), A.dtype)
    for images, rows, parts in window_blocks(A, f_H, f_W, stride, sides, least=dW.nbytes):
        errors = dZ[images, rows].reshape(*parts[0].shape[:2], n_C)
        for part, total in zip(parts, dW.reshape(len(parts), -1, n_C), strict=True):
            total += _multiply(part.swapaxes(1, 2), errors).sum(axis=0)
    return dW.reshape(f_H, f_W, n_C_prev, n_C)


def input_gradient(dZ: Array, W: Array, stride: int, sides: Sides, n_H_prev: int, n_W_prev: int) -> Array:
    """The gradient of `correlate` with respect to A; it is also the forward pass of a transpose convolution.

        dA[i, h s + u - top, w s + v - left, c] += sum_k dZ[i, h, w, k] W[u, v, c, k]    for all h, w, u, v

    Instead of adding to overlapping windows, ask which weights reach one pixel. Along an axis, pixel y = q s + r meets
    the weights u = u_0, u_0 + s, u_0 + 2 s, ... with u_0 = (r + top) mod s. So all pixels with one remainder r are the
    correlation, with stride 1, of dZ and those weights in reverse. With s = 1 it is one correlation, with the filter
    turned by 180 degrees.

    - dZ: (m, n_H, n_W, n_C); W: (f_H, f_W, n_C_prev, n_C); stride, sides: as in the forward pass
    - n_H_prev, n_W_prev: size of A
    - returns dA: (m, n_H_prev, n_W_prev, n_C_prev)

    Source: course 4, week 1 (the sum) and week 3 (transpose convolution).

    >>> dZ, W = np.array([1.0, 10]).reshape(1, 1, 2, 1), np.ones((1, 3, 1, 1))
    >>> input_gradient(dZ, W, 2, ((0, 0), (0, 0)), 1, 5).ravel()
    array([ 1.,  1., 11., 10., 10.])
    """
    m, n_H, n_W, _ = dZ.shape
    f_H, f_W, n_C_prev, _ = W.shape
    (top, _), (left, _) = sides

    def pixels(r_H: int, r_W: int) -> Array:
        weights_H, used_H, zeros_H, count_H = _reaching(r_H, n_H_prev, n_H, f_H, stride, top)
        weights_W, used_W, zeros_W, count_W = _reaching(r_W, n_W_prev, n_W, f_W, stride, left)
        weights, errors = W[weights_H, weights_W], dZ[:, used_H, used_W]
        if weights.size == 0 or errors.size == 0:
            return np.zeros((m, count_H, count_W, n_C_prev), dZ.dtype)
        turned = weights[::-1, ::-1].swapaxes(2, 3)
        return correlate(errors, turned, None, 1, (zeros_H, zeros_W))

    if n_H_prev * n_W_prev > WASTE * stride * stride * n_H * n_W:
        return _scattered(dZ, W, stride, sides, n_H_prev, n_W_prev)
    if stride == 1:
        return pixels(0, 0)
    dA = np.empty((m, n_H_prev, n_W_prev, n_C_prev), dZ.dtype)
    for r_H in range(min(stride, n_H_prev)):
        for r_W in range(min(stride, n_W_prev)):
            dA[:, r_H::stride, r_W::stride] = pixels(r_H, r_W)
    return dA


def add_windows(windows: Array, stride: int, sides: Sides, n_H_prev: int, n_W_prev: int) -> Array:
    """Add what windows say to the images they lie on; the frame of padding is dropped.

        A[i, h s + u - top, w s + v - left, c] += windows[i, h, w, u, v, c]    for all h, w, u, v

    - windows: (m, n_H, n_W, f_H, f_W, n_C); stride: s; sides: ((top, bottom), (left, right))
    - n_H_prev, n_W_prev: size of the images
    - returns A: (m, n_H_prev, n_W_prev, n_C)

    Source: course 4, week 1.

    >>> add_windows(np.ones((1, 1, 3, 1, 2, 1)), 1, ((0, 0), (0, 0)), 1, 4).ravel()  # neighbours share a pixel
    array([1., 2., 2., 1.])
    """
    m, n_H, n_W, f_H, f_W, n_C = windows.shape
    (top, bottom), (left, right) = sides
    # First down the images, then across: f_H + f_W additions of large arrays in place of f_H * f_W.
    rows = np.zeros((m, top + n_H_prev + bottom, n_W, f_W, n_C), windows.dtype)
    for u in range(f_H):
        rows[:, u : u + stride * (n_H - 1) + 1 : stride] += windows[:, :, :, u]
    padded = np.zeros((m, top + n_H_prev + bottom, left + n_W_prev + right, n_C), windows.dtype)
    for v in range(f_W):
        padded[:, :, v : v + stride * (n_W - 1) + 1 : stride] += rows[:, :, :, v]
    return padded[:, top : top + n_H_prev, left : left + n_W_prev]


def channel_sums(dZ: Array) -> Array:
    """The gradient of `correlate` with respect to b, which is added at every place.

        db[k] = sum_(i, h, w) dZ[i, h, w, k]

    - dZ: (m, n_H, n_W, n_C)
    - returns db: (n_C,)

    Source: course 4, week 1.

    >>> channel_sums(np.ones((2, 3, 4, 1)))
    array([24.])
    """
    m, n_H, n_W, n_C = dZ.shape
    # Whole rows of the images are added first: a few long loops in place of many as short as n_C.
    rows = dZ.reshape(m * n_H, n_W * n_C).sum(axis=0)
    db: Array = rows.reshape(n_W, n_C).sum(axis=0)
    return db


def _scattered(dZ: Array, W: Array, stride: int, sides: Sides, n_H_prev: int, n_W_prev: int) -> Array:
    """dA by its definition."""
    m, n_H, n_W, n_C = dZ.shape
    f_H, f_W, n_C_prev, _ = W.shape
    filters = W.reshape(-1, n_C).T
    if filters.nbytes <= BLOCK:
        # Products with a factor that lies in order are faster; to put a large one in order takes too long.
        filters = np.ascontiguousarray(filters)
    dA = np.empty((m, n_H_prev, n_W_prev, n_C_prev), dZ.dtype)
    many = max(1, max(BLOCK, W.nbytes) // (n_H * n_W * filters[0].nbytes))
    for i in range(0, m, many):
        windows = _multiply(dZ[i : i + many].reshape(1, -1, n_C), filters)
        windows = windows.reshape(-1, n_H, n_W, f_H, f_W, n_C_prev)
        dA[i : i + many] = add_windows(windows, stride, sides, n_H_prev, n_W_prev)
    return dA


def _multiply(a: Array, b: Array, out: Array | None = None) -> Array:
    """The products a[g] @ b or a[g] @ b[g], in pieces that count as small; a is (groups, rows, K)."""
    groups, rows, K = a.shape
    n = b.shape[-1]
    if out is None:
        out = np.empty((groups, rows, n), a.dtype)
    size = SMALL // (K * n)
    # Its kernels take 12 or 4 rows at a time. Below 8 rows a piece costs more than it saves.
    size -= size % (12 if size >= 12 else 4)
    if size < 8:
        return np.matmul(a, b, out=out)
    whole = rows - rows % size
    pieces = a[:, :whole].reshape(groups, -1, size, K)
    np.matmul(pieces, b if b.ndim == 2 else b[:, None], out=out[:, :whole].reshape(groups, -1, size, n))
    np.matmul(a[:, whole:], b, out=out[:, whole:])
    return out


def _pixels(A: Array, size: int) -> Iterator[Block]:
    """Windows of one pixel: the images are the matrix already."""
    m, n_H, _, n_C = A.shape
    many = max(1, size // A[0].nbytes)
    for i in range(0, m, many):
        images = slice(i, min(m, i + many))
        yield images, slice(0, n_H), [A[images].reshape(1, -1, n_C)]


def _padded_bands(
    A: Array, sides: Sides, n_H: int, bytes_in_row: int, size: int
) -> Iterator[tuple[slice, slice, Array]]:
    """Some images, padded, and rows of their output: all rows, or a band of rows of one image."""
    m, n_H_prev, n_W_prev, n_C = A.shape
    many = min(m, max(1, size // (n_H * bytes_in_row)))
    few = min(n_H, max(1, size // bytes_in_row))
    (top, bottom), (left, right) = sides
    # Only the middle is ever written; the zeros around it serve all images.
    padded = np.zeros((many, top + n_H_prev + bottom, left + n_W_prev + right, n_C), A.dtype)
    middle = padded[:, top : top + n_H_prev, left : left + n_W_prev]
    for i in range(0, m, many):
        images = slice(i, min(m, i + many))
        k = images.stop - i
        middle[:k] = A[images]
        for h in range(0, n_H, few):
            yield images, slice(h, min(n_H, h + few)), padded[:k]


def _rows_of_windows(padded: Array, f_H: int, f_W: int, rows: slice, n_W: int) -> list[Array]:
    """With stride 1, row u of the window at (h, w) is row 0 of the window at (h + u, w).

    So one row of each window is copied, and the f_H parts are the same numbers, a row of the image apart.
    """
    n = rows.stop - rows.start
    cols = _columns(padded, 1, f_W, 1, slice(rows.start, rows.stop + f_H - 1), n_W)
    cols = cols.reshape(len(padded), (n + f_H - 1) * n_W, -1)
    return [cols[:, u * n_W : (u + n) * n_W] for u in range(f_H)]


def _columns(padded: Array, f_H: int, f_W: int, stride: int, rows: slice, n_W: int) -> Array:
    """All of each window: f_H runs, one below the other."""
    image_step, row_step, pixel_step, step = padded.strides
    length = f_W * padded.shape[3]
    # A row of a window lies in one piece, `length` numbers long. As ONE item it is copied at once.
    runs = np.ndarray(
        (len(padded), rows.stop - rows.start, n_W, f_H),
        np.dtype((np.void, length * step)),
        padded,
        rows.start * stride * row_step,
        (image_step, stride * row_step, stride * pixel_step, row_step),
    )
    return runs.copy().view(padded.dtype).reshape(1, -1, f_H * length)


def _transposed_columns(padded: Array, f_H: int, f_W: int, stride: int, rows: slice, n_W: int) -> Array:
    """With few channels the runs are short, and copying many short ones is slow.

    The transposed matrix is made of runs as long as a row of the image; a product with it costs the same.
    """
    image_step, row_step, pixel_step, step = padded.strides
    length = f_W * padded.shape[3]
    numbers = np.ndarray(
        (f_H, length, len(padded), rows.stop - rows.start, n_W),
        padded.dtype,
        padded,
        rows.start * stride * row_step,
        (row_step, step, image_step, stride * row_step, stride * pixel_step),
    )
    return numbers.copy().reshape(1, f_H * length, -1).swapaxes(1, 2)


def _reaching(
    r: int, n_prev: int, n: int, f: int, stride: int, before: int
) -> tuple[slice, slice, tuple[int, int], int]:
    """Along one axis, what the pixels r, r + stride, r + 2 stride, ... depend on.

    Returns the weights that reach them; which part of dZ they use; the zeros to put before and after that part; and how
    many such pixels there are.
    """
    first = (r + before) % stride
    count = len(range(first, f, stride))
    pixels = len(range(r, n_prev, stride))
    # Pixel number q meets dZ[q + shift - j] through weight number j, for j = 0 ... count - 1.
    shift = (r + before) // stride
    start, stop = shift - (count - 1), shift + pixels
    return slice(first, f, stride), slice(max(0, start), min(n, stop)), (max(0, -start), max(0, stop - n)), pixels
