from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from engine.errors import EngineError
from engine.top_patches import receptive_field, top_patches, unit_patch

layer = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1)).filter(lambda shape: shape[2] < shape[0])


def sums(images: np.ndarray, f: int, s: int, p: int) -> np.ndarray:
    """A convolution with filters of ones: an output differs from 0 when it sees the one pixel that does."""
    padded = np.pad(images, ((0, 0), (p, p), (p, p)))
    return sliding_window_view(padded, (f, f), axis=(1, 2))[:, ::s, ::s].sum(axis=(3, 4))


@given(st.lists(layer, min_size=1, max_size=3), st.integers(8, 10), st.integers(8, 10), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_unit_is_touched_by_the_pixels_of_its_patch_and_no_others(
    layers: list[tuple[int, int, int]], H: int, W: int, seed: int
) -> None:
    out = np.eye(H * W).reshape(-1, H, W)
    for f, s, p in layers:
        assume(f <= min(out.shape[1:]) + 2 * p)
        out = sums(out, f, s, p)
    rng = np.random.default_rng(seed)
    i, j = (int(rng.integers(n)) for n in out.shape[1:])
    size, step, start = receptive_field(layers)
    assume(all(-size < k * step + start < n for k, n in ((i, H), (j, W))))
    x1, y1, x2, y2 = unit_patch(i, j, layers, (H, W))
    seen = np.zeros((H, W), bool)
    seen[y1:y2, x1:x2] = True
    touched = (out[:, i, j] > 0).reshape(H, W)
    assert not np.any(touched & ~seen)
    # A stride larger than a filter leaves pixels out, and at the border padding of higher layers stands for some.
    if all(f >= s for f, s, _ in layers) and (y2 - y1, x2 - x1) == (size, size):
        np.testing.assert_array_equal(touched, seen)
    assert unit_patch(i, j, layers, (H, W), order="yxyx") == (y1, x1, y2, x2)


def test_the_field_of_vgg_grows_with_depth() -> None:
    block = [(3, 1, 1), (3, 1, 1), (2, 2, 0)]
    assert receptive_field([]) == (1, 1, 0)
    assert receptive_field(block[:2]) == (5, 1, -2)
    assert receptive_field(block * 2) == (16, 4, -6)


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_strongest_units_come_first_with_their_pixels(seed: int, one_per_image: bool) -> None:
    rng = np.random.default_rng(seed)
    X = rng.random((3, 6, 8, 2))
    A = rng.integers(0, 5, size=(3, 3, 4, 4)).astype(np.uint8)
    patches, places = top_patches(X, A, 2, 3, [(2, 2, 0)], one_per_image=one_per_image)
    values = [A[n, y1 // 2, x1 // 2, 2] for n, x1, y1, _, _ in places]
    if one_per_image:
        assert sorted(places[:, 0].tolist()) == [0, 1, 2]
        assert values == sorted((A[n, ..., 2].max() for n in range(3)), reverse=True)
    else:
        assert values == sorted(A[..., 2].ravel(), reverse=True)[:3]
    # Of equal ones the earliest: a stable sort by falling value.
    flat = [(-int(v), k) for k, v in enumerate(A[..., 2].ravel())]
    n, x1, y1, _, _ = places[0].tolist()
    assert n * 12 + y1 // 2 * 4 + x1 // 2 == min(flat)[1]
    for patch, (n, x1, y1, x2, y2) in zip(patches, places, strict=True):
        np.testing.assert_array_equal(patch, X[n, y1:y2, x1:x2])
        assert patch.shape == (2, 2, 2)


def test_a_unit_at_the_border_sees_less_and_its_patch_is_a_copy() -> None:
    X = np.ones((1, 4, 4, 1))
    A = np.zeros((1, 4, 4, 1))
    A[0, 0, 3, 0] = 1
    patches, places = top_patches(X, A, 0, 1, [(3, 1, 1)])
    assert places.tolist() == [[0, 2, 0, 4, 2]]
    patches[0][:] = 5
    assert X.max() == 1


def test_bad_input_is_refused_by_name() -> None:
    X, A = np.zeros((2, 4, 4, 1)), np.zeros((2, 2, 2, 3))
    with pytest.raises(EngineError, match=r"^A should be an array of shape \(2, h, w, n_C\)"):
        top_patches(X, A[:1], 0, 1, [(2, 2, 0)])
    with pytest.raises(EngineError, match=r"^unit should be integers from 0 to 2"):
        top_patches(X, A, 3, 1, [(2, 2, 0)])
    with pytest.raises(EngineError, match=r"^k should be at most the number of places, 8"):
        top_patches(X, A, 0, 9, [(2, 2, 0)])
    with pytest.raises(EngineError, match=r"^k should be at most the number of places, 2"):
        top_patches(X, A, 0, 3, [(2, 2, 0)], one_per_image=True)
    with pytest.raises(EngineError, match=r"^i and j should be a unit that sees a part of the image of 4 by 4"):
        unit_patch(9, 0, [(2, 2, 0)], (4, 4))
    with pytest.raises(EngineError, match=r"^s of a layer should be a whole number from 1 up"):
        receptive_field([(3, 0, 1)])
    with pytest.raises(EngineError, match=r"^order should be one of"):
        unit_patch(0, 0, [], (4, 4), order="xywh")
