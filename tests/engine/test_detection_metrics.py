from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.detection_metrics import (
    average_precisions,
    interpolated_average_precision,
    match_detections,
    mean_average_precision,
    precision_recall,
)
from engine.errors import EngineError
from engine.textbook.detection_metrics import average_precision_loops, mean_average_precision_loops

seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, images: int) -> tuple[list[Any], list[Any]]:
    """Objects, and detections that are often near one of them and sometimes twice."""
    rng = np.random.default_rng(seed)
    dets, gts = [], []
    for image in range(images):
        N = int(rng.integers(0 if image else 1, 5))
        corner = rng.integers(0, 8, size=(N, 2))
        boxes = np.concatenate([corner, corner + rng.integers(2, 6, size=(N, 2))], axis=1)
        classes = rng.integers(0, 3, size=N)
        seen = rng.integers(0, N, size=int(rng.integers(0, 7))) if N else np.zeros(0, int)
        wrong = rng.random(len(seen)) < 0.2
        moved = boxes[seen] + rng.integers(0, 2, size=(len(seen), 1)) * [1, 0, 1, 1]
        dets.append((rng.random(len(seen)), moved, np.where(wrong, (classes[seen] + 1) % 3, classes[seen])))
        gts.append((boxes, classes))
    return dets, gts


@given(seeds, st.integers(1, 5), st.sampled_from([0.3, 0.5, 0.9]))
@settings(max_examples=40, deadline=None)
def test_the_mean_average_precision_equals_the_loop(seed: int, images: int, iou_thr: float) -> None:
    dets, gts = draw(seed, images)
    expected = mean_average_precision_loops(dets, gts, iou_thr)
    assert mean_average_precision(dets, gts, iou_thr) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(seeds, st.integers(0, 8), st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_the_area_is_the_mean_over_the_objects_of_the_best_precision_that_finds_so_many(
    seed: int, K: int, missed: int
) -> None:
    rng = np.random.default_rng(seed)
    correct = rng.random(K) < 0.6
    n = int(correct.sum()) + missed
    if n == 0:
        return
    precision, recall = precision_recall(rng.random(K), correct, n)

    def best(found: int) -> float:
        return max((p for p, r in zip(precision, recall, strict=True) if round(r * n) >= found), default=0.0)

    area = interpolated_average_precision(precision, recall)
    assert area == pytest.approx(np.mean([best(found) for found in range(1, n + 1)]))
    assert area == pytest.approx(average_precision_loops(precision, recall))
    # 11 points: how many objects a recall of i / 10 asks for, in whole numbers.
    eleven = np.mean([best(-(-i * n // 10)) if K else 0.0 for i in range(11)])
    assert interpolated_average_precision(precision, recall, points=11) == pytest.approx(eleven)


def test_a_recall_of_3_in_10_reaches_the_point_at_three_tenths() -> None:
    precision, recall = precision_recall([0.9, 0.8, 0.7], [1, 1, 1], 10)
    assert interpolated_average_precision(precision, recall, points=11) == pytest.approx(4 / 11)


def test_a_perfect_detector_has_1_and_a_blind_one_0() -> None:
    gts = [([[0, 0, 2, 2], [3, 3, 5, 5]], [0, 1]), ([[1, 1, 4, 4]], [0])]
    perfect = [([0.9, 0.8], *gts[0]), ([0.7], *gts[1])]
    blind = [([], [], []), ([], [], [])]
    for points in (None, 11, 101):
        assert mean_average_precision(perfect, gts, points=points) == 1.0
        assert mean_average_precision(blind, gts, points=points) == 0.0


def test_a_second_box_on_one_object_is_wrong_and_the_surer_one_right() -> None:
    gts = [([[0, 0, 2, 2], [9, 9, 10, 10]], [0, 0])]
    dets = [([0.5, 0.9, 0.7], [[0, 0, 2, 2]] * 3, [0, 0, 0])]
    assert match_detections(dets, gts)[2].tolist() == [False, True, False]


def test_an_object_is_found_in_its_own_image_by_its_own_class() -> None:
    box = [[0, 0, 2, 2]]
    gts = [(box, [0]), ([], [])]
    dets = [([0.9], box, [1]), ([0.8], box, [0])]
    scores, classes, correct = match_detections(dets, gts)
    assert (scores.tolist(), classes.tolist(), correct.tolist()) == ([0.9, 0.8], [1, 0], [False, False])


def test_an_overlap_of_exactly_the_threshold_is_right() -> None:
    dets, gts = [([0.9], [[0, 0, 2, 1]], [0])], [([[0, 0, 1, 1]], [0])]
    assert mean_average_precision(dets, gts, 0.5) == 1.0
    assert mean_average_precision(dets, gts, 0.51) == 0.0


def test_a_class_without_objects_is_left_out() -> None:
    box = [[0, 0, 2, 2]]
    dets = [([0.9, 0.8], box * 2, [0, 7])]
    assert average_precisions(dets, [(box, [0])]) == {0: 1.0}


@given(seeds, st.integers(1, 4))
@settings(max_examples=10, deadline=None)
def test_only_the_order_of_the_scores_matters(seed: int, images: int) -> None:
    dets, gts = draw(seed, images)
    squeezed = [(np.asarray(scores) ** 3 / 7, boxes, classes) for scores, boxes, classes in dets]
    assert mean_average_precision(squeezed, gts) == mean_average_precision(dets, gts)


def test_bad_input_is_refused_by_name() -> None:
    box = [[0, 0, 1, 1]]
    good = ([([0.5], box, [0])], [(box, [0])])
    with pytest.raises(EngineError, match=r"^dets should be one entry for each of the images of gts"):
        mean_average_precision(good[0] * 2, good[1])
    with pytest.raises(EngineError, match=r"^dets should be one entry for each"):
        mean_average_precision([], [])
    with pytest.raises(EngineError, match=r"^dets should be \(scores, boxes, classes\)"):
        mean_average_precision(good[1], good[1])  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"^gts should be \(boxes, classes\)"):
        mean_average_precision(good[0], good[0])  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"^iou_thr should be a number in \(0, 1\]"):
        mean_average_precision(*good, iou_thr=0)
    with pytest.raises(EngineError, match=r"^gts should be images with at least one object"):
        mean_average_precision(good[0], [([], [])])
    with pytest.raises(EngineError, match=r"^scores of dets should be an array of shape \(1,\)"):
        mean_average_precision([([0.5, 0.6], box, [0])], good[1])
    with pytest.raises(EngineError, match=r"^boxes of gts should be"):
        mean_average_precision(good[0], [([[1, 0, 0, 1]], [0])])
    with pytest.raises(EngineError, match=r"^recall should be never falling"):
        interpolated_average_precision([1, 1], [0.5, 0.4])
    with pytest.raises(EngineError, match=r"^points should be a whole number from 2 up"):
        interpolated_average_precision([1], [0.5], points=1)
    with pytest.raises(EngineError, match=r"^n_truth should be at least the number of right detections, 2"):
        precision_recall([0.5, 0.6], [1, 1], 1)
    with pytest.raises(EngineError, match=r"^correct should be an array of shape \(2,\)"):
        precision_recall([0.5, 0.6], [1], 1)
