"""The quiz: one question at a time. Choose, order or type; the answer is saved, and only then judged aloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tutor.domain.items import Posed, QuestionForm
from tutor.services.judging import Given
from tutor.services.quiz import Outcome, Quiz
from tutor.ui.screens.base import StudyScreen
from tutor.ui.stopwatch import Stopwatch
from tutor.ui.widgets.answer import AnswerArea, AnswerInput
from tutor.ui.widgets.foot import FootLine
from tutor.ui.widgets.prose import Block, Prose
from tutor.ui.widgets.question import outcome_blocks, question_blocks, summary_blocks
from tutor.ui.widgets.stepped import SteppedProse

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

LETTERS = "abcdefg"
LEAVE = "Esc leaves this field, then x: I do not know"


class QuizScreen(StudyScreen):
    """A sitting over the questions that are due, or over those of one topic."""

    DEFAULT_CSS = "QuizScreen #question { padding: 1 2 0 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Go on", tooltip="Submit the answer; then the next question", id="quiz.submit"),
        Binding("space", "mark", "Mark", show=False, tooltip="Mark the option under the cursor", id="quiz.mark"),
        Binding(
            "shift+down,J", "carry(1)", "Carry down", show=False, tooltip="Move this step down", id="quiz.carry-down"
        ),
        Binding("shift+up,K", "carry(-1)", "Carry up", show=False, tooltip="Move this step up", id="quiz.carry-up"),
        *(
            Binding(letter, f"letter({place})", f"Option {letter}", show=False, id=f"quiz.{letter}")
            for place, letter in enumerate(LETTERS)
            if letter != "e"
        ),
        Binding(
            "h,i",
            "hint",
            "Hint",
            key_display="h",
            tooltip="The idea behind it; then it counts as hard",
            id="quiz.hint",
        ),
        Binding(
            *("x", "give_up", "I do not know"),
            tooltip="I do not know: counts as wrong, shows the answer",
            id="quiz.unknown",
        ),
        Binding("u", "undo", "Undo", tooltip="Take back the last answer and ask again", id="quiz.undo"),
        Binding("s", "section", "Section", tooltip="Read the section on this topic", id="quiz.section"),
        # A fifth option is rare, and after the answer its letter is free.
        Binding(
            *("e", "edit", "Edit"),
            show=False,
            tooltip="Edit this question in your editor",
            id="quiz.edit",
        ),
    ]

    def __init__(self, topic: str | None = None) -> None:
        super().__init__()
        self.topic = topic
        self.posed: Posed | None = None
        self.outcome: Outcome | None = None
        self.cursor = 0  #: the option, or at the end the mistake, that the keys act on
        self.marked: list[int] = []  #: the options marked; for an ordering, the options in their present order
        self.changed = False
        self.hint = ""
        self.stopwatch = Stopwatch()

    def body(self) -> Iterator[Widget]:
        yield SteppedProse(ascii=self.tutor.settings.ascii, id="question")
        yield AnswerInput(f"Enter compares   {LEAVE}", id="answer")
        yield AnswerArea(f"Ctrl+D or F5 compares   {LEAVE}", id="lines")
        yield FootLine()

    def on_mount(self) -> None:
        self.quiz = Quiz(self.tutor, None if self.topic is None else [self.topic])
        self.next_question()

    def on_screen_suspend(self) -> None:
        self.stopwatch.pause()

    def on_screen_resume(self) -> None:
        self.stopwatch.resume()

    @property
    def prose(self) -> SteppedProse:
        return self.query_one("#question", SteppedProse)

    @property
    def foot(self) -> FootLine:
        return self.query_one(FootLine)

    def complain(self, message: str) -> None:
        self.foot.complain(message)

    @property
    def form(self) -> QuestionForm | None:
        return self.posed.question.form if self.posed else None

    @property
    def field(self) -> AnswerInput | AnswerArea | None:
        """Where this question is answered by typing; None where it is answered by choosing."""
        if self.form in (QuestionForm.NUMERIC, QuestionForm.FORMULA):
            return self.query_one(AnswerInput)
        return self.query_one(AnswerArea) if self.form is QuestionForm.OUTPUT else None

    # What is shown

    def next_question(self) -> None:
        """Shows the current question, or the summary when there is none."""
        self.query_one(AnswerInput).display = self.query_one(AnswerArea).display = False
        with self.telling():
            self.posed, self.outcome = self.quiz.current, None
            self.cursor, self.marked, self.changed, self.hint = 0, [], False, ""
            self.stopwatch.restart()
            if self.posed is None:
                self.tell("Quiz", "done" if self.quiz.outcomes else "")
                self.foot.name_item("")
                self.prose.step = self.step if len(self.quiz.mistakes) > 1 else None
                self.show_summary(home=True)
                self.prose.focus()
            else:
                if self.form is QuestionForm.ORDERING:
                    self.marked = list(range(len(self.posed.options)))
                self.tell(self.titles(self.posed.question.topic), f"{self.quiz.left} left")
                self.foot.name_item(self.posed.question.slug)
                self.prose.step = self.step if self.posed.options else None
                self.show_question(home=True)
                if self.field:
                    self.field.open()
                else:
                    self.prose.focus()
        self.refresh_bindings()

    def show_question(self, home: bool = False) -> None:
        assert self.posed is not None
        blocks = question_blocks(self.posed, self.marked, None if self.field else self.cursor)
        if self.hint:
            blocks.append(Block(self.hint, "hint", "hint  ", "chosen"))
        self.prose.show(*blocks, home=home)

    def show_summary(self, home: bool = False) -> None:
        self.prose.show(*summary_blocks(self.quiz, self.titles, self.cursor), home=home)

    def titles(self, topic: str) -> str:
        known = self.tutor.curriculum.topics.get(topic)
        return known.title if known else topic

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        asking = self.posed is not None and self.outcome is None
        choosing = asking and self.form in (QuestionForm.SINGLE, QuestionForm.MULTIPLE)
        if action == "mark":
            return choosing
        if action == "letter":
            return choosing and self.posed is not None and parameters[0] in range(len(self.posed.options))
        if action == "edit":
            return self.outcome is not None or (choosing and self.check_action("letter", (LETTERS.index("e"),)))
        if action == "carry":
            return asking and self.form is QuestionForm.ORDERING
        if action in ("hint", "give_up"):
            return asking
        if action == "section" and self.is_mounted:
            return self.outcome is not None or (self.posed is None and bool(self.quiz.mistakes))
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        if self.focused is not None and self.focused is self.field:
            self.prose.focus()
            self.foot.say("Enter goes back to your answer; Esc leaves the quiz.")
        else:
            self.dismiss(False)

    def step(self, by: int) -> None:
        """Moves the cursor over the options, or at the end over the mistakes."""
        count = len(self.posed.options if self.posed else self.quiz.mistakes)
        target = self.cursor + by
        if not 0 <= target < count:
            # What stands above the first option and below the last one is reached with the same keys.
            self.prose.scroll_relative(y=by, animate=False)
        elif self.posed:
            self.point_to(target)
        else:
            self.cursor = target
            self.show_summary()
            self.prose.scroll_into_view(f"mistake{target}")

    def point_to(self, place: int) -> None:
        """Moves the cursor to an option, and shows what is marked by now."""
        self.cursor = place
        self.foot.say("")
        self.show_question()
        self.prose.scroll_into_view(f"option{place}")

    def action_carry(self, by: int) -> None:
        target = self.cursor + by
        if 0 <= target < len(self.marked):
            self.marked[self.cursor], self.marked[target] = self.marked[target], self.marked[self.cursor]
            self.point_to(target)

    def action_letter(self, place: int) -> None:
        self.cursor = place
        self.action_mark()

    def action_mark(self) -> None:
        """Marks the option under the cursor. Marking another one after a first counts as a change of mind."""
        if self.form is QuestionForm.MULTIPLE:
            if self.cursor in self.marked:
                self.changed = True
                self.marked.remove(self.cursor)
            else:
                self.marked.append(self.cursor)
        elif self.marked != [self.cursor]:
            self.changed = self.changed or bool(self.marked)
            self.marked = [self.cursor]
        self.point_to(self.cursor)

    def on_prose_clicked(self, event: Prose.Clicked) -> None:
        if event.name.startswith("option") and self.outcome is None:
            self.point_to(int(event.name.removeprefix("option")))
            if self.form is not QuestionForm.ORDERING:
                self.action_mark()
        elif event.name.startswith("mistake"):
            self.cursor = int(event.name.removeprefix("mistake"))
            self.show_summary()

    def action_submit(self) -> None:
        if self.posed is None:
            self.dismiss(True)
        elif self.outcome is not None:
            self.foot.say("")
            self.next_question()
        elif self.field:
            self.foot.say("")
            self.field.focus()
        elif not self.marked:
            self.foot.say("Mark an option first: its letter, or Space at the cursor; x: you do not know.")
        else:
            self.submit(list(self.marked) if self.form is QuestionForm.ORDERING else sorted(self.marked))

    def on_input_submitted(self, event: AnswerInput.Submitted) -> None:
        self.submit_text(event.value)

    def on_answer_area_submitted(self, event: AnswerArea.Submitted) -> None:
        self.submit_text(event.value)

    def submit_text(self, text: str) -> None:
        if self.posed is None or self.outcome is not None:
            return
        if text.strip():
            self.submit(text)
        else:
            self.foot.say("Type an answer first. After Esc, h gives a hint, and x says that you do not know.")

    def action_give_up(self) -> None:
        self.submit(None)

    def submit(self, given: Given | None) -> None:
        """Saves first; what was right is told only then. What cannot be read or saved leaves the question open."""
        posed = self.posed
        assert posed is not None
        with self.telling():
            self.outcome = self.quiz.answer(posed, given, changed=self.changed, seconds=self.stopwatch.seconds)
            if self.field:
                self.field.display = False
            self.prose.step = None
            self.foot.say(f"saved - back in {self.outcome.interval}")
            self.tell(self.titles(posed.question.topic), f"{self.quiz.left} left")
            self.prose.show(*outcome_blocks(self.outcome), home=False)
            self.prose.focus()
            # The height is known only once the field is gone.
            self.call_after_refresh(self.prose.scroll_into_view, "verdict")
        self.refresh_bindings()

    def action_hint(self) -> None:
        if self.posed is not None and self.outcome is None:
            with self.telling():
                self.hint = self.quiz.hint(self.posed)
                self.show_question()
                self.foot.say("saved - a right answer now counts as hard")
                self.prose.scroll_into_view("hint")

    def action_undo(self) -> None:
        with self.telling():
            undone = self.quiz.undo()
            self.foot.say(undone.text if undone else "There is nothing to undo.")
            if undone and undone.item.startswith("question:"):
                self.next_question()

    def action_edit(self) -> None:
        """Opens the question's source in the learner's editor; what was answered stays as it was judged."""
        from tutor.ui.editor import edit_item

        outcome = self.outcome
        if outcome is None:
            self.action_letter(LETTERS.index("e"))
            return
        with self.telling():
            question, told = edit_item(self.app, self.tutor, outcome.posed.question)
            if question is not None:
                self.outcome = self.quiz.reworded(outcome, question)
                self.prose.show(*outcome_blocks(self.outcome), home=False)
            self.foot.say(told)

    def action_section(self) -> None:
        posed = self.posed or self.quiz.mistakes[self.cursor].posed
        if self.tutor.library.section(posed.question.topic):
            cast("DlcsApp", self.app).open_screen("sheet", posed.question.topic)
        else:
            self.foot.say("There is no section on this topic yet.")
