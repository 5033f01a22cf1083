"""The learner's exercise file, which other editors write too: whatever either side wrote is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tutor.domain.clock import Clock
from tutor.domain.errors import StoreError, UsageError

#: A file larger than this is not taken for an exercise.
MAX_BYTES = 1_000_000


def claim_aside(path: Path, moment: datetime) -> Path:
    """Makes an empty file beside a learner's file, to put that aside in: its name tells the moment. Raises OSError."""
    number = 1
    while True:
        more = f"-{number}" if number > 1 else ""
        aside = path.with_name(f"{path.stem}.{moment:%Y%m%d-%H%M%S}{more}.py")
        try:
            aside.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return aside


def create(path: Path, text: str) -> None:
    """Makes a file, and its folder, whole or not at all. Raises OSError, also where there is such a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = path.open("x", encoding="utf-8")
    try:
        with opened as file:
            file.write(text)
    except OSError:
        path.unlink()  # half a stub would be taken for the learner's own text
        raise


@dataclass(frozen=True)
class Synced:
    """What bringing editor and file together came to.

    `text` is what the editor should show now, where another program changed the file. `aside` is where that
    program's version was put, where both sides had changed.
    """

    text: str | None = None
    aside: Path | None = None


class Workfile:
    """One file, and what was in it when it was last read or written here."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path, self.clock = path, clock
        self._seen: bytes | None = None

    @property
    def shown(self) -> str:
        """The path for the learner's eyes: `~` stands for the home folder."""
        with suppress(ValueError, RuntimeError):
            return f"~/{self.path.relative_to(Path.home())}"
        return str(self.path)

    def load(self) -> str:
        """The text of the file. Raises StoreError when it cannot be read, UsageError when it is no text to edit."""
        found = self._read()
        if found is None:
            raise StoreError(f"There is no file {self.path}; leave the exercise and open it again.")
        return self._take(found)

    def changed_outside(self) -> bool:
        """Whether another program wrote the file since it was last read or written here."""
        found = self._read()
        return found is not None and found != self._seen

    def sync(self, edited: str | None) -> Synced:
        """Brings editor and file together.

        - edited: the editor's text if the learner changed it, else None

        Where both sides changed, the editor's text is written and the other version put aside. A file that is
        gone is written again. Raises StoreError when reading or writing fails, UsageError when the file's new
        content is no text to edit; the editor's text should be kept then.
        """
        found = self._read()
        if found is None and edited is None and self._seen is not None:
            self._write(self._seen)
        if edited is None:
            return Synced() if found is None or found == self._seen else Synced(self._take(found))
        written = edited.encode("utf-8")
        aside = None if found is None or found in (self._seen, written) else self._put_aside(found)
        if found != written:
            self._write(written)
        self._seen = written
        return Synced(aside=aside)

    def rescue(self, text: str) -> Path:
        """Keeps a text that could not be written in its place in the system's temporary folder."""
        descriptor, name = tempfile.mkstemp(prefix=f"{self.path.stem}.", suffix=".py")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return Path(name)

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read ({error.strerror}); check its permissions.") from None

    def _take(self, found: bytes) -> str:
        if len(found) > MAX_BYTES:
            raise UsageError(f"{self.path.name} has {len(found):,} bytes, too many for an exercise; start it anew.")
        try:
            text = found.decode("utf-8")
        except UnicodeDecodeError as error:
            line = found.count(b"\n", 0, error.start) + 1
            raise UsageError(
                f"Line {line} of {self.path.name} is not UTF-8, so it is not edited here; save it as UTF-8 first."
            ) from None
        self._seen = found
        return text

    def _put_aside(self, content: bytes) -> Path:
        try:
            aside = claim_aside(self.path, self.clock.now())
            try:
                aside.write_bytes(content)
            except OSError:
                aside.unlink()
                raise
        except OSError as error:
            raise self._unwritten(error) from None
        return aside

    def _write(self, content: bytes) -> None:
        """Replaces the file in one step, so that a crash leaves either the old or the new one."""
        target = self.path.resolve()
        scratch = ""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            descriptor, scratch = tempfile.mkstemp(prefix=f".{target.stem}-", dir=target.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            if target.exists():
                shutil.copymode(target, scratch)
            os.replace(scratch, target)
        except OSError as error:
            if scratch:
                with suppress(OSError):
                    os.unlink(scratch)
            raise self._unwritten(error) from None

    def _unwritten(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self.path} cannot be written ({error.strerror}); your text is still in the editor, so free some space "
            "or make the folder writable."
        )
