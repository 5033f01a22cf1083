from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import boxes as bx
from engine.errors import EngineError
from engine.textbook.boxes import iou_matrix_loops

seeds = st.integers(0, 2**32 - 1)
counts = st.integers(0, 6)


def draw_boxes(rng: np.random.Generator, n: int) -> np.ndarray:
    corner = rng.integers(0, 8, size=(n, 2))
    return np.concatenate([corner, corner + rng.integers(1, 7, size=(n, 2))], axis=1)


def covered(box: np.ndarray) -> set[tuple[int, int]]:
    x1, y1, x2, y2 = box.tolist()
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


@given(seeds, counts, counts)
@settings(max_examples=50, deadline=None)
def test_an_overlap_is_what_counting_unit_squares_gives(seed: int, N: int, M: int) -> None:
    rng = np.random.default_rng(seed)
    B1, B2 = draw_boxes(rng, N), draw_boxes(rng, M)
    counted = [[len(covered(a) & covered(b)) / len(covered(a) | covered(b)) for b in B2] for a in B1]
    matrix = bx.iou_matrix(B1, B2)
    np.testing.assert_array_equal(matrix, np.array(counted).reshape(N, M))
    np.testing.assert_array_equal(matrix, iou_matrix_loops(B1, B2))
    np.testing.assert_array_equal(matrix, np.array([[bx.iou(a, b) for b in B2] for a in B1]).reshape(N, M))


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_the_overlap_is_symmetric_and_blind_to_shift_scale_and_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xy = rng.normal(size=(2, 5, 2))
    B1, B2 = np.concatenate([xy, xy + rng.uniform(0.1, 2, size=(2, 5, 2))], axis=2)
    matrix = bx.iou_matrix(B1, B2)
    np.testing.assert_array_equal(matrix, bx.iou_matrix(B2, B1).T)
    np.testing.assert_allclose(matrix, bx.iou_matrix(3 * B1 + 7, 3 * B2 + 7), atol=1e-12)
    flipped = [1, 0, 3, 2]
    np.testing.assert_array_equal(matrix, bx.iou_matrix(B1[:, flipped], B2[:, flipped]))
    np.testing.assert_array_equal(np.diag(bx.iou_matrix(B1, B1)), np.ones(5))


def test_many_boxes_are_worked_through_in_blocks_that_join() -> None:
    rng = np.random.default_rng(0)
    B1, B2 = draw_boxes(rng, 9), draw_boxes(rng, 10_000)
    np.testing.assert_array_equal(bx.iou_matrix(B1, B2)[4:6], bx.iou_matrix(B1[4:6], B2))


def test_boxes_without_an_area_have_no_overlap_and_give_no_warning() -> None:
    point, line, box = [1, 1, 1, 1], [0, 1, 2, 1], [0, 0, 2, 2]
    np.testing.assert_array_equal(bx.iou_matrix([point, line, box], [point, line]), np.zeros((3, 2)))
    assert bx.iou(point, point) == 0.0


def test_touching_boxes_have_no_overlap_and_half_is_exactly_half() -> None:
    assert bx.iou([0, 0, 1, 1], [1, 0, 2, 1]) == 0.0
    assert bx.iou([0, 0, 1, 1], [2, 2, 3, 3]) == 0.0
    assert bx.iou([0, 0, 2, 1], [0, 0, 1, 1]) == 0.5


@given(seeds, st.sampled_from(bx.ORDERS))
@settings(max_examples=20, deadline=None)
def test_centres_and_corners_are_two_ways_to_say_one_box(seed: int, order: str) -> None:
    rng = np.random.default_rng(seed)
    box_xy, box_wh = rng.normal(size=(4, 2)), rng.uniform(0, 3, size=(4, 2))
    corners = bx.yolo_boxes_to_corners(box_xy, box_wh, order)
    back_xy, back_wh = bx.corners_to_centres(corners, order)
    np.testing.assert_allclose(back_xy, box_xy, atol=1e-12)
    np.testing.assert_allclose(back_wh, box_wh, atol=1e-12)


def test_corners_of_a_grid_keep_its_axes_and_the_order_of_tensorflow_swaps_x_and_y() -> None:
    rng = np.random.default_rng(1)
    box_xy, box_wh = rng.random((2, 3, 3, 5, 2))
    corners = bx.yolo_boxes_to_corners(box_xy, box_wh)
    assert corners.shape == (3, 3, 5, 4)
    np.testing.assert_array_equal(bx.yolo_boxes_to_corners(box_xy, box_wh, "yxyx"), corners[..., [1, 0, 3, 2]])


def test_the_width_scales_x_and_the_height_scales_y() -> None:
    np.testing.assert_array_equal(bx.scale_boxes([[0, 0, 1, 0.5]], (100, 300)), [[0, 0, 300, 50]])
    np.testing.assert_array_equal(bx.scale_boxes([[0, 0, 0.5, 1]], (100, 300), "yxyx"), [[0, 0, 50, 300]])


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    B = np.array([[0, 0, 2, 2], [1, 1, 3, 3]], np.float32)
    before = B.copy()
    assert bx.iou_matrix(B, B).dtype == np.float32
    assert iou_matrix_loops(B, B).dtype == np.float32
    assert bx.yolo_boxes_to_corners(B[:, :2], B[:, 2:]).dtype == np.float32
    assert bx.scale_boxes(B, (720, 1280)).dtype == np.float32
    assert bx.corners_to_centres(B)[0].dtype == np.float32
    np.testing.assert_array_equal(B, before)


@pytest.mark.parametrize("bad", [[0, 0, 1, 1], [[0, 0, 1]], [[1, 0, 0, 1]], [[0, 1, 1, 0]], [[0, 0, np.nan, 1]]])
def test_bad_boxes_are_refused_by_name(bad: object) -> None:
    good = [[0, 0, 1, 1]]
    for call in (bx.iou_matrix, iou_matrix_loops):
        with pytest.raises(EngineError, match=r"^B2 should be"):
            call(good, bad)
    with pytest.raises(EngineError, match=r"^boxes should be"):
        bx.scale_boxes(bad, (2, 2))
    with pytest.raises(EngineError, match=r"^box1 should be"):
        bx.iou([1, 0, 0, 1], good[0])


def test_bad_sizes_and_orders_are_refused() -> None:
    with pytest.raises(EngineError, match=r"^box_xy should be an array of shape \(..., 2\)"):
        bx.yolo_boxes_to_corners([1, 2, 3], [1, 2, 3])
    with pytest.raises(EngineError, match=r"^box_wh should be an array of shape"):
        bx.yolo_boxes_to_corners([[1, 2]], [1, 2])
    with pytest.raises(EngineError, match=r"^box_wh should be sizes from 0 up"):
        bx.yolo_boxes_to_corners([1, 2], [1, -2])
    with pytest.raises(EngineError, match=r"^order should be one of"):
        bx.yolo_boxes_to_corners([1, 2], [1, 2], "xywh")
    with pytest.raises(EngineError, match=r"^image_shape should be a positive height"):
        bx.scale_boxes([[0, 0, 1, 1]], (0, 5))
    with pytest.raises(EngineError, match=r"^image_shape should be an array of shape"):
        bx.scale_boxes([[0, 0, 1, 1]], (1, 5, 3))  # type: ignore[arg-type]
