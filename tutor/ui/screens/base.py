"""What every screen has: a title bar, a footer, the way back, help in context, and errors told in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static

from tutor.domain.errors import DlcsError

if TYPE_CHECKING:
    from tutor.services.tutor import Tutor
    from tutor.ui.app import DlcsApp


class TitleBar(Horizontal):
    """One row: where the learner is at the left, how far at the right."""

    DEFAULT_CSS = """
    TitleBar {
        height: 1;
        background: $panel;
        color: $foreground;
        padding: 0 1;
        & > .title { width: 1fr; text-style: bold; color: $primary; }
        & > .status { width: auto; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="title")
        yield Static("", markup=False, classes="status")

    def tell(self, title: str, status: str) -> None:
        self.query_one(".title", Static).update(title)
        self.query_one(".status", Static).update(status)


class StudyScreen(Screen[bool]):
    """A screen of the app. It is dismissed with True when its work was done, False when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="app.back"),
        Binding("question_mark", "help", "Keys", key_display="?", id="app.help"),
    ]

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield from self.body()
        yield Footer(show_command_palette=False)

    def body(self) -> Iterator[Widget]:
        """The widgets between title bar and footer."""
        raise NotImplementedError

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that work now, for footer and help: those of this screen come before those of every screen."""
        active = super().active_bindings
        return dict(sorted(active.items(), key=lambda entry: (entry[1].binding.id or "").startswith("app.")))

    @property
    def tutor(self) -> Tutor:
        return cast("DlcsApp", self.app).tutor

    def tell(self, title: str, status: str = "") -> None:
        """Sets the title bar."""
        self.query_one(TitleBar).tell(title, status)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Shows an error of ours as a message; what was under way is left as it was."""
        try:
            yield
        except DlcsError as error:
            self.complain(str(error))

    def complain(self, message: str) -> None:
        """Shows what went wrong; a screen with a line of its own for messages shows it there."""
        self.notify(message, severity="error", timeout=12, markup=False)

    def action_back(self) -> None:
        self.dismiss(False)

    def action_help(self) -> None:
        from tutor.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))
