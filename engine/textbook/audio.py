"""The spectrogram by the definition of the discrete Fourier transform (course 5, week 3)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, as_floats


def spectrogram_loops(x: ArrayLike, n_fft: int, hop: int) -> Array:
    """Frame by frame and frequency by frequency, how much of its wave is in the sound.

        w_n = (1 - cos(2 pi n / (n_fft - 1))) / 2
        c = sum_n w_n x[t hop + n] cos(2 pi k n / n_fft)        s = the same with sin        S[k, t] = sqrt(c^2 + s^2)

    - x: (N,), samples; n_fft: the length of a frame, at least 2; hop: from one frame to the next, in samples
    - returns S: (n_fft // 2 + 1, 1 + (N - n_fft) // hop)

    Raises EngineError when the shape differs. Source: course 5, week 3.

    >>> spectrogram_loops([0, 1, 0, -1, 0, 1], n_fft=4, hop=2).round(3)
    array([[0.75, 0.75],
           [0.75, 0.75],
           [0.75, 0.75]])
    """
    x = as_floats("x", x, ("N",))
    n_frames = 1 + (len(x) - n_fft) // hop
    n_frequencies = n_fft // 2 + 1
    S = np.zeros((n_frequencies, n_frames))
    for t in range(n_frames):
        for k in range(n_frequencies):
            c = 0.0
            s = 0.0
            for n in range(n_fft):
                w = (1 - math.cos(2 * math.pi * n / (n_fft - 1))) / 2
                angle = 2 * math.pi * k * n / n_fft
                c += w * x[t * hop + n] * math.cos(angle)
                s += w * x[t * hop + n] * math.sin(angle)
            S[k, t] = math.sqrt(c * c + s * s)
    return S
