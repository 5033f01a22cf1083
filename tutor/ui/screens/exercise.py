"""One exercise: the task, the code and the verdict; one after the other, or side by side where there is room."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from tutor.content.render import Span
from tutor.domain.errors import DlcsError, UsageError
from tutor.domain.items import Exercise
from tutor.services.practice import Graded, Practice
from tutor.services.workfile import Workfile
from tutor.ui.editor import editor_of, hand_over
from tutor.ui.screens.base import StudyScreen
from tutor.ui.screens.choose import ChooseScreen
from tutor.ui.screens.exercises import MARKS
from tutor.ui.widgets.file_editor import FileEditor
from tutor.ui.widgets.listing import Row
from tutor.ui.widgets.panes import BREAKPOINTS, PaneBar
from tutor.ui.widgets.prose import Block, Prose
from tutor.ui.widgets.task import hint_name, task_blocks
from tutor.ui.widgets.verdict import before_grading, literal, verdict_blocks

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

PANES = {"task": "1 Task", "code": "2 Code", "verdict": "3 Verdict"}


class ExerciseScreen(StudyScreen):
    """Writes and grades one exercise. Dismissed with True when the code passed.

    Grading runs in a thread that only posts a message.
    """

    DEFAULT_CSS = """
    ExerciseScreen {
        & #panes { height: 1fr; }
        & #task, & #work { width: 1fr; }
        &.-narrow #task, &.-narrow #work, &.-narrow #code, &.-narrow #verdict { display: none; }
        &.-narrow.-on-task #task { display: block; }
        &.-narrow.-on-code #work, &.-narrow.-on-code #code { display: block; }
        &.-narrow.-on-verdict #work, &.-narrow.-on-verdict #verdict { display: block; }
        &.-wide #work { width: 1fr; border-left: vkey $panel; }
        &.-wide #code { height: 3fr; }
        &.-wide #verdict { height: 2fr; border-top: solid $panel; }
    }
    """
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "grade", "Grade", tooltip="Save the code and grade it", id="exercise.grade"),
        Binding("f4", "hint", "Hint", tooltip="Open the next hint", id="exercise.hint"),
        Binding(
            "f2,ctrl+t",
            "next_pane",
            "Next pane",
            tooltip="Task, code, verdict in turn",
            id="exercise.pane",
        ),
        Binding("f6", "editor", "$EDITOR", tooltip="Open the file in your own editor", id="exercise.editor"),
        Binding("f1", "help", "Keys", tooltip="List the keys", id="exercise.keys"),
        Binding("question_mark", "help", "Keys", show=False, tooltip="List the keys", id="app.help"),
        Binding("f3", "read", "Section", show=False, tooltip="Read the section on it", id="exercise.read"),
        Binding("s", "read", "Section", show=False, tooltip="Read the section on it", id="exercise.section"),
        Binding("f7", "watch", "Watch", show=False, tooltip="Grade at each save of your editor", id="exercise.watch"),
        Binding("f8", "solution", "Solution", show=False, tooltip="Show the solution", id="exercise.solution"),
        Binding("f9", "attempts", "Attempts", show=False, tooltip="List your attempts", id="exercise.attempts"),
        Binding("ctrl+r", "reset", "Start anew", show=False, tooltip="Start anew from the stub", id="exercise.reset"),
        Binding("1", "pane('task')", "Task", show=False, tooltip="Show the task", id="exercise.task"),
        Binding("2", "pane('code')", "Code", show=False, tooltip="Show the code", id="exercise.code"),
        Binding("3", "pane('verdict')", "Verdict", show=False, tooltip="Show the verdict", id="exercise.verdict"),
    ]

    class Finished(Message):
        """Grading came to an end: with a verdict, or with a fault in words."""

        def __init__(self, graded: Graded | None, fault: str = "") -> None:
            super().__init__()
            self.graded, self.fault = graded, fault

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.pane = "task"
        self.passed = False  #: some attempt of this visit did
        self.green = False  #: the verdict that is shown is a pass
        self.grading = False
        self.section = ""  #: the topic whose section F3 opens
        self.exercise: Exercise | None = None  #: None until the exercise could be read
        self._graded_text = ""
        self._gate = threading.Lock()
        self._busy = self._left = False

    def body(self) -> Iterator[Widget]:
        ascii_only = self.tutor.settings.ascii
        yield PaneBar(PANES)
        with Horizontal(id="panes"):
            yield Prose(ascii=ascii_only, id="task")
            with Vertical(id="work"):
                yield FileEditor(id="code")
                yield Prose(ascii=ascii_only, id="verdict")

    # Opening and leaving

    def on_mount(self) -> None:
        self.practice = Practice(self.tutor)
        self.prompt = self.query_one("#task", Prose)
        self.editor = self.query_one(FileEditor)
        self.verdict = self.query_one("#verdict", Prose)
        self.tell(self.slug)
        self.action_pane("task")
        try:
            self.exercise = self.practice.exercise(self.slug)
            self.section = self.exercise.topic
            self.show_task()
            self.verdict.show(*before_grading(self.practice.attempts(self.slug), self.tutor.clock.zone))
            self.open_file()
        except DlcsError as error:
            self.prompt.show(Block(literal(str(error)), prefix="x  ", style="bad"))
        self.tell_state()
        self.watch(self.app, "app_focus", self.on_app_focus_changed, init=False)
        self.call_after_refresh(self.warm_up)

    def warm_up(self) -> None:
        """Starts the grading worker while the task is read."""
        if self.exercise and not self._busy and not self._left:
            _ = self.practice.grader

    def open_file(self) -> None:
        """Opens the workspace file in the editor."""
        try:
            file = Workfile(self.practice.open(self.slug), self.tutor.clock)
        except DlcsError as error:
            self.editor.refuse(error)
        else:
            self.query_one(PaneBar).tell(file.shown)
            self.editor.open(file)
            if outdated := self.practice.outdated(self.slug):
                self.notify(outdated, severity="warning", timeout=12, markup=False)

    def on_app_focus_changed(self) -> None:
        """The learner went to another window, or came back from it."""
        self.editor.save()

    def action_back(self) -> None:
        """From the code to the task, from a verdict that asks for more back to the code, else out."""
        if self.pane == "code" and self.editor.has_focus:
            self.action_pane("task")
        elif self.pane == "verdict" and not self.green and not self.grading:
            self.action_pane("code")
        elif self.editor.save() or self.editor.edited is None:
            if self.grading:
                self.notify("Grading goes on; its outcome will be among the attempts (F9).")
            self.dismiss(self.passed)

    def on_unmount(self) -> None:
        """Keeps what is in the editor, also when the whole app is left; nobody may be there to be told."""
        with self._gate:
            self._left = True
            if not self._busy:
                self.practice.close()
        file, edited = self.editor.file, self.editor.edited
        if file is None or edited is None:
            return
        try:
            file.sync(edited)
        except DlcsError as error:
            kept = file.rescue(edited)
            cast("DlcsApp", self.app).fault = UsageError(f"{error} It is kept in {kept}.")

    # The panes

    def action_pane(self, pane: str) -> None:
        """Shows a pane and gives it the keys."""
        self.pane = pane
        for name in PANES:
            self.set_class(name == pane, f"-on-{name}")
        self.query_one(PaneBar).mark(pane)
        self.query_one(f"#{pane}").focus()

    def action_next_pane(self) -> None:
        self.editor.save()
        names = list(PANES)
        self.action_pane(names[(names.index(self.pane) + 1) % len(names)])

    def on_pane_bar_chosen(self, event: PaneBar.Chosen) -> None:
        self.action_pane(event.pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click into another pane."""
        if event.widget.id in PANES and event.widget.id != self.pane:
            self.action_pane(event.widget.id)

    def go_to(self, pane: str) -> None:
        """Shows a pane; where it is in sight anyway, the keys stay where they are."""
        if self.has_class("-narrow"):
            self.action_pane(pane)

    def tell_state(self) -> None:
        """The title bar: what it is, how far the learner is, what is under way."""
        if self.exercise is None:
            return
        words: list[str] = []
        with self.telling():
            state = next((state for state in self.practice.states() if state.exercise.slug == self.slug), None)
            words += [f"{MARKS[state.state]} {'due again' if state.due else state.state}"] if state else []
        words.append(f"{self.exercise.minutes} min")
        words = ["watching", *words] if self.editor.watching else words
        self.tell(self.exercise.title, "  ".join(words))
        self.refresh_bindings()

    def show_task(self) -> None:
        """The task, what it builds on, and the hints that are open."""
        package = self.practice.package(self.slug)
        states = {state.exercise.slug: state for state in self.practice.states()}
        before = [states[slug] for slug in package.exercise.requires if slug in states]
        unsolved = [state.exercise.title for state in before if state.state != "solved"]
        hints = self.practice.opened_hints(self.slug)
        self.prompt.show(*task_blocks(package.prompt, unsolved, hints), home=not hints)

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("grade", "hint", "editor", "watch", "solution", "attempts", "reset", "read"):
            if self.exercise is None:
                return False
            if action in ("grade", "reset", "solution") and self.grading:
                return None
        return True

    async def on_prose_clicked(self, event: Prose.Clicked) -> None:
        if event.name in ("read", "solution"):
            await self.run_action(event.name)

    def action_grade(self) -> None:
        if self.grading or not self.editor.save():
            return
        self.grading = self._busy = True
        self._graded_text = self.editor.text
        self.verdict.show(Block("Grading ..."))
        self.go_to("verdict")
        self.refresh_bindings()
        self.grade()

    @work(thread=True, exclusive=True, group="grading")
    def grade(self) -> None:
        """Grades the file; runs beside the screen, which may be left meanwhile."""
        try:
            self.post_message(self.Finished(self.practice.grade(self.slug)))
        except DlcsError as error:
            self.post_message(self.Finished(None, str(error)))
        finally:
            with self._gate:
                self._busy = False
                if self._left:
                    self.practice.close()

    def on_exercise_screen_finished(self, event: Finished) -> None:
        self.grading = False
        if event.graded is None:
            self.verdict.show(Block(f"**Not graded.** {literal(event.fault)}", prefix="x  ", style="bad"))
        else:
            with self.telling():
                self.show_verdict(event.graded)
        self.tell_state()

    def show_verdict(self, graded: Graded) -> None:
        """Shows a verdict, and where the code went wrong if it is still the same."""
        verdict = graded.verdict
        self.green = verdict.passed
        self.passed = self.passed or verdict.passed
        memory = self.tutor.store.memory(f"exercise:{self.slug}")
        named = self.tutor.library.section(verdict.diagnosis.section) if verdict.diagnosis else None
        if verdict.diagnosis:
            self.section = verdict.diagnosis.section
        today = self.tutor.clock.study_day()
        self.verdict.show(*verdict_blocks(graded, named.title if named else "", memory.due, today))
        failure = verdict.first_failure
        if failure and failure.line and self.editor.text == self._graded_text:
            self.editor.mark_line(failure.line)

    def action_read(self) -> None:
        if self.tutor.library.section(self.section) is None:
            self.notify("The section on this topic is not written yet.")
        elif self.editor.save():
            cast("DlcsApp", self.app).open_screen("sheet", self.section)

    def action_hint(self) -> None:
        with self.telling():
            total = len(self.practice.package(self.slug).hints)
            opened = len(self.practice.opened_hints(self.slug))
            try:
                hint = self.practice.hint(self.slug)
            except UsageError:
                do = "try again, or see the solution (F8)" if opened == total else "grade a new attempt first (F5)"
                self.notify(f"{opened} of {total} hints are open; {do}.")
            else:
                self.show_task()
                self.prompt.scroll_to_block(hint_name(hint))
            self.go_to("task")

    def action_editor(self) -> None:
        """Hands the terminal to the learner's own editor until it is left."""
        command, file = editor_of(self.tutor.settings), self.editor.file
        if not command or file is None:
            self.notify("No editor is set: set EDITOR, or `editor` in config.toml. The one built in is under 2 Code.")
            return
        if not self.editor.save():
            return
        if fault := hand_over(self.app, command, file.path):
            hint = f"{fault} Or write here under 2 Code; F7 grades at each save in another window."
            self.notify(hint, severity="warning", timeout=12, markup=False)
        self.editor.save(expected=True)

    def action_watch(self) -> None:
        self.editor.watch_file(not self.editor.watching)
        if self.editor.watching:
            self.notify("Each save by another program is graded now; F7 ends it.")
        else:
            self.notify("The file is no longer watched.")
        self.tell_state()

    def on_file_editor_reloaded(self) -> None:
        if self.editor.watching:
            self.action_grade()

    @work
    async def action_solution(self) -> None:
        """Shows the solution; before a pass only after giving up, which is asked."""
        from tutor.ui.screens.solution import SolutionScreen

        if not self.editor.save():
            return
        with self.telling():
            give_up = not self.practice.solution_open(self.slug)
            if give_up and not await self.confirmed("Give up? It counts as Again.", "Give up and see the solution"):
                return
            solution = self.practice.solution(self.slug, give_up=give_up)
            self.tell_state()
            await self.app.push_screen_wait(SolutionScreen(self.exercise_title, self.editor.text, solution))

    def action_attempts(self) -> None:
        from tutor.ui.screens.attempts import AttemptsScreen

        with self.telling():
            attempts = self.practice.attempts(self.slug)
            if attempts:
                self.app.push_screen(AttemptsScreen(self.exercise_title, attempts))
            else:
                self.notify("There is no attempt yet; F5 grades your code.")

    @work
    async def action_reset(self) -> None:
        """Starts anew from the stub; what was written is kept beside it."""
        if not self.editor.save() or not await self.confirmed(
            "Start anew from the stub? Your file is kept.", "Start anew; put my file aside"
        ):
            return
        with self.telling():
            aside = self.practice.reset(self.slug)
            self.open_file()
            self.green = False
            self.verdict.show(*before_grading([], None))
            if aside:
                self.notify(f"Your file is kept as {aside.name}, beside the new one.", markup=False)
            self.tell_state()

    async def confirmed(self, question: str, yes: str) -> bool:
        rows = [Row((Span("No, go on"),), name="no"), Row((Span(yes),), name="yes")]
        return await self.app.push_screen_wait(ChooseScreen(question, rows)) == "yes"

    @property
    def exercise_title(self) -> str:
        return self.exercise.title if self.exercise else self.slug
