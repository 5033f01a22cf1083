"""A detector for a trigger word, and what is done with its answers (course 5, week 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.audio import spectrogram
from engine.basics import sigmoid
from engine.errors import Array, EngineError, as_count, as_floats, as_number
from engine.layers.base import Layer, Sequential
from engine.layers.convolution_1d import Conv1D
from engine.layers.dense import Dense, Dropout, Relu
from engine.layers.normalization import BatchNormalization
from engine.layers.recurrent import GRU


def modelf(
    input_shape: tuple[int, int],
    dropout_rate: float = 0.2,
    n_filters: int = 196,
    f: int = 15,
    stride: int = 4,
    n_gru: int = 128,
    rng: np.random.Generator | int | None = None,
    dtype: type = np.float64,
) -> Sequential:
    """The detector of the course, whose first version is called `model`: a convolution, two GRUs, a sigmoid a step.

        Conv1D -> BatchNorm -> ReLU -> Dropout -> GRU -> Dropout -> BatchNorm -> GRU -> Dropout -> BatchNorm ->
        Dropout -> Dense(1)

    The convolution shortens the sequence, so that the GRUs have fewer steps to go. They read one way only: a
    detector must answer before the rest of the sound is there. The notebook's Dropout(0.8) drops 80 % in Keras;
    what is meant is to keep them.

    - input_shape: (T_x, n_freq), 5511 x 101 in the notebook; dropout_rate: the share that is dropped
    - n_filters, f, stride: of the convolution; n_gru: the size of both GRUs
    - rng: a Generator or a seed; dtype: of the parameters
    - returns model: (m, T_x, n_freq) to logits (m, T_y, 1) with T_y = (T_x - f) // stride + 1; their sigmoids are the
      notebook's outputs

    Raises EngineError when a size is below 1, the filter is longer than the sound, or the rate is outside.
    Source: course 5, week 3.

    >>> from engine.layers.base import count_parameters
    >>> model = modelf((5511, 101), rng=0)
    >>> count_parameters(model)  # 522561 in the notebook, which counts 904 running means and variances too
    521657
    """
    T_x, n_freq = input_shape
    if as_count("f", f) > as_count("T_x", T_x):
        raise EngineError("f", f"at most {T_x}, the steps of the sound", str(f))
    rng = np.random.default_rng(rng)

    def dropout() -> Dropout:
        return Dropout(dropout_rate, rng)

    def gru(n_in: int) -> GRU:
        return GRU(n_in, n_gru, return_sequences=True, reset_after=False, rng=rng, dtype=dtype)

    layers: list[Layer] = [
        Conv1D(n_freq, n_filters, f, stride, rng=rng, dtype=dtype),
        BatchNormalization(n_filters, dtype=dtype),
        Relu(),
        dropout(),
        gru(n_filters),
        dropout(),
        BatchNormalization(n_gru, dtype=dtype),
        gru(n_gru),
        dropout(),
        BatchNormalization(n_gru, dtype=dtype),
        dropout(),
        Dense(n_gru, 1, rng=rng, dtype=dtype),
    ]
    return Sequential(layers)


def detect_triggerword(audio: ArrayLike, model: Layer, n_fft: int = 200, hop: int = 80) -> Array:
    """How probable it is, at each step, that the trigger word has just been said.

    - audio: (N,), samples; model: as `modelf` makes it, trained; n_fft, hop: of the spectrogram it was trained on
    - returns predictions: (1, T_y, 1), probabilities

    Raises EngineError when the sound is shorter than a frame or the model takes other frequencies.
    Source: course 5, week 3.

    >>> model = modelf((23, 101), n_filters=4, n_gru=3, rng=0)
    >>> detect_triggerword(np.zeros(2000), model).shape
    (1, 3, 1)
    """
    x = spectrogram(audio, n_fft, hop)
    return sigmoid(model(x.T[np.newaxis]))


def detection_steps(predictions: ArrayLike, threshold: float = 0.5, gap: int = 75) -> list[int]:
    """The steps at which to answer: above the threshold, and once for each word, which is heard for many steps.

        answer at step i when predictions[i] > threshold and more than `gap` steps have passed since the last answer,
        or since the start

    - predictions: (1, T_y, 1), probabilities; threshold: in [0, 1); gap: steps to be silent, 75 of 1375 in the notebook
    - returns steps: in increasing order

    Raises EngineError when the shape differs or a number is out of range. Source: course 5, week 3.

    >>> p = np.array([0.1, 0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.9]).reshape(1, -1, 1)
    >>> detection_steps(p, threshold=0.5, gap=3)
    [3, 7]
    """
    p = as_floats("predictions", predictions, (1, "T_y", 1))[0, :, 0]
    threshold = as_number("threshold", threshold, "[0, 1)")
    as_count("gap", gap, least=0)
    steps: list[int] = []
    passed = 0
    for i, probability in enumerate(p):
        passed += 1
        if probability > threshold and passed > gap:
            steps.append(i)
            passed = 0
    return steps


def chime_on_activate(
    audio: ArrayLike,
    predictions: ArrayLike,
    threshold: float = 0.5,
    gap: int = 75,
    chime: ArrayLike | None = None,
    sample_rate: int = 44_100,
) -> Array:
    """The sound with a chime laid over it wherever the trigger word was detected.

    - audio: (N,), samples; predictions: (1, T_y, 1) of `detect_triggerword`; threshold, gap: as in `detection_steps`
    - chime: (n,), samples; None for a short tone of 880 hertz; sample_rate: samples a second, for that tone
    - returns: (N,), a new array; a chime at the end is cut off

    Raises EngineError when a shape differs or a number is out of range. Source: course 5, week 3.

    >>> predictions = np.array([0.0, 0.9, 0.0, 0.0]).reshape(1, 4, 1)
    >>> chime_on_activate(np.zeros(8), predictions, gap=0, chime=[1.0, 2.0, 1.0])
    array([0., 0., 1., 2., 1., 0., 0., 0.])
    """
    sound = as_floats("audio", audio, ("N",)).copy()
    steps = detection_steps(predictions, threshold, gap)
    if chime is None:
        time = np.arange(as_count("sample_rate", sample_rate) // 10 + 1) / sample_rate
        chime = 0.3 * np.sin(2 * np.pi * 880 * time) * np.hanning(len(time))
    chime = as_floats("chime", chime, ("n",))
    T_y = np.shape(predictions)[1]
    for step in steps:
        start = step * len(sound) // T_y
        room = sound[start : start + len(chime)]
        room += chime[: len(room)].astype(sound.dtype)
    return sound


def detection_scores(found: Sequence[float], words: Sequence[float], tolerance: float) -> tuple[float, float, float]:
    """How good detections are. Each word can be found once, by an answer that comes soon after it ends.

        precision = right answers / answers        recall = right answers / words        F1 = 2 P R / (P + R)

    An answer at time f is right for a word that ends at w when w <= f <= w + tolerance.

    - found: times of the answers; words: times at which the words end; tolerance: above 0; all in one unit
    - returns precision, recall, F1: each in [0, 1]; a share of nothing is 0, and all are 1 when there is no word and no
      answer

    Raises EngineError when the tolerance is not positive. Source: course 5, week 3 (the scores: course 3, week 1).

    >>> detection_scores(found=[12, 13, 50], words=[10, 30], tolerance=5)
    (0.3333333333333333, 0.5, 0.4)
    """
    tolerance = as_number("tolerance", tolerance, "(0, inf)")
    if not len(found) and not len(words):
        return 1.0, 1.0, 1.0
    right = 0
    answers = sorted(found)
    for word in sorted(words):
        hit = next((time for time in answers if word <= time <= word + tolerance), None)
        if hit is not None:
            answers.remove(hit)
            right += 1
    precision = right / len(found) if len(found) else 0.0
    recall = right / len(words) if len(words) else 0.0
    return precision, recall, 2 * right / (len(found) + len(words))
