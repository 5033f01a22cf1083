from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.sliding_windows import fc_as_conv, fc_to_conv, sliding_multiplications, sliding_windows
from engine.textbook.sliding_windows import sliding_windows_loops

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 3), st.integers(0, 4), st.integers(0, 5), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_a_dense_layer_on_each_window_is_one_convolution(
    seed: int, f: int, more_H: int, more_W: int, stride: int, c: int
) -> None:
    rng = np.random.default_rng(seed)
    img = rng.normal(size=(f + more_H, f + more_W, c))
    W, b = rng.normal(size=(4, f * f * c)), rng.normal(size=(4, 1))

    def clf(windows: np.ndarray) -> np.ndarray:
        return windows.reshape(len(windows), -1) @ W.T + b[:, 0]

    scores = sliding_windows(img, f, stride, clf)
    assert scores.shape == (more_H // stride + 1, more_W // stride + 1, 4)
    np.testing.assert_allclose(scores, sliding_windows_loops(img, f, stride, clf), atol=1e-12)
    np.testing.assert_allclose(fc_as_conv(img, W, b, f, f, stride), scores, atol=1e-12)
    W4d, b4d = fc_to_conv(W, b[:, 0], f, f, c)
    first = np.sum(img[:f, :f, :, np.newaxis] * W4d, axis=(0, 1, 2)) + b4d[0, 0, 0]
    np.testing.assert_allclose(first, scores[0, 0], atol=1e-12)


def test_windows_may_be_rectangles() -> None:
    img = np.arange(12).reshape(3, 4, 1)
    corners = sliding_windows(img, (2, 3), 1, lambda windows: windows[:, 0, 0, 0])
    np.testing.assert_array_equal(corners, [[0, 1], [4, 5]])
    W = np.arange(6).reshape(1, 6)
    assert fc_as_conv(img, W, [0], 2, 3).shape == (2, 2, 1)


def test_multiplications_are_those_of_the_layers_counted_window_by_window() -> None:
    # 3 x 3 convolution to 2 channels, pooling by 2, dense layer on what a 6 x 6 window leaves: 2 x 2 x 2 numbers.
    layers = [(3, 1, 2), (2, 2, 0), (2, 1, 5)]
    separate, shared = sliding_multiplications(10, 6, 3, layers)
    one = 4 * 4 * 2 * (3 * 3 * 3) + 5 * (2 * 2 * 2)
    assert separate == 9 * one
    assert shared == 8 * 8 * 2 * (3 * 3 * 3) + 9 * 5 * (2 * 2 * 2)
    assert sliding_multiplications(6, 6, 3, layers) == (one, one)


def test_float32_stays_float32() -> None:
    img, W, b = (np.ones(shape, np.float32) for shape in ((3, 3, 2), (1, 8), (1, 1)))
    assert {array.dtype for array in fc_to_conv(W, b, 2, 2, 2)} == {np.dtype(np.float32)}
    assert fc_as_conv(img, W, b, 2, 2).dtype == np.float32


def test_bad_input_is_refused_by_name() -> None:
    img = np.zeros((4, 5, 1))
    with pytest.raises(EngineError, match=r"^win should be at most as large as the image, \(4, 5\)"):
        sliding_windows(img, 5, 1, lambda windows: windows)
    with pytest.raises(EngineError, match=r"^stride should be a whole number"):
        sliding_windows(img, 2, 0, lambda windows: windows)
    with pytest.raises(EngineError, match=r"^the result of clf should be an array of 12 rows"):
        sliding_windows(img, 2, 1, lambda windows: windows[:1])
    with pytest.raises(EngineError, match=r"^W should be an array of shape \(k, 8\)"):
        fc_to_conv(np.zeros((3, 9)), np.zeros(3), 2, 2, 2)
    with pytest.raises(EngineError, match=r"^b should be an array of shape \(3, 1\) or \(3,\)"):
        fc_to_conv(np.zeros((3, 8)), np.zeros(2), 2, 2, 2)
    with pytest.raises(EngineError, match=r"^win should be at most the side of the image, 4"):
        sliding_multiplications(4, 5, 1, [(5, 1, 1)])
    with pytest.raises(EngineError, match=r"^layers should be such that a window of 5 pixels becomes one place"):
        sliding_multiplications(9, 5, 1, [(3, 1, 1)])
    with pytest.raises(EngineError, match=r"^layers should be with filters that fit"):
        sliding_multiplications(9, 5, 1, [(6, 1, 1)])
