"""What a learner waits for in a day: the app's first paint, the prompt's line, the verdict.

python -m benchmarks.day [--rounds 15]
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from benchmarks.interleaved import compare

HELLO = """
from textual.app import App
from textual.widgets import Static

class Hello(App):
    def compose(self):
        yield Static("hello world")

Hello().run()
"""


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "DLCS_HOME": str(home), "OPENBLAS_NUM_THREADS": "1", "TERM": "xterm-256color"}


def seconds_until(command: list[str], marker: bytes, env: dict[str, str], timeout: float = 30.0) -> float:
    """Seconds from starting a program in a pseudo-terminal of 80x24 until it has written `marker`."""
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execve(command[0], command, env)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen = b""
    try:
        while marker not in seen:
            if time.perf_counter() - started > timeout or not select.select([terminal], [], [], timeout)[0]:
                raise RuntimeError(f"{command} did not show {marker!r}")
            seen += os.read(terminal, 65536)
        return time.perf_counter() - started
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def seconds_of(command: list[str], env: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main(rounds: int) -> None:
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        subprocess.run([python, "-m", "tutor", "due"], env=env, check=True, stdout=subprocess.DEVNULL)
        print(
            compare(
                "first paint of the app / of a bare Textual app",
                lambda: seconds_until([python, "-m", "tutor"], b"today", env),
                lambda: seconds_until([python, "-c", HELLO], b"hello world", env),
                goal=1.6,
                rounds=rounds,
            )
        )
        print(
            compare(
                "dlcs due / python -c 'import sqlalchemy'",
                lambda: seconds_of([python, "-m", "tutor", "due"], env),
                lambda: seconds_of([python, "-c", "import sqlalchemy"], env),
                goal=1.6,
                rounds=rounds,
            )
        )
        os.environ.update(env)
        from tutor.services.practice import Practice
        from tutor.services.tutor import Tutor

        with Tutor.open() as tutor, Practice(tutor) as practice:
            path = practice.open("propagate")
            package = practice.package("propagate")
            path.write_text(next(iter(package.accepted.values())), encoding="utf-8")

            def verdict() -> float:
                time.sleep(0.4)  # the learner edits meanwhile, and the next worker gets warm
                started = time.perf_counter()
                assert practice.grade("propagate").verdict.passed
                return time.perf_counter() - started

            print(
                compare(
                    "save to verdict, warm worker / python -c 'import numpy'",
                    verdict,
                    lambda: seconds_of([python, "-c", "import numpy"], env),
                    goal=1.0,
                    rounds=rounds,
                )
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    main(parser.parse_args().rounds)
