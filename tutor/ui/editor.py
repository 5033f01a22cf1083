"""The learner's own editor: the terminal is handed over to it, at a line of a file, until it is left."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from tutor.domain.errors import UsageError
from tutor.domain.settings import Settings
from tutor.services.editing import Item, manuscript, reread
from tutor.services.tutor import Tutor

#: Editors that take a line otherwise than as `+LINE FILE`, which most do.
_AT_LINE = {
    "code": ("--wait", "--goto", "{file}:{line}"),
    "codium": ("--wait", "--goto", "{file}:{line}"),
    "subl": ("--wait", "{file}:{line}"),
    "zed": ("--wait", "{file}:{line}"),
    "hx": ("{file}:{line}",),
    "helix": ("{file}:{line}",),
}


def command_at(command: str, path: Path, line: int | None = None) -> list[str]:
    """The words of the call that opens `path`, at `line`. Raises ValueError for an open quote in `command`."""
    words = shlex.split(command)
    if line is None:
        return [*words, str(path)]
    form = _AT_LINE.get(Path(words[0]).name if words else "", ("+{line}", "{file}"))
    return [*words, *(word.format(file=path, line=line) for word in form)]


def edit_item(app: App[Any], tutor: Tutor, item: Item) -> tuple[Item | None, str]:
    """Opens an item's source in the learner's editor; returns it as it is then (None: gone), and what happened.

    Raises UsageError when there is no editor or it cannot be used, ContentError for a mistake in what was written.
    """
    command = editor_of(tutor.settings)
    if not command:
        raise UsageError("No editor is set: set EDITOR, or `editor` in config.toml.")
    source = manuscript(tutor, item)
    fault = hand_over(app, command, source.path, source.line)
    now = reread(tutor, source, item)
    if fault:
        raise UsageError(fault)
    if now is not None and now.hash == item.hash:
        return now, "Nothing was changed."
    if source.copied:
        where = source.path.relative_to(tutor.home)
        return now, f"saved as your own version: {where} in your data folder"
    return now, "read anew"


def hand_over(app: App[Any], command: str, path: Path, line: int | None = None) -> str:
    """Gives the terminal to an editor until it is left; returns a sentence on what went wrong, or nothing."""
    fault = ""
    try:
        with app.suspend():
            # An error must not leave the block: the terminal would not be taken back.
            try:
                subprocess.run(command_at(command, path, line), check=False)
            except (OSError, ValueError) as error:
                fault = f"The editor '{command}' could not be started ({error}); set EDITOR."
    except SuspendNotSupported:
        fault = f"This terminal cannot be handed over to '{command}'; run dlcs in a terminal of its own."
    return fault


def editor_of(settings: Settings) -> str:
    """The command of the learner's editor; empty when none is set."""
    return settings.editor or os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
