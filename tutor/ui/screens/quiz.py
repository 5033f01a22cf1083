"""The quiz: one question at a time; an answer is saved, and only then told right or wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tutor.domain.errors import ContentError, UsageError
from tutor.domain.items import Posed, QuestionForm
from tutor.services.judging import Given, labels, parse_given
from tutor.services.quiz import Outcome, Quiz
from tutor.ui.screens.base import StudyScreen
from tutor.ui.stopwatch import Stopwatch
from tutor.ui.widgets.answer import AnswerArea, AnswerInput
from tutor.ui.widgets.choices import Choices, Picks
from tutor.ui.widgets.foot import FootLine
from tutor.ui.widgets.prose import Block, Prose, literal, typed

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

#: The letters that choose an option; h gives a hint.
LETTERS = "abcdefg"
HOW = {
    QuestionForm.SINGLE: "One is right. A letter or Space marks it, Enter answers.",
    QuestionForm.MULTIPLE: "One or more are right. Letters or Space mark them, Enter answers.",
    QuestionForm.ORDERING: "K and J (or Shift with the arrows) move the step at >, Enter answers.",
}


class QuizScreen(StudyScreen):
    """A quiz over the questions that are due, or over those of one topic."""

    DEFAULT_CSS = "QuizScreen #question { padding: 1 2 0 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Answer", tooltip="Give the answer; then go on", id="quiz.go-on"),
        Binding("space", "mark", "Mark", tooltip="Mark the option at > (its letter does too)", id="quiz.mark"),
        *(
            Binding(letter, f"pick({position})", show=False, id=f"quiz.{letter}")
            for position, letter in enumerate(LETTERS)
        ),
        Binding("K,shift+up", "carry(-1)", "Up", show=False, tooltip="Move the step at > up", id="quiz.step-up"),
        Binding("J,shift+down", "carry(1)", "Down", show=False, tooltip="Move the step at > down", id="quiz.step-down"),
        Binding("h", "hint", "Hint", tooltip="A hint; the answer then counts as hard", id="quiz.hint"),
        Binding("u", "undo", "Undo", tooltip="Take back the last thing done", id="quiz.undo"),
        Binding("s", "section", "Section", tooltip="Read the section on this topic", id="quiz.section"),
    ]

    def __init__(self, topic: str | None = None) -> None:
        super().__init__()
        self.topic = topic
        self.posed: Posed | None = None  #: what is asked now
        self.outcome: Outcome | None = None  #: what is told now
        self.picks: Picks | None = None
        self.hint = ""
        self.broken = ""  #: the question that cannot be asked
        self.mistake = 0  #: which of the mistakes at the end the cursor is at
        self.stopwatch = Stopwatch()

    def body(self) -> Iterator[Widget]:
        yield Choices(ascii=self.tutor.settings.ascii, id="question")
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
    def prose(self) -> Choices:
        return self.query_one(Choices)

    @property
    def field(self) -> AnswerInput | AnswerArea | None:
        """Where the answer to this question is typed; None where it is chosen."""
        if self.posed is None or self.posed.options:
            return None
        output = self.posed.question.form is QuestionForm.OUTPUT
        return self.query_one(AnswerArea) if output else self.query_one(AnswerInput)

    @property
    def foot(self) -> FootLine:
        return self.query_one(FootLine)

    def complain(self, message: str) -> None:
        self.foot.complain(message)

    # What is shown

    def next_question(self) -> None:
        """Asks the current question, or shows the score when there is none."""
        self.posed = self.outcome = self.picks = None
        self.hint = self.broken = ""
        self.query_one(AnswerInput).display = self.query_one(AnswerArea).display = False
        with self.telling():
            try:
                self.posed = self.quiz.current
            except ContentError as error:
                self.show_broken(error)
            else:
                self.ask(self.posed) if self.posed else self.show_score()
        self.refresh_bindings()

    def ask(self, posed: Posed) -> None:
        self.stopwatch.restart()
        self.tell(f"Quiz: {self.title_of(posed.question.topic)}", f"{self.quiz.left} left")
        self.foot.name_item(posed.question.slug)
        self.picks = Picks(posed) if posed.options else None
        self.prose.stepping = bool(posed.options)
        self.show_question()
        if self.field:
            self.field.open()
        else:
            self.prose.focus()

    def show_question(self, home: bool = True) -> None:
        assert self.posed is not None
        blocks = [Block(self.posed.prompt, "prompt")]
        if self.picks:
            blocks += self.picks.blocks()
            blocks.append(Block(HOW[self.posed.question.form], style="dim"))
        if self.hint:
            blocks.append(Block(self.hint, "hint", "hint  ", "chosen"))
        self.prose.show(*blocks, home=home)

    def show_outcome(self, outcome: Outcome) -> None:
        blocks = [Block(outcome.posed.prompt, "prompt")]
        if self.picks:
            blocks += self.picks.blocks(judged=True)
        self.prose.stepping = False
        self.prose.show(*blocks, *outcome_blocks(outcome), home=False)
        self.prose.focus()
        # The height is known only once the field is gone.
        self.call_after_refresh(self.prose.scroll_to_block, "verdict")

    def show_score(self) -> None:
        self.tell("Quiz", "done" if self.quiz.outcomes else "")
        self.foot.name_item("")
        mistakes = self.quiz.mistakes
        titles = [self.title_of(outcome.posed.question.topic) for outcome in mistakes]
        self.mistake = min(self.mistake, max(0, len(mistakes) - 1))
        self.prose.stepping = len(mistakes) > 1
        self.prose.show(*score_blocks(self.quiz.outcomes, mistakes, titles, self.mistake), home=False)
        self.prose.focus()

    def show_broken(self, error: ContentError) -> None:
        self.broken = self.quiz.queue.current(self.tutor.clock.now()) or ""
        self.tell("Quiz", f"{self.quiz.left} left")
        self.foot.name_item(self.broken.partition(":")[2])
        told = Block(f"This question cannot be asked: {literal(str(error))}", prefix="!  ", style="bad")
        self.prose.show(told, Block("**Enter** leaves it out.", style="dim"))
        self.prose.focus()

    def title_of(self, topic: str) -> str:
        known = self.tutor.curriculum.topics.get(topic)
        return known.title if known else topic

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("pick", "mark", "carry"):
            carries = self.picks is not None and self.picks.ordering
            fits = carries if action == "carry" else action == "pick" or not carries
            return self.picks is not None and self.outcome is None and fits
        if action == "hint":
            return self.posed is not None and self.outcome is None
        if action == "section":
            return bool(self.posed or self.quiz.mistakes) if self.is_mounted else False
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        if self.field and self.focused is self.field:
            self.prose.focus()
            self.foot.say("Enter goes back to your answer; Esc leaves the quiz.")
        else:
            self.dismiss(False)

    def action_go_on(self) -> None:
        if self.broken:
            self.quiz.queue.remove(self.broken)
            self.next_question()
        elif self.posed is None:
            self.dismiss(True)
        elif self.outcome:
            self.foot.say("")
            self.next_question()
        elif self.field:
            self.field.focus()
        elif self.picks:
            self.submit(self.picks.given)

    def on_input_submitted(self, event: AnswerInput.Submitted) -> None:
        self.submit(event.value)

    def on_answer_area_submitted(self, event: AnswerArea.Submitted) -> None:
        self.submit(event.value)

    def submit(self, given: Given) -> None:
        """Judges and saves an answer; one that cannot be read is told, and the question stays."""
        posed = self.posed
        if posed is None or self.outcome:
            return
        with self.telling():
            if isinstance(given, str):
                given = parse_given(posed, given)
            elif not given:
                raise UsageError("Nothing is marked yet: a letter or Space marks an option, Enter answers.")
            changed = self.picks is not None and self.picks.changed
            outcome = self.quiz.answer(posed, given, changed=changed, seconds=self.stopwatch.seconds)
            if self.field:
                self.field.display = False
            self.outcome = outcome
            self.foot.say(f"saved - again in {outcome.interval}")
            self.tell(f"Quiz: {self.title_of(posed.question.topic)}", f"{self.quiz.left} left")
            self.show_outcome(outcome)
        self.refresh_bindings()

    def action_mark(self) -> None:
        if self.picks:
            self.action_pick(self.picks.order[self.picks.cursor])

    def action_pick(self, option: int) -> None:
        if self.picks:
            self.picks.pick(option)
            self.show_picks(self.picks)

    def action_carry(self, by: int) -> None:
        if self.picks:
            self.picks.carry(by)
            self.show_picks(self.picks)

    def on_choices_stepped(self, event: Choices.Stepped) -> None:
        if self.picks is None:
            self.mistake = max(0, min(self.mistake + event.by, len(self.quiz.mistakes) - 1))
            self.show_score()
            self.prose.scroll_into_view(f"mistake:{self.mistake}")
        elif self.picks.step(event.by):
            self.show_picks(self.picks)
        else:
            self.prose.scroll_relative(y=event.by, animate=False)

    def show_picks(self, picks: Picks) -> None:
        self.foot.say("")
        self.show_question(home=False)
        self.prose.scroll_into_view(f"option:{picks.order[picks.cursor]}")

    def on_prose_clicked(self, event: Prose.Clicked) -> None:
        kind, _, number = event.name.partition(":")
        if kind == "option" and self.picks and not self.outcome:
            self.action_pick(int(number))
        elif kind == "mistake":
            self.mistake = int(number)
            self.show_score()

    def action_hint(self) -> None:
        if self.posed is None:
            return
        with self.telling():
            self.hint = self.quiz.hint(self.posed)
            self.show_question(home=False)
            self.foot.say("saved - with this hint the answer counts as hard at best")
            self.prose.scroll_into_view("hint")

    def action_undo(self) -> None:
        with self.telling():
            undone = self.quiz.undo()
            self.foot.say(undone.text if undone else "There is nothing to undo.")
            if undone and undone.item.startswith("question:"):
                self.next_question()

    def action_section(self) -> None:
        if self.posed and not self.outcome:
            self.foot.say("Answer first; h gives a hint, which counts.")
            return
        topic = self.posed.question.topic if self.posed else self.quiz.mistakes[self.mistake].posed.question.topic
        if self.tutor.library.section(topic) is None:
            self.foot.say("There is no section on this topic yet.")
        else:
            cast("DlcsApp", self.app).open_screen("sheet", topic)


def outcome_blocks(outcome: Outcome) -> list[Block]:
    """The verdict in words, the reasons of wrong options, the right answer, and why."""
    posed, judgement = outcome.posed, outcome.judgement
    right = judgement.correct
    blocks: list[Block] = []
    if isinstance(outcome.given, str):
        blocks.append(Block(f"You wrote {typed(outcome.given)}", "verdict", gap=0 if "\n" not in outcome.given else 1))
    told = f"**{'Right' if right else 'Not right'}.** {literal(judgement.message)}"
    blocks.append(Block(told, "verdict", "ok  " if right else "x   ", "good" if right else "bad"))
    for option in outcome.reasons:
        letter = labels(posed)[posed.options.index(option)]
        blocks.append(Block(option.reason, "reason", f"    {letter}  ", "bad"))
    if not right:
        parted = "\n\n" if outcome.right.startswith("```") else " "
        blocks.append(Block(f"The answer:{parted}{outcome.right}", "right"))
    return [*blocks, Block(posed.explanation, "explanation")]


def score_blocks(
    outcomes: Sequence[Outcome], mistakes: Sequence[Outcome], titles: Sequence[str], cursor: int
) -> list[Block]:
    """The score, then each mistake with the title of its topic; `cursor` is the mistake that s leads on from."""
    if not outcomes:
        return [Block("**No question to answer now.**"), Block("**Enter** goes on.", style="dim")]
    blocks = [Block(f"**{len(outcomes) - len(mistakes)} of {len(outcomes)} right.**")]
    for number, (outcome, title) in enumerate(zip(mistakes, titles, strict=True)):
        asked = outcome.posed.prompt.split("\n\n", 1)[0]
        parted = "\n\n" if outcome.right.startswith("```") else " "
        text = f"{asked}\n\nThe answer:{parted}{outcome.right}\n\nSection: *{literal(title)}*"
        sign = ">  " if number == cursor else "   "
        blocks.append(Block(text, f"mistake:{number}", sign, "chosen"))
    keys = "**Enter** goes on, **u** takes back the last answer"
    return [*blocks, Block(f"{keys}, **s** opens the section." if mistakes else f"{keys}.", style="dim")]
