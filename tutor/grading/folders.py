"""Workers' temporary folders. Each is locked by the process that made it, so what a killed one left can be told."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "dlcs-worker-"
GRACE = 60.0  #: seconds after which a folder must have been locked by the one that made it


def make_folder() -> tuple[Path, int]:
    """A new folder, and the descriptor that keeps it locked until it is closed or this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(folder, os.O_RDONLY)
    _lock(lock)
    return folder, lock


def sweep_folders() -> None:
    """Removes this user's folders that no living process holds. What cannot be removed is left."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with contextlib.suppress(OSError):
                    _sweep(entry)


def _sweep(entry: os.DirEntry[str]) -> None:
    found = entry.stat(follow_symlinks=False)
    if found.st_uid != os.getuid() or time.time() - found.st_mtime < GRACE:
        return
    lock = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if _lock(lock):
            remove_folder(Path(entry.path))
    finally:
        os.close(lock)


def _lock(descriptor: int) -> bool:
    """Whether nobody else holds it. A file system without locks refuses everybody, so nothing is swept there."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def remove_folder(folder: Path) -> None:
    """Removes a folder, also where the code inside made parts of it unreadable."""
    try:
        shutil.rmtree(folder)
    except OSError:
        os.chmod(folder, 0o700)
        for parent, children, _ in os.walk(folder):
            for child in children:
                os.chmod(os.path.join(parent, child), 0o700, follow_symlinks=False)
        shutil.rmtree(folder, ignore_errors=True)
