from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.beyond import vit
from engine.datasets import digits
from engine.errors import EngineError
from engine.optimizers import Adam
from engine.textbook.beyond_vision import patchify_loops

Measure = Callable[..., float]
sizes = st.integers(1, 3)


@given(sizes, sizes, sizes, sizes, sizes)
@settings(max_examples=10, deadline=None)
def test_patches_equal_those_of_the_loop_and_go_back_to_the_image(m: int, P: int, rows: int, cols: int, C: int) -> None:
    img = np.random.default_rng(0).normal(size=(m, P * rows, P * cols, C))
    patches = vit.patchify(img, P)
    np.testing.assert_array_equal(patches, patchify_loops(img, P))
    np.testing.assert_array_equal(vit.unpatchify(patches, P, P * rows, P * cols), img)


@given(st.integers(1, 2), st.integers(1, 2), st.integers(1, 2), st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_a_vision_transformer_has_the_gradients_of_its_loss(
    gradient_error: Measure, m: int, C: int, n_layers: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    start = vit.initialize_vit(4, 6, C, P=2, d=4, n_layers=n_layers, n_classes=3, d_ff=3, rng=rng)
    # Tokens of size 1: the norm of a tiny one is too curved for differences with a step of 1e-5.
    params = {name: value + 0.3 * rng.normal(size=value.shape) for name, value in start.items()}
    params |= {"cls": rng.normal(size=4), "pos": rng.normal(size=(7, 4))}
    X, y = rng.normal(size=(m, 4, 6, C)), rng.integers(3, size=m)
    _, grads = vit.vit_loss_and_grads(X, y, params, 2)

    def J(**values: np.ndarray) -> float:
        return vit.vit_loss_and_grads(X, y, values, 2)[0]

    assert gradient_error(J, params, grads) <= 1e-6


def test_it_starts_without_an_opinion_and_learns_handwritten_digits() -> None:
    X, y, _, _ = digits()
    # Means over squares of 4 x 4 pixels: 7 x 7 pictures, padded to 8 x 8.
    small = np.pad(X[:300].reshape(300, 7, 4, 7, 4, 1).mean(axis=(2, 4)), ((0, 0), (0, 1), (0, 1), (0, 0)))
    params = vit.initialize_vit(8, 8, 1, P=4, d=16, n_layers=1, n_classes=10, d_ff=32, rng=0, dtype=np.float32)
    optimizer, losses = Adam(0.01), []
    for _ in range(60):
        loss, grads = vit.vit_loss_and_grads(small[:200], y[:200], params, n_heads=2)
        optimizer.step(params, grads)
        losses.append(loss)
    assert losses[0] == pytest.approx(np.log(10), rel=1e-6)
    assert losses[-1] < 0.3
    logits, _ = vit.vit_forward(small[200:], params, n_heads=2)
    assert np.mean(logits.argmax(axis=1) == y[200:300]) > 0.6
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}


def test_the_order_of_patches_counts_only_through_the_positions() -> None:
    rng = np.random.default_rng(2)
    params = vit.initialize_vit(4, 4, 1, P=2, d=4, n_layers=1, n_classes=3, rng=rng)
    params["head.W"] = rng.normal(size=(4, 3))
    X = rng.normal(size=(1, 4, 4, 1))
    before = X.copy()
    shuffled = vit.unpatchify(vit.patchify(X, 2)[:, ::-1], 2, 4, 4)
    alike = params | {"pos": np.concatenate([params["pos"][:1], np.zeros((4, 4))])}
    without, _ = vit.vit_forward(X, alike)
    np.testing.assert_allclose(vit.vit_forward(shuffled, alike)[0], without, rtol=1e-10)
    placed = params | {"pos": rng.normal(size=(5, 4))}
    assert np.any(np.abs(vit.vit_forward(shuffled, placed)[0] - vit.vit_forward(X, placed)[0]) > 1e-3)
    np.testing.assert_array_equal(X, before)


def test_what_does_not_fit_is_named() -> None:
    params = vit.initialize_vit(4, 4, 1, P=2, d=4, n_layers=1, n_classes=3, rng=0)
    with pytest.raises(EngineError, match="P should be a divisor of 4 and 6, but it is 4"):
        vit.patchify(np.zeros((1, 4, 6, 1)), 4)
    with pytest.raises(EngineError, match=r"img should be an array of shape \(m, H, W, C\)"):
        vit.patchify(np.zeros((4, 6, 1)), 2)
    with pytest.raises(EngineError, match=r"patches should be an array of shape \(m, 4, P P C\)"):
        vit.unpatchify(np.zeros((1, 3, 4)), 2, 4, 4)
    with pytest.raises(EngineError, match="patches should be vectors of a multiple of 4 entries"):
        vit.unpatchify(np.zeros((1, 4, 3)), 2, 4, 4)
    with pytest.raises(EngineError, match=r"pos should be an array of shape \(7, 4\)"):
        vit.vit_forward(np.zeros((1, 4, 6, 1)), params)
    with pytest.raises(EngineError, match=r"patch\.W should be a matrix of P P C rows with C = 3"):
        vit.vit_forward(np.zeros((1, 4, 4, 3)), params)
    with pytest.raises(EngineError, match="labels should be integers from 0 to 2"):
        vit.vit_loss_and_grads(np.zeros((1, 4, 4, 1)), [3], params)
