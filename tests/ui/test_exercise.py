"""One exercise in the app: from the stub to the verdict, by keys, with a real grading worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.services.conftest import StillClock
from tests.ui.conftest import OpenApp
from tutor.domain.errors import GraderError, StoreError
from tutor.domain.events import EventType
from tutor.domain.verdict import Check, Diagnosis, Verdict
from tutor.services.practice import Graded, Practice
from tutor.services.tutor import Tutor
from tutor.ui.screens.attempts import AttemptsScreen
from tutor.ui.screens.choose import ChooseScreen
from tutor.ui.screens.exercise import ExerciseScreen
from tutor.ui.screens.exercises import ExercisesScreen
from tutor.ui.screens.help import HelpScreen
from tutor.ui.screens.sheet import SheetScreen
from tutor.ui.screens.solution import SolutionScreen
from tutor.ui.widgets import file_editor
from tutor.ui.widgets.file_editor import FileEditor
from tutor.ui.widgets.listing import Listing
from tutor.ui.widgets.prose import Prose

SMALL, WIDE = (80, 24), (120, 40)
SLUG = "stable_sigmoid"
STUB = '''import numpy as np


def sigmoid(z):
    """The sigmoid of every entry. z: array of any shape; returns the same shape."""
    raise NotImplementedError("write sigmoid")
'''
RIGHT = "import numpy as np\n\n\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n"
WRONG = RIGHT.replace("-z", "z")

SnapCompare = Callable[..., bool]


@pytest.fixture
def path(surroundings: Path) -> Path:
    return surroundings / "workspace" / f"{SLUG}.py"


async def press(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def write(pilot: Pilot[Any], program: str) -> None:
    """Shows the code and puts a whole program in its place, as a paste in the terminal does."""
    screen = pilot.app.screen
    assert isinstance(screen, ExerciseScreen)
    if not screen.editor.has_focus:
        await press(pilot, "2")
    await press(pilot, "alt+a")
    pilot.app.post_message(events.Paste(program))
    await pilot.pause()
    assert screen.editor.text == program


async def grade(pilot: Pilot[Any]) -> str:
    """Presses F5 and returns the verdict's text."""
    await pilot.press("f5")
    return await verdict_of(pilot)


async def verdict_of(pilot: Pilot[Any]) -> str:
    screen = pilot.app.screen
    assert isinstance(screen, ExerciseScreen)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()
    assert not screen.grading
    return screen.verdict.text


async def until(pilot: Pilot[Any], happened: Callable[[], object]) -> None:
    """Lets the app run until something has happened."""
    for _ in range(400):
        if happened():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not happen within four seconds")


def notices(app: App[Any]) -> str:
    """What the app has told in passing, newest last."""
    return "\n".join(notification.message for notification in app._notifications)


def title(app: App[Any]) -> str:
    return "  ".join(str(part.content).strip() for part in app.screen.query_one("TitleBar").query(Static))


def answers(tutor: Tutor) -> list[int]:
    return [event.payload["rating"] for event in tutor.store.events(types=[EventType.ANSWER])]


def attempts(tutor: Tutor) -> list[tuple[bool, str]]:
    """Each graded attempt: whether it passed, and the mistake that was named."""
    events_ = tutor.store.events(types=[EventType.ATTEMPT])
    return [(event.payload["passed"], event.payload["bug"]) for event in events_ if "passed" in event.payload]


# From the list to the answer


async def test_from_the_list_to_the_answer(open_app: OpenApp, tutor: Tutor, path: Path) -> None:
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        await press(pilot, "enter")
        screen = pilot.app.screen
        assert isinstance(screen, ExerciseScreen)
        assert screen.prompt.has_focus
        assert "turns it into a probability" in screen.prompt.text
        assert path.read_text() == STUB
        assert str(screen.query_one("PathLine", Static).content) == "~/dlcs/workspace/stable_sigmoid.py"
        assert "[ ] new" in title(pilot.app)

        await write(pilot, WRONG)
        told = await grade(pilot)
        assert screen.pane == "verdict"
        assert "Not passed: 4 of 4 checks failed." in told
        assert "The mistake: This is sigma(-z): check the sign." in told
        assert "Read the section The sigmoid and the logistic model" in told
        assert attempts(tutor) == [(False, "wrong-sign")]
        assert answers(tutor) == []
        assert "[~] tried" in title(pilot.app)
        assert path.read_text() == WRONG

        await press(pilot, "s")
        assert isinstance(pilot.app.screen, SheetScreen)
        assert pilot.app.screen.topic == "sigmoid-model"
        await press(pilot, "escape", "f4")
        assert screen.pane == "task"
        assert "Hint 1 of 3" in screen.prompt.text
        assert "Hint 2 of 3" not in screen.prompt.text

        await write(pilot, RIGHT)
        told = await grade(pilot)
        assert "ok Passed in" in told
        assert "Saved. It comes back" in told
        assert attempts(tutor) == [(False, "wrong-sign"), (True, "")]
        assert answers(tutor) == [2]
        assert "[x] solved" in title(pilot.app)

        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ExercisesScreen)
        assert "[x] A sigmoid that never overflows" in pilot.app.screen.listing.text


async def test_a_program_can_be_typed(open_app: OpenApp, path: Path) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, "import numpy as np\ndef sigmoid(z):")
        names = {" ": "space", "(": "left_parenthesis", ")": "right_parenthesis", "/": "slash", "\n": "enter"}
        names |= {"+": "plus", "-": "minus", ".": "full_stop"}
        await pilot.press(*(names.get(sign, sign) for sign in "\nreturn 1/(1+np.exp(-z))"))
        assert "Passed" in await grade(pilot)
        assert path.read_text() == "import numpy as np\ndef sigmoid(z):\n    return 1/(1+np.exp(-z))"


async def test_leaving_after_a_pass_says_so(open_app: OpenApp) -> None:
    left: list[bool | None] = []
    async with open_app().run_test(size=SMALL) as pilot:
        await pilot.pause()
        for program in (WRONG, RIGHT):
            await pilot.app.push_screen(ExerciseScreen(SLUG), left.append)
            await pilot.pause()
            await write(pilot, program)
            await grade(pilot)
            while isinstance(pilot.app.screen, ExerciseScreen):
                await press(pilot, "escape")
    assert left == [False, True]


async def test_a_further_pass_is_kept_as_an_attempt(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, RIGHT)
        await grade(pilot)
        assert "Saved as an attempt" in await grade(pilot)
        assert (answers(tutor), len(attempts(tutor))) == ([3], 2)


async def test_a_failure_after_a_pass_leads_back_to_the_code(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        for program in (RIGHT, WRONG):
            await write(pilot, program)
            await grade(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen.query_one(FileEditor).has_focus


def underlined(screen: ExerciseScreen) -> list[str]:
    """The underlined text of each of the editor's rows that has some."""
    rows = [screen.editor.render_line(y) for y in range(screen.editor.size.height)]
    marked = ["".join(part.text for part in row if part.style and part.style.underline) for row in rows]
    return [text for text in marked if text]


async def test_the_line_of_an_error_is_where_the_cursor_goes_and_is_marked_until_the_code_changes(
    open_app: OpenApp,
) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, "import numpy as np\n\ndef sigmoid(z):\n    return 1 / (\n")
        told = await grade(pilot)
        assert "Line 4 is not Python" in told
        screen = pilot.app.screen
        assert isinstance(screen, ExerciseScreen)
        assert screen.editor.cursor_location == (3, 4)
        await press(pilot, "escape", "up", "up")
        assert screen.editor.has_focus
        assert [text.strip() for text in underlined(screen)] == ["return 1 / ("]
        await press(pilot, "x")
        assert underlined(screen) == []


async def test_what_a_program_prints_is_shown_as_it_is(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        noise = r"print('[bold]b[/bold] ``` $x$ **s** [/] \x1b[31mred\x1b[0m\x07 \u202eback', end='\r\n')"
        await write(pilot, f"{noise}\n{RIGHT}")
        told = await grade(pilot)
        assert "[bold]b[/bold] ``` $x$ **s** [/]" in told
        assert not set("\x1b\x07\u202e\r") & set(told)


# Hints, the solution, attempts, starting anew


async def test_the_next_hint_asks_for_a_new_attempt(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "f4", "f4")
        assert "1 of 3 hints are open; grade a new attempt first (F5)." in notices(pilot.app)
        for _ in range(2):
            await grade(pilot)
            await press(pilot, "f4")
        await grade(pilot)
        await press(pilot, "f4")
        assert "3 of 3 hints are open; try again, or see the solution (F8)." in notices(pilot.app)
        assert len(tutor.store.events(types=[EventType.HINT])) == 3


async def test_giving_up_is_asked_and_counts_as_again(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, WRONG)
        await press(pilot, "f8")
        assert isinstance(pilot.app.screen, ChooseScreen)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ExerciseScreen)
        assert answers(tutor) == []
        await press(pilot, "f8", "escape")
        assert answers(tutor) == []

        await press(pilot, "f8", "down", "enter")
        screen = pilot.app.screen
        assert isinstance(screen, SolutionScreen)
        shown = screen.query_one("#solution", Prose).text
        assert "e = np.exp(-np.abs(z))" in shown
        assert "np.exp(z)" in shown
        assert answers(tutor) == [1]
        await press(pilot, "escape")
        assert "[~] tried" in title(pilot.app)
        await press(pilot, "f8")
        assert isinstance(pilot.app.screen, SolutionScreen)
        assert answers(tutor) == [1]


async def test_the_solution_stands_beside_the_code_where_there_is_room(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=WIDE) as pilot:
        await write(pilot, RIGHT)
        await grade(pilot)
        await press(pilot, "f8")
        assert isinstance(pilot.app.screen, SolutionScreen)
        own, solution = (pilot.app.screen.query_one(f"#{name}", Prose) for name in ("own", "solution"))
        assert own.display
        assert "1 / (1 + np.exp(-z))" in own.text
        assert "Yours" not in solution.text
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not own.display
        assert "Yours" in solution.text


async def test_the_attempts_are_listed_with_their_messages_and_code(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "f9")
        assert "There is no attempt yet" in notices(pilot.app)
        for program in (WRONG, RIGHT):
            await write(pilot, program)
            await grade(pilot)
        await press(pilot, "f9")
        screen = pilot.app.screen
        assert isinstance(screen, AttemptsScreen)
        first, second = screen.query_one(Listing).text.split("\n")
        assert (first.split()[-1], second.split()[-1]) == ("passed", "wrong-sign")
        assert "np.exp(-z)" in screen.query_one("#attempt", Prose).text
        await press(pilot, "down")
        shown = screen.query_one("#attempt", Prose).text
        assert "expected" in shown
        assert "np.exp(z)" in shown
        await press(pilot, "enter", "escape", "escape")
        assert isinstance(pilot.app.screen, ExerciseScreen)


async def test_starting_anew_keeps_the_old_file(open_app: OpenApp, path: Path) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, WRONG)
        await press(pilot, "ctrl+r", "enter")
        assert path.read_text() == WRONG
        await press(pilot, "ctrl+r", "down", "enter")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ExerciseScreen)
        assert screen.editor.text == path.read_text() == STUB
        assert path.with_name(f"{SLUG}.20260302-090000.py").read_text() == WRONG
        assert f"kept as {SLUG}.20260302-090000.py" in notices(pilot.app)


# The file and the editor


async def test_a_file_begun_before_the_task_changed_is_told_so(open_app: OpenApp, tutor: Tutor, path: Path) -> None:
    path.parent.mkdir()
    path.write_text(WRONG)
    tutor.store.append(EventType.BEGIN, f"exercise:{SLUG}", {"version": 0, "signature": "sigmoid(z) -> s"})
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "The task has changed since you began: your file is for version 0" in notices(pilot.app)
        assert "!  The task has changed since you began" in await grade(pilot)
    assert path.read_text() == WRONG


async def test_the_code_is_still_there_after_leaving(open_app: OpenApp, path: Path) -> None:
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        await press(pilot, "enter")
        await write(pilot, WRONG)
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, ExercisesScreen)
        assert path.read_text() == WRONG
        await press(pilot, "enter", "2")
        assert pilot.app.screen.query_one(FileEditor).text == WRONG


async def test_quitting_keeps_what_was_typed(open_app: OpenApp, path: Path) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, WRONG)
        await pilot.press("ctrl+q")
    assert path.read_text() == WRONG


async def test_quitting_keeps_elsewhere_what_cannot_be_written(
    open_app: OpenApp, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app("exercise", SLUG)
    async with app.run_test(size=SMALL) as pilot:
        await write(pilot, WRONG)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        path.unlink()
        path.mkdir()
        await press(pilot, "f5")
        assert "cannot be read" in notices(app)
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, ExerciseScreen), "it is not left while the text is nowhere"
        await pilot.press("ctrl+q")
    told = str(app.fault)
    assert "It is kept in" in told
    assert Path(told.rpartition(" ")[2].rstrip(".")).read_text() == WRONG


async def test_after_a_while_the_text_is_saved(open_app: OpenApp, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_editor, "AUTOSAVE", 0.01)
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, WRONG)
        await until(pilot, lambda: path.read_text() == WRONG)


async def test_a_change_by_another_program_is_taken_over(open_app: OpenApp, path: Path) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "2")
        path.write_text(RIGHT)
        assert "Passed" in await grade(pilot)
        assert "changed by another program" in notices(pilot.app)
        assert pilot.app.screen.query_one(FileEditor).text == RIGHT


async def test_when_both_changed_it_both_are_kept(open_app: OpenApp, path: Path) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, RIGHT)
        path.write_text(WRONG)
        assert "Passed" in await grade(pilot)
        assert path.read_text() == RIGHT
        assert path.with_name(f"{SLUG}.20260302-090000.py").read_text() == WRONG
        assert f"the other one is in {SLUG}.20260302-090000.py" in notices(pilot.app)


async def test_a_file_that_is_no_text_is_told_and_left_alone(open_app: OpenApp, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# caf\xe9\n")
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "2", "x")
        editor = pilot.app.screen.query_one(FileEditor)
        assert "Line 1 of stable_sigmoid.py is not UTF-8" in editor.text
        await press(pilot, "escape", "escape")
        assert not isinstance(pilot.app.screen, ExerciseScreen)
    assert path.read_bytes() == b"# caf\xe9\n"


async def test_a_file_mended_elsewhere_can_be_edited_again(open_app: OpenApp, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# caf\xe9\n")
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        path.write_text(WRONG)
        await press(pilot, "f2", "f2", "f2")
        await write(pilot, RIGHT)
        assert "Passed" in await grade(pilot)


# Another editor


async def test_watching_grades_what_another_program_saves(
    open_app: OpenApp, tutor: Tutor, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_editor, "LOOK", 0.01)
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "f7")
        assert "watching" in title(pilot.app)
        path.write_text(WRONG)
        await until(pilot, lambda: attempts(tutor))
        path.write_text(RIGHT)
        await until(pilot, lambda: len(attempts(tutor)) == 2)
        assert "Passed" in await verdict_of(pilot)
        await press(pilot, "f7")
        assert "watching" not in title(pilot.app)
        assert not pilot.app.screen.query_one(FileEditor).watching


async def test_watching_does_not_grade_what_is_typed_here(
    open_app: OpenApp, tutor: Tutor, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_editor, "LOOK", 0.01)
    monkeypatch.setattr(file_editor, "AUTOSAVE", 0.01)
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "f7")
        await write(pilot, RIGHT)
        await until(pilot, lambda: path.read_text() == RIGHT)
        await pilot.pause(0.1)
        assert attempts(tutor) == []


async def test_where_no_editor_can_be_opened_it_is_told(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "f6")
        assert "No editor is set" in notices(pilot.app)
        monkeypatch.setenv("EDITOR", "vi")
        await press(pilot, "f6")
        assert "This terminal cannot be handed over to 'vi'" in notices(pilot.app)


async def test_the_own_editor_opens_the_file(
    open_app: OpenApp, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    @contextmanager
    def suspended(_: object) -> Iterator[None]:
        inside.append(True)
        yield
        inside.append(False)

    monkeypatch.setattr(App, "suspend", suspended)
    (tmp_path / "new.py").write_text(RIGHT)
    monkeypatch.setenv("EDITOR", f"cp '{tmp_path / 'new.py'}'")
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "f6")
        assert inside == [True, False]
        assert pilot.app.screen.query_one(FileEditor).text == path.read_text() == RIGHT
        monkeypatch.setenv("EDITOR", "/no/such/editor")
        await press(pilot, "f6")
        assert inside == [True, False] * 2, "the terminal is taken back"
        assert "'/no/such/editor' could not be started" in notices(pilot.app)


# Panes


async def test_at_80_columns_one_pane_is_shown_at_a_time(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        screen = pilot.app.screen

        def shown() -> list[str]:
            return [name for name in ("task", "code", "verdict") if screen.query_one(f"#{name}").region.area]

        for keys, pane in ((("f2",), "code"), (("ctrl+t",), "verdict"), (("f2",), "task"), (("3",), "verdict")):
            await press(pilot, *keys)
            assert shown() == [pane]
            assert screen.focused is not None
            assert screen.focused.id == pane
        await pilot.click("#tab-code")
        await pilot.pause()
        assert shown() == ["code"]


async def test_where_there_is_room_all_panes_are_shown_and_grading_leaves_the_cursor(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=WIDE) as pilot:
        screen = pilot.app.screen
        assert all(screen.query_one(f"#{name}").region.area for name in ("task", "code", "verdict"))
        await write(pilot, WRONG)
        assert "Not passed" in await grade(pilot)
        assert screen.query_one(FileEditor).has_focus
        await pilot.click("#verdict")
        await pilot.pause()
        assert screen.query_one("#verdict").has_focus
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not screen.query_one("#task").region.area


async def test_the_keys_are_listed_while_the_editor_takes_every_letter(open_app: OpenApp) -> None:
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await press(pilot, "2", "question_mark", "s")
        assert pilot.app.screen.query_one(FileEditor).text.startswith("?simport")
        await press(pilot, "f1")
        assert isinstance(pilot.app.screen, HelpScreen)
        keys = pilot.app.screen.query_one(Prose).text
        for told in ("Save the code and grade it", "Open the next hint", "Grade at each save", "List your attempts"):
            assert told in keys


# What goes wrong


async def test_an_unknown_exercise_is_told(open_app: OpenApp) -> None:
    async with open_app("exercise", "stable_sigmoide").run_test(size=SMALL) as pilot:
        await pilot.pause()
        told = pilot.app.screen.query_one("#task", Prose).text.replace("\n   ", " ")
        assert "There is no exercise 'stable_sigmoide'. Did you mean 'stable_sigmoid'?" in told
        await press(pilot, "f5", "f4", "f8", "f9", "escape")
        assert not isinstance(pilot.app.screen, ExerciseScreen)


async def test_a_workspace_that_cannot_be_written_is_told(open_app: OpenApp, surroundings: Path, tutor: Tutor) -> None:
    (surroundings / "workspace").write_text("a file where the folder should be")
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "cannot be written" in notices(pilot.app)
        assert "turns it into a probability" in pilot.app.screen.query_one("#task", Prose).text
        await press(pilot, "2", "x")
        assert "cannot be written" in pilot.app.screen.query_one(FileEditor).text
        assert "Not graded." in await grade(pilot)
        await press(pilot, "escape", "escape", "escape")
        assert not isinstance(pilot.app.screen, ExerciseScreen)
    assert attempts(tutor) == []


@pytest.mark.parametrize("fault", [GraderError("The worker [x] did not start."), StoreError("The disk is full.")])
async def test_when_grading_fails_it_is_told_and_the_code_stays(
    open_app: OpenApp, path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_: object, **__: object) -> Graded:
        raise fault

    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await write(pilot, RIGHT)
        with monkeypatch.context() as patched:
            patched.setattr(Practice, "grade", fail)
            assert f"Not graded. {fault}" in await grade(pilot)
        assert path.read_text() == RIGHT
        assert "Passed" in await grade(pilot)


async def test_an_exercise_that_is_malformed_is_told(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.grading.package.load_script", lambda *_: {})
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        told = (await grade(pilot)).replace("\n   ", " ")
        assert "Not graded." in told
        assert "this file defines no cases(rng). Define it." in told


async def test_leaving_while_grading_still_keeps_the_attempt(
    open_app: OpenApp, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, closed = threading.Event(), threading.Event()
    grade_now, close_now = Practice.grade, Practice.close

    def slowly(self: Practice, slug: str) -> Graded:
        go_on.wait(10)
        return grade_now(self, slug)

    def close(self: Practice) -> None:
        close_now(self)
        closed.set()

    monkeypatch.setattr(Practice, "grade", slowly)
    monkeypatch.setattr(Practice, "close", close)
    async with open_app("exercise", SLUG).run_test(size=SMALL) as pilot:
        await pilot.press("f5")
        await pilot.pause()
        assert "Grading ..." in pilot.app.screen.query_one("#verdict", Prose).text
        await press(pilot, "f5", "escape")
        assert not isinstance(pilot.app.screen, ExerciseScreen)
        assert "Grading goes on" in notices(pilot.app)
        assert not closed.is_set()
        go_on.set()
        await until(pilot, lambda: closed.is_set())
    assert attempts(tutor) == [(False, "")]


# How it looks


def verdict(**changes: Any) -> Graded:
    names = ("random, 3 scores", "random, 5 scores", "random, 7 scores", "a matrix")
    checks = tuple(Check(name, True) for name in names)
    fields: dict[str, Any] = {
        "exercise": SLUG,
        "passed": True,
        "checks": checks,
        "seconds": 0.12,
        "sandbox": "portable",
        "seed": 7,
        "vectorized": True,
    }
    return Graded(Verdict(**(fields | changes)), "id", True, Path("x"))


FAILED = verdict(
    passed=False,
    vectorized=None,
    checks=(
        Check("random, 3 scores", False, "at [0] expected 0.73, got 0.27 (3 of 3 values differ)"),
        Check("random, 5 scores", False, "at [0] expected 0.73, got 0.27 (5 of 5 values differ)"),
        Check("a matrix", True),
    ),
    diagnosis=Diagnosis("wrong-sign", "This is sigma(-z): check the sign.", "sigmoid-model"),
    warnings=("Line 5: RuntimeWarning: overflow encountered in exp.",),
    output="z = [0. 1.]\n[bold]not markup[/bold]",
)


@pytest.mark.snapshot
@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])
@pytest.mark.parametrize("graded", [FAILED, verdict()], ids=["failed", "passed"])
def test_a_verdict_looks_as_before(
    open_app: OpenApp, snap_compare: SnapCompare, size: tuple[int, int], graded: Graded
) -> None:
    async def show(pilot: Pilot[Any]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, ExerciseScreen)
        await write(pilot, WRONG)
        screen.go_to("verdict")
        screen.post_message(ExerciseScreen.Finished(graded))
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(open_app("exercise", SLUG), terminal_size=size, run_before=show)


@pytest.mark.snapshot
def test_a_hint_looks_as_before(open_app: OpenApp, snap_compare: SnapCompare) -> None:
    async def show(pilot: Pilot[Any]) -> None:
        await press(pilot, "f4")
        await pilot.pause()

    assert snap_compare(open_app("exercise", SLUG), terminal_size=SMALL, run_before=show)


@pytest.mark.snapshot
def test_the_attempts_look_as_before(
    open_app: OpenApp, snap_compare: SnapCompare, tutor: Tutor, clock: StillClock
) -> None:
    for number, program in enumerate((STUB, WRONG, RIGHT)):
        clock.move(minutes=7 * number)
        payload = {"passed": program == RIGHT, "seed": 7, "seconds": 0.1, "source": program, "version": 1}
        payload |= {"message": "random, 3 scores: at [0] expected 0.73, got 0.27" if program != RIGHT else ""}
        payload |= {"bug": "wrong-sign" if program == WRONG else ""}
        tutor.store.append(EventType.ATTEMPT, f"exercise:{SLUG}", payload)

    async def show(pilot: Pilot[Any]) -> None:
        await press(pilot, "f9", "down")

    assert snap_compare(open_app("exercise", SLUG), terminal_size=SMALL, run_before=show)
