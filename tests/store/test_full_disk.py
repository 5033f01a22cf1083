"""A disk that is really full: a small one in memory, which only the test's own process sees."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

#: As root, or as root of a user namespace; what is mounted is gone when the process ends.
NAMESPACES = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))
MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"'

OnSmallDisk = Callable[[str], Any]


@pytest.fixture
def on_small_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> OnSmallDisk:
    """Runs a program whose DLCS_HOME is a disk of one megabyte; gives what it prints, read as JSON."""
    disk = tmp_path / "disk"
    disk.mkdir()
    why = "there is no 'unshare'" if shutil.which("unshare") is None else ""
    for namespace in () if why else NAMESPACES:
        mount = [*namespace, "sh", "-c", MOUNT, str(disk)]
        tried = subprocess.run([*mount, sys.executable, "-c", ""], capture_output=True, text=True)
        if tried.returncode == 0:
            break
        why = f"{why} {tried.stderr.strip()}".strip()
    else:
        reason = f"A small disk cannot be mounted here, so a full one is not tested: {why}."
        with capsys.disabled():
            print(f"\n{reason}", file=sys.stderr)
        pytest.skip(reason)

    def run(program: str) -> Any:
        head = f"from pathlib import Path\nhome = Path({str(disk)!r})\n"
        command = [*mount, sys.executable, "-c", head + dedent(program)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)

    return run


def test_on_a_full_disk_what_was_acknowledged_stays_and_the_rest_is_told(on_small_disk: OnSmallDisk) -> None:
    found = on_small_disk(
        """
        import json
        from tutor.domain.clock import Clock
        from tutor.domain.errors import StoreError
        from tutor.domain.events import EventType
        from tutor.store import Store

        ballast = home / "ballast"
        ballast.write_bytes(bytes(200_000))
        saved, told, problems, kept = [], [], [], []

        def answer(store, size):
            given = {"rating": 3, "given": "x" * size}
            saved.append(store.append(EventType.ANSWER, f"card:{len(saved) % 5}", given).id)

        def examine(store):
            problems.extend(store.check())
            kept.append([event.id for event in store.events()] == saved)

        for size in (2000, 10):
            with Store.open(f"sqlite:///{home / 'dlcs.db'}", Clock(), backups=home / "backups") as store:
                examine(store)
                try:
                    for _ in range(1000):
                        answer(store, size)
                except StoreError as error:
                    told.append(str(error))
                examine(store)
        ballast.unlink()
        with Store.open(f"sqlite:///{home / 'dlcs.db'}", Clock(), backups=home / "backups") as store:
            examine(store)
            answer(store, 2000)
            examine(store)
        print(json.dumps({"saved": len(saved), "told": told, "problems": problems, "kept": kept, "home": str(home)}))
        """
    )
    assert found["saved"] > 5
    sentence = f"Your answer was not saved: the disk that holds {found['home']}/dlcs.db is full; "
    assert found["told"] == [f"{sentence}free some space and try again."] * 2
    assert found["problems"] == []
    assert found["kept"] == [True] * 6


def test_on_a_full_disk_the_learners_file_is_whole_or_not_there(on_small_disk: OnSmallDisk) -> None:
    found = on_small_disk(
        """
        import json
        from tutor.domain.clock import Clock
        from tutor.domain.errors import StoreError
        from tutor.services.workfile import Workfile, create

        begun, new, told = home / "workspace" / "begun.py", home / "workspace" / "new.py", []
        create(begun, "x = 1\\n")
        file = Workfile(begun, Clock())
        file.load()
        with (home / "ballast").open("wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(4096)):
                    pass
            except OSError:
                pass

        def changed_by_both():
            begun.write_text("x = 4\\n")
            file.sync("x = 3\\n")

        for attempt in (lambda: create(new, "x = 2\\n"), lambda: file.sync("x = 3\\n"), changed_by_both):
            try:
                attempt()
            except (OSError, StoreError) as error:
                told.append(str(error))
        there = {path.name: path.read_text() for path in begun.parent.iterdir()}
        print(json.dumps({"told": told, "there": there}))
        """
    )
    created, *written = found["told"]
    assert "No space left on device" in created
    assert len(written) == 2
    for told in written:
        assert "cannot be written (No space left on device); your text is still in the editor" in told
    assert found["there"] == {"begun.py": "x = 4\n"}
