"""The quiz: one question at a time. Choose, order or type; the answer is saved, and only then judged aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tutor.domain.items import Posed, QuestionForm
from tutor.services.judging import Given, labels
from tutor.services.quiz import Outcome, Quiz
from tutor.ui.screens.base import StudyScreen
from tutor.ui.stopwatch import Stopwatch
from tutor.ui.widgets.answer import AnswerArea, AnswerInput
from tutor.ui.widgets.foot import FootLine
from tutor.ui.widgets.prose import Block, Prose, literal, typed
from tutor.ui.widgets.stepped import SteppedProse

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

LETTERS = "abcdefg"


class QuizScreen(StudyScreen):
    """A sitting over the questions that are due, or over those of one topic."""

    DEFAULT_CSS = "QuizScreen #question { padding: 1 2 0 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Answer", tooltip="Submit the answer; then the next question", id="quiz.submit"),
        Binding("space", "mark", "Mark", tooltip="Mark the option under the cursor", id="quiz.mark"),
        Binding(
            "shift+down,J", "carry(1)", "Carry down", show=False, tooltip="Move this step down", id="quiz.carry-down"
        ),
        Binding("shift+up,K", "carry(-1)", "Carry up", show=False, tooltip="Move this step up", id="quiz.carry-up"),
        *(
            Binding(letter, f"letter({place})", f"Option {letter}", show=False, id=f"quiz.{letter}")
            for place, letter in enumerate(LETTERS)
        ),
        Binding(
            "h,i",
            "hint",
            "Hint",
            key_display="h",
            tooltip="The idea behind it; the answer then counts as hard",
            id="quiz.hint",
        ),
        Binding("u", "undo", "Undo", tooltip="Take back the last answer and ask again", id="quiz.undo"),
        Binding("s", "section", "Section", tooltip="Read the section on this topic", id="quiz.section"),
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
        yield AnswerInput("", id="answer")
        yield AnswerArea(id="lines")
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
        if action in ("mark", "letter"):
            return asking and self.form in (QuestionForm.SINGLE, QuestionForm.MULTIPLE)
        if action == "carry":
            return asking and self.form is QuestionForm.ORDERING
        if action == "hint":
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
        if self.posed and place < len(self.posed.options):
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
            self.foot.say("Mark an option first: its letter, or Space at the cursor.")
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
            self.foot.say("Type an answer first; a guess is better than nothing. Esc, then h: a hint.")

    def submit(self, given: Given) -> None:
        """Saves first; what was right is told only then. What cannot be read or saved leaves the question open."""
        posed = self.posed
        assert posed is not None
        with self.telling():
            self.outcome = self.quiz.answer(posed, given, changed=self.changed, seconds=self.stopwatch.seconds)
            if self.field:
                self.field.display = False
            self.prose.step = None
            self.foot.say(f"saved - again in {self.outcome.interval}")
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

    def action_section(self) -> None:
        posed = self.posed or self.quiz.mistakes[self.cursor].posed
        if self.tutor.library.section(posed.question.topic):
            cast("DlcsApp", self.app).open_screen("sheet", posed.question.topic)
        else:
            self.foot.say("There is no section on this topic yet.")


def question_blocks(posed: Posed, marked: list[int], cursor: int | None) -> list[Block]:
    """The prompt and its options, with the cursor and the marks as signs."""
    form = posed.question.form
    told = {
        QuestionForm.SINGLE: "One is right: its letter or Space marks it, Enter answers.",
        QuestionForm.MULTIPLE: "Mark every right one: its letter or Space marks it, Enter answers.",
        QuestionForm.ORDERING: "Shift with an arrow (or K, J) carries the step at >, Enter answers.",
    }.get(form, "")
    blocks = [Block(posed.prompt, "prompt")]
    if told:
        blocks.append(Block(told, style="dim"))
    known = labels(posed)
    for place in range(len(posed.options)):
        at = "> " if place == cursor else "  "
        if form is QuestionForm.ORDERING:
            text, sign = posed.options[marked[place]].text, f"{place + 1}."
        else:
            text = posed.options[place].text
            sign = f"{_box(place in marked, form is QuestionForm.MULTIPLE)} {known[place]}"
        style = "chosen" if place == cursor or (place in marked and form is not QuestionForm.ORDERING) else ""
        blocks.append(Block(text, f"option{place}", f"{at}{sign}  ", style, gap=0))
    return [*blocks, Block("")] if posed.options else blocks


def outcome_blocks(outcome: Outcome) -> list[Block]:
    """The question with what was right and what was chosen, the verdict, reasons and explanation."""
    posed, given, right = outcome.posed, outcome.given, outcome.judgement.correct
    blocks = [Block(posed.prompt, "prompt")]
    if isinstance(given, list):
        blocks += _chosen(posed, given)
    else:
        blocks.append(Block(f"You wrote {typed(given)}"))
    verdict = f"**{'Right' if right else 'Not right'}.** {literal(outcome.judgement.message)}"
    blocks.append(Block(verdict, "verdict", "ok  " if right else "x   ", "good" if right else "bad"))
    for option in outcome.reasons:
        letter = labels(posed)[posed.options.index(option)]
        blocks.append(Block(option.reason, "verdict", f"    {letter}  ", "bad"))
    if not right and not isinstance(given, list):
        blocks.append(Block(_right_answer(outcome), "verdict"))
    return [*blocks, Block(posed.explanation, "verdict"), Block("**Enter** goes on.", "verdict", style="dim")]


def _chosen(posed: Posed, given: list[int]) -> list[Block]:
    known = labels(posed)
    if posed.question.form is QuestionForm.ORDERING:
        from tutor.content.generators import right_order

        order = right_order(posed)
        rows = [(posed.options[place].text, place == given[at], f"{at + 1}.") for at, place in enumerate(order)]
        blocks = [
            Block(text, "", f"{'ok' if same else 'x '} {sign}  ", "good" if same else "bad", gap=0)
            for text, same, sign in rows
        ]
        return [Block("The right order (ok where yours agrees):", style="dim"), *blocks, Block("")]
    several = posed.question.form is QuestionForm.MULTIPLE
    blocks = []
    for place, option in enumerate(posed.options):
        mark = "ok" if option.right else "x " if place in given else "  "
        style = "good" if option.right else "bad" if place in given else ""
        blocks.append(Block(option.text, "", f"{mark} {_box(place in given, several)} {known[place]}  ", style, gap=0))
    return [*blocks, Block("")]


def _box(marked: bool, several: bool) -> str:
    return ("[x]" if marked else "[ ]") if several else ("(x)" if marked else "( )")


def _right_answer(outcome: Outcome) -> str:
    """The right answer in Markdown: printed output and steps on lines of their own."""
    posed = outcome.posed
    if posed.question.form is QuestionForm.ORDERING:
        order = [labels(posed).index(letter) for letter in outcome.right.split()]
        steps = "\n".join(f"{number}. {posed.options[place].text}" for number, place in enumerate(order, 1))
        return f"The right order:\n\n{steps}"
    if posed.question.form is QuestionForm.MULTIPLE:
        right = "\n".join(f"- {option.text}" for option in posed.options if option.right)
        return f"The right ones:\n\n{right}"
    if posed.question.form is QuestionForm.SINGLE:
        return f"The right one: {next(option.text for option in posed.options if option.right)}"
    parted = "\n\n" if outcome.right.startswith("```") else " "
    return f"The answer:{parted}{outcome.right}"


def summary_blocks(quiz: Quiz, title: Callable[[str], str], cursor: int = 0) -> list[Block]:
    """The score, then each mistake with its answer and the section that explains it; the cursor is at one of them."""
    count, wrong = len(quiz.outcomes), quiz.mistakes
    blocks = [Block(f"**{count - len(wrong)} of {count} right.**" if count else "**No question to answer now.**")]
    for number, outcome in enumerate(wrong):
        name, question = f"mistake{number}", outcome.posed.question
        asked = outcome.posed.prompt.split("\n\n", 1)[0]
        blocks.append(Block(asked, name, "> " if number == cursor else "  ", "chosen", gap=0))
        blocks.append(Block(_right_answer(outcome), name, "  ", gap=0))
        blocks.append(Block(f"Section: *{literal(title(question.topic))}*", name, "  ", "dim"))
    blocks += [Block(literal(str(problem)), prefix="!  ", style="bad") for problem in quiz.problems]
    undo = "; **u** takes back the last answer" if count else ""
    section = "; **s** reads the section" if wrong else ""
    return [*blocks, Block(f"**Enter** goes on{undo}{section}.", style="dim")]
