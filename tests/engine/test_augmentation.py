from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augmentation import (
    augment,
    augment_with_boxes,
    crop_boxes,
    flip_boxes,
    flip_horizontal,
    random_crop,
    rotate,
    rotate_backward,
)
from engine.color import color_components, color_shift, pca_color
from engine.errors import EngineError
from engine.layers.augmentation import RandomFlip, RandomRotation, Rescaling
from engine.multi_crop import ensemble_average, predict_ten_crops, ten_crop

sizes = st.integers(1, 5)


@given(sizes, sizes, st.lists(st.sampled_from(["flip", "crop", "rotate"]), max_size=4), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_pixels_are_moved_or_lost_and_never_made_up(h: int, w: int, ops: list[str], seed: int) -> None:
    image = np.arange(1, h * w * 2 + 1).reshape(h, w, 2)
    before = image.copy()
    out = augment(image, ops, rng=seed, pad=1)
    assert sorted(out.shape[:2]) == sorted((h, w))
    kept = out[out != 0]
    assert len(set(kept.tolist())) == kept.size
    assert set(kept.tolist()) <= set(image.ravel().tolist())
    # The channels of a pixel stay together.
    np.testing.assert_array_equal(out[..., 1], np.where(out[..., 0] == 0, 0, out[..., 0] + 1))
    out[...] = -1
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(augment(image, ops, rng=seed, pad=1), augment(image, ops, rng=seed, pad=1))


def test_left_and_right_change_places_and_up_stays_up() -> None:
    image = np.array([[[1], [2]], [[3], [4]]])
    np.testing.assert_array_equal(flip_horizontal(image)[..., 0], [[2, 1], [4, 3]])


def test_every_change_happens_about_as_often_as_it_should() -> None:
    image = np.arange(4).reshape(2, 2, 1)
    rng = np.random.default_rng(0)
    flips = [augment(image, ["flip"], rng)[0, 0, 0] == 1 for _ in range(400)]
    assert np.mean(flips) == pytest.approx(0.5, abs=0.1)
    corners = [int(augment(image, ["rotate"], rng)[0, 0, 0]) for _ in range(400)]
    np.testing.assert_allclose(np.bincount(corners) / 400, 0.25, atol=0.1)
    shifts = {random_crop(image + 1, 1, rng).tobytes() for _ in range(400)}
    assert len(shifts) == 9


@given(sizes, st.integers(-4, 4))
def test_a_quarter_turn_is_the_one_of_numpy(n: int, quarters: int) -> None:
    image = np.random.default_rng(n).normal(size=(n, n, 2))
    np.testing.assert_allclose(rotate(image, quarters * np.pi / 2), np.rot90(image, quarters), atol=1e-9)


@given(sizes, sizes, st.floats(-7, 7), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_turn_keeps_between_the_extremes_and_its_gradient_is_its_transpose(
    h: int, w: int, angle: float, seed: int
) -> None:
    image, dout = np.random.default_rng(seed).normal(size=(2, h, w, 2))
    out = rotate(image, angle)
    assert image.min() - 1e-9 <= out.min() <= out.max() <= image.max() + 1e-9
    np.testing.assert_allclose(np.sum(out * dout), np.sum(image * rotate_backward(dout, angle)), atol=1e-9)
    assert rotate(image.astype(np.float32), angle).dtype == np.float32


@given(sizes, sizes, st.integers(-3, 3), st.integers(-3, 3), sizes, sizes, st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_boxes_move_with_the_pixels_they_are_around(
    h: int, w: int, top: int, left: int, height: int, width: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    corners = np.sort(rng.integers(0, [w + 1, h + 1], size=(6, 2, 2)), axis=1).reshape(6, 4)
    boxes = corners[(corners[:, 0] < corners[:, 2]) & (corners[:, 1] < corners[:, 3])]

    def pixels(box: np.ndarray, height: int, width: int) -> np.ndarray:
        y, x = np.mgrid[:height, :width]
        return ((x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3]))[..., np.newaxis]

    wide = np.pad(
        [pixels(box, h, w) for box in boxes] or np.zeros((0, h, w, 1), bool), ((0, 0), (9, 9), (9, 9), (0, 0))
    )
    parts = wide[:, 9 + top : 9 + top + height, 9 + left : 9 + left + width]
    cropped, kept = crop_boxes(boxes, top, left, height, width)
    np.testing.assert_array_equal(kept, np.flatnonzero(parts.any(axis=(1, 2, 3))))
    for box, place in zip(cropped, kept, strict=True):
        np.testing.assert_array_equal(pixels(box, height, width), parts[place])
    for box, flipped in zip(boxes, flip_boxes(boxes, w), strict=True):
        np.testing.assert_array_equal(pixels(flipped, h, w), flip_horizontal(pixels(box, h, w)))


@given(st.lists(st.sampled_from(["flip", "crop", "rotate"]), max_size=5), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_box_stays_around_its_pixels_whatever_is_done_to_the_image(ops: list[str], seed: int) -> None:
    image = np.zeros((5, 7, 2))
    boxes = np.array([[1, 0, 4, 2], [5, 3, 7, 5]])
    for channel, (x1, y1, x2, y2) in enumerate(boxes):
        image[y1:y2, x1:x2, channel] = 1
    changed, moved, kept = augment_with_boxes(image, boxes, ops, rng=seed, pad=2)
    np.testing.assert_array_equal(changed, augment(image, ops, rng=seed, pad=2))
    np.testing.assert_array_equal(kept, np.flatnonzero(changed.any(axis=(0, 1))))
    for (x1, y1, x2, y2), channel in zip(moved, kept, strict=True):
        around = np.zeros(changed.shape[:2])
        around[y1:y2, x1:x2] = 1
        np.testing.assert_array_equal(changed[..., channel], around)


def test_colours_are_cut_off_at_black_and_white_and_keep_their_dtype() -> None:
    img = np.array([[[250, 5, 100]]], np.uint8)
    np.testing.assert_array_equal(color_shift(img, [10.0, -10.0, 0.4]), [[[255, 0, 100]]])
    assert color_shift(img, [1, 1, 1]).dtype == np.uint8
    assert color_shift(np.float32([[[0.5, 0.9, 0.1]]]), [0.2, 0.2, 0.2]).dtype == np.float32


def test_colours_are_shifted_along_the_directions_in_which_they_vary() -> None:
    rng = np.random.default_rng(0)
    images = np.clip(0.5 + 0.1 * rng.normal(size=(4, 5, 6, 1)) * [3.0, 1.0, 0.0] / np.sqrt(10), 0, 1)
    eigvec, eigval = color_components(images)
    np.testing.assert_allclose(np.abs(eigvec[:, 0]), [3 / np.sqrt(10), 1 / np.sqrt(10), 0], atol=1e-9)
    covariance = np.cov(images.reshape(-1, 3).T, bias=True)
    np.testing.assert_allclose(eigvec @ np.diag(eigval) @ eigvec.T, covariance, atol=1e-12)
    # In integers the same picture has the same directions, and is shifted by the same light.
    whole = np.rint(images * 255).astype(np.uint8)
    np.testing.assert_allclose(color_components(whole)[1], eigval, atol=1e-4)
    shifted = pca_color(whole[0], eigvec, eigval, [30.0, 0, 0])
    np.testing.assert_allclose(shifted / 255, pca_color(images[0], eigvec, eigval, [30.0, 0, 0]), atol=0.005)


def test_ten_crops_are_five_places_and_their_mirror_images() -> None:
    img = np.random.default_rng(0).normal(size=(5, 7, 2))
    crops = ten_crop(img, 3)
    np.testing.assert_array_equal(crops[:5], [img[1:4, 2:5], img[:3, :3], img[:3, 4:], img[2:, :3], img[2:, 4:]])
    np.testing.assert_array_equal(crops[5:], [flip_horizontal(crop) for crop in crops[:5]])


def test_an_ensemble_gives_the_mean_of_its_probabilities() -> None:
    rng = np.random.default_rng(0)
    probs = rng.dirichlet([1, 1, 1], size=(4, 2))
    np.testing.assert_allclose(ensemble_average(probs), sum(probs) / 4)
    sure, other = np.array([1.0, 0, 0]), np.array([0, 0.5, 0.5])
    models = [lambda crops: np.tile(sure, (len(crops), 1)), lambda crops: np.tile(other, (len(crops), 1))]
    np.testing.assert_allclose(predict_ten_crops(models, np.ones((3, 3, 1)), 2), [0.5, 0.25, 0.25])


def test_layers_change_images_in_training_alone(layer_gradient_error: Callable[..., float]) -> None:
    x = np.random.default_rng(0).normal(size=(6, 4, 5, 2))
    flip, turn = RandomFlip(rng=0), RandomRotation(0.2, rng=0)
    assert flip(x) is x
    assert turn(x) is x
    out = flip(x, training=True)
    mirrored = [not np.array_equal(after, before) for after, before in zip(out, x, strict=True)]
    assert 0 < sum(mirrored) < 6
    flip.backward(out)
    for layer in (flip, turn):
        # What is done is linear in x, and its gradient is the transpose, by the random numbers of the forward pass.
        out = layer(x, training=True)
        dout = np.random.default_rng(1).normal(size=out.shape)
        assert np.sum(out * dout) == pytest.approx(np.sum(x * layer.backward(dout)))
    assert layer_gradient_error(Rescaling(1 / 127.5, -1), x) <= 1e-6
    assert Rescaling(2.0)(x.astype(np.float32)).dtype == np.float32


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="size should be at most 2, for the image is 2 x 3"):
        ten_crop(np.ones((2, 3, 1)), 3)
    with pytest.raises(EngineError, match="probs should be distributions over the last axis"):
        ensemble_average([[1.0, 2.0]])
    with pytest.raises(EngineError, match="models should be one model or more"):
        predict_ten_crops([], np.ones((2, 2, 1)), 1)
    with pytest.raises(EngineError, match=r"boxes should be an array of shape \(2, 4\)"):
        flip_boxes([[1, 2], [3, 4]], 5)
    with pytest.raises(EngineError, match=r"delta should be an array of shape \(3,\)"):
        color_shift(np.ones((2, 2, 3)), [1, 2])
    with pytest.raises(EngineError, match=r"factor should be a number in \[0, 1\]"):
        RandomRotation(2)
    with pytest.raises(EngineError, match="ops should be one of 'flip', 'crop', 'rotate', but it is 'blur'"):
        augment(np.zeros((2, 2, 1)), ["blur"])
    with pytest.raises(EngineError, match=r"image should be an array of shape \(h, w, c\)"):
        augment(np.zeros((2, 2)), ["flip"])
    with pytest.raises(EngineError, match="pad should be a whole number from 0 up"):
        random_crop(np.zeros((2, 2, 1)), -1)
