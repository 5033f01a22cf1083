"""Today: what is due, what to read and write next; Enter starts and leads through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tutor.domain.items import Kind
from tutor.services.today import Today, today
from tutor.ui.screens.base import StudyScreen
from tutor.ui.widgets.prose import Block, Prose, literal

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp


class TodayScreen(StudyScreen):
    """The screen that the bare command opens."""

    DEFAULT_CSS = "TodayScreen #today { padding: 1 2 0 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", id="today.start"),
        Binding("r", "read", "Read", tooltip="Read the suggested section", id="today.read"),
        Binding("w", "write", "Write", tooltip="Write the suggested exercise", id="today.write"),
        Binding("z", "quiz", "Quiz", show=False, tooltip="Answer questions", id="today.quiz"),
        Binding("c", "cards", "Cards", show=False, tooltip="Review cards", id="today.cards"),
        Binding("s", "sheets", "Sheets", show=False, tooltip="All sheets and their sections", id="today.sheets"),
        Binding("x", "exercises", "Exercises", show=False, tooltip="All exercises", id="today.exercises"),
        Binding("p", "progress", "Progress", id="today.progress"),
        Binding("q", "app.quit", "Quit", id="today.quit"),
    ]

    def body(self) -> Iterator[Widget]:
        yield Prose(ascii=self.tutor.settings.ascii, id="today")

    def on_mount(self) -> None:
        self.query_one(Prose).focus()

    def on_screen_resume(self) -> None:
        self.refresh_day()

    def refresh_day(self) -> None:
        """Shows the day as it is now."""
        with self.telling():
            self.state = today(self.tutor)
            self.tell("dlcs - today", f"{self.state.load.day:%A %d %B %Y}")
            self.query_one(Prose).show(*day_blocks(self.state, self.tutor.settings.show_streak), home=False)

    async def on_prose_clicked(self, event: Prose.Clicked) -> None:
        await self.run_action(event.name)

    @work
    async def action_start(self) -> None:
        """Cards, then questions, then the exercise: each only while the learner goes on."""
        app = cast("DlcsApp", self.app)
        waiting = self.state.load
        if not waiting.total:
            self.notify("Nothing is due. Read a section (r) or write an exercise (w).")
            return
        for kind, name in ((Kind.CARD, "review"), (Kind.QUESTION, "quiz")):
            if waiting.due[kind] + waiting.new[kind] and not await self.app.push_screen_wait(app.screen_for(name)):
                return
        if self.state.exercise and waiting.due[Kind.EXERCISE] + waiting.new[Kind.EXERCISE]:
            await self.app.push_screen_wait(app.screen_for("exercise", self.state.exercise.slug))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # There is nothing to go back to: Escape pressed once too often must not end the day.
        return action != "back" and super().check_action(action, parameters)

    def action_read(self) -> None:
        if self.state.section is None:
            self.notify("Every section is read. All sheets: s.")
        else:
            cast("DlcsApp", self.app).open_screen("sheet", self.state.section.topic)

    def action_write(self) -> None:
        if self.state.exercise is None:
            self.notify("Every exercise is solved and none is due. All exercises: x.")
        else:
            cast("DlcsApp", self.app).open_screen("exercise", self.state.exercise.slug)

    def action_cards(self) -> None:
        cast("DlcsApp", self.app).open_screen("review")

    def action_quiz(self) -> None:
        cast("DlcsApp", self.app).open_screen("quiz")

    def action_sheets(self) -> None:
        cast("DlcsApp", self.app).open_screen("sheets")

    def action_exercises(self) -> None:
        cast("DlcsApp", self.app).open_screen("exercises")

    def action_progress(self) -> None:
        cast("DlcsApp", self.app).open_screen("progress")


def day_blocks(state: Today, show_streak: bool = True) -> list[Block]:
    """The day in Markdown blocks; a block's name is the action that a click runs."""
    load = state.load
    blocks: list[Block] = []
    if load.total:
        names = {Kind.CARD: "card", Kind.QUESTION: "question", Kind.EXERCISE: "exercise"}
        counts = {kind: load.due[kind] + load.new[kind] for kind in Kind}
        parts = [f"**{n}** {names[kind]}{'' if n == 1 else 's'}" for kind, n in counts.items() if n]
        blocks.append(Block(f"{_listed(parts)} today, about {max(1, round(load.minutes))} minutes.", style="heading2"))
        blocks.append(Block("Press **Enter** and you are led through it. Stop whenever you like.", "start"))
    else:
        done = f"You gave **{state.answered}** answers today." if state.answered else "Enjoy the day."
        blocks.append(Block(f"**Nothing is due.** {done}"))
    if state.section:
        blocks.append(Block(f"Read next: *{state.section.title}* ({state.section.sheet})", "read", "r  ", "chosen"))
    if state.exercise:
        exercise = state.exercise
        blocks.append(
            Block(f"Write next: *{exercise.title}*, about {exercise.minutes} minutes", "write", "w  ", "chosen")
        )
    told = [f"{state.answered} answered today"] if state.answered else []
    told += [f"{state.streak} days in a row"] if show_streak and state.streak > 1 else []
    if told:
        blocks.append(Block("; ".join(told) + ".", style="dim"))
    blocks += [Block(literal(notice), prefix="!  ", style="bad") for notice in state.notices]
    ways = "Or as you like: **c** cards, **z** questions, **s** all sheets, **x** all exercises."
    return [*blocks, Block(ways, style="dim")]


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
