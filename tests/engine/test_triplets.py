from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.faces import equal_error_rate
from engine.textbook.triplets import mine_semi_hard_loops, triplet_gradients_loops
from engine.triplets import mine_triplets, triplet_gradients, triplet_loss

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 5), st.integers(1, 4))
@settings(max_examples=10, deadline=None)
def test_the_loss_has_the_gradients_of_its_value(
    gradient_error: Callable[..., float], seed: int, m: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    A, P, N = rng.normal(size=(3, m, d))
    # At a loss of exactly 0 there is a kink, and no gradient to compare with.
    assume(np.min(np.abs(np.sum((A - P) ** 2 - (A - N) ** 2, axis=1) + 0.2)) > 1e-3)
    loss, (dA, dP, dN) = triplet_gradients(A, P, N)
    assert loss == triplet_loss(None, [A, P, N])

    def J(A: np.ndarray, P: np.ndarray, N: np.ndarray) -> float:
        return triplet_gradients(A, P, N)[0]

    assert gradient_error(J, {"A": A, "P": P, "N": N}, {"A": dA, "P": dP, "N": dN}) <= 1e-6
    looped, gradients = triplet_gradients_loops(A, P, N)
    assert loss == pytest.approx(looped, rel=1e-12)
    for fast, slow in zip((dA, dP, dN), gradients, strict=True):
        np.testing.assert_array_equal(fast, slow)
    np.testing.assert_allclose(dA + dP + dN, 0, atol=1e-12)


def test_a_triplet_that_is_right_by_far_makes_up_for_no_other() -> None:
    A, P, N = [[0.0], [0.0]], [[1.0], [0.0]], [[1.0], [9.0]]
    assert triplet_loss(None, [A, P, N]) == pytest.approx(0.2)
    assert triplet_loss(None, [A, P, N], alpha=0) == 0.0


def test_without_the_margin_one_point_for_everybody_would_cost_nothing() -> None:
    same = np.ones((3, 4))
    assert triplet_loss(None, [same] * 3, alpha=0) == 0.0
    assert triplet_loss(None, [same] * 3) == pytest.approx(3 * 0.2)


# Mining


@given(seeds, st.integers(1, 9), st.sampled_from([0, 0.5, 1, 2]))
@settings(max_examples=30, deadline=None)
def test_hard_and_semi_hard_triplets_are_those_with_a_loss(seed: int, m: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    # Whole numbers, so that distances are often equal.
    E, labels = rng.integers(0, 3, size=(m, 2)), rng.integers(0, 3, size=m)
    every = mine_triplets(E, labels, alpha, "all").tolist()
    brute = [
        [a, p, n]
        for a in range(m)
        for p in range(m)
        for n in range(m)
        if a != p and labels[a] == labels[p] != labels[n]
    ]
    assert every == brute
    hard, semi = mine_triplets(E, labels, alpha, "hard").tolist(), mine_triplets(E, labels, alpha).tolist()
    assert semi == mine_semi_hard_loops(E, labels, alpha).tolist()

    def d(i: int, j: int) -> float:
        return float(np.sum((E[i] - E[j]) ** 2))

    assert hard == [[a, p, n] for a, p, n in brute if d(a, n) <= d(a, p)]
    assert sorted(hard + semi) == [[a, p, n] for a, p, n in brute if d(a, n) < d(a, p) + alpha or d(a, n) <= d(a, p)]
    for a, p, n in mine_triplets(E, labels, alpha, "batch-hard"):
        assert d(a, p) == max(d(a, q) for b, q, _ in brute if b == a)
        assert d(a, n) == min(d(a, q) for b, _, q in brute if b == a)


@pytest.mark.parametrize("mode", ["all", "hard", "semi-hard", "batch-hard"])
def test_pictures_of_one_person_alone_make_no_triplet(mode: str) -> None:
    assert mine_triplets(np.eye(3), [1, 1, 1], mode=mode).shape == (0, 3)
    assert mine_triplets(np.eye(3), [0, 1, 2], mode=mode).shape == (0, 3)


def test_mined_triplets_train_an_embedding_that_tells_people_apart() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(6), 8)
    # Who it is shows in two of ten features, and the others are louder.
    X = np.concatenate([np.eye(6)[labels] @ rng.normal(size=(6, 2)), 2 * rng.normal(size=(48, 8))], axis=1)
    X[:, :2] += 0.05 * rng.normal(size=(48, 2))
    i, j = np.triu_indices(48, 1)
    same = labels[i] == labels[j]

    def error(W: np.ndarray) -> float:
        E = X @ W
        return equal_error_rate(np.linalg.norm(E[i] - E[j], axis=1), same)[1]

    W = rng.normal(size=(10, 2)) / 3
    start = error(W)
    for _ in range(60):
        a, p, n = mine_triplets(X @ W, labels, mode="hard").T
        _, (dA, dP, dN) = triplet_gradients(X[a] @ W, X[p] @ W, X[n] @ W)
        dW = X[a].T @ dA + X[p].T @ dP + X[n].T @ dN
        W -= 0.02 * dW / max(1.0, np.linalg.norm(dW))
    assert start > 0.4
    assert error(W) < start / 2


def test_float32_stays_float32_and_arguments_stay_as_they_are() -> None:
    A, P, N = np.random.default_rng(0).normal(size=(3, 4, 2)).astype(np.float32)
    before = A.copy(), P.copy(), N.copy()
    for gradients in (triplet_gradients(A, P, N)[1], triplet_gradients_loops(A, P, N)[1]):
        assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}
    for array, copy in zip((A, P, N), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_bad_input_is_refused_by_name() -> None:
    A = np.zeros((2, 3))
    with pytest.raises(EngineError, match=r"^y_pred should be \[anchor, positive, negative\]"):
        triplet_loss(None, [A, A])
    with pytest.raises(EngineError, match=r"^N should be an array of shape \(2, 3\)"):
        triplet_gradients(A, A, A[:1])
    with pytest.raises(EngineError, match=r"^A should be an array of shape \(m, d\)"):
        triplet_loss(None, [A[0], A[0], A[0]])
    with pytest.raises(EngineError, match=r"^alpha should be a number in \[0, inf\)"):
        triplet_loss(None, [A, A, A], alpha=-1)
    with pytest.raises(EngineError, match=r"^mode should be one of"):
        mine_triplets(A, [0, 1], mode="easy")
    with pytest.raises(EngineError, match=r"^labels should be an array of shape \(2,\)"):
        mine_triplets(A, [0, 1, 2])
