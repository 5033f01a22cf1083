"""All exercises in reading order, with what is solved, tried, new or due again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from tutor.content.render.spans import Line, Span
from tutor.domain.topics import Curriculum
from tutor.services.practice import ExerciseState, Practice
from tutor.ui.screens.base import StudyScreen
from tutor.ui.screens.sheets import week_row
from tutor.ui.widgets.listing import Listing, Row
from tutor.ui.widgets.pointed import PointedListing

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

#: The mark of each state; a legend stands at the foot of the list.
MARKS = {"new": "[ ]", "tried": "[~]", "solved": "[x]"}
_STYLES = {"new": "", "tried": "chosen", "solved": "good"}


class ExercisesScreen(StudyScreen):
    """The list from which an exercise is opened."""

    DEFAULT_CSS = """
    ExercisesScreen #signature {
        height: 3; padding: 0 1; border-top: solid $panel; color: $text-muted;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n", "open_one", "Next open", tooltip="Go to the next one that is due or unsolved", id="exercises.next"
        ),
    ]

    def body(self) -> Iterator[Widget]:
        yield PointedListing(id="exercises")
        yield Static("", markup=False, id="signature")

    def on_mount(self) -> None:
        self.states: dict[str, ExerciseState] = {}
        self.refresh_states()
        self.listing.focus()
        waiting = self.waiting()
        if waiting:
            self.listing.point_to(waiting[0])

    @property
    def listing(self) -> PointedListing:
        return self.query_one(PointedListing)

    def on_screen_resume(self) -> None:
        self.refresh_states()

    def refresh_states(self) -> None:
        """Shows how far the learner is by now; the cursor stays."""
        with self.telling():
            states = Practice(self.tutor).states()
            self.states = {state.exercise.slug: state for state in states}
            self.listing.set_rows(exercise_rows(states, self.tutor.curriculum))
            solved = sum(state.state == "solved" for state in states)
            self.tell("Exercises", f"{solved} of {len(states)} solved")

    def waiting(self) -> list[str]:
        """The exercises that are due again or not solved, in reading order."""
        return [slug for slug, state in self.states.items() if state.due or state.state != "solved"]

    def on_pointed_listing_pointed(self, event: PointedListing.Pointed) -> None:
        state = self.states.get(event.name)
        if state is None:
            self.query_one("#signature", Static).update("There is no exercise yet.")
            return
        unsolved = [slug for slug in state.exercise.requires if not self.is_solved(slug)]
        titles = ", ".join(self.states[slug].exercise.title for slug in unsolved if slug in self.states)
        legend = "[x] solved  [~] tried  [ ] new"
        self.query_one("#signature", Static).update(
            f"{state.exercise.signature}\n{f'Builds on: {titles}' if titles else legend}"
        )

    def is_solved(self, slug: str) -> bool:
        return slug in self.states and self.states[slug].state == "solved"

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        cast("DlcsApp", self.app).open_screen("exercise", event.name)

    def action_open_one(self) -> None:
        """Moves to the first exercise after the cursor that is due or unsolved, else to the first of all."""
        names = list(self.states)
        at = names.index(self.listing.cursor_name) if self.listing.cursor_name else 0
        waiting = set(self.waiting())
        following = [name for name in (*names[at + 1 :], *names[: at + 1]) if name in waiting]
        if following:
            self.listing.point_to(following[0])
        else:
            self.notify("Every exercise is solved, and none is due.")


def exercise_rows(states: Sequence[ExerciseState], curriculum: Curriculum) -> list[Row]:
    """The rows of the list, under their courses and weeks."""
    rows: list[Row] = []
    course = week = 0
    for state in states:
        if state.course != course:
            course, week = state.course, 0
            shown = curriculum.course(course)
            within = [other for other in states if other.course == course]
            solved = sum(other.state == "solved" for other in within)
            count: Line = (Span(f"{solved} of {len(within)} solved", "good" if solved == len(within) else "strong"),)
            rows += [Row(())] if rows else []
            rows.append(Row((Span(shown.sheet, "heading"), Span(f"  {shown.title}", "strong")), count))
        if state.week != week:
            week = state.week
            weeks = curriculum.course(course).weeks
            rows.append(week_row(next(part for part in weeks if part.number == week), indent=2))
        rows.append(_exercise_row(state))
    return rows


def _exercise_row(state: ExerciseState) -> Row:
    exercise = state.exercise
    again = (Span("due again  ", "chosen"),) if state.due else ()
    minutes = Span(f"{exercise.minutes:3} min", "dim")
    mark = Span(f"    {MARKS[state.state]} ", _STYLES[state.state])
    return Row((mark, Span(exercise.title)), (*again, minutes), exercise.slug)
