"""Where things are: the shipped content, and the learner's own data. The one place that decides it."""

from __future__ import annotations

import os
from pathlib import Path

from tutor.domain.errors import SettingsError, StoreError


def content_root() -> Path:
    """The folder that holds `cheatsheets/` and `exercises/`.

    `DLCS_CONTENT` when set, else the content inside the installed package, else the checkout.
    Raises SettingsError when the folder has no `cheatsheets/curriculum.toml`.
    """
    named = os.environ.get("DLCS_CONTENT")
    package = Path(__file__).resolve().parent.parent
    candidates = [Path(named).expanduser()] if named else [package / "_content", package.parent]
    for candidate in candidates:
        if (candidate / "cheatsheets" / "curriculum.toml").is_file():
            return candidate
    if named:
        raise SettingsError(
            f"DLCS_CONTENT names {named}, where cheatsheets/curriculum.toml was expected but is not; "
            "point it at a content folder or unset it."
        )
    raise SettingsError(f"The content folder is missing beside {package}; install the program anew.")


def home() -> Path:
    """The learner's data folder (not created here): `DLCS_HOME`, else the platform's place for user data.

    Raises StoreError when there is no home directory to put it in.
    """
    named = os.environ.get("DLCS_HOME")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    try:
        folder = Path(platformdirs.user_data_dir("dlcs", appauthor=False))
        if not folder.is_absolute():
            raise RuntimeError
    except (RuntimeError, KeyError, OSError):
        raise StoreError(
            "No home directory was found to keep your data in; set DLCS_HOME to a folder that you can write to."
        ) from None
    return folder


def prepare_home() -> Path:
    """The learner's data folder, created if need be. Raises StoreError when it cannot be written."""
    folder = home()
    if "?" in str(folder):
        raise StoreError(f"Your data folder {folder} has a '?' in its name; set DLCS_HOME to one without.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"Your data folder {folder} cannot be written ({error.strerror}); "
            "make it writable, or set DLCS_HOME to a folder that is."
        ) from None
    return folder


def database_url() -> str:
    """The database's URL: `DLCS_DATABASE_URL`, else the SQLite file in the data folder."""
    return os.environ.get("DLCS_DATABASE_URL") or f"sqlite:///{home() / 'dlcs.db'}"


def workspace() -> Path:
    """The folder of the learner's exercise files: one `SLUG.py` each."""
    return home() / "workspace"


def own_content() -> Path:
    """The learner's own content: same layout as the shipped folder; a slug here shadows the shipped one."""
    return home() / "content"
