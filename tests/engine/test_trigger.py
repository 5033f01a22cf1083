from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio import spectrogram
from engine.basics import sigmoid
from engine.datasets.drawn_pictures import chirps
from engine.errors import EngineError
from engine.layers.base import Layer, Sequential, count_parameters, gradients_of, parameters_of, zero_gradients
from engine.layers.convolution_1d import Conv1D
from engine.layers.losses import binary_cross_entropy
from engine.optimizers import Adam
from engine.trigger import chime_on_activate, detect_triggerword, detection_scores, detection_steps, modelf
from engine.trigger_data import (
    create_training_example,
    draw_free_segment,
    get_random_time_segment,
    insert_audio_clip,
    insert_ones,
    is_overlapping,
)

seeds = st.integers(0, 2**32 - 1)
segments = st.tuples(st.integers(0, 20), st.integers(0, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))


class Small(Layer):
    """A small cost: where a gradient is exactly 0, as that of a bias before a batch norm, rounding stays small, too."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        return 1e-4 * x

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return 1e-4 * dout


# The data


@given(segments, st.lists(segments, max_size=4))
@settings(max_examples=50, deadline=None)
def test_segments_overlap_when_they_share_a_moment(segment: tuple[int, int], others: list[tuple[int, int]]) -> None:
    moments = set(range(segment[0], segment[1] + 1))
    shared = any(moments & set(range(start, end + 1)) for start, end in others)
    assert is_overlapping(segment, others) == shared


def test_a_random_segment_lies_inside_and_reaches_both_ends() -> None:
    rng = np.random.default_rng(0)
    drawn = {get_random_time_segment(8, 10, rng) for _ in range(60)}
    assert drawn == {(0, 7), (1, 8), (2, 9)}


@given(st.lists(segments, max_size=3), seeds)
@settings(max_examples=20, deadline=None)
def test_a_free_segment_is_free_or_none(taken: list[tuple[int, int]], seed: int) -> None:
    segment = draw_free_segment(5, 30, taken, rng=seed)
    assert segment is None or not is_overlapping(segment, taken)
    assert draw_free_segment(5, 30, [(0, 29)], max_tries=3, rng=seed) is None


@given(st.integers(1, 20), st.sampled_from([1000, 2000, 44_100]), seeds)
@settings(max_examples=20, deadline=None)
def test_a_clip_is_added_within_its_segment(length: int, rate: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    background, clip = rng.normal(size=rate // 10), rng.normal(size=length * rate // 1000)
    before = background.copy()
    new, segment = insert_audio_clip(background, clip, [], rate, rng=rng)
    np.testing.assert_array_equal(background, before)
    assert segment is not None
    start = segment[0] * rate // 1000
    np.testing.assert_allclose(new[start : start + len(clip)] - background[start : start + len(clip)], clip)
    changed = np.flatnonzero(new != background)
    assert changed.min() >= start
    assert changed.max() < (segment[1] + 1) * rate / 1000
    same, none = insert_audio_clip(background, clip, [(0, 99)], rate, rng=rng)
    assert none is None
    np.testing.assert_array_equal(same, background)


@pytest.mark.parametrize(
    ("end_ms", "first", "last"), [(0, 1, 50), (5000, 688, 737), (9700, 1334, 1374), (10_000, 0, 0)]
)
def test_fifty_ones_follow_the_end_as_far_as_there_are_labels(end_ms: int, first: int, last: int) -> None:
    y = np.zeros((1, 1375), np.float32)
    labels = insert_ones(y, end_ms)
    assert y.sum() == 0
    assert labels.dtype == np.float32
    where = np.flatnonzero(labels)
    assert (list(where[[0, -1]]) if len(where) else [0, 0]) == [first, last]
    assert len(where) == (last - first + 1 if len(where) else 0)


def test_an_example_has_ones_only_after_trigger_words() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=10_000)
    for seed in range(8):
        x, y = create_training_example(noise, [np.ones(500)], [-np.ones(300)], 100, sample_rate=1000, rng=seed)
        assert (x.shape, y.shape) == ((101, 1 + (10_000 - 200) // 80), (1, 100))
        assert set(np.unique(y)) <= {0, 1}
        # A clip of constant sound shows in the row of frequency 0, and a label follows only what was heard.
        heard = np.flatnonzero(x[0] > 50)
        if y.any():
            assert heard.min() / x.shape[1] < np.flatnonzero(y).min() / 100
    a, b = (create_training_example(noise, [np.ones(500)], [np.ones(3)], 100, 1000, rng=5)[0] for _ in range(2))
    np.testing.assert_array_equal(a, b)


# The model


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), seeds)
@settings(max_examples=5, deadline=None)
def test_the_gradients_of_a_convolution_along_time(
    layer_gradient_error: Callable[..., float], m: int, T: int, f: int, stride: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    layer = Conv1D(2, 3, f, stride, rng=rng)
    assert layer_gradient_error(layer, rng.normal(size=(m, T + f - 1, 2))) <= 1e-6


def test_the_gradients_of_the_whole_detector(layer_gradient_error: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    model = modelf((9, 3), 0.0, n_filters=4, f=3, stride=2, n_gru=3, rng=rng)
    # No ReLU near its kink: what is normalized over 8 places stays within 3.
    parameters_of(model)["1.beta"][...] = [4, -4, 4, -4]
    assert layer_gradient_error(Sequential([model, Small()]), rng.normal(size=(2, 9, 3))) <= 1e-6


def test_the_detector_of_the_course_has_its_size_and_hears_no_future() -> None:
    model = modelf((5511, 101), rng=0, dtype=np.float32)
    assert count_parameters(model) == 521_657
    small = modelf((40, 5), n_filters=4, f=7, stride=3, n_gru=3, rng=0)
    x = np.random.default_rng(0).normal(size=(1, 40, 5))
    out = small(x)
    assert out.shape == (1, (40 - 7) // 3 + 1, 1)
    x[0, 22:] = 9  # step t of the output has seen steps up to 3 t + 6
    np.testing.assert_array_equal(small(x)[0, :6], out[0, :6])
    assert not np.allclose(small(x)[0, 6:], out[0, 6:])


def test_a_detector_learns_a_rising_tone() -> None:
    rng = np.random.default_rng(0)
    length, rate = 2000, 2000

    def examples(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sounds, ends = chirps(m, length, rate, rng)
        X = np.stack([np.log(spectrogram(sound, 64, 32) + 0.1).T for sound in sounds]).astype(np.float32)
        Y = np.zeros((m, 29, 1), np.float32)
        for y, end in zip(Y, ends, strict=True):
            if end >= 0:
                y[:] = insert_ones(y.T, end, length, steps=8).T
        return X, Y, ends

    X, Y, _ = examples(150)
    model = modelf(X.shape[1:], 0.0, n_filters=12, f=5, stride=2, n_gru=12, rng=rng, dtype=np.float32)
    parameters, adam = parameters_of(model), Adam(0.02)
    for _ in range(80):
        batch = rng.integers(0, len(X), size=32)
        zero_gradients(model)
        _, dlogits = binary_cross_entropy(model(X[batch], training=True), Y[batch])
        model.backward(dlogits)
        adam.step(parameters, gradients_of(model))
    X, Y, ends = examples(100)
    found, words = [], []
    for i, p in enumerate(sigmoid(model(X))):
        # A step is over when the next one begins; the sounds are laid out two lengths apart.
        found += [length * (2 * i + (step + 1) / 29) for step in detection_steps(p[None], 0.5, gap=9)]
        words += [length * 2 * i + ends[i]] if ends[i] >= 0 else []
    assert detection_scores(found, words, tolerance=length / 4)[2] >= 0.85


# What is done with its answers


def test_a_word_is_answered_once_and_not_before_the_gap_has_passed() -> None:
    p = np.zeros((1, 40, 1))
    p[0, 2:12] = p[0, 30:33] = 0.9
    assert detection_steps(p, 0.5, gap=5) == [5, 11, 30]
    assert detection_steps(p, 0.5, gap=0) == [*range(2, 12), *range(30, 33)]
    assert detection_steps(p, 0.95, gap=5) == []


def test_a_chime_sounds_where_the_word_was_and_is_cut_at_the_end() -> None:
    p = np.zeros((1, 10, 1))
    p[0, [3, 9]] = 1
    audio = np.ones(1000, np.float32)
    sound = chime_on_activate(audio, p, gap=2, chime=2 * np.ones(150))
    assert sound.dtype == np.float32
    expected = np.ones(1000)
    expected[300:450] += 2
    expected[900:] += 2
    np.testing.assert_array_equal(sound, expected)
    np.testing.assert_array_equal(audio, 1)
    assert np.abs(chime_on_activate(audio, p, gap=2, sample_rate=1000) - 1).max() > 0.1


def test_detections_are_scored_word_by_word() -> None:
    assert detection_scores([], [], 1) == (1, 1, 1)
    assert detection_scores([], [5], 1) == (0, 0, 0)
    assert detection_scores([5], [], 1) == (0, 0, 0)
    assert detection_scores([5, 6, 20], [5, 5.5, 19], 1) == (1, 1, 1)
    assert detection_scores([4], [5], 1)[2] == 0  # before the word has ended


def test_probabilities_come_from_the_spectrogram_of_the_sound() -> None:
    model = modelf((23, 101), n_filters=4, n_gru=3, rng=0)
    audio = np.random.default_rng(0).normal(size=2000)
    predictions = detect_triggerword(audio, model)
    np.testing.assert_allclose(predictions, sigmoid(model(spectrogram(audio).T[None])))


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(EngineError, match="segment_ms should be at most 10"):
        get_random_time_segment(11, 10)
    with pytest.raises(EngineError, match=r"segment_time should be made of pairs \(start, end\)"):
        is_overlapping((5, 4), [])
    with pytest.raises(
        EngineError, match="audio_clip should be at most 10 ms long, as the background, but it is 11 ms"
    ):
        insert_audio_clip(np.zeros(10), np.zeros(11), [], sample_rate=1000)
    with pytest.raises(EngineError, match="segment_end_ms should be a number in"):
        insert_ones(np.zeros((1, 5)), 10_001)
    with pytest.raises(EngineError, match="y should be an array of shape"):
        insert_ones(np.zeros(5), 10)
    with pytest.raises(EngineError, match="negatives should be a list of at least one clip"):
        create_training_example(np.zeros(2000), [np.ones(5)], [], sample_rate=1000)
    with pytest.raises(EngineError, match="f should be at most 5, the steps of the sound"):
        modelf((5, 3), f=6)
    with pytest.raises(EngineError, match="predictions should be an array of shape"):
        detection_steps(np.zeros((1, 5)))
    with pytest.raises(EngineError, match="threshold should be a number in"):
        detection_steps(np.zeros((1, 5, 1)), threshold=1)
    with pytest.raises(EngineError, match="tolerance should be a number in"):
        detection_scores([], [], 0)
