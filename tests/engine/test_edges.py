from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.edges import convolve2d, correlate2d, edge_filter, learn_edge
from engine.errors import EngineError
from engine.textbook.edges import correlate2d_loops

sizes = st.integers(1, 6)
seeds = st.integers(0, 1000)


@given(seeds, sizes, sizes, sizes, sizes)
@settings(max_examples=20, deadline=None)
def test_sliding_a_filter_equals_its_loops(seed: int, more_H: int, more_W: int, f_H: int, f_W: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(f_H + more_H - 1, f_W + more_W - 1))
    K = rng.normal(size=(f_H, f_W))
    np.testing.assert_allclose(correlate2d(X, K), correlate2d_loops(X, K), atol=1e-12)
    np.testing.assert_allclose(convolve2d(X, K), correlate2d_loops(X, np.rot90(K, 2)), atol=1e-12)


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_only_the_convolution_of_mathematics_is_associative(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, first, second = rng.normal(size=(9, 9)), rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    # All places where the two filters overlap at all.
    wide = np.pad(first, ((2, 2), (1, 1)))
    for slide, associative in ((convolve2d, True), (correlate2d, False)):
        one_after_the_other, at_once = slide(slide(X, first), second), slide(X, slide(wide, second))
        assert np.allclose(one_after_the_other, at_once) == associative


@pytest.mark.parametrize("name", ["prewitt", "sobel", "scharr"])
def test_an_edge_filter_answers_to_its_own_edges_with_their_sign_and_to_no_flat_area(name: str) -> None:
    light_to_dark = np.repeat([[9.0, 9.0, 0.0]], 3, axis=0)
    vertical, horizontal = edge_filter(name), edge_filter(name, "horizontal")
    assert correlate2d(light_to_dark, vertical) > 0
    assert correlate2d(light_to_dark[:, ::-1], vertical) == -correlate2d(light_to_dark, vertical)
    assert correlate2d(light_to_dark, horizontal) == 0
    assert correlate2d(light_to_dark.T, horizontal) == correlate2d(light_to_dark, vertical)
    assert correlate2d(np.full((3, 3), 9.0), vertical) == 0


def test_one_step_of_learning_is_a_step_against_the_numerical_gradient(gradient_error) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 6, 5)), rng.normal(size=(3, 4, 3))

    def J(K: np.ndarray) -> float:
        errors = [correlate2d(image, K) - wanted for image, wanted in zip(X, Y, strict=True)]
        return float(np.sum(np.square(errors)) / (2 * Y.size))

    K = np.zeros((3, 3))
    assert gradient_error(J, {"K": K}, {"K": -learn_edge(X, Y, lr=1.0, steps=1)}) <= 1e-6


def test_the_filter_behind_edge_maps_is_found_again() -> None:
    X = np.random.default_rng(1).normal(size=(8, 7, 7)).astype(np.float32)
    wanted = edge_filter("scharr", "horizontal").astype(np.float32)
    K = learn_edge(X, [correlate2d(image, wanted) for image in X], lr=0.5, steps=150)
    assert K.dtype == np.float32
    np.testing.assert_allclose(K, wanted, atol=1e-3)


def test_bad_input_is_told() -> None:
    with pytest.raises(EngineError, match="K should be at most as large as the image"):
        correlate2d(np.ones((2, 5)), np.ones((3, 3)))
    with pytest.raises(EngineError, match="X should be an array of shape"):
        correlate2d(np.ones(4), np.ones((1, 1)))
    with pytest.raises(EngineError, match="name should be one of 'prewitt', 'sobel', 'scharr'"):
        edge_filter("canny")
    with pytest.raises(EngineError, match="orientation should be one of"):
        edge_filter("sobel", "diagonal")
    with pytest.raises(EngineError, match="Y should be an array of shape"):
        learn_edge(np.ones((2, 5, 5)), np.ones((2, 5, 5)))
    with pytest.raises(EngineError, match="steps should be a whole number"):
        learn_edge(np.ones((2, 5, 5)), np.ones((2, 3, 3)), steps=0)
    with pytest.raises(EngineError, match="images of at least 3 x 3"):
        learn_edge(np.ones((2, 2, 5)), np.ones((2, 1, 3)))
