from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.proposals import apply_deltas, bbox_deltas, roi_pool, roi_pool_backward

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 6)


def draw_boxes(rng: np.random.Generator, n: int) -> np.ndarray:
    corner = rng.normal(size=(n, 2))
    return np.concatenate([corner, corner + rng.uniform(0.1, 3, size=(n, 2))], axis=1)


@given(seeds, st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_deltas_lead_from_the_proposal_to_the_true_box_wherever_and_however_large_it_is(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    src, dst = draw_boxes(rng, n), draw_boxes(rng, n)
    deltas = bbox_deltas(src, dst)
    np.testing.assert_allclose(apply_deltas(src, deltas), dst, atol=1e-12)
    np.testing.assert_allclose(bbox_deltas(10 * src + 3, 10 * dst + 3), deltas, atol=1e-12)
    np.testing.assert_array_equal(bbox_deltas(src, src), np.zeros((n, 4)))


def test_twice_as_wide_is_the_opposite_of_half_as_wide() -> None:
    deltas = bbox_deltas([[0, 0, 4, 1], [0, 0, 4, 1]], [[-2, 0, 6, 1], [1, 0, 3, 1]])
    np.testing.assert_allclose(deltas[:, 2], [np.log(2), -np.log(2)])
    np.testing.assert_allclose(deltas[:, [0, 1, 3]], 0)


def draw_regions(rng: np.random.Generator, n: int, h: int, w: int) -> np.ndarray:
    first = np.stack([rng.integers(0, w, size=n), rng.integers(0, h, size=n)], axis=1)
    return np.concatenate([first, rng.integers(first + 1, [w + 1, h + 1])], axis=1)


@given(seeds, sizes, sizes, st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_each_bin_holds_the_maximum_of_its_cells(seed: int, h: int, w: int, c: int, o_h: int, o_w: int) -> None:
    rng = np.random.default_rng(seed)
    A, rois = rng.normal(size=(h, w, c)), draw_regions(rng, 3, h, w)
    pooled, _ = roi_pool(A, rois, (o_h, o_w))
    assert pooled.shape == (3, o_h, o_w, c)
    for r, (x1, y1, x2, y2) in enumerate(rois):
        for i in range(o_h):
            for j in range(o_w):
                cells = [
                    A[y, x]
                    for y in range(y1 + math.floor(i * (y2 - y1) / o_h), y1 + math.ceil((i + 1) * (y2 - y1) / o_h))
                    for x in range(x1 + math.floor(j * (x2 - x1) / o_w), x1 + math.ceil((j + 1) * (x2 - x1) / o_w))
                ]
                np.testing.assert_array_equal(pooled[r, i, j], np.max(cells, axis=0))


@given(seeds, sizes, sizes, st.integers(1, 3))
@settings(max_examples=10, deadline=None)
def test_pooling_has_the_gradient_of_its_output(
    gradient_error: Callable[..., float], seed: int, h: int, w: int, c: int
) -> None:
    rng = np.random.default_rng(seed)
    # No two values are so near that a step of the difference changes the maximum.
    A = rng.permutation(h * w * c).reshape(h, w, c) / (h * w * c)
    rois = draw_regions(rng, 4, h, w)
    pooled, cache = roi_pool(A, rois, (2, 3))
    dout = rng.normal(size=pooled.shape)
    dA = roi_pool_backward(dout, cache)
    error = gradient_error(lambda A: float(np.sum(roi_pool(A, rois, (2, 3))[0] * dout)), {"A": A}, {"A": dA})
    assert error <= 1e-6


def test_fractions_of_a_cell_are_rounded_outwards() -> None:
    A = np.arange(16.0).reshape(4, 4, 1)
    pooled = roi_pool(A, [[0.9, 0.2, 1.1, 2.5]], (1, 1))[0]
    assert pooled.ravel() == [9.0]
    np.testing.assert_array_equal(pooled, roi_pool(A, [[0, 0, 2, 3]], (1, 1))[0])


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    A = np.random.default_rng(0).normal(size=(4, 5, 2)).astype(np.float32)
    before = A.copy()
    pooled, cache = roi_pool(A, [[0, 0, 5, 4]], (2, 2))
    assert pooled.dtype == roi_pool_backward(pooled, cache).dtype == np.float32
    boxes = np.array([[0, 0, 2, 2]], np.float32)
    assert apply_deltas(boxes, bbox_deltas(boxes, boxes)).dtype == np.float32
    np.testing.assert_array_equal(A, before)


def test_bad_input_is_refused_by_name() -> None:
    A, box = np.zeros((4, 5, 1)), [[0, 0, 1, 1]]
    for rois in ([[0, 0, 6, 1]], [[0, 0, 1, 5]], [[-1, 0, 1, 1]], [[2, 2, 2, 3]]):
        with pytest.raises(EngineError, match=r"^rois should be regions with an area inside the map of 5 by 4 cells"):
            roi_pool(A, rois, (1, 1))
    with pytest.raises(EngineError, match=r"^A should be an array of shape \(h, w, c\)"):
        roi_pool(A[0], box, (1, 1))
    with pytest.raises(EngineError, match=r"^out should be a whole number"):
        roi_pool(A, box, (0, 1))
    with pytest.raises(EngineError, match=r"^dout should be an array of shape \(1, 1, 1, 1\)"):
        roi_pool_backward(np.zeros(1), roi_pool(A, box, (1, 1))[1])
    with pytest.raises(EngineError, match=r"^src should be boxes with an area"):
        bbox_deltas([[0, 0, 0, 1]], box)
    with pytest.raises(EngineError, match=r"^dst should be as many boxes as src, 1"):
        bbox_deltas(box, box * 2)
    with pytest.raises(EngineError, match=r"^deltas should be an array of shape \(1, 4\)"):
        apply_deltas(box, [[0, 0]])
