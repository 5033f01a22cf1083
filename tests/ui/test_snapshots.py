"""Each screen as it looks at 80x24; a picture changes only when someone has looked at the new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import OpenApp

pytestmark = pytest.mark.snapshot
Compare = Callable[..., bool]
SMALL, WIDE = (80, 24), (120, 40)


def keys(*pressed: str) -> Callable[[Pilot[Any]], Any]:
    async def press(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for key in pressed:
            await pilot.press(key)
            await pilot.pause()

    return press


SCREENS = [
    ("today", "", None, ()),
    ("review-front", "review", None, ()),
    ("review-back", "review", None, ("space",)),
    ("quiz-question", "quiz", None, ()),
    ("quiz-verdict", "quiz", "sigmoid-model", ("b", "enter")),
    ("sheets", "sheets", None, ()),
    ("sheet", "sheet", "sigmoid-model", ()),
    ("exercises", "exercises", None, ()),
    ("exercise-task", "exercise", "stable_sigmoid", ()),
    ("exercise-code", "exercise", "stable_sigmoid", ("f2",)),
    ("progress", "progress", None, ()),
    ("help", "review", None, ("question_mark",)),
]


@pytest.mark.parametrize(("first", "argument", "pressed"), [s[1:] for s in SCREENS], ids=[s[0] for s in SCREENS])
def test_a_screen_looks_as_it_was_approved(
    open_app: OpenApp, snap_compare: Compare, first: str, argument: str | None, pressed: tuple[str, ...]
) -> None:
    assert snap_compare(open_app(first, argument), terminal_size=SMALL, run_before=keys(*pressed))


@pytest.mark.parametrize("theme", ["dlcs-light", "dlcs-contrast", "ansi-dark"])
def test_the_day_looks_as_it_was_approved_in_every_theme(open_app: OpenApp, snap_compare: Compare, theme: str) -> None:
    async def change(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await pilot.pause()

    assert snap_compare(open_app("review"), terminal_size=WIDE, run_before=change)
