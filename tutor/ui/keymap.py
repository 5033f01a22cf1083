"""Remapped keys, validated: an override that would steal another action's key is an error, not a surprise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

from tutor.domain.errors import SettingsError, suggest


def bindings_of(groups: Iterable[Iterable[BindingType]]) -> list[list[Binding]]:
    """The bindings that carry an id, group by group; a group is what is active at the same time."""
    return [[binding for binding in group if isinstance(binding, Binding) and binding.id] for group in groups]


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
