"""Sound as pictures: which frequencies are in it, frame by frame (course 5, week 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_number


def spectrogram(x: ArrayLike, n_fft: int = 200, hop: int = 80) -> Array:
    """How strong each frequency is in each frame of a sound.

        S[k, t] = | sum_n w_n x[t hop + n] e^(-2 pi i k n / n_fft) |        w: a Hann window

    The window fades each frame in and out; a hard cut would smear every tone over all frequencies. There is no
    padding: samples after the last whole frame are left out.

    - x: (N,), samples; n_fft: the length of a frame; hop: from one frame to the next, in samples
    - returns S: (n_fft // 2 + 1, 1 + (N - n_fft) // hop), magnitudes; row k stands for k / n_fft times the sample rate

    Raises EngineError when a number is below 1, the sound is shorter than a frame, or the shape differs.
    Source: course 5, week 3 (there 441000 samples become 101 x 5511).

    >>> x = np.sin(2 * np.pi * 0.25 * np.arange(64))  # a period of 4 samples
    >>> S = spectrogram(x, n_fft=16, hop=8)
    >>> S.shape, S.argmax(axis=0)  # row 4: 4 periods in a frame of 16
    ((9, 7), array([4, 4, 4, 4, 4, 4, 4]))
    """
    x = as_floats("x", x, ("N",))
    as_count("n_fft", n_fft)
    as_count("hop", hop)
    if len(x) < n_fft:
        raise EngineError("x", f"a sound of at least one frame, {n_fft} samples", f"of {len(x)}")
    frames = np.lib.stride_tricks.sliding_window_view(x, n_fft)[::hop]
    windowed = frames * np.hanning(n_fft).astype(x.dtype)
    S: Array = np.abs(np.fft.rfft(windowed, axis=1)).T
    return S.astype(x.dtype, copy=False)


def hz_to_mel(hz: ArrayLike) -> Array:
    """Frequencies on a scale on which equal steps sound equally far apart.

        mel = 2595 log10(1 + hz / 700)

    - hz: any shape, 0 or above
    - returns mel: the same shape

    Raises EngineError when a frequency is negative. Source: beyond the course; O'Shaughnessy (1987).

    >>> hz_to_mel([0, 1000, 8000]).round()
    array([   0., 1000., 2840.])
    """
    hz = as_floats("hz", hz)
    if np.any(hz < 0):
        raise EngineError("hz", "of frequencies from 0 up", f"an array that holds {hz.min()}")
    mel: Array = 2595 * np.log10(1 + hz / 700)
    return mel


def mel_to_hz(mel: ArrayLike) -> Array:
    """The inverse of `hz_to_mel`.

        hz = 700 (10^(mel / 2595) - 1)

    - mel: any shape; returns hz: the same shape

    Raises EngineError when mel does not hold real numbers. Source: beyond the course; O'Shaughnessy (1987).

    >>> mel_to_hz(hz_to_mel([0, 440])).round(6)
    array([  0., 440.])
    """
    hz: Array = 700 * (10 ** (as_floats("mel", mel) / 2595) - 1)
    return hz


def mel_filterbank(
    n_mels: int, n_fft: int, sample_rate: float, f_min: float = 0.0, f_max: float | None = None
) -> Array:
    """Triangles over the rows of a spectrogram: narrow for low tones, wide for high ones, as the ear hears.

        the corners of filter i: points i, i + 1, i + 2 of n_mels + 2 that are evenly spread in mel
        M[i, k] = max(0, min((f_k - left) / (centre - left), (right - f_k) / (right - centre)))

    - n_mels: how many; n_fft: of the spectrogram; sample_rate: samples a second
    - f_min, f_max: the lowest and the highest frequency; None for half the sample rate
    - returns M: (n_mels, n_fft // 2 + 1), to be multiplied by a spectrogram

    Raises EngineError when a number is out of range or f_min is not below f_max. Source: beyond the course;
    Davis and Mermelstein (1980).

    >>> mel_filterbank(2, 8, sample_rate=8000).round(2)
    array([[0.  , 0.68, 0.  , 0.  , 0.  ],
           [0.  , 0.32, 0.91, 0.45, 0.  ]])
    """
    as_count("n_mels", n_mels)
    as_count("n_fft", n_fft)
    nyquist = as_number("sample_rate", sample_rate, "(0, inf)") / 2
    f_min = as_number("f_min", f_min, f"[0, {nyquist})")
    f_max = nyquist if f_max is None else as_number("f_max", f_max, f"({f_min}, {nyquist}]")
    lowest, highest = hz_to_mel([f_min, f_max])
    corners = mel_to_hz(np.linspace(lowest, highest, n_mels + 2))
    left, centre, right = corners[:-2, np.newaxis], corners[1:-1, np.newaxis], corners[2:, np.newaxis]
    f = np.fft.rfftfreq(n_fft, 1 / (2 * nyquist))
    rising = (f - left) / (centre - left)
    falling = (right - f) / (right - centre)
    M: Array = np.maximum(0, np.minimum(rising, falling))
    return M


def mel_spectrogram(
    x: ArrayLike, sample_rate: float, n_fft: int = 400, hop: int = 160, n_mels: int = 40, floor: float = 1e-6
) -> Array:
    """What speech recognizers are fed with: the logarithm of the power in each band of the ear.

        log(M S^2 + floor)        S: the spectrogram, M: the mel filterbank

    - x: (N,), samples; sample_rate: samples a second; n_fft, hop: as in `spectrogram`; n_mels: the number of bands
    - floor: above 0, what silence counts as
    - returns: (n_mels, 1 + (N - n_fft) // hop)

    Raises EngineError when a number is out of range or the sound is shorter than a frame. Source: beyond the course;
    Davis and Mermelstein (1980).

    >>> mel_spectrogram(np.zeros(1000), 16000, n_mels=3).round(2)
    array([[-13.82, -13.82, -13.82, -13.82],
           [-13.82, -13.82, -13.82, -13.82],
           [-13.82, -13.82, -13.82, -13.82]])
    """
    S = spectrogram(x, n_fft, hop)
    floor = as_number("floor", floor, "(0, inf)")
    M = mel_filterbank(n_mels, n_fft, sample_rate).astype(S.dtype)
    log_power: Array = np.log(M @ (S * S) + floor)
    return log_power
