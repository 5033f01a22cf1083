from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.ctc import ctc_collapse, ctc_greedy_decode, ctc_loss, ctc_losses
from engine.errors import EngineError
from engine.textbook.ctc import ctc_collapse_loops, ctc_loss_loops

seeds = st.integers(0, 2**32 - 1)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def text(rng: np.random.Generator, V: int, blank: int, L: int) -> np.ndarray:
    return rng.choice([symbol for symbol in range(V) if symbol != blank], size=L)


# Collapsing


@given(st.lists(st.integers(0, 2), max_size=12), st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_collapsing_is_merging_then_dropping(path: list[int], blank: int) -> None:
    assert ctc_collapse(path, blank) == ctc_collapse_loops(path, blank)


def test_a_double_letter_needs_a_blank_between() -> None:
    assert ctc_collapse([1, 1, 0, 1, 2, 2]) == [1, 1, 2]
    assert ctc_collapse([1, 1, 1, 2, 2]) == [1, 2]
    assert ctc_collapse([3, 1, 3, 3], blank=3) == [1]
    assert ctc_collapse([]) == []


def test_the_greedy_text_is_that_of_the_likeliest_path() -> None:
    log_probs = log_softmax(np.random.default_rng(0).normal(size=(9, 4)))
    assert ctc_greedy_decode(log_probs, blank=2) == ctc_collapse(log_probs.argmax(axis=1), blank=2)


# The loss


@given(st.integers(1, 5), st.integers(0, 3), st.integers(0, 2), seeds)
@settings(max_examples=25, deadline=None)
def test_the_loss_sums_over_all_paths_and_the_gradient_is_their_share(T: int, L: int, blank: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    log_probs = log_softmax(2 * rng.normal(size=(T, 3)))
    target = text(rng, 3, blank, L)
    paths = [path for path in product(range(3), repeat=T) if ctc_collapse(path, blank) == list(target)]
    weights = np.exp([sum(log_probs[t, symbol] for t, symbol in enumerate(path)) for path in paths])
    loss, dlogits = ctc_loss(log_probs, target, blank)
    if not paths:
        assert loss == np.inf
        np.testing.assert_array_equal(dlogits, 0)
        return
    assert loss == pytest.approx(-np.log(weights.sum()))
    expected = np.exp(log_probs)
    for path, weight in zip(paths, weights, strict=True):
        expected[np.arange(T), path] -= weight / weights.sum()
    np.testing.assert_allclose(dlogits, expected, atol=1e-12)


@given(st.integers(1, 9), st.integers(0, 4), st.sampled_from([1.0, 30.0, 3000.0]), seeds)
@example(1, 0, 1.0, 0)
@settings(max_examples=10, deadline=None)
def test_the_gradient_is_the_one_with_respect_to_the_logits(
    gradient_error: Callable[..., float], T: int, L: int, sharpness: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    logits, target = sharpness * rng.normal(size=(T, 4)), text(rng, 4, 0, L)
    loss, dlogits = ctc_loss(log_softmax(logits), target)
    if np.isfinite(loss):
        # The cost is made small, so that the rounding of a loss of thousands stays small beside its slope.
        scale = 1e-4 / max(loss, 1)
        J = lambda logits: scale * ctc_loss(log_softmax(logits), target)[0]  # noqa: E731
        assert gradient_error(J, {"logits": logits}, {"logits": scale * dlogits}) <= 1e-6


@given(st.integers(1, 12), st.integers(0, 5), st.integers(0, 3), seeds)
@settings(max_examples=20, deadline=None)
def test_the_sums_equal_their_loops(T: int, L: int, blank: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    log_probs, target = log_softmax(3 * rng.normal(size=(T, 4))), text(rng, 4, blank, L)
    loss, dlogits = ctc_loss(log_probs, target, blank)
    loop_loss, loop_dlogits = ctc_loss_loops(log_probs, list(target), blank)
    assert loss == pytest.approx(loop_loss, rel=1e-12)
    np.testing.assert_allclose(dlogits, loop_dlogits, atol=1e-12)


def test_a_batch_is_its_utterances_one_by_one() -> None:
    rng = np.random.default_rng(1)
    log_probs = log_softmax(rng.normal(size=(5, 20, 6)))
    log_probs[3] = log_softmax(1000 * rng.normal(size=(20, 6)))  # falls out of range: by logarithms
    targets, lengths = [text(rng, 6, 0, L) for L in (3, 0, 9, 5, 30)], [20, 4, 19, 15, 20]
    losses, dlogits = ctc_losses(log_probs, targets, lengths=lengths)
    assert losses[4] == np.inf
    for i, (target, n) in enumerate(zip(targets, lengths, strict=True)):
        loss, gradient = ctc_loss(log_probs[i, :n], target)
        assert losses[i] == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(dlogits[i, :n], gradient, atol=1e-12)
        np.testing.assert_array_equal(dlogits[i, n:], 0)


def test_a_long_utterance_of_tiny_probabilities_is_exact() -> None:
    # One path only, since T = L: every letter in turn; its probability is e^-90000, far below the smallest float.
    T = 300
    log_probs = np.full((T, 2 * T), -800.0)
    log_probs[:, 0] = np.log1p(-599 * np.exp(-700))
    log_probs[np.arange(T), np.arange(T) + 1] = -300.0
    loss, dlogits = ctc_loss(log_probs, np.arange(T) + 1)
    assert loss == pytest.approx(90000)
    np.testing.assert_allclose(dlogits[5, 6], -1)


def test_a_thousand_random_frames_stay_in_range_and_agree_with_logarithms() -> None:
    rng = np.random.default_rng(2)
    log_probs, target = log_softmax(rng.normal(size=(1000, 5))), text(rng, 5, 0, 200)
    loss, dlogits = ctc_loss(log_probs, target)
    a = np.full(2 * 200 + 3, -np.inf)
    states = np.zeros(401, int)
    states[1::2] = target
    skip = np.where((states != 0) & (states != np.roll(states, 2)), 0, -np.inf)
    a[2:4] = log_probs[0, states[:2]]
    for frame in log_probs[1:]:
        entered = np.logaddexp(np.logaddexp(a[2:], a[1:-1]), a[:-2] + skip)
        a[2:] = entered + frame[states]
    assert loss == pytest.approx(-np.logaddexp(a[-1], a[-2]), rel=1e-12)
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-12)


def test_float32_stays_float32_and_the_arguments_stay_as_they_are() -> None:
    log_probs = log_softmax(np.random.default_rng(0).normal(size=(2, 6, 4))).astype(np.float32)
    before = log_probs.copy()
    losses, dlogits = ctc_losses(log_probs, [[1, 2], [3]])
    assert (losses.dtype, dlogits.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(log_probs, before)


def test_what_ctc_cannot_use_is_told() -> None:
    log_probs = log_softmax(np.zeros((2, 5, 3)))
    with pytest.raises(EngineError, match="target should be a text without the blank 0"):
        ctc_loss(log_probs[0], [1, 0])
    with pytest.raises(EngineError, match="target should be integers from 0 to 2"):
        ctc_loss(log_probs[0], [3])
    with pytest.raises(EngineError, match="blank should be integers from 0 to 2"):
        ctc_loss(log_probs[0], [1], blank=3)
    for logits in (np.ones((5, 3)), np.full((5, 3), np.nan)):
        with pytest.raises(EngineError, match="log_probs should be logarithms of probabilities, 0 or below"):
            ctc_loss(logits, [1])
    with pytest.raises(EngineError, match="targets should be a list of 2 texts"):
        ctc_losses(log_probs, [[1]])
    with pytest.raises(EngineError, match="lengths should be from 1 to 5"):
        ctc_losses(log_probs, [[1], [2]], lengths=[0, 5])
    with pytest.raises(EngineError, match="lengths should be integers from 0 to 5"):
        ctc_losses(log_probs, [[1], [2]], lengths=[5, 6])
    with pytest.raises(EngineError, match="log_probs should be an array of shape"):
        ctc_greedy_decode(log_probs)
