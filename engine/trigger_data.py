"""Sounds to learn a trigger word from, made by laying short clips over background noise (course 5, week 3).

Times are milliseconds in a stretch of `total_ms`; a segment (start, end) includes both of its ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.audio import spectrogram
from engine.errors import Array, EngineError, as_count, as_floats, as_number

Segment = tuple[int, int]
Rng = np.random.Generator | int | None


def get_random_time_segment(segment_ms: int, total_ms: int = 10_000, rng: Rng = None) -> Segment:
    """A stretch of the given length somewhere in the sound.

    - segment_ms: its length; total_ms: that of the whole; rng: a Generator or a seed
    - returns (start, end) with end = start + segment_ms - 1

    Raises EngineError when the segment is empty or longer than the whole. Source: course 5, week 3.

    >>> start, end = get_random_time_segment(1000, rng=0)
    >>> end - start, 0 <= start, end < 10_000
    (999, True, True)
    """
    total = as_count("total_ms", total_ms)
    if as_count("segment_ms", segment_ms) > total:
        raise EngineError("segment_ms", f"at most {total}, the length of the whole", str(segment_ms))
    start = int(np.random.default_rng(rng).integers(0, total - segment_ms + 1))
    return start, start + segment_ms - 1


def is_overlapping(segment_time: Segment, previous_segments: Sequence[Segment]) -> bool:
    """Whether a segment shares a moment with one of the others; as both ends belong to it, touching counts.

        start <= other end and other start <= end

    - segment_time: (start, end); previous_segments: those that are taken
    - returns: a bool

    Raises EngineError when a segment ends before it starts. Source: course 5, week 3.

    >>> taken = [(100, 199), (400, 499)]
    >>> is_overlapping((200, 399), taken), is_overlapping((200, 400), taken)
    (False, True)
    """
    start, end = _segment("segment_time", segment_time)
    others = [_segment("previous_segments", other) for other in previous_segments]
    return any(start <= other_end and other_start <= end for other_start, other_end in others)


def draw_free_segment(
    length_ms: int, total_ms: int, previous: Sequence[Segment], max_tries: int = 5, rng: Rng = None
) -> Segment | None:
    """A random segment that overlaps none of the others, or None when several tries have found no room.

    - length_ms: its length; total_ms: that of the whole; previous: segments that are taken
    - max_tries: how often to draw; rng: a Generator or a seed
    - returns (start, end) or None

    Raises EngineError when a number is out of range. Source: course 5, week 3.

    >>> draw_free_segment(10, 100, [(0, 99)], rng=0) is None
    True
    """
    rng = np.random.default_rng(rng)
    for _ in range(as_count("max_tries", max_tries)):
        segment = get_random_time_segment(length_ms, total_ms, rng)
        if not is_overlapping(segment, previous):
            return segment
    return None


def insert_audio_clip(
    background: ArrayLike,
    audio_clip: ArrayLike,
    previous_segments: Sequence[Segment],
    sample_rate: int = 44_100,
    max_tries: int = 5,
    rng: Rng = None,
) -> tuple[Array, Segment | None]:
    """Lay a clip over the background where none lies yet: the samples are added.

    - background: (N,), samples; audio_clip: (n,), samples
    - previous_segments: those that are taken; the caller adds the new one to its list
    - sample_rate: samples a second; max_tries: as in `draw_free_segment`; rng: a Generator or a seed
    - returns new_background: (N,), a new array; segment_time: (start, end), or None when there was no room and the
      background is returned as it was

    Raises EngineError when a shape differs or the clip is longer than the background. Source: course 5, week 3.

    >>> sound, segment = insert_audio_clip(np.zeros(1000), np.ones(300), [], sample_rate=1000, rng=0)
    >>> segment, np.flatnonzero(sound)[[0, -1]], sound.sum()
    ((596, 895), array([596, 895]), np.float64(300.0))
    """
    background = as_floats("background", background, ("N",))
    audio_clip = as_floats("audio_clip", audio_clip, ("n",))
    rate = as_count("sample_rate", sample_rate)
    total_ms = len(background) * 1000 // rate
    # Rounded up, so that a clip never reaches into the segment after its own.
    clip_ms = -(-len(audio_clip) * 1000 // rate)
    if clip_ms > total_ms:
        raise EngineError("audio_clip", f"at most {total_ms} ms long, as the background", f"{clip_ms} ms")
    new_background = background.copy()
    segment = draw_free_segment(clip_ms, total_ms, previous_segments, max_tries, rng)
    if segment is not None:
        start = segment[0] * rate // 1000
        new_background[start : start + len(audio_clip)] += audio_clip
    return new_background, segment


def insert_ones(y: ArrayLike, segment_end_ms: float, total_ms: float = 10_000, steps: int = 50) -> Array:
    """Label the steps right after the trigger word with 1: one alone would be too rare to be learned.

        end = floor(segment_end_ms Ty / total_ms)        y[0, end + 1], ..., y[0, end + 50] = 1, as far as y reaches

    - y: (1, Ty); segment_end_ms: where the word ends; total_ms: the length of the sound; steps: how many ones
    - returns y: (1, Ty), a new array

    Raises EngineError when the shape differs or the end lies outside the sound. Source: course 5, week 3.

    >>> insert_ones(np.zeros((1, 10)), segment_end_ms=450, total_ms=1000, steps=3)
    array([[0., 0., 0., 0., 0., 1., 1., 1., 0., 0.]])
    """
    labels = as_floats("y", y, (1, "Ty")).copy()
    total_ms = as_number("total_ms", total_ms, "(0, inf)")
    segment_end_ms = as_number("segment_end_ms", segment_end_ms, f"[0, {total_ms}]")
    end = int(segment_end_ms * labels.shape[1] / total_ms)
    labels[0, end + 1 : end + 1 + as_count("steps", steps)] = 1
    return labels


def create_training_example(
    background: ArrayLike,
    activates: Sequence[ArrayLike],
    negatives: Sequence[ArrayLike],
    Ty: int = 1375,
    sample_rate: int = 44_100,
    n_fft: int = 200,
    hop: int = 80,
    rng: Rng = None,
) -> tuple[Array, Array]:
    """One sound with its labels: up to four trigger words and up to two other words over quiet noise.

    - background: (N,), samples, which are made ten times quieter (20 decibels)
    - activates: clips of the trigger word, (n,) each; negatives: clips of other words
    - Ty: the number of labels; sample_rate, n_fft, hop: of the sounds and of the spectrogram
    - rng: a Generator or a seed
    - returns x: (n_fft // 2 + 1, T_x), a spectrogram; y: (1, Ty) of 0. and 1.

    Raises EngineError when there is no clip of one kind, a number is out of range or a clip is too long.
    Source: course 5, week 3.

    >>> noise = np.random.default_rng(0).normal(size=2000)
    >>> x, y = create_training_example(noise, [np.ones(100)], [np.ones(50)], Ty=30, sample_rate=1000, rng=1)
    >>> x.shape, y.shape, y.sum() > 0
    ((101, 23), (1, 30), np.True_)
    """
    sound = as_floats("background", background, ("N",)) / 10
    y = np.zeros((1, as_count("Ty", Ty)), sound.dtype)
    total_ms = len(sound) * 1000 / as_count("sample_rate", sample_rate)
    rng = np.random.default_rng(rng)
    taken: list[Segment] = []
    for name, clips, most in (("activates", activates, 4), ("negatives", negatives, 2)):
        if not len(clips):
            raise EngineError(name, "a list of at least one clip", "empty")
        for _ in range(int(rng.integers(0, most + 1))):
            clip = as_floats(name, clips[int(rng.integers(len(clips)))], ("n",))
            sound, segment = insert_audio_clip(sound, clip, taken, sample_rate, rng=rng)
            if segment is None:
                continue
            taken.append(segment)
            if name == "activates":
                y = insert_ones(y, segment[1], total_ms)
    return spectrogram(sound, n_fft, hop), y


def _segment(argument: str, segment: Segment) -> Segment:
    start, end = segment
    if end < start:
        raise EngineError(argument, "made of pairs (start, end) with start <= end", str((start, end)))
    return start, end
