"""The list of exercises: what is solved, tried, new or due again, and the way into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.services.conftest import StillClock
from tests.ui.conftest import OpenApp
from tutor.domain.events import EventType
from tutor.services.tutor import Tutor
from tutor.ui.screens.exercise import ExerciseScreen
from tutor.ui.screens.exercises import ExercisesScreen

SMALL = (80, 24)
SnapCompare = Callable[..., bool]


def solve(tutor: Tutor, slug: str) -> None:
    payload = {"rating": 3, "seconds": 60.0, "shown": "", "given": None, "seed": 7, "correct": True}
    tutor.store.append(EventType.ANSWER, f"exercise:{slug}", payload | {"hinted": False, "changed": False})


def attempt(tutor: Tutor, slug: str) -> None:
    tutor.store.append(EventType.ATTEMPT, f"exercise:{slug}", {"passed": False, "seed": 7, "version": 1})


def foot(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#signature", Static).content)


async def listed(pilot: Pilot[Any]) -> list[str]:
    await pilot.pause()
    assert isinstance(pilot.app.screen, ExercisesScreen)
    return pilot.app.screen.listing.text.split("\n")


async def test_exercises_stand_under_their_course_and_week(open_app: OpenApp) -> None:
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        course, week, sigmoid, cost = await listed(pilot)
        assert course.split("  ")[1] == "dlCS1"
        assert course.endswith("0 of 2 solved")
        assert week.strip() == "Week 2: Logistic regression as a network"
        assert sigmoid.startswith(">     [ ] A sigmoid that never overflows")
        assert sigmoid.endswith("10 min")
        assert cost.startswith("      [ ] The cost of a prediction")


async def test_the_marks_tell_what_is_solved_and_what_was_tried(open_app: OpenApp, tutor: Tutor) -> None:
    solve(tutor, "stable_sigmoid")
    attempt(tutor, "mean_loss")
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        course, _, sigmoid, cost = await listed(pilot)
        assert course.endswith("1 of 2 solved")
        assert "[x] A sigmoid" in sigmoid
        assert "due again" not in sigmoid
        assert "[~] The cost" in cost


async def test_a_solved_one_comes_back(open_app: OpenApp, tutor: Tutor, clock: StillClock) -> None:
    solve(tutor, "stable_sigmoid")
    clock.move(days=60)
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        sigmoid = (await listed(pilot))[2]
        assert sigmoid.startswith(">     [x] A sigmoid")
        assert sigmoid.endswith("due again   10 min")


async def test_the_foot_tells_the_signature_and_what_it_builds_on(open_app: OpenApp, tutor: Tutor) -> None:
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert foot(pilot) == "sigmoid(z) -> s\n[x] solved  [~] tried  [ ] new"
        await pilot.press("down")
        await pilot.pause()
        assert foot(pilot) == "mean_loss(A, Y) -> cost\nBuilds on: A sigmoid that never overflows"
        solve(tutor, "stable_sigmoid")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert foot(pilot) == "mean_loss(A, Y) -> cost\n[x] solved  [~] tried  [ ] new"


async def test_the_cursor_begins_at_the_first_open_one_and_n_goes_on(open_app: OpenApp, tutor: Tutor) -> None:
    solve(tutor, "stable_sigmoid")
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ExercisesScreen)
        assert screen.listing.cursor_name == "mean_loss"
        await pilot.press("up", "n")
        assert screen.listing.cursor_name == "mean_loss"
        solve(tutor, "mean_loss")
        screen.refresh_states()
        await pilot.press("n")
        assert [notice.message for notice in pilot.app._notifications] == ["Every exercise is solved, and none is due."]


async def test_enter_and_a_click_open_an_exercise(open_app: OpenApp) -> None:
    async with open_app("exercises").run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ExerciseScreen)
        assert pilot.app.screen.slug == "mean_loss"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.click("#exercises", offset=(12, 2))
        await pilot.pause()
        assert isinstance(pilot.app.screen, ExerciseScreen)
        assert pilot.app.screen.slug == "stable_sigmoid"


@pytest.mark.snapshot
def test_solved_tried_and_due_look_as_before(
    open_app: OpenApp, snap_compare: SnapCompare, tutor: Tutor, clock: StillClock
) -> None:
    solve(tutor, "stable_sigmoid")
    attempt(tutor, "mean_loss")
    clock.move(days=60)
    assert snap_compare(open_app("exercises"), terminal_size=SMALL)
