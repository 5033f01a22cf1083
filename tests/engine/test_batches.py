from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.batches import gradient_noise, random_mini_batches
from engine.errors import EngineError
from engine.textbook.optim import random_mini_batches_loops


@given(st.integers(1, 20), st.integers(1, 25), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_every_example_is_in_one_batch_with_its_label(m: int, size: int, seed: int) -> None:
    X = np.vstack([np.arange(m), np.arange(m) ** 2])
    Y = 10 * X[:1]
    batches = random_mini_batches(X, Y, size, seed)
    assert len(batches) == math.ceil(m / size)
    assert [X_t.shape[1] for X_t, _ in batches[:-1]] == [size] * (len(batches) - 1)
    assert sorted(np.concatenate([X_t[0] for X_t, _ in batches])) == list(range(m))
    for (X_t, Y_t), (X_loop, Y_loop) in zip(batches, random_mini_batches_loops(X, Y, size, seed), strict=True):
        np.testing.assert_array_equal(Y_t[0], 10 * X_t[0])
        np.testing.assert_array_equal(X_t, X_loop)
        np.testing.assert_array_equal(Y_t, Y_loop)


def test_a_generator_gives_every_epoch_other_batches() -> None:
    X = np.arange(50)[None]
    rng = np.random.default_rng(0)
    first, second = (random_mini_batches(X, X, 50, rng)[0][0] for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, random_mini_batches(X, X, 50, seed=0)[0][0])


def test_batches_do_not_share_memory_with_the_data_and_keep_its_dtype() -> None:
    X = np.zeros((2, 4), np.float32)
    ((X_t, Y_t),) = random_mini_batches(X, np.ones((1, 4), np.int8))
    assert (X_t.dtype, Y_t.dtype) == (np.float32, np.int8)
    assert not np.shares_memory(X, X_t)


def test_the_noise_falls_with_the_size_of_the_batch() -> None:
    g = np.random.default_rng(0).normal(size=40)
    sizes = [1, 4, 40]
    drawn = gradient_noise(g, sizes, trials=10_000, replace=True, rng=1)
    np.testing.assert_allclose(drawn, g.var() / sizes, rtol=0.05)
    dealt = gradient_noise(g, sizes, trials=10_000, rng=1)
    expected = [g.var() / B * (40 - B) / 39 for B in sizes]
    np.testing.assert_allclose(dealt, expected, rtol=0.05, atol=1e-12)


def test_bad_input_is_named() -> None:
    with pytest.raises(EngineError, match=r"Y should be an array of shape \(n_y, 4\)"):
        random_mini_batches(np.zeros((2, 4)), np.zeros((1, 3)))
    with pytest.raises(EngineError, match="mini_batch_size should be a whole number from 1 up"):
        random_mini_batches(np.zeros((2, 4)), np.zeros((1, 4)), 0)
    with pytest.raises(EngineError, match="X should be"):
        random_mini_batches(np.zeros((2, 0)), np.zeros((1, 0)))
    with pytest.raises(EngineError, match="batch_sizes should be at most 2 without replacement"):
        gradient_noise([1.0, 2.0], [3])
