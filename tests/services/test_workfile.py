"""The learner's file between two editors: whatever either side wrote is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.services.conftest import StillClock
from tutor.domain.errors import StoreError, UsageError
from tutor.services.workfile import MAX_BYTES, Workfile


@pytest.fixture
def file(tmp_path: Path, clock: StillClock) -> Workfile:
    path = tmp_path / "workspace" / "sigmoid.py"
    path.parent.mkdir()
    path.write_bytes(b"first\n")
    opened = Workfile(path, clock)
    opened.load()
    return opened


def others(file: Workfile) -> dict[str, str]:
    """What lies beside the file, by name."""
    return {path.name: path.read_text() for path in file.path.parent.iterdir() if path != file.path}


def test_the_text_is_loaded_as_it_is(file: Workfile) -> None:
    file.path.write_bytes("a = 1\r\nβ = 2\r\n".encode())
    assert file.load() == "a = 1\r\nβ = 2\r\n"


def test_without_changes_nothing_is_written(file: Workfile) -> None:
    before = file.path.stat()
    assert file.sync(None).text is None
    assert file.path.stat().st_mtime_ns == before.st_mtime_ns
    assert file.path.stat().st_ino == before.st_ino


def test_what_was_typed_is_written(file: Workfile) -> None:
    assert file.sync("mine\n").aside is None
    assert file.path.read_text() == "mine\n"
    assert not file.changed_outside()
    assert others(file) == {}


def test_what_another_program_wrote_is_shown(file: Workfile) -> None:
    file.path.write_text("theirs\n")
    assert file.changed_outside()
    assert file.sync(None).text == "theirs\n"
    assert not file.changed_outside()


def test_when_both_changed_it_the_text_typed_stays_and_the_other_is_put_aside(file: Workfile) -> None:
    file.path.write_text("theirs\n")
    synced = file.sync("mine\n")
    assert synced.text is None
    assert file.path.read_text() == "mine\n"
    assert synced.aside is not None
    assert others(file) == {"sigmoid.20260302-090000.py": "theirs\n"}
    file.path.write_text("theirs again\n")
    file.sync("mine again\n")
    assert others(file) == {
        "sigmoid.20260302-090000.py": "theirs\n",
        "sigmoid.20260302-090000-2.py": "theirs again\n",
    }


def test_when_both_wrote_the_same_nothing_is_put_aside(file: Workfile) -> None:
    file.path.write_text("same\n")
    assert file.sync("same\n").aside is None
    assert others(file) == {}


def test_a_file_that_is_gone_is_written_again(file: Workfile) -> None:
    file.path.unlink()
    assert not file.changed_outside()
    file.sync(None)
    assert file.path.read_text() == "first\n"
    file.path.unlink()
    file.path.parent.rmdir()
    file.sync("mine\n")
    assert file.path.read_text() == "mine\n"


def test_a_link_stays_a_link_and_the_mode_stays(file: Workfile, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.py"
    target.write_text("linked\n")
    target.chmod(0o640)
    file.path.unlink()
    file.path.symlink_to(target)
    file.load()
    file.sync("mine\n")
    assert file.path.is_symlink()
    assert target.read_text() == "mine\n"
    assert target.stat().st_mode & 0o777 == 0o640


def test_what_is_no_text_is_refused_and_never_overwritten(file: Workfile) -> None:
    file.path.write_bytes(b"x = 1\n# caf\xe9\n")
    with pytest.raises(UsageError, match=r"Line 2 of sigmoid\.py is not UTF-8"):
        file.sync(None)
    synced = file.sync("mine\n")
    assert synced.aside is not None
    assert synced.aside.read_bytes() == b"x = 1\n# caf\xe9\n"


def test_a_huge_file_is_refused(file: Workfile) -> None:
    file.path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(UsageError, match=r"has 1,000,001 bytes"):
        file.load()


def test_a_file_that_cannot_be_written_is_told_and_left_as_it_is(
    file: Workfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StoreError, match=r"No space left on device.*still in the editor"):
        file.sync("mine\n")
    assert file.path.read_text() == "first\n"
    assert others(file) == {}
    monkeypatch.setattr("tempfile.tempdir", str(file.path.parent.parent))
    assert file.rescue("mine\n").read_text() == "mine\n"


def test_a_missing_or_unreadable_file_is_told(file: Workfile) -> None:
    file.path.unlink()
    with pytest.raises(StoreError, match="There is no file"):
        file.load()
    file.path.mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        file.load()


def test_the_path_is_shown_from_the_home_folder(
    file: Workfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert file.shown == "~/workspace/sigmoid.py"
    monkeypatch.setenv("HOME", "/nowhere")
    assert file.shown == str(file.path)
