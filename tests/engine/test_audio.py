from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio import hz_to_mel, mel_filterbank, mel_spectrogram, mel_to_hz, spectrogram
from engine.errors import EngineError
from engine.textbook.audio import spectrogram_loops


@given(st.integers(2, 9), st.integers(1, 5), st.integers(0, 12), st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_a_spectrogram_equals_the_definition(n_fft: int, hop: int, more: int, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=n_fft + more)
    S = spectrogram(x, n_fft, hop)
    assert S.shape == (n_fft // 2 + 1, 1 + (len(x) - n_fft) // hop)
    np.testing.assert_allclose(S, spectrogram_loops(x, n_fft, hop), atol=1e-12)


def test_ten_seconds_become_the_size_of_the_course() -> None:
    x = np.zeros(441_000, np.float32)
    S = spectrogram(x)
    assert (S.shape, S.dtype) == ((101, 5511), np.float32)


def test_a_tone_between_two_rows_shows_in_few_of_them() -> None:
    x = np.sin(2 * np.pi * 0.13 * np.arange(256))
    S = spectrogram(x, 64, 64)
    near = np.abs(np.arange(33) / 64 - 0.13) < 3 / 64
    assert np.all(S[~near] < 0.01 * S[near].max())


def test_mel_filters_are_triangles_that_share_their_feet() -> None:
    M = mel_filterbank(10, 512, 16000)
    assert M.shape == (10, 257)
    assert M.min() == 0
    assert M.max() <= 1
    assert np.all(np.diff(M.argmax(axis=1)) > 0)
    # From the top of the first filter to that of the last one, every frequency is shared out whole.
    inside = slice(M[0].argmax() + 1, M[-1].argmax())
    np.testing.assert_allclose(M[:, inside].sum(axis=0), 1)
    assert np.all(mel_filterbank(4, 64, 8000, f_min=1000, f_max=2000)[:, [0, 7, 17, 32]] == 0)


@given(st.floats(0, 20000))
@settings(max_examples=20, deadline=None)
def test_the_mel_scale_has_an_inverse(hz: float) -> None:
    assert float(mel_to_hz(hz_to_mel(hz))) == pytest.approx(hz, abs=1e-9)


def test_a_mel_spectrogram_is_the_logarithm_of_power_in_bands() -> None:
    x = np.random.default_rng(0).normal(size=2000).astype(np.float32)
    L = mel_spectrogram(x, 16000, n_mels=5)
    assert L.dtype == np.float32
    expected = np.log(mel_filterbank(5, 400, 16000) @ spectrogram(x, 400, 160) ** 2 + 1e-6)
    np.testing.assert_allclose(L, expected, rtol=1e-4)


def test_what_cannot_be_heard_is_told() -> None:
    with pytest.raises(EngineError, match="x should be a sound of at least one frame, 200 samples, but it is of 100"):
        spectrogram(np.zeros(100))
    with pytest.raises(EngineError, match="hop should be a whole number from 1 up"):
        spectrogram(np.zeros(300), hop=0)
    with pytest.raises(EngineError, match="f_max should be a number in"):
        mel_filterbank(4, 64, 8000, f_max=5000)
    with pytest.raises(EngineError, match="hz should be of frequencies from 0 up"):
        hz_to_mel([-1.0])
