"""Kills a scripted review with SIGKILL at random moments and looks at what is left.

    python -m tests.soak.kill --kills 30 [--seed N]

Every answer that was printed as saved must be in the log, exactly once, and the database must pass its
check. Prints sizes and seed; exits 1 when anything is missing.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

SAVED = re.compile(rb"saved ([0-9a-f-]{36})")


def review_until_killed(home: Path, seconds: float) -> list[str]:
    """Feeds answers to a plain review as fast as it takes them; kills it after `seconds`; the ids it printed."""
    environment = {**os.environ, "DLCS_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor", "review", "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    timer = threading.Timer(seconds, process.send_signal, [signal.SIGKILL])
    timer.start()

    def feed() -> None:
        try:
            while process.poll() is None:
                # Again keeps every card in the sitting, so that it never runs out of work.
                process.stdin.write(b"\n1\n:u\n\n1\n")
                process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    printed = process.stdout.read()
    process.wait()
    timer.cancel()
    feeder.join(timeout=5)
    process.stdout.close()
    return [match.decode() for match in SAVED.findall(printed)]


def examine(home: Path, acknowledged: list[str]) -> list[str]:
    """What is wrong with the log after a kill; empty when nothing is."""
    os.environ["DLCS_HOME"] = str(home)
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor:
        count = Counter(event.id for event in tutor.store.events())
        problems = [f"database: {problem}" for problem in tutor.store.check()]
    problems += [f"acknowledged but missing: {event}" for event in acknowledged if not count[event]]
    problems += [f"in the log {times} times: {event}" for event, times in count.items() if times > 1]
    return problems


def run(kills: int, seed: int) -> int:
    """Runs the test; returns how many problems were found."""
    rng = random.Random(seed)
    started = time.monotonic()
    acknowledged: list[str] = []
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for kill in range(kills):
            acknowledged += review_until_killed(home, rng.uniform(0.3, 2.5))
            found = examine(home, acknowledged)
            problems += [f"kill {kill + 1}: {problem}" for problem in found]
    print(
        f"{kills} kills, seed {seed}: {len(acknowledged)} answers acknowledged, {len(problems)} problems, "
        f"{time.monotonic() - started:.0f} s"
    )
    for problem in problems:
        print(problem)
    if not acknowledged:
        print("No answer was acknowledged: the test shows nothing.")
        return 1
    return len(problems)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20260301)
    arguments = parser.parse_args()
    raise SystemExit(1 if run(arguments.kills, arguments.seed) else 0)
