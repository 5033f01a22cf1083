"""The learner's settings (`config.toml` in the data folder), validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tutor.domain.errors import SettingsError, suggest


@dataclass(frozen=True)
class Settings:
    """What the learner can set. Every value has a default; an unknown name or a bad value is an error."""

    new_cards: int = 10  #: new cards a study day
    new_questions: int = 5
    new_exercises: int = 1
    minutes_a_day: int = 30
    desired_retention: float = 0.9
    rollover_hour: int = 4  #: local hour at which the study day ends
    editor: str = ""  #: empty: $VISUAL, then $EDITOR, then the built-in editor
    theme: str = "dlcs-dark"
    ascii: bool = False  #: maths without characters that some terminals draw two cells wide
    show_streak: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)  #: binding id -> key


_RANGES: dict[str, tuple[float, float]] = {
    "new_cards": (0, 500),
    "new_questions": (0, 500),
    "new_exercises": (0, 50),
    "minutes_a_day": (1, 1440),
    "desired_retention": (0.7, 0.99),
    "rollover_hour": (0, 23),
}


def settings_from(mapping: Mapping[str, Any], where: str) -> Settings:
    """Settings from parsed TOML. `where` names the file in the errors. Raises SettingsError."""
    known = {entry.name: entry for entry in fields(Settings)}
    defaults = Settings()
    values: dict[str, Any] = {}
    for name, value in mapping.items():
        if name not in known:
            raise SettingsError(f"{where}: there is no setting '{name}'.{suggest(name, known)}")
        expected = type(getattr(defaults, name))
        if name == "keys":
            if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value.values()):
                raise SettingsError(f"{where}: [keys] should map action names to keys, but it is {value!r}.")
            values[name] = dict(value)
            continue
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise SettingsError(f"{where}: '{name}' should be of type {expected.__name__}, but it is {value!r}.")
        if name in _RANGES and not _RANGES[name][0] <= value <= _RANGES[name][1]:
            low, high = _RANGES[name]
            raise SettingsError(f"{where}: '{name}' should lie between {low:g} and {high:g}, but it is {value!r}.")
        values[name] = expected(value)
    return Settings(**values)
