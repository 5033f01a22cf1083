"""The installed command in a real pseudo-terminal: from the bare start to a graded exercise."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Dlcs
from tutor.content import places

ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[\]P].*?(?:\x07|\x1b\\)|\x1b.")


class Terminal:
    """A program in a pseudo-terminal of 80x24."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.child, self.handle = pty.fork()
        if self.child == 0:
            os.execve(command[0], command, environment)
        fcntl.ioctl(self.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = b""

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Reads until the program has written `text` since the last wait."""
        deadline = time.monotonic() + timeout
        while text.encode() not in ESCAPES.sub(b"", self.seen):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.handle], [], [], left)[0]:
                raise AssertionError(f"no {text!r} in: {ESCAPES.sub(b'', self.seen)[-3000:].decode(errors='replace')}")
            try:
                self.seen += os.read(self.handle, 65536)
            except OSError:
                raise AssertionError(f"it ended before {text!r}") from None
        self.seen = b""

    def press(self, keys: str) -> None:
        os.write(self.handle, keys.encode())

    def end(self, timeout: float = 15) -> int:
        """Reads to the end; the exit code."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if select.select([self.handle], [], [], 0.1)[0]:
                try:
                    if not os.read(self.handle, 65536):
                        break
                except OSError:
                    break
        _, status = os.waitpid(self.child, 0)
        self.child = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if self.child:
            os.kill(self.child, 9)
            os.waitpid(self.child, 0)
        os.close(self.handle)


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    command = str(Path(sys.executable).parent / "dlcs")
    opened = Terminal([command], {**environment, "TERM": "xterm-256color"})
    yield opened
    opened.close()


def test_from_the_bare_command_to_a_graded_exercise(
    terminal: Terminal, dlcs: Dlcs, environment: dict[str, str]
) -> None:
    terminal.wait_for("Write next")
    terminal.press("w")
    terminal.wait_for(".py")
    (file,) = (Path(environment["DLCS_HOME"]) / "workspace").glob("*.py")
    (folder,) = places.content_root().glob(f"exercises/*/{file.stem}")
    terminal.press("\x1b[15~")  # F5: the stub fails
    terminal.wait_for("repeats these cases")
    file.write_text(sorted(folder.glob("accept/*.py"))[0].read_text(encoding="utf-8"), encoding="utf-8")
    terminal.press("\x1b[15~")
    terminal.wait_for("Passed")
    terminal.press("\x11")  # ctrl+q
    assert terminal.end() == 0
    assert dlcs("attempts", file.stem).stdout.rstrip().endswith("passed")
    assert dlcs("grade", "--no-log", file.stem).returncode == 0
