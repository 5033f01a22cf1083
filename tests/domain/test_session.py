"""The queue of one sitting."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tutor.domain.session import Queue, interleave, spread

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_items_are_served_in_order_until_none_is_left() -> None:
    queue = Queue(["a", "b"])
    assert queue.current(NOW) == "a"
    queue.done("a")
    assert queue.current(NOW) == "b"
    queue.done("b")
    assert queue.current(NOW) is None


def test_a_learning_step_comes_back_when_its_time_has_come() -> None:
    queue = Queue(["a", "b"])
    queue.done("a", NOW + timedelta(minutes=1))
    assert queue.current(NOW) == "b"
    assert queue.current(NOW + timedelta(minutes=1)) == "a"


def test_with_nothing_else_left_a_step_that_is_soon_due_is_served_at_once() -> None:
    queue = Queue(["a"])
    queue.done("a", NOW + timedelta(minutes=10))
    assert queue.current(NOW) == "a"
    queue.done("a", NOW + timedelta(minutes=30))
    assert queue.current(NOW) is None
    assert len(queue) == 1


def test_a_restored_item_is_served_next() -> None:
    queue = Queue(["a", "b"])
    queue.done("a", NOW)
    queue.restore("a")
    assert [queue.current(NOW), len(queue)] == ["a", 2]


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 6), max_size=6), st.text())
def test_interleaving_keeps_every_item_and_the_order_within_a_topic(sizes: dict[str, int], salt: str) -> None:
    pairs = [(f"{topic}{n}", topic) for topic, size in sizes.items() for n in range(size)]
    mixed = interleave(pairs, salt)
    assert Counter(mixed) == Counter(item for item, _ in pairs)
    for topic, size in sizes.items():
        assert [item for item in mixed if item.rstrip("0123456789") == topic] == [f"{topic}{n}" for n in range(size)]


def test_topics_alternate() -> None:
    assert interleave([("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")], "day")[::2] in (
        ["a1", "a2"],
        ["b1", "b2"],
    )


@given(st.lists(st.integers(), unique=True), st.lists(st.integers(), unique=True))
def test_spreading_loses_nothing(new: list[int], among: list[int]) -> None:
    names, others = [f"n{n}" for n in new], [f"o{n}" for n in among]
    mixed = spread(names, others)
    assert Counter(mixed) == Counter(names + others)
    assert [item for item in mixed if item in others] == others
    if names:
        assert mixed[0] == names[0]
