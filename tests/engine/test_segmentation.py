from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.segmentation import create_mask, dice, mean_iou, preprocess, resize_nearest, segmentation_loss
from engine.textbook.segmentation import mean_iou_loops, segmentation_loss_loops

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 4)


@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_the_loss_has_the_gradient_of_its_value_and_equals_the_loop(
    gradient_error: Callable[..., float], seed: int, m: int, h: int, w: int, C: int
) -> None:
    rng = np.random.default_rng(seed)
    logits, mask = rng.normal(size=(m, h, w, C)), rng.integers(0, C, size=(m, h, w))
    cost, gradient = segmentation_loss(logits, mask)
    error = gradient_error(lambda z: segmentation_loss(z, mask)[0], {"z": logits}, {"z": gradient})
    assert error <= 1e-6
    looped_cost, looped_gradient = segmentation_loss_loops(logits, mask)
    assert cost == pytest.approx(looped_cost, rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(gradient, looped_gradient, atol=1e-15)
    np.testing.assert_allclose(gradient.sum(axis=-1), 0, atol=1e-15)


def test_large_scores_neither_overflow_nor_lose_the_loss() -> None:
    cost, gradient = segmentation_loss([[[[1000, 0]]]], [[[1]]])
    assert cost == 1000.0
    np.testing.assert_array_equal(gradient, [[[[1, -1]]]])


@given(seeds, sizes, sizes, sizes, st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_the_mean_overlap_equals_the_loop(seed: int, m: int, h: int, w: int, C: int) -> None:
    rng = np.random.default_rng(seed)
    pred, mask = rng.integers(0, C, size=(2, m, h, w))
    assert mean_iou(pred, mask, C) == pytest.approx(mean_iou_loops(pred, mask, C), rel=1e-12)
    assert mean_iou(mask, mask, C) == dice(mask, mask, C) == 1.0
    # For one region Dice is 2 IoU / (1 + IoU).
    one, other = pred == 0, mask == 0
    if np.any(one | other):
        iou = np.sum(one & other) / np.sum(one | other)
        assert dice(one.astype(int), other.astype(int)) == pytest.approx(2 * iou / (1 + iou))


def test_a_class_in_neither_mask_is_left_out_and_one_in_only_one_counts_0() -> None:
    assert mean_iou([0, 0], [0, 0], C=5) == 1.0
    assert mean_iou([0, 0, 1, 0], [0, 0, 0, 0], C=2) == (3 / 4 + 0) / 2
    assert dice([0, 0, 1, 0], [0, 0, 0, 0], C=3) == pytest.approx((6 / 7 + 0) / 2)


def test_two_empty_regions_agree() -> None:
    assert dice([0, 0], [0, 0]) == 1.0
    assert dice([0, 1], [0, 0]) == 0.0


def test_a_mask_holds_the_most_likely_class_of_each_pixel() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    mask = create_mask(logits)
    assert mask.shape == (2, 3, 4, 1)
    assert segmentation_loss(100 * logits, mask[..., 0])[0] < segmentation_loss(100 * logits, 4 - mask[..., 0])[0]
    np.testing.assert_array_equal(mask[..., 0], logits.argmax(axis=-1))


# Resizing


def test_the_same_size_changes_nothing_and_twice_the_size_repeats_each_pixel() -> None:
    image = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(resize_nearest(image, (2, 3)), image)
    np.testing.assert_array_equal(resize_nearest(image, (4, 9)), image.repeat(2, axis=0).repeat(3, axis=1))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=20, deadline=None)
def test_resizing_invents_no_value_and_is_symmetric(H: int, W: int, h: int, w: int) -> None:
    mask = np.random.default_rng(H).integers(0, 4, size=(H, W, 1)).astype(np.uint8)
    out = resize_nearest(mask, (h, w))
    assert (out.shape, out.dtype) == ((h, w, 1), np.uint8)
    assert set(out.ravel()) <= set(mask.ravel())
    # Unless a new pixel's middle lies on the border of two old ones, of which one has to be taken.
    if all((2 * i + 1) * H % (2 * h) for i in range(h)):
        taken = resize_nearest(np.arange(H).reshape(H, 1, 1), (h, 1))
        np.testing.assert_array_equal(H - 1 - taken, taken[::-1])
        np.testing.assert_array_equal(resize_nearest(np.arange(H).reshape(1, H, 1), (1, h)).ravel(), taken.ravel())


def test_image_and_mask_are_resized_alike() -> None:
    mask = np.random.default_rng(0).integers(0, 23, size=(50, 70, 1))
    image, small = preprocess(mask.repeat(3, axis=2) / 255, mask)
    assert (image.shape, small.shape) == ((96, 128, 3), (96, 128, 1))
    np.testing.assert_allclose(image[..., :1] * 255, small)


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    logits = np.random.default_rng(0).normal(size=(1, 2, 2, 3)).astype(np.float32)
    before = logits.copy()
    cost, gradient = segmentation_loss(logits, np.zeros((1, 2, 2), int))
    assert (type(cost), gradient.dtype) == (float, np.float32)
    assert resize_nearest(logits, (3, 3)).dtype == np.float32
    np.testing.assert_array_equal(logits, before)


def test_bad_input_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match=r"^mask should be an array of shape \(1, 2, 2\)"):
        segmentation_loss(np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2, 1), int))
    with pytest.raises(EngineError, match=r"^mask should be integers from 0 to 2"):
        segmentation_loss(np.zeros((1, 2, 2, 3)), np.full((1, 2, 2), 3))
    with pytest.raises(EngineError, match=r"^pred should be an array of shape"):
        mean_iou([0, 1], [0, 1, 1], 2)
    with pytest.raises(EngineError, match=r"^pred should be integers from 0 to 1"):
        dice([0, 2], [0, 1])
    with pytest.raises(EngineError, match=r"^mask should be an array of at least one pixel"):
        mean_iou(np.zeros(0, int), np.zeros(0, int), 2)
    with pytest.raises(EngineError, match=r"^pred_mask should be an array of shape \(..., C\)"):
        create_mask(3.0)
    with pytest.raises(EngineError, match=r"^image should be an array of shape \(..., H, W, C\)"):
        resize_nearest(np.zeros((2, 2)), (2, 2))
    with pytest.raises(EngineError, match=r"^size should be a whole number"):
        resize_nearest(np.zeros((2, 2, 1)), (0, 2))
    with pytest.raises(EngineError, match=r"^mask should be an array of shape \(4, 4, 1\)"):
        preprocess(np.zeros((4, 4, 3)), np.zeros((4, 5, 1)))
