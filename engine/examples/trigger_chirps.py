"""A detector waits for one sound in noise, a rising tone, and stays silent at a falling one (course 5, week 3).

    python -m engine.examples.trigger_chirps

Which frequencies a tone has does not tell rising from falling: only their order does, and the GRU remembers it. The
detector hears nothing of what is to come, so it can answer while the sound goes on. `engine.trigger.modelf` is the
course's network, a larger one.
"""

from __future__ import annotations

import numpy as np

from engine.audio import spectrogram
from engine.basics import sigmoid
from engine.datasets.drawn_pictures import chirps
from engine.errors import Array, Parameters
from engine.examples.runner import Goal, Result, Tell, cost_and_gradients, descend, run, silent
from engine.layers.base import Sequential, parameters_of
from engine.layers.convolution_1d import Conv1D
from engine.layers.dense import Dense, Relu
from engine.layers.losses import binary_cross_entropy
from engine.layers.normalization import BatchNormalization
from engine.layers.recurrent import GRU
from engine.optimizers import Adam
from engine.trigger import detection_scores, detection_steps

STEPS = 150
GOAL = Goal("F1 score", 0.9)
BATCH, LENGTH, AFTER = 32, 4000, 500
#: A frame of the spectrogram, and the way to the next, in samples; how many frames a step sees, and moves on.
N_FFT, HOP, FRAMES, STRIDE = 128, 32, 5, 2
N_FREQ = N_FFT // 2 + 1


def detector(rng: np.random.Generator) -> Sequential:
    """Spectrograms (m, T_x, 65) to the scores of the steps, (m, T_y, 1).

    >>> detector(np.random.default_rng(0))(np.zeros((2, 137, 65), np.float32)).shape
    (2, 67, 1)
    """
    f32 = np.float32
    return Sequential(
        [
            Conv1D(N_FREQ, 32, FRAMES, STRIDE, rng=rng, dtype=f32),
            BatchNormalization(32, momentum=0.9, dtype=f32),
            Relu(),
            GRU(32, 32, return_sequences=True, rng=rng, dtype=f32),
            Dense(32, 1, rng=rng, dtype=f32),
        ]
    )


def heard_until(steps: int) -> Array:
    """The last sample that each step of the detector has heard.

    >>> heard_until(3)
    array([256, 320, 384])
    """
    return N_FFT + (FRAMES - 1) * HOP + np.arange(steps) * STRIDE * HOP


def draw(m: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Sounds as the logarithms of their spectrograms; the labels of all steps; where the words end.

    A step is labelled 1 when the rising tone has ended within the last 500 samples. The sounds go on for as long
    with noise: an answer takes a moment.

    >>> X, y, ends = draw(2, np.random.default_rng(0))
    >>> X.shape, y.shape, y.sum(axis=1).ravel(), ends
    ((2, 137, 65), (2, 67, 1), array([8., 7.], dtype=float32), array([2672, 2890]))
    """
    sounds, ends = chirps(m, LENGTH, rng=rng)
    sounds = np.hstack([sounds, 0.2 * rng.normal(size=(m, AFTER))])
    X = np.stack([np.log(0.1 + spectrogram(sound, N_FFT, HOP).T) for sound in sounds]).astype(np.float32)
    since = heard_until((X.shape[1] - FRAMES) // STRIDE + 1) - ends[:, np.newaxis]
    y = (ends[:, np.newaxis] >= 0) & (since > 0) & (since <= AFTER)
    return X, y[:, :, np.newaxis].astype(np.float32), ends


def train(steps: int = STEPS, seed: int = 0, tell: Tell = silent) -> Result:
    """Adam on batches of 32 fresh sounds; the figure is the F1 score of the answers to 200 others.

    >>> train(steps=0).figures["F1 score"] < 0.5
    True
    """
    rng = np.random.default_rng(seed)
    model = detector(rng)

    def batch() -> tuple[float, Parameters]:
        X, y, _ = draw(BATCH, rng)
        return cost_and_gradients(model, binary_cross_entropy, X, y)

    descend(parameters_of(model), batch, Adam(0.01), steps, tell, max_norm=1)

    X, y, ends = draw(200, rng)
    probabilities = sigmoid(model(X))
    until, whole = heard_until(y.shape[1]), LENGTH + AFTER
    # As if the sounds were played one after the other.
    answers = [
        i * whole + float(until[step])
        for i in range(len(X))
        for step in detection_steps(probabilities[i : i + 1], gap=8)
    ]
    words = [i * whole + float(end) for i, end in enumerate(ends) if end >= 0]
    precision, recall, F1 = detection_scores(answers, words, AFTER)
    lines = [f"{len(words)} words in 200 sounds, {len(answers)} answers"]
    return Result({"precision": precision, "recall": recall, "F1 score": F1}, lines)


if __name__ == "__main__":
    raise SystemExit(run(train, STEPS, GOAL))
