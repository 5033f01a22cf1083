from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.boxes import yolo_boxes_to_corners
from engine.errors import EngineError
from engine.optimizers import Adam
from engine.textbook.yolo import encode_yolo_loops, yolo_filter_boxes_loops, yolo_loss_loops
from engine.yolo import decode_yolo, encode_yolo, yolo_eval, yolo_filter_boxes, yolo_head
from engine.yolo_loss import yolo_activation_backward, yolo_activation_forward, yolo_loss

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)


def draw_objects(rng: np.random.Generator, G: int, C: int) -> tuple[np.ndarray, np.ndarray]:
    """At most one box a cell, anywhere in the image."""
    centre = (np.argwhere(rng.random((G, G)) < 0.5)[:, ::-1] + rng.random((1, 2))) / G
    room = np.minimum(centre, 1 - centre)
    boxes = yolo_boxes_to_corners(centre, 2 * room * rng.uniform(0.1, 0.9, size=room.shape))
    return boxes, rng.integers(0, C, size=len(boxes))


# Targets


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=30, deadline=None)
def test_decoding_gives_back_the_boxes_that_were_encoded(seed: int, G: int, A: int, C: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, classes = draw_objects(rng, G, C)
    anchors = rng.uniform(0.2, 3, size=(A, 2))
    T = encode_yolo(boxes, classes, G, anchors, C)
    assert T.shape == (G, G, A, 5 + C)
    np.testing.assert_array_equal(T, encode_yolo_loops(boxes, classes, G, anchors, C))
    scores, found, found_classes = decode_yolo(T, anchors, (1, 1))
    # Both are in the order of the cells.
    np.testing.assert_allclose(found, boxes, atol=1e-12)
    np.testing.assert_array_equal(found_classes, classes)
    np.testing.assert_array_equal(scores, np.ones(len(boxes)))


def test_a_midpoint_on_the_far_border_belongs_to_the_last_cell() -> None:
    # The thinnest box there is in float32: its midpoint rounds to 1.
    edge = np.array([[np.nextafter(np.float32(1), np.float32(0)), 0.5, 1.0, 1.0]], np.float32)
    T = encode_yolo(edge, [0], 4, [[1, 1]], 1)
    assert np.argwhere(T[..., 0] == 1).tolist() == [[3, 3, 0]]
    assert T[3, 3, 0, 1] == 1.0


def test_height_and_width_are_told_in_cells_height_first_and_the_shape_chooses_the_anchor() -> None:
    T = encode_yolo([[0.1, 0.3, 0.9, 0.5]], [0], 5, [[1, 4], [4, 1]], 1)
    row, column, a = np.argwhere(T[..., 0] == 1)[0]
    assert (row, column, a) == (2, 2, 1)
    np.testing.assert_allclose(T[2, 2, 1], [1, 0.5, 0, 1, 4, 1], atol=1e-12)


def test_two_objects_in_one_place_are_an_error_or_the_first_one() -> None:
    boxes, classes = [[0, 0, 0.4, 0.4], [0.1, 0.1, 0.5, 0.5]], [1, 0]
    with pytest.raises(EngineError, match="at most one object at a cell and anchor, but it is 2 objects at 1 places"):
        encode_yolo(boxes, classes, 1, [[1, 1]], 2)
    T = encode_yolo(boxes, classes, 1, [[1, 1]], 2, collision="first")
    np.testing.assert_array_equal(T, encode_yolo(boxes[:1], classes[:1], 1, [[1, 1]], 2))


def test_an_image_without_objects_has_a_target_of_zeros() -> None:
    T = encode_yolo([], [], 3, [[1, 1], [2, 1]], 4)
    np.testing.assert_array_equal(T, np.zeros((3, 3, 2, 9)))
    assert decode_yolo(T, [[1, 1], [2, 1]], (10, 10))[1].shape == (0, 4)


# The head, the filter, the evaluation


def test_the_head_puts_zero_outputs_at_the_middle_of_their_cells_with_the_size_of_the_anchor() -> None:
    anchors = np.array([[1.0, 2.0], [3.0, 0.5]])
    box_xy, box_wh, confidence, probs = yolo_head(np.zeros((2, 3, 4, 2 * 8)), anchors, 3)
    assert box_xy.shape == box_wh.shape == (2, 3, 4, 2, 2)
    assert (confidence.shape, probs.shape) == ((2, 3, 4, 2, 1), (2, 3, 4, 2, 3))
    for row in range(3):
        for column in range(4):
            np.testing.assert_allclose(box_xy[1, row, column], [[(column + 0.5) / 4, (row + 0.5) / 3]] * 2)
            np.testing.assert_allclose(box_wh[0, row, column], anchors / [4, 3])
    np.testing.assert_allclose(confidence, 0.5)
    np.testing.assert_allclose(probs, 1 / 3)


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=20, deadline=None)
def test_head_and_activation_say_the_same_in_two_layouts(seed: int, G: int, A: int, C: int) -> None:
    rng = np.random.default_rng(seed)
    Z, anchors = rng.normal(size=(G, G, A, 5 + C)), rng.uniform(0.5, 2, size=(A, 2))
    # The lecture's [p_c, x, y, h, w, c] in the assignment's order [x, y, w, h, p_c, c].
    feats = Z[..., [1, 2, 4, 3, 0, *range(5, 5 + C)]].reshape(G, G, -1)
    outputs = yolo_head(feats, anchors, C)
    corners = yolo_boxes_to_corners(*outputs[:2])
    scores, boxes, classes = yolo_filter_boxes(corners, *outputs[2:], threshold=0.3)
    expected = decode_yolo(Z, anchors, (1, 1), threshold=0.3, raw=True)
    np.testing.assert_allclose(scores, expected[0])
    np.testing.assert_allclose(boxes, expected[1], atol=1e-12)
    np.testing.assert_array_equal(classes, expected[2])


@given(seeds, sizes, sizes, sizes, sizes, st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_the_filter_keeps_what_the_loop_keeps(seed: int, H: int, W: int, A: int, C: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    arguments = rng.random((H, W, A, 4)), rng.random((H, W, A, 1)), rng.random((H, W, A, C))
    kept, looped = yolo_filter_boxes(*arguments, threshold), yolo_filter_boxes_loops(*arguments, threshold)
    for array, expected in zip(kept, looped, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_the_threshold_is_of_the_score_and_not_of_the_confidence() -> None:
    boxes = np.zeros((1, 1, 1, 4))
    assert yolo_filter_boxes(boxes, np.full((1, 1, 1, 1), 0.9), [[[[0.5, 0.5]]]])[0].size == 0
    assert yolo_filter_boxes(boxes, np.full((1, 1, 1, 1), 0.9), [[[[0.5, 0.5]]]], threshold=0.45)[0].size == 1


def test_evaluation_goes_from_outputs_to_boxes_in_pixels() -> None:
    feats = np.full((1, 2, 2, 2 * 7), -9.0)
    feats[0, 0, 1, :7] = [0, 0, 0, 0, 9, 9, -9]
    feats[0, 0, 1, 7:] = [0, 0, 0, 0, 8, 9, -9]  # the other anchor of the cell sees the same
    outputs = yolo_head(feats, [[1, 1], [1.1, 1.1]], 2)
    scores, boxes, classes = yolo_eval(outputs, image_shape=(100, 200))
    assert (len(scores), classes.tolist()) == (1, [0])
    np.testing.assert_allclose(boxes, [[100, 0, 200, 50]])
    np.testing.assert_allclose(yolo_eval(outputs, (100, 200), order="yxyx")[1], [[0, 100, 50, 200]])
    assert len(yolo_eval(outputs, (100, 200), iou_threshold=0.9)[0]) == 2
    assert len(yolo_eval(outputs, (100, 200), max_boxes=1, iou_threshold=0.9)[0]) == 1
    assert len(yolo_eval([output[0] for output in outputs], (100, 200))[0]) == 1


# Training


@given(seeds, sizes, sizes, st.booleans())
@settings(max_examples=10, deadline=None)
def test_the_loss_has_the_gradient_of_its_value(
    gradient_error: Callable[..., float], seed: int, G: int, A: int, square_root: bool
) -> None:
    rng = np.random.default_rng(seed)
    shape = (2, G, G, A, 7)
    pred, target = rng.uniform(0.2, 2, size=shape), rng.uniform(0.2, 2, size=shape)
    target[..., 0] = rng.integers(0, 2, size=shape[:-1])
    target[0, 0, 0, 0, 0] = 1
    loss, gradient = yolo_loss(pred, target, 3.0, 0.7, square_root=square_root)
    if square_root:
        looped = sum(yolo_loss_loops(p, t, 3.0, 0.7) for p, t in zip(pred, target, strict=True))
        assert loss == pytest.approx(looped, rel=1e-12)

    def J(pred: np.ndarray) -> float:
        return yolo_loss(pred, target, 3.0, 0.7, square_root=square_root)[0]

    assert gradient_error(J, {"pred": pred}, {"pred": gradient}) <= 1e-6


@given(seeds, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_the_activation_has_the_gradient_of_its_output(
    gradient_error: Callable[..., float], seed: int, G: int, A: int, C: int
) -> None:
    rng = np.random.default_rng(seed)
    Z, anchors = rng.normal(size=(G, G, A, 5 + C)), rng.uniform(0.5, 2, size=(A, 2))
    dpred = rng.normal(size=Z.shape)
    _, cache = yolo_activation_forward(Z, anchors)

    def J(Z: np.ndarray) -> float:
        return float(np.sum(yolo_activation_forward(Z, anchors)[0] * dpred))

    assert gradient_error(J, {"Z": Z}, {"Z": yolo_activation_backward(dpred, cache)}) <= 1e-6


def test_where_no_object_is_only_the_confidence_counts() -> None:
    target = np.zeros((2, 2, 1, 6))
    pred = np.full((2, 2, 1, 6), -7.0)
    pred[..., 0] = 0.5
    loss, gradient = yolo_loss(pred, target)
    assert loss == 4 * 0.5 * 0.25
    np.testing.assert_array_equal(gradient[..., 0], np.full((2, 2, 1), 0.5))
    np.testing.assert_array_equal(gradient[..., 1:], 0)


def test_outputs_trained_on_a_target_speak_of_its_boxes() -> None:
    anchors = np.array([[1.0, 1.0], [2.0, 1.0]])
    boxes = np.array([[0.1, 0.2, 0.5, 0.3], [0.6, 0.55, 0.9, 0.95]])
    target = encode_yolo(boxes, [2, 0], 3, anchors, 3)
    Z = np.zeros_like(target)
    adam = Adam(0.1)
    for _ in range(300):
        pred, cache = yolo_activation_forward(Z, anchors)
        _, dpred = yolo_loss(pred, target)
        adam.step({"Z": Z}, {"Z": yolo_activation_backward(dpred, cache)})
    scores, found, classes = decode_yolo(Z, anchors, (1, 1), raw=True)
    np.testing.assert_allclose(found, boxes, atol=0.01)
    assert classes.tolist() == [2, 0]
    assert scores.min() > 0.9


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    rng = np.random.default_rng(0)
    feats = rng.normal(size=(3, 3, 14)).astype(np.float32)
    anchors = np.array([[1.0, 2.0], [2.0, 1.0]])
    outputs = yolo_head(feats, anchors, 2)
    assert {output.dtype for output in outputs} == {np.dtype(np.float32)}
    assert yolo_eval(outputs, score_threshold=0.1)[1].dtype == np.float32
    boxes = np.array([[0.1, 0.1, 0.3, 0.6]], np.float32)
    target = encode_yolo(boxes, [1], 3, anchors, 2)
    pred, cache = yolo_activation_forward(feats.reshape(3, 3, 2, 7), anchors)
    copies = pred.copy(), target.copy()
    _, gradient = yolo_loss(pred, target)
    assert {target.dtype, pred.dtype, gradient.dtype} == {np.dtype(np.float32)}
    assert yolo_activation_backward(gradient, cache).dtype == np.float32
    assert decode_yolo(target, anchors, (9, 9))[1].dtype == np.float32
    np.testing.assert_array_equal(pred, copies[0])
    np.testing.assert_array_equal(target, copies[1])


def test_bad_input_is_refused_by_name() -> None:
    one, box = [[1, 1]], [[0, 0, 0.5, 0.5]]
    with pytest.raises(EngineError, match=r"^boxes should be within the image"):
        encode_yolo([[0, 0, 1.5, 1]], [0], 2, one, 1)
    with pytest.raises(EngineError, match=r"^classes should be integers from 0 to 1"):
        encode_yolo(box, [2], 2, one, 2)
    with pytest.raises(EngineError, match=r"^anchors should be an array of shape"):
        encode_yolo(box, [0], 2, [1, 1], 1)
    with pytest.raises(EngineError, match=r"^G should be a whole number"):
        encode_yolo(box, [0], 0, one, 1)
    with pytest.raises(EngineError, match=r"^collision should be one of"):
        encode_yolo(box, [0], 2, one, 1, collision="last")
    with pytest.raises(EngineError, match=r"^T should be an array of shape \(G, G, 1, 5 \+ C\)"):
        decode_yolo(np.zeros((2, 3, 1, 6)), one, (1, 1))
    with pytest.raises(EngineError, match=r"^feats should be an array of shape \(..., G_H, G_W, 7\)"):
        yolo_head(np.zeros((2, 2, 8)), one, 2)
    with pytest.raises(EngineError, match=r"^box_confidence should be"):
        yolo_filter_boxes(np.zeros((2, 2, 1, 4)), np.zeros((2, 2, 1)), np.zeros((2, 2, 1, 3)))
    with pytest.raises(EngineError, match=r"^yolo_outputs should be four arrays"):
        yolo_eval([np.zeros(1)])
    outputs = yolo_head(np.zeros((2, 2, 2, 7)), one, 2)
    with pytest.raises(EngineError, match=r"^yolo_outputs should be of one image"):
        yolo_eval(outputs)
    with pytest.raises(EngineError, match=r"^Z should be an array of shape"):
        yolo_activation_forward(np.zeros((2, 7)), one)
    target = encode_yolo(box, [0], 1, one, 1)
    with pytest.raises(EngineError, match=r"^target should be an array of shape"):
        yolo_loss(target, target[0])
    with pytest.raises(EngineError, match=r"^target should be such that p_c is 0 or 1"):
        yolo_loss(target, target * 0.5)
    with pytest.raises(EngineError, match=r"^pred and target should be with positive b_h and b_w"):
        yolo_loss(-target, target)
    with pytest.raises(EngineError, match=r"^lambda_coord should be a number in \[0, inf\)"):
        yolo_loss(target, target, -1)
