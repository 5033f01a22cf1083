from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import nms as module
from engine.boxes import iou
from engine.errors import EngineError
from engine.nms import nms, soft_nms, yolo_non_max_suppression
from engine.textbook.nms import nms_loops, soft_nms_loops

seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, n: int, ties: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 6, size=(n, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 6, size=(n, 2))], axis=1).astype(float)
    scores = rng.integers(1, 4, size=n) / 4 if ties else rng.permutation(n) / n
    return scores, boxes, rng.integers(0, 3, size=n)


@given(seeds, st.integers(1, 7), st.booleans(), st.sampled_from([0.2, 0.5]))
@settings(max_examples=30, deadline=None)
def test_what_stays_is_the_only_set_that_explains_itself(seed: int, n: int, per_class: bool, threshold: float) -> None:
    scores, boxes, classes = draw(seed, n)

    def beats(i: int, j: int) -> bool:
        alike = not per_class or classes[i] == classes[j]
        return alike and scores[i] > scores[j] and iou(boxes[i], boxes[j]) >= threshold

    explained = [
        kept
        for choice in product([False, True], repeat=n)
        if (kept := {i for i in range(n) if choice[i]})
        == {j for j in range(n) if not any(beats(i, j) for i in range(n) if choice[i])}
    ]
    keep = nms(scores, boxes, classes if per_class else None, threshold)
    assert explained == [set(keep.tolist())]
    assert np.all(np.diff(scores[keep]) < 0)


@given(
    seeds, st.integers(0, 25), st.booleans(), st.sampled_from([None, 1, 3, 10]), st.sampled_from([0.0, 0.3, 0.5, 1.0])
)
@settings(max_examples=40, deadline=None)
def test_blocks_keep_what_the_loop_keeps(
    seed: int, n: int, per_class: bool, max_boxes: int | None, threshold: float
) -> None:
    scores, boxes, classes = draw(seed, n, ties=True)
    one = classes if per_class else None
    before, module._BLOCK = module._BLOCK, 4
    try:
        keep = nms(scores, boxes, one, threshold, max_boxes)
    finally:
        module._BLOCK = before
    np.testing.assert_array_equal(keep, nms_loops(scores, boxes, one, threshold, max_boxes))


def test_an_overlap_of_exactly_the_threshold_suppresses() -> None:
    boxes = [[0, 0, 2, 1], [0, 0, 1, 1]]
    assert nms([0.9, 0.8], boxes, iou_threshold=0.5).tolist() == [0]
    assert nms([0.9, 0.8], boxes, iou_threshold=0.51).tolist() == [0, 1]


def test_a_suppressed_box_suppresses_nothing() -> None:
    boxes = [[0, 0, 4, 1], [1, 0, 5, 1], [2, 0, 6, 1]]
    assert nms([0.9, 0.8, 0.7], boxes, iou_threshold=0.5).tolist() == [0, 2]


def test_classes_are_suppressed_apart_unless_asked() -> None:
    scores, boxes, classes = [0.6, 0.9, 0.7], [[0, 0, 2, 2], [0, 0, 2, 2], [8, 8, 9, 9]], [0, 1, 2]
    s, b, c = yolo_non_max_suppression(scores, boxes, classes)
    assert (s.tolist(), c.tolist(), b.shape) == ([0.9, 0.7, 0.6], [1, 2, 0], (3, 4))
    assert yolo_non_max_suppression(scores, boxes, classes, per_class=False)[2].tolist() == [1, 2]
    assert yolo_non_max_suppression(scores, boxes, classes, max_boxes=1)[2].tolist() == [1]


def test_no_detections_give_no_detections() -> None:
    scores, boxes, classes = yolo_non_max_suppression([], [], [])
    assert (scores.shape, boxes.shape, classes.shape) == ((0,), (0, 4), (0,))
    assert soft_nms([], [])[1].shape == (0,)


# Soft suppression


@given(seeds, st.integers(0, 10))
@settings(max_examples=20, deadline=None)
def test_soft_suppression_lowers_scores_as_the_loop_does(seed: int, n: int) -> None:
    scores, boxes, _ = draw(seed, n)
    lowered, keep = soft_nms(scores, boxes, score_threshold=0.05)
    expected, expected_keep = soft_nms_loops(scores, boxes, score_threshold=0.05)
    np.testing.assert_array_equal(keep, expected_keep)
    np.testing.assert_allclose(lowered, expected, rtol=1e-12)
    assert np.all(np.diff(lowered) <= 0)
    assert np.all(lowered <= scores[keep])


def test_the_linear_form_lowers_only_from_the_threshold_up_and_within_a_class() -> None:
    boxes = [[0, 0, 2, 2], [0, 0, 2, 1], [0, 0, 1, 1]]
    lowered, keep = soft_nms([0.9, 0.8, 0.7], boxes, method="linear", iou_threshold=0.5)
    # 0.7 meets 1/4 with the first and 1/2 with the second; 0.8 meets 1/2 with the first.
    assert keep.tolist() == [0, 2, 1]
    np.testing.assert_allclose(lowered, [0.9, 0.7, 0.8 * 0.5 * 0.5])
    lowered, keep = soft_nms([0.9, 0.8, 0.7], boxes, classes=[0, 1, 2], method="linear")
    np.testing.assert_allclose(lowered, [0.9, 0.8, 0.7])


def test_a_tiny_sigma_suppresses_hard() -> None:
    scores, boxes, classes = draw(3, 12)
    _, keep = soft_nms(scores, boxes, classes, sigma=1e-9)
    apart = [i for i in nms(scores, boxes, classes, iou_threshold=1e-3) if scores[i] >= 0.001]
    np.testing.assert_array_equal(keep, apart)


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    scores, boxes, classes = draw(1, 9)
    scores, boxes = scores.astype(np.float32), boxes.astype(np.float32)
    copies = scores.copy(), boxes.copy(), classes.copy()
    kept = yolo_non_max_suppression(scores, boxes, classes)
    assert (kept[0].dtype, kept[1].dtype) == (np.float32, np.float32)
    assert soft_nms(scores, boxes)[0].dtype == np.float32
    for now, before in zip((scores, boxes, classes), copies, strict=True):
        np.testing.assert_array_equal(now, before)


def test_bad_input_is_refused_by_name() -> None:
    boxes = [[0, 0, 1, 1], [0, 0, 2, 2]]
    with pytest.raises(EngineError, match=r"^scores should be an array of shape \(2,\)"):
        nms([0.5], boxes)
    with pytest.raises(EngineError, match=r"^scores should be numbers that can be ordered"):
        nms([0.5, np.nan], boxes)
    with pytest.raises(EngineError, match=r"^boxes should be"):
        nms([0.5], [[1, 0, 0, 1]])
    with pytest.raises(EngineError, match=r"^classes should be an array of shape"):
        nms([0.5, 0.6], boxes, [0])
    with pytest.raises(EngineError, match=r"^classes should be integers"):
        yolo_non_max_suppression([0.5, 0.6], boxes, [0.5, 1.0])
    with pytest.raises(EngineError, match=r"^iou_threshold should be a number in \[0, 1\]"):
        nms([0.5, 0.6], boxes, iou_threshold=1.5)
    with pytest.raises(EngineError, match=r"^max_boxes should be a whole number"):
        nms([0.5, 0.6], boxes, max_boxes=0)
    with pytest.raises(EngineError, match=r"^method should be one of"):
        soft_nms([0.5, 0.6], boxes, method="cubic")
    with pytest.raises(EngineError, match=r"^sigma should be a number in \(0, inf\)"):
        soft_nms([0.5, 0.6], boxes, sigma=0)
