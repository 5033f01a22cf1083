from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augmentation import augment, flip_horizontal, random_crop
from engine.errors import EngineError

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


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match="ops should be one of 'flip', 'crop', 'rotate', but it is 'blur'"):
        augment(np.zeros((2, 2, 1)), ["blur"])
    with pytest.raises(EngineError, match=r"image should be an array of shape \(h, w, c\)"):
        augment(np.zeros((2, 2)), ["flip"])
    with pytest.raises(EngineError, match="pad should be a whole number from 0 up"):
        random_crop(np.zeros((2, 2, 1)), -1)
