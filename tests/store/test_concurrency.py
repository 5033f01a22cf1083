"""Several threads, several programs, and programs that are killed: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tutor.domain.events import EventType
from tutor.store import Store

Open = Callable[..., Store]

#: Answers as fast as it can, and prints each event's id once it is saved. Arguments: database, name, count.
PROGRAM = """
import sys
from tutor.domain.clock import Clock
from tutor.domain.events import EventType
from tutor.store import Store

url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Store.open(url, Clock(), busy_timeout=30) as store:
    print("ready", flush=True)
    for number in range(count):
        item = f"card:{name if number % 2 else 'shared'}"
        event = store.append(EventType.ANSWER, item, {"rating": number % 4 + 1})
        print(event.id, flush=True)
        if number % 7 == 3:
            store.undo()
"""


def _program(file: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, f"sqlite:///{file}", name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _answers(store: Store) -> list[str]:
    return [event.id for event in store.events(types=[EventType.ANSWER])]


def test_threads_share_one_store(store: Store) -> None:
    saved: list[str] = []
    failures: list[BaseException] = []

    def work(name: int) -> None:
        try:
            for number in range(15):
                item = f"card:{name if number % 2 else 'shared'}"
                saved.append(store.append(EventType.ANSWER, item, {"rating": 3}).id)
                store.memory(item)
                store.counts_today(store.events(item=item)[0].day)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(_answers(store)) == sorted(saved)
    assert len(set(saved)) == 60
    assert store.check() == []


def test_two_programs_that_answer_at_once_lose_nothing_and_double_nothing(open_store: Open, file: Path) -> None:
    programs = [_program(file, name, 60) for name in ("left", "right")]
    outputs = [program.communicate(timeout=120) for program in programs]
    assert [errors for _, errors in outputs] == ["", ""]
    saved = [line for output, _ in outputs for line in output.split() if line != "ready"]
    store = open_store()
    assert sorted(_answers(store)) == sorted(saved)
    assert len(set(saved)) == 120
    assert store.check() == []


@pytest.mark.parametrize("seed", range(5))
def test_a_program_killed_at_any_moment_keeps_every_answer_it_called_saved(
    open_store: Open, file: Path, seed: int
) -> None:
    program = _program(file, "victim", 100_000)
    assert program.stdout is not None
    assert program.stderr is not None
    chosen = random.Random(seed)
    try:
        assert program.stdout.readline() == "ready\n"
        saved = [program.stdout.readline().strip() for _ in range(chosen.randrange(40))]
        threading.Event().wait(chosen.random() / 100)
        program.send_signal(signal.SIGKILL)
        rest, _ = program.communicate(timeout=60)
    finally:
        program.kill()
        program.communicate()
    # A line that has its end was printed after the answer was saved.
    saved += [line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    store = open_store()
    answers = _answers(store)
    assert len(set(answers)) == len(answers)
    assert set(saved) <= set(answers)
    assert len(answers) <= len(saved) + 1
    assert store.check() == []
