"""The review: one card at a time. Look, answer to yourself or type, compare, grade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tutor.domain.answers import Judgement
from tutor.domain.items import Card
from tutor.services.review import Review
from tutor.ui.screens.base import StudyScreen
from tutor.ui.screens.flag import FlagScreen
from tutor.ui.stopwatch import Stopwatch
from tutor.ui.widgets.answer import AnswerInput
from tutor.ui.widgets.foot import FootLine
from tutor.ui.widgets.gradebar import NAMES, GradeBar
from tutor.ui.widgets.prose import Block, Prose, literal, typed

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp


@dataclass(frozen=True)
class Answered:
    """A typed answer and what the comparison says; `given` is None for 'I do not know'."""

    given: str | None
    judgement: Judgement


class ReviewScreen(StudyScreen):
    """A sitting over the cards that are due, or over those of one topic. Each grade is saved before the next card."""

    DEFAULT_CSS = "ReviewScreen #card { padding: 1 2 0 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            *("enter,space", "go_on", "Go on"),
            tooltip="Show the answer; then give the marked grade",
            id="review.go-on",
        ),
        Binding("1", "grade(1)", "Again", show=False, tooltip="Again: not known", id="review.again"),
        Binding("2", "grade(2)", "Hard", show=False, tooltip="Hard: known with trouble", id="review.hard"),
        Binding("3", "grade(3)", "Good", show=False, tooltip="Good: known", id="review.good"),
        Binding("4", "grade(4)", "Easy", show=False, tooltip="Easy: known at once", id="review.easy"),
        Binding("u", "undo", "Undo", tooltip="Take back the last thing done", id="review.undo"),
        Binding("ctrl+r,U", "redo", "Redo", show=False, tooltip="Bring back what was undone", id="review.redo"),
        Binding("b", "bury", "Bury", tooltip="Hide this card until tomorrow", id="review.bury"),
        Binding(
            *("exclamation_mark", "suspend", "Suspend"),
            show=False,
            key_display="!",
            tooltip="Hide this card for good",
            id="review.suspend",
        ),
        Binding("f", "flag", "Flag", show=False, tooltip="Flag this card, with a note", id="review.flag"),
        Binding("s", "section", "Section", tooltip="Read the section on this topic", id="review.section"),
        Binding("e", "edit", "Edit", show=False, tooltip="Edit this card in your editor", id="review.edit"),
    ]

    def __init__(self, topic: str | None = None) -> None:
        super().__init__()
        self.topic = topic
        self.card: Card | None = None
        self.revealed = False
        self.answer: Answered | None = None
        self.stopwatch = Stopwatch()
        self.graded: list[tuple[str, int]] = []
        self.taken_back: list[tuple[str, int]] = []

    def body(self) -> Iterator[Widget]:
        yield Prose(ascii=self.tutor.settings.ascii, id="card")
        yield AnswerInput("Enter compares; when empty: I do not know   Esc leaves this field", id="answer")
        yield GradeBar()
        yield FootLine()

    def on_mount(self) -> None:
        self.review = Review(self.tutor, None if self.topic is None else [self.topic])
        self.next_card()

    def on_screen_suspend(self) -> None:
        self.stopwatch.pause()

    def on_screen_resume(self) -> None:
        self.stopwatch.resume()

    @property
    def prose(self) -> Prose:
        return self.query_one("#card", Prose)

    @property
    def field(self) -> AnswerInput:
        return self.query_one(AnswerInput)

    @property
    def foot(self) -> FootLine:
        return self.query_one(FootLine)

    def complain(self, message: str) -> None:
        self.foot.complain(message)

    # What is shown

    def next_card(self) -> None:
        """Shows the front of the current card, or the summary when there is none."""
        with self.telling():
            self.card = self.review.current
            self.revealed, self.answer = False, None
            self.stopwatch.restart()
            self.show_card() if self.card else self.show_summary()
        self.refresh_bindings()

    def show_card(self) -> None:
        card = self.card
        assert card is not None
        self.show_title(card)
        self.foot.name_item(card.id.partition(":")[2])
        self.prose.show(*front_blocks(card))
        bar = self.query_one(GradeBar)
        bar.display = not card.typed
        bar.ask("Space or Enter shows the answer")
        if card.typed:
            self.field.open()
        else:
            self.field.display = False
            self.prose.focus()

    def show_title(self, card: Card) -> None:
        topic = self.tutor.curriculum.topics.get(card.topic)
        self.tell(topic.title if topic else card.topic, f"{self.review.left} left")

    def show_summary(self) -> None:
        self.tell("Review", "done" if self.graded else "")
        self.foot.name_item("")
        self.prose.show(*summary_blocks(self.graded, self.review.left))
        self.query_one(GradeBar).display = self.field.display = False
        self.prose.focus()

    def reveal(self, answer: Answered | None = None) -> None:
        """Shows the back and offers the grades."""
        card = self.card
        assert card is not None
        intervals = self.review.intervals(card)
        self.revealed, self.answer = True, answer
        self.field.display = False
        bar = self.query_one(GradeBar)
        bar.display = True
        bar.offer(intervals, self.suggested)
        self.prose.show(*front_blocks(card), *back_blocks(card, answer), home=False)
        self.prose.focus()
        # The height is known only once the bar has its place.
        self.call_after_refresh(self.prose.scroll_into_view, "back")
        self.refresh_bindings()

    @property
    def suggested(self) -> int:
        """The grade that Enter gives."""
        return 1 if self.answer and not self.answer.judgement.correct else 3

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        of_a_card = action in ("grade", "bury", "suspend", "flag", "section", "edit")
        return None if of_a_card and self.card is None else super().check_action(action, parameters)

    def action_back(self) -> None:
        if self.focused is self.field:
            self.prose.focus()
            self.foot.say("Enter goes back to your answer; Esc leaves the review.")
        else:
            self.dismiss(False)

    def action_go_on(self) -> None:
        if self.card is None:
            self.dismiss(True)
        elif self.revealed:
            self.action_grade(self.suggested)
        elif self.card.typed:
            self.foot.say("")
            self.field.focus()
        else:
            with self.telling():
                self.reveal()

    def on_prose_clicked(self, event: Prose.Clicked) -> None:
        if not self.revealed:
            self.action_go_on()

    def on_input_submitted(self, event: AnswerInput.Submitted) -> None:
        if self.card is None or self.revealed:
            return
        given = event.value.strip() or None
        with self.telling():
            judgement = self.review.judge(self.card, given) if given else Judgement(False)
            self.foot.say("")
            self.reveal(Answered(given, judgement))

    def on_grade_bar_chosen(self, event: GradeBar.Chosen) -> None:
        self.action_grade(event.rating)

    def action_grade(self, rating: int) -> None:
        card = self.card
        if card is None:
            return
        if not self.revealed:
            self.foot.say("Look at the answer first: Enter shows it." if not card.typed else "Answer first: Enter.")
            return
        with self.telling():
            given = self.answer.given if self.answer else None
            saved = self.review.answer(card, rating, given=given, seconds=self.stopwatch.seconds)
            self.graded.append((card.id, rating))
            self.taken_back.clear()
            self.foot.say(f"saved - {NAMES[rating]}, back in {saved.interval}")
            self.next_card()

    def action_undo(self) -> None:
        with self.telling():
            answered = self.review.answered
            undone = self.review.undo()
            if undone and self.review.answered < answered:
                self.move_grade(undone.item, self.graded, self.taken_back)
            self.show_change(undone.text if undone else "There is nothing to undo.")

    def action_redo(self) -> None:
        with self.telling():
            redone = self.review.redo()
            if redone:
                self.move_grade(redone.item, self.taken_back, self.graded)
            self.show_change(redone.text if redone else "There is nothing to redo.")

    def move_grade(self, item: str, source: list[tuple[str, int]], target: list[tuple[str, int]]) -> None:
        if source and source[-1][0] == item:
            target.append(source.pop())

    def action_bury(self) -> None:
        if self.card:
            with self.telling():
                self.review.bury(self.card)
                self.show_change("saved - buried until tomorrow")

    def action_suspend(self) -> None:
        if self.card:
            with self.telling():
                self.review.suspend(self.card)
                self.show_change("saved - suspended: it does not come back (u undoes)")

    def show_change(self, message: str) -> None:
        """Says what happened; another card is shown when another one is served now."""
        self.foot.say(message)
        current = self.review.current
        if current is None or self.card is None or current.id != self.card.id:
            self.next_card()
        else:
            self.show_title(current)

    @work
    async def action_flag(self) -> None:
        card = self.card
        if card is None:
            return
        note = await self.app.push_screen_wait(FlagScreen(card.id.partition(":")[2]))
        if note is not None:
            with self.telling():
                self.review.flag(card, note)
                self.foot.say("saved - flagged" + (f": {note}" if note else ""))

    def action_edit(self) -> None:
        """Opens the card's source in the learner's editor, and comes back to the card as it is written then."""
        from tutor.ui.editor import edit_item

        card = self.card
        if card is None:
            return
        self.stopwatch.pause()
        with self.telling():
            self.card, told = edit_item(self.app, self.tutor, card)
            if self.card is None:
                self.next_card()
                told = f"{card.note} is no longer there"
            elif self.card.hash != card.hash:
                self.show_anew(self.card)
            self.foot.say(told)
        self.stopwatch.resume()

    def show_anew(self, card: Card) -> None:
        """The card in its present words, as far as it was opened; a typed answer is compared anew."""
        given = self.answer.given if self.answer else None
        if not self.revealed:
            typed_so_far = self.field.value
            self.show_card()
            self.field.value = typed_so_far
        elif self.answer and card.typed:
            judgement = self.review.judge(card, given) if given else Judgement(False)
            self.reveal(Answered(given, judgement))
        else:
            self.reveal()

    def action_section(self) -> None:
        if self.card is None:
            return
        if self.tutor.library.section(self.card.topic) is None:
            self.foot.say("There is no section on this topic yet.")
        else:
            cast("DlcsApp", self.app).open_screen("sheet", self.card.topic)


def front_blocks(card: Card) -> list[Block]:
    """What is asked."""
    return [Block(card.front, "front")]


def back_blocks(card: Card, answer: Answered | None = None) -> list[Block]:
    """What is answered, below what was typed and whether it is right."""
    blocks = [Block("---", "back")]
    if answer and answer.given is None:
        blocks.append(Block("You did not know.", "back", "x   ", "bad"))
    elif answer and answer.given is not None:
        right = answer.judgement.correct
        verdict = f"**{'Right' if right else 'Not right'}.** {literal(answer.judgement.message)}"
        blocks.append(Block(f"You wrote {typed(answer.given)}", "back", gap=0))
        blocks.append(Block(verdict, "back", "ok  " if right else "x   ", "good" if right else "bad"))
    written = answer.given if answer and answer.given else ""
    if card.typed and f"`{card.answer}`" != card.back and card.answer.split() != written.split():
        blocks.append(Block(f"The answer: {typed(card.answer)}", "back"))
    return [*blocks, Block(card.back, "back")]


def summary_blocks(graded: Sequence[tuple[str, int]], left: int) -> list[Block]:
    """How the sitting went, from (item, rating) pairs; `left` cards are in a learning step that has not come yet."""
    if not graded:
        blocks = [Block("**Nothing to review now.**")]
    else:
        ratings = Counter(rating for _, rating in graded)
        parts = ", ".join(f"{ratings[rating]} {NAMES[rating]}" for rating in NAMES if ratings[rating])
        cards = len({item for item, _ in graded})
        counted = f"{cards} card{'' if cards == 1 else 's'} answered"
        counted += f", {len(graded)} answers" if len(graded) > cards else ""
        blocks = [Block(f"**{counted}:** {parts}.")]
    if left:
        come = "1 card comes" if left == 1 else f"{left} cards come"
        blocks.append(Block(f"{come} back later today: what was learnt anew is asked again soon."))
    undo = "; **u** takes back the last answer" if graded else ""
    return [*blocks, Block(f"**Enter** goes on{undo}.", style="dim")]
