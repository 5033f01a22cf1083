from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.anchors import assign_anchor, kmeans_anchors, mean_anchor_iou, shape_iou
from engine.boxes import iou_matrix, yolo_boxes_to_corners
from engine.errors import EngineError

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 6), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_the_overlap_of_shapes_is_that_of_boxes_on_one_centre(seed: int, N: int, M: int) -> None:
    rng = np.random.default_rng(seed)
    wh1, wh2 = rng.uniform(0.1, 3, size=(N, 2)), rng.uniform(0.1, 3, size=(M, 2))
    boxes1 = yolo_boxes_to_corners(np.zeros((N, 2)), wh1)
    boxes2 = yolo_boxes_to_corners(np.zeros((M, 2)), wh2)
    np.testing.assert_allclose(shape_iou(wh1, wh2), iou_matrix(boxes1, boxes2), rtol=1e-12)
    np.testing.assert_array_equal(assign_anchor(wh1, wh2), np.argmax(iou_matrix(boxes1, boxes2), axis=1))
    assert assign_anchor(wh1[0], wh2).shape == ()


def test_a_shape_goes_to_the_nearest_ratio_not_to_the_nearest_length() -> None:
    # (8, 4) is nearer to (6, 6) as a point, but overlaps (11, 5) more.
    wh, anchors = np.array([8.0, 4.0]), np.array([[6.0, 6.0], [11.0, 5.0]])
    assert np.argmin(np.linalg.norm(anchors - wh, axis=1)) == 0
    assert assign_anchor(wh, anchors) == 1


@given(seeds, st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_at_the_end_every_anchor_is_the_mean_of_the_shapes_nearest_to_it(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    whs = rng.integers(1, 30, size=(40, 2)).astype(float)
    anchors = kmeans_anchors(whs, k, num_iterations=1000, rng=seed)
    assert anchors.shape == (k, 2)
    assert np.all(np.diff(anchors.prod(axis=1)) >= 0)
    nearest = assign_anchor(whs, anchors)
    for a in range(k):
        np.testing.assert_allclose(anchors[a], whs[nearest == a].mean(axis=0))


def test_clear_groups_are_found_and_more_anchors_cover_better() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[10.0, 20.0], [60.0, 20.0], [100.0, 120.0]])
    whs = np.concatenate([centre * rng.uniform(0.95, 1.05, size=(30, 2)) for centre in centres])
    np.testing.assert_allclose(kmeans_anchors(whs, 3, rng=1), centres, rtol=0.03)
    covers = [mean_anchor_iou(whs, kmeans_anchors(whs, k, rng=1)) for k in (1, 2, 3, 8)]
    assert covers == sorted(covers)
    assert covers[2] > 0.9


def test_as_many_anchors_as_different_shapes_are_those_shapes() -> None:
    whs = [[1, 2], [1, 2], [3, 1], [5, 5], [3, 1]]
    for seed in range(5):
        np.testing.assert_array_equal(kmeans_anchors(whs, 3, rng=seed), [[1, 2], [3, 1], [5, 5]])


@pytest.mark.parametrize("seed", [17, 284, 329])
def test_an_anchor_that_loses_all_its_shapes_gets_the_worst_covered_one(seed: int) -> None:
    # Shapes of very different sizes, drawn so that one anchor is left without any on the way.
    whs = np.exp(2 * np.random.default_rng(seed).normal(size=(9, 2)))
    anchors = kmeans_anchors(whs, 3, rng=seed)
    nearest = assign_anchor(whs, anchors)
    np.testing.assert_allclose(anchors, [whs[nearest == a].mean(axis=0) for a in range(3)])


def test_a_seed_repeats_the_anchors_and_float32_stays_float32() -> None:
    whs = np.random.default_rng(0).uniform(1, 9, size=(20, 2)).astype(np.float32)
    before = whs.copy()
    anchors = kmeans_anchors(whs, 4, rng=3)
    np.testing.assert_array_equal(anchors, kmeans_anchors(whs, 4, rng=np.random.default_rng(3)))
    assert anchors.dtype == np.float32
    assert shape_iou(whs, anchors).dtype == np.float32
    np.testing.assert_array_equal(whs, before)


def test_bad_input_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match=r"^whs should be positive widths and heights"):
        kmeans_anchors([[1, 0]], 1)
    with pytest.raises(EngineError, match=r"^k should be at most the number of different shapes, 1"):
        kmeans_anchors([[1, 2], [1, 2]], 2)
    with pytest.raises(EngineError, match=r"^k should be a whole number"):
        kmeans_anchors([[1, 2]], 0)
    with pytest.raises(EngineError, match=r"^wh should be an array of shape"):
        assign_anchor([1, 2, 3], [[1, 2]])
    with pytest.raises(EngineError, match=r"^anchors should be an array of shape"):
        assign_anchor([1, 2], [1, 2])
    with pytest.raises(EngineError, match=r"^wh1 should be an array of shape"):
        shape_iou(np.zeros((0, 2)), [[1, 2]])
