"""The editor of the learner's file: kept in step with what is on the disk, whoever wrote there."""

from __future__ import annotations

from textual.message import Message
from textual.notifications import SeverityLevel
from textual.timer import Timer

from tutor.domain.errors import DlcsError
from tutor.services.watching import stamp
from tutor.services.workfile import Workfile
from tutor.ui.widgets.code_editor import CodeEditor

#: Seconds after the last key press until the text is written to the file.
AUTOSAVE = 2.0
#: Seconds between two looks at a file that is watched.
LOOK = 0.5


class FileEditor(CodeEditor):
    """Edits one file. `save` is to be called whenever the text or the file may have changed; it tells what it did."""

    class Reloaded(Message):
        """Another program changed the file, and the editor shows it as it is now."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.file: Workfile | None = None
        self._autosave: Timer | None = None
        self._watching: Timer | None = None
        self._looked: tuple[int, int] | None = None

    def open(self, file: Workfile) -> None:
        """Shows a file. What keeps it from being edited is told, here and in a message."""
        self.file = file
        try:
            self.load(file.load())
        except DlcsError as error:
            self.refuse(error)

    def refuse(self, error: DlcsError) -> None:
        self.close_with(str(error))
        self._tell(str(error), "error")

    def save(self, *, expected: bool = False) -> bool:
        """Brings text and file together, whichever of them changed; False when that failed.

        - expected: the learner knows that another program changed the file
        """
        if self._autosave:
            self._autosave.stop()
            self._autosave = None
        if self.file is None:
            return True
        try:
            synced = self.file.sync(self.edited)
        except DlcsError as error:
            self._tell(str(error), "error")
            return False
        name = self.file.path.name
        if synced.text is not None:
            self.load(synced.text)
            if not expected:
                self._tell(f"{name} was changed by another program; here is what it holds now.")
            self.post_message(self.Reloaded())
        else:
            self.keep()
        if synced.aside is not None:
            self._tell(
                f"{name} was changed here and by another program. Your text here is kept; the other one is in "
                f"{synced.aside.name} beside it.",
                "warning",
            )
        return True

    def on_text_area_changed(self) -> None:
        if self._autosave:
            self._autosave.stop()
        self._autosave = self.set_timer(AUTOSAVE, self._save_now) if self.edited is not None else None

    def _save_now(self) -> None:
        self.save()

    @property
    def watching(self) -> bool:
        """Whether the file is looked at regularly."""
        return self._watching is not None

    def watch_file(self, on: bool) -> None:
        if self._watching:
            self._watching.stop()
        self._looked = None
        self._watching = self.set_interval(LOOK, self._look) if on else None

    def _look(self) -> None:
        """Takes over what another program saved, once it has stopped writing."""
        if self.file is None:
            return
        now, before = stamp(self.file.path), self._looked
        self._looked = now
        if now is not None and now == before and self.file.changed_outside():
            self.save(expected=True)

    def _tell(self, message: str, severity: SeverityLevel = "information") -> None:
        self.notify(message, severity=severity, timeout=5 if severity == "information" else 12, markup=False)
