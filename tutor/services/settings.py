"""The learner's `config.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tutor.domain.errors import SettingsError
from tutor.domain.settings import Settings, settings_from


def load_settings(home: Path) -> Settings:
    """The learner's settings; the defaults when there is no `config.toml`. Raises SettingsError."""
    path = home / "config.toml"
    try:
        with path.open("rb") as file:
            return settings_from(tomllib.load(file), str(path))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); make it readable or remove it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}; correct it or remove it.") from None
