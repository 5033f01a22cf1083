from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.pipeline import Dataset


@given(st.integers(0, 30), st.integers(1, 12), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_shuffling_loses_nothing_and_brings_nothing_forward_by_more_than_its_buffer(
    n: int, buffer: int, seed: int
) -> None:
    order = list(Dataset(range(n)).shuffle(buffer, seed=seed))
    assert sorted(order) == list(range(n))
    assert all(example - place < buffer for place, example in enumerate(order))


def test_a_shuffle_differs_between_epochs_and_repeats_with_its_seed() -> None:
    first, again = (Dataset(range(20)).shuffle(20, seed=3) for _ in range(2))
    epochs = [list(first), list(first)]
    assert epochs[0] != epochs[1]
    assert epochs == [list(again), list(again)]


def test_no_more_than_the_buffer_is_read_ahead() -> None:
    read: list[int] = []
    shuffled = iter(Dataset(range(100)).map(lambda x: read.append(x) or x).shuffle(5, seed=0))
    next(shuffled)
    assert len(read) == 5


def test_nothing_runs_before_it_is_asked_for_and_every_loop_begins_anew() -> None:
    calls: list[int] = []
    squares = Dataset([1, 2]).map(lambda x: calls.append(x) or x * x)
    assert calls == []
    assert list(squares) == list(squares) == [1, 4]
    assert calls == [1, 2, 1, 2]


def test_batches_stack_each_part_of_an_example() -> None:
    X, y = np.arange(10).reshape(5, 2), np.arange(5)
    batches = list(Dataset.from_tensor_slices(X, y).filter(lambda x, y: y != 0).batch(3))
    np.testing.assert_array_equal(batches[0][0], X[1:4])
    np.testing.assert_array_equal(batches[1][1], [4])
    assert [len(batch) for batch in Dataset(range(5)).repeat(2).batch(4, drop_remainder=True)] == [4, 4]
    with pytest.raises(EngineError, match="the examples of a batch should be of one shape"):
        list(Dataset([[1], [1, 2]]).batch(2))


def test_prefetching_works_ahead_and_its_thread_ends_with_the_consumer() -> None:
    before, made = threading.active_count(), threading.Event()
    ahead = iter(Dataset(range(1000)).map(lambda x: made.set() if x == 3 else x).prefetch(3))
    assert next(ahead) == 0
    assert made.wait(timeout=5)  # example 3 is prepared though only the first was taken
    ahead.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_an_error_of_a_step_reaches_the_consumer_of_the_thread() -> None:
    failing = Dataset([1, 0]).map(lambda x: 1 / x).prefetch(1)
    taken = iter(failing)
    assert next(taken) == 1
    with pytest.raises(ZeroDivisionError):
        next(taken)


def test_a_slow_step_and_a_slow_consumer_overlap() -> None:
    slow = Dataset(range(6)).map(lambda x: time.sleep(0.02) or x)
    started = time.perf_counter()
    for _ in slow.prefetch(2):
        time.sleep(0.02)
    assert time.perf_counter() - started < 0.02 * 12


def test_what_can_be_used_only_once_is_refused() -> None:
    with pytest.raises(EngineError, match="source should be an iterable, or a function"):
        Dataset(iter([1]))
    with pytest.raises(EngineError, match="arrays should be one or more of the same length"):
        Dataset.from_tensor_slices([1], [1, 2])
