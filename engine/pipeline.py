"""A pipeline of examples in the role of `tf.data`: lazy steps that can be chained and run again (course 2, week 3)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from engine.errors import EngineError, as_count

_END = object()


class Dataset:
    """A source of examples, and the steps that each of them goes through when it is asked for.

    Each step makes a new dataset and leaves the old one as it is. Nothing runs before the first example is asked
    for, and every `for` loop begins anew.

    - source: an iterable that can be gone through more than once, such as a list or an array (its first axis); or
      a function without arguments that gives a new iterator

    Raises EngineError when the source can be used only once. Source: the role of `tf.data.Dataset`, course 2, week 3.

    >>> numbers = Dataset(range(7)).map(lambda x: x * x).batch(3)
    >>> [batch.tolist() for batch in numbers]
    [[0, 1, 4], [9, 16, 25], [36]]
    """

    def __init__(self, source: Iterable[Any] | Callable[[], Iterator[Any]]) -> None:
        if isinstance(source, Iterator):
            raise EngineError(
                "source", "an iterable, or a function that makes an iterator", "an iterator, used up once"
            )
        self._start: Callable[[], Iterator[Any]] = source if callable(source) else lambda: iter(source)

    def __iter__(self) -> Iterator[Any]:
        return self._start()

    @classmethod
    def from_tensor_slices(cls, *arrays: Any) -> Dataset:
        """The examples of one array, or tuples of the examples of several, along the first axis.

        Raises EngineError when the arrays differ in length.

        >>> list(Dataset.from_tensor_slices([1, 2], ["a", "b"]))
        [(1, 'a'), (2, 'b')]
        """
        lengths = [len(array) for array in arrays]
        if not arrays or len(set(lengths)) != 1:
            raise EngineError("arrays", "one or more of the same length", f"of lengths {lengths}")
        return cls(arrays[0]) if len(arrays) == 1 else cls(lambda: zip(*arrays, strict=True))

    def map(self, function: Callable[..., Any]) -> Dataset:
        """Each example through a function; a tuple becomes its arguments.

        >>> list(Dataset.from_tensor_slices([1, 2], [10, 20]).map(lambda x, y: x + y))
        [11, 22]
        """

        def start() -> Iterator[Any]:
            for example in self:
                yield function(*example) if isinstance(example, tuple) else function(example)

        return Dataset(start)

    def filter(self, keep: Callable[..., bool]) -> Dataset:
        """Only the examples for which `keep` is true.

        >>> list(Dataset(range(6)).filter(lambda x: x % 2 == 0))
        [0, 2, 4]
        """

        def start() -> Iterator[Any]:
            for example in self:
                if keep(*example) if isinstance(example, tuple) else keep(example):
                    yield example

        return Dataset(start)

    def take(self, count: int) -> Dataset:
        """The first `count` examples, or fewer when there are no more.

        >>> list(Dataset(range(100)).take(2))
        [0, 1]
        """
        as_count("count", count, 0)

        def start() -> Iterator[Any]:
            for _, example in zip(range(count), self, strict=False):
                yield example

        return Dataset(start)

    def repeat(self, times: int) -> Dataset:
        """All examples `times` times over: that many epochs.

        >>> list(Dataset("ab").repeat(2))
        ['a', 'b', 'a', 'b']
        """
        as_count("times", times)

        def start() -> Iterator[Any]:
            for _ in range(times):
                yield from self

        return Dataset(start)

    def shuffle(self, buffer: int, seed: int | None = None) -> Dataset:
        """A random order, with no more than `buffer` examples in memory.

        A buffer is filled; then each example that leaves it, drawn at random, makes room for the next one. So an
        example can come at most buffer - 1 places early: to shuffle well needs a buffer as large as the data, and a
        buffer of 1 does nothing. The order differs from epoch to epoch; a seed makes the whole course of them
        repeat.

        - buffer: at least 1; shuffle BEFORE `batch`, or whole batches are shuffled

        >>> sorted(Dataset(range(5)).shuffle(3, seed=0))
        [0, 1, 2, 3, 4]
        >>> list(Dataset(range(5)).shuffle(1, seed=0))
        [0, 1, 2, 3, 4]
        """
        as_count("buffer", buffer)
        rng = np.random.default_rng(seed)

        def start() -> Iterator[Any]:
            held: list[Any] = []
            for example in self:
                if len(held) < buffer:
                    held.append(example)
                if len(held) == buffer:
                    yield held.pop(rng.integers(buffer)) if buffer > 1 else held.pop()
            rng.shuffle(held)
            yield from held

        return Dataset(start)

    def batch(self, size: int, drop_remainder: bool = False) -> Dataset:
        """Examples in groups, each stacked into an array along a new first axis; tuples part by part.

        - size: examples a batch; drop_remainder: leave out a last batch that is smaller

        >>> list(Dataset.from_tensor_slices([[1, 2], [3, 4], [5, 6]], [0, 1, 0]).batch(2, drop_remainder=True))
        [(array([[1, 2],
               [3, 4]]), array([0, 1]))]
        """
        as_count("size", size)

        def start() -> Iterator[Any]:
            group: list[Any] = []
            for example in self:
                group.append(example)
                if len(group) == size:
                    yield _stacked(group)
                    group = []
            if group and not drop_remainder:
                yield _stacked(group)

        return Dataset(start)

    def prefetch(self, count: int) -> Dataset:
        """Prepare up to `count` examples ahead in a thread, while the consumer works on the present one.

        The thread ends when the examples do, or when the consumer leaves its loop. An error in a step before
        reaches the consumer.

        >>> list(Dataset(range(3)).prefetch(2))
        [0, 1, 2]
        """
        as_count("count", count)

        def start() -> Iterator[Any]:
            ready: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(count)
            left = threading.Event()

            def put(entry: tuple[Any, BaseException | None]) -> None:
                while not left.is_set():
                    try:
                        return ready.put(entry, timeout=0.05)
                    except queue.Full:
                        continue

            def prepare() -> None:
                try:
                    for example in self:
                        put((example, None))
                        if left.is_set():
                            return
                    put((_END, None))
                except BaseException as error:
                    put((_END, error))

            thread = threading.Thread(target=prepare, daemon=True)
            thread.start()
            try:
                while True:
                    example, error = ready.get()
                    if error is not None:
                        raise error
                    if example is _END:
                        return
                    yield example
            finally:
                left.set()
                thread.join()

        return Dataset(start)


def _stacked(group: list[Any]) -> Any:
    if isinstance(group[0], tuple):
        return tuple(_stacked(list(part)) for part in zip(*group, strict=True))
    try:
        return np.stack([np.asarray(example) for example in group])
    except ValueError:
        shapes = ", ".join(sorted({str(np.shape(example)) for example in group}))
        raise EngineError("the examples of a batch", "of one shape", f"of shapes {shapes}") from None
