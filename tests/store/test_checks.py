"""The check names what is wrong with a log that was meddled with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tutor.domain.events import EventType
from tutor.store import Store


@pytest.mark.parametrize(
    ("meddling", "told"),
    [
        ("DELETE FROM event WHERE seq = 2", "2 are numbered from 1 to 3"),
        ("UPDATE event SET seq = 7 WHERE seq = 3", "3 are numbered from 1 to 7"),
        ("UPDATE event SET type = 'dream' WHERE seq = 2", "unknown type 'dream'"),
        ("UPDATE event SET payload = '{\"rating\":' WHERE seq = 1", "its payload is no JSON object"),
        ("UPDATE event SET payload = '[3]' WHERE seq = 1", "its payload is no JSON object"),
        ("UPDATE event SET payload = '{\"rating\":9}' WHERE seq = 1", "rating should be 1, 2, 3 or 4"),
        ('UPDATE event SET payload = \'{"target":"x"}\' WHERE seq = 3', "takes back an event that is not in the log"),
        ("UPDATE memory SET reps = 5", "disagrees with the log about card:a"),
        ("UPDATE meta SET value = '' WHERE key = 'memory_basis'", "another version of dlcs"),
        ("DROP TABLE memory", "cache of memories cannot be read"),
        ("DROP TABLE content_item", "content index cannot be read"),
    ],
)
def test_meddling_is_found_and_what_is_left_of_the_log_can_be_read(
    store: Store, file: Path, meddling: str, told: str
) -> None:
    store.append(EventType.ANSWER, "card:a", {"rating": 3})
    store.append(EventType.ANSWER, "card:b", {"rating": 3})
    store.undo()
    assert store.check() == []
    with closing(sqlite3.connect(file)) as other, other:
        other.execute(meddling)
    problems = store.check()
    assert any(told in problem for problem in problems)
    assert all("\n" not in problem for problem in problems)
    assert len(store.events()) >= 2
