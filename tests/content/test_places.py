"""Where things are, and what is said when a place cannot be used."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from tutor.content import places
from tutor.domain.errors import SettingsError, StoreError


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DLCS_HOME", "DLCS_CONTENT", "DLCS_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_content_of_a_checkout_is_beside_the_package() -> None:
    assert (places.content_root() / "exercises").is_dir()


def test_another_content_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cheatsheets").mkdir()
    (tmp_path / "cheatsheets" / "curriculum.toml").touch()
    monkeypatch.setenv("DLCS_CONTENT", str(tmp_path))
    assert places.content_root() == tmp_path


def test_a_content_folder_without_curriculum_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DLCS_CONTENT", str(tmp_path))
    with pytest.raises(SettingsError, match=r"curriculum\.toml was expected"):
        places.content_root()


def test_the_learners_data_is_where_dlcs_home_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DLCS_HOME", str(tmp_path / "mine"))
    assert places.prepare_home() == tmp_path / "mine"
    assert places.workspace() == tmp_path / "mine" / "workspace"
    assert places.database_url() == f"sqlite:///{tmp_path / 'mine' / 'dlcs.db'}"
    assert list((tmp_path / "mine").iterdir()) == []


def test_without_a_home_directory_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in (lambda *_, **__: "~/.local/share/dlcs", lambda *_, **__: (_ for _ in ()).throw(RuntimeError())):
        monkeypatch.setattr(platformdirs, "user_data_dir", answer)
        with pytest.raises(StoreError, match="set DLCS_HOME to a folder"):
            places.home()


def test_a_home_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DLCS_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(StoreError, match="cannot be written"):
        places.prepare_home()
