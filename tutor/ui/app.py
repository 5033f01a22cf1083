"""The terminal app: opens the tutor, knows the screens by name, keeps keys and theme."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tutor.content import places
from tutor.domain.errors import DlcsError, SettingsError, suggest
from tutor.domain.settings import Settings
from tutor.services.settings import load_settings
from tutor.ui.keymap import bindings_of, key_name, validate
from tutor.ui.screens.base import StudyScreen
from tutor.ui.themes import THEMES

if TYPE_CHECKING:
    from tutor.services.tutor import Tutor

#: Each screen's module and class; imported when it is first opened.
SCREENS = {
    "today": ("today", "TodayScreen"),
    "review": ("review", "ReviewScreen"),
    "quiz": ("quiz", "QuizScreen"),
    "sheets": ("sheets", "SheetsScreen"),
    "sheet": ("sheet", "SheetScreen"),
    "exercises": ("exercises", "ExercisesScreen"),
    "exercise": ("exercise", "ExerciseScreen"),
    "progress": ("progress", "ProgressScreen"),
}


class OpeningScreen(StudyScreen):
    """What is painted at once, while the learner's data is opened."""

    def body(self) -> Iterator[Widget]:
        yield Static("Opening your day ...", markup=False, classes="opening")

    def on_mount(self) -> None:
        self.tell("dlcs - today")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("back", "help") and super().check_action(action, parameters)


class DlcsApp(App[None]):
    """The app over one tutor; without one it opens the learner's own after its first paint.

    `first` is the screen opened on top of Today, `argument` its topic or exercise. What went wrong while
    opening is in `fault` once the app has ended.
    """

    TITLE = "dlcs"
    CSS = """
    .opening { height: 1fr; padding: 1 2; color: $text-muted; }
    CommandPalette SearchIcon { display: none; }
    CommandPalette CommandInput { margin-left: 1; }
    """
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
    ]

    def __init__(
        self,
        tutor: Tutor | None = None,
        first: str = "",
        argument: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__()
        self._tutor, self._first, self._argument = tutor, first, argument
        self.settings = tutor.settings if tutor else settings or Settings()
        self.fault: Exception | None = None

    @property
    def tutor(self) -> Tutor:
        assert self._tutor is not None, "no screen that needs the tutor is shown before it is open"
        return self._tutor

    def get_default_screen(self) -> Screen[bool]:
        return screen_class("today")() if self._tutor else OpeningScreen()

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self.settings.theme
        self.animation_level = "none"
        self.set_keymap(dict(self.settings.keys))
        if self._tutor:
            self._open_first()
        else:
            self.call_after_refresh(self._open_tutor)

    @work(thread=True)
    def _open_tutor(self) -> None:
        try:
            from tutor.services.tutor import Tutor

            today = screen_class("today")
            tutor = Tutor.open()
        except Exception as error:
            self.fault = error
            self.call_from_thread(self.exit)
            return
        self.call_from_thread(self._opened, tutor, today)

    def _opened(self, tutor: Tutor, today: type[StudyScreen]) -> None:
        self._tutor = tutor
        self.push_screen(today())
        self._open_first()

    def _open_first(self) -> None:
        if not self._first:
            return
        try:
            if self._argument is not None and self._first in ("review", "quiz"):
                self.tutor.curriculum.topic(self._argument)
            self.open_screen(self._first, self._argument)
        except DlcsError as error:
            self.fault = error
            self.exit()

    def _handle_exception(self, error: Exception) -> None:
        """A fault of ours ends the app with one sentence instead of Textual's traceback; tests still see it."""
        if self.is_headless or os.environ.get("DLCS_DEBUG"):
            super()._handle_exception(error)
        else:
            self.fault = self.fault or error
            self.exit(return_code=3)

    def get_key_display(self, binding: Binding) -> str:
        """A key by the name that every text gives it, so that footer, help and texts agree."""
        return binding.key_display or key_name(binding.key)

    def close_tutor(self) -> None:
        """Closes what the app opened; safe to call when it never got that far."""
        if self._tutor:
            self._tutor.close()

    def screen_for(self, name: str, argument: str | None = None) -> StudyScreen:
        """A new screen by its name in SCREENS, for a topic or an exercise where it takes one."""
        cls = screen_class(name)
        return cls(argument) if argument is not None else cls()

    def open_screen(self, name: str, argument: str | None = None) -> None:
        self.push_screen(self.screen_for(name, argument))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield SystemCommand("Theme", "Choose other colours for this session", self.action_change_theme)
        yield SystemCommand("Quit", "Leave dlcs; everything is saved", self.action_quit)
        if self._tutor is None:
            return
        if isinstance(screen, StudyScreen):
            yield SystemCommand("Keys", "The keys that work on this screen", screen.action_help)

        def opening(name: str, argument: str | None = None) -> Callable[[], None]:
            return lambda: self.open_screen(name, argument)

        yield SystemCommand("Review cards", "The cards that are due", opening("review"))
        yield SystemCommand("Quiz", "Answer the questions that are due", opening("quiz"))
        yield SystemCommand("Sheets", "All sheets and their sections", opening("sheets"))
        yield SystemCommand("Exercises", "All exercises", opening("exercises"))
        yield SystemCommand("Progress", "Heat-map, forecast, topics, hours", opening("progress"))
        for section in self.tutor.library.sections():
            yield SystemCommand(
                f"Read: {section.title}", f"Section of {section.sheet}", opening("sheet", section.topic)
            )
        for exercise in self.tutor.library.exercises():
            yield SystemCommand(f"Write: {exercise.title}", exercise.signature, opening("exercise", exercise.slug))


def screen_class(name: str) -> type[StudyScreen]:
    module, cls = SCREENS[name]
    found: type[StudyScreen] = getattr(import_module(f"tutor.ui.screens.{module}"), cls)
    return found


def check_settings(settings: Settings) -> None:
    """Raises SettingsError for an unknown theme, an unknown action, or two actions on one key."""
    from textual.theme import BUILTIN_THEMES

    known = [*(theme.name for theme in THEMES), *BUILTIN_THEMES]
    if settings.theme not in known:
        raise SettingsError(f"config.toml: there is no theme '{settings.theme}'.{suggest(settings.theme, known)}")
    if settings.keys:
        validate(settings.keys, _key_groups())


def _key_groups() -> Iterator[list[BindingType]]:
    """What is active at the same time: a screen's keys with those of every screen; and each widget's own."""
    for name in SCREENS:
        own = list(screen_class(name).BINDINGS)
        taken = {key for binding in bindings_of([own])[0] for key in binding.key.split(",")}
        shared = [*StudyScreen.BINDINGS, *DlcsApp.BINDINGS]
        yield [*own, *(one for one in shared if isinstance(one, Binding) and one.key not in taken)]
    for widget in _our_widgets(Widget):
        yield list(vars(widget).get("BINDINGS", ()))


def _our_widgets(cls: type[Widget]) -> Iterator[type[Widget]]:
    for widget in cls.__subclasses__():
        if widget.__module__.startswith("tutor.ui.widgets"):
            yield widget
        yield from _our_widgets(widget)


def run(first: str = "", argument: str | None = None) -> None:
    """Runs the app until it is left. Raises DlcsError when it cannot start."""
    settings = load_settings(places.home())
    check_settings(settings)
    app = DlcsApp(None, first, argument, settings)
    try:
        app.run()
    finally:
        app.close_tutor()
    if app.fault:
        raise app.fault
