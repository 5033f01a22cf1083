"""The keys by their names, and remapped keys validated: one that would steal another action's key is an error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType
from textual.keys import format_key

from tutor.domain.errors import SettingsError, suggest

#: The keys that Textual calls otherwise than keyboards do.
_NAMES = {"enter": "Enter", "escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn"}


def bindings_of(groups: Iterable[Iterable[BindingType]]) -> list[list[Binding]]:
    """The bindings that carry an id, group by group; a group is what is active at the same time."""
    return [[binding for binding in group if isinstance(binding, Binding) and binding.id] for group in groups]


def key_name(key: str) -> str:
    """A key as every text of the app calls it: `Enter`, `Ctrl+R`, `F5`, `u`, `?`."""
    *modifiers, last = key.split("+")
    shown = _NAMES.get(last) or format_key(last)
    if len(shown) > 1:
        shown = shown[0].upper() + shown[1:]
    elif modifiers:
        shown = shown.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), shown])


def validate(keys: Mapping[str, str], groups: Iterable[Iterable[BindingType]]) -> None:
    """Raises SettingsError for an unknown action or for two actions of one group on the same key."""
    named = bindings_of(groups)
    known = {binding.id or "" for group in named for binding in group}
    for name in keys:
        if name not in known:
            raise SettingsError(f"config.toml: [keys] names no action '{name}'.{suggest(name, known)}")
    for group in named:
        taken: dict[str, str] = {}
        for binding in group:
            identity = binding.id or ""
            for key in keys.get(identity, binding.key).split(","):
                other = taken.setdefault(key.strip(), identity)
                if other != identity:
                    raise SettingsError(
                        f"config.toml: [keys] gives '{key.strip()}' to both '{other}' and '{identity}'; "
                        "choose another key for one."
                    )
