from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.datasets.drawn_dates import dates
from engine.datasets.drawn_pictures import chirps, scenes
from engine.datasets.drawn_points import copies, petals, sines, spirals
from engine.errors import EngineError

seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    "draw", [lambda rng: petals(20, rng=rng), lambda rng: spirals(20, rng=rng), lambda rng: sines(3, 9, rng)]
)
def test_a_seed_gives_the_same_data_and_another_seed_others(draw) -> None:  # type: ignore[no-untyped-def]
    (first, _), (again, _), (other, _) = draw(7), draw(np.random.default_rng(7)), draw(8)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_neighbouring_petals_have_different_colours() -> None:
    X, Y = petals(4000, count=6, noise=0, rng=0)
    petal = np.floor(np.arctan2(X[1], X[0]) % (2 * np.pi) * 6 / (2 * np.pi)).astype(int)
    np.testing.assert_array_equal(petal % 2, Y[0])
    with pytest.raises(EngineError, match="count should be an even number"):
        petals(10, count=3)


def test_a_line_tells_neither_petals_nor_spirals_apart() -> None:
    for X, y in (petals(2000, rng=0), spirals(2000, rng=0)):
        w = np.linalg.lstsq(np.vstack([X, np.ones(X.shape[1])]).T, 2 * np.ravel(y) - 1, rcond=None)[0]
        assert np.mean((w[:2] @ X + w[2] > 0) == np.ravel(y)) < 0.7


@given(st.integers(1, 50), seeds)
@settings(max_examples=20, deadline=None)
def test_a_written_date_is_the_day_that_the_machine_reads(m: int, seed: int) -> None:
    for human, machine in dates(m, rng=seed):
        day = datetime.date.fromisoformat(machine)
        assert 1950 <= day.year <= 2049
        assert str(day.year) in human
        assert len(human) <= 30
        assert human == human.lower()
        for number in (day.day,) if human.count("/") + human.count(".") < 2 else (day.day, day.month):
            assert str(number) in human


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_the_mask_of_a_scene_lies_in_its_boxes_and_tells_the_last_class(seed: int) -> None:
    for scene in scenes(3, side=24, most=3, rng=seed):
        assert 1 <= len(scene.classes) == len(scene.boxes) <= 3
        inside = np.zeros_like(scene.mask, dtype=bool)
        for x1, y1, x2, y2 in scene.boxes.astype(int):
            inside[y1:y2, x1:x2] = True
            assert 0 <= x1 < x2 <= 24
            assert 0 <= y1 < y2 <= 24
        assert not np.any(scene.mask[~inside])
        x1, y1, x2, y2 = scene.boxes[-1].astype(int)
        assert scene.mask[(y1 + y2) // 2, (x1 + x2) // 2] == scene.classes[-1] + 1
        # Shapes are brighter than what is behind them.
        assert scene.image[scene.mask > 0].min() > scene.image[scene.mask == 0].max()


def test_a_rising_tone_ends_where_it_is_said_to_end() -> None:
    sounds, ends = chirps(60, rng=0)
    assert 0 < np.mean(ends >= 0) < 1
    tone = 400
    for sound, end in zip(sounds, ends, strict=True):
        if end >= 0:
            # The pitch rises: the second half crosses zero more often than the first.
            crossings = np.diff(np.sign(np.convolve(sound[end - tone : end], np.ones(2) / 2, "same"))) != 0
            assert crossings[200:330].sum() > crossings[70:200].sum()


def test_a_wave_is_followed_by_its_next_value_and_a_copy_by_its_end() -> None:
    x, y = sines(4, 10, rng=1)
    np.testing.assert_array_equal(x[..., 1:], y[..., :-1])
    assert not np.shares_memory(x, y)
    source, target_in, target_out = copies(5, 4, 9, rng=1)
    np.testing.assert_array_equal(target_in[:, 1:], source)
    np.testing.assert_array_equal(target_out[:, :-1], source)
    assert source.min() >= 3
    with pytest.raises(EngineError, match="V should be a whole number from 4 up"):
        copies(1, 1, 3)
