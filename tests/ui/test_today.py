"""Today: what is due, and one key that leads through it."""

from __future__ import annotations

from tests.ui.conftest import CONTENT, OpenApp
from tutor.services.checking import check
from tutor.ui.widgets.prose import Prose


def test_the_content_of_these_tests_is_sound() -> None:
    assert check(CONTENT) == []


async def test_today_says_what_is_due(open_app: OpenApp) -> None:
    async with open_app().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = pilot.app.screen.query_one(Prose).text
        assert "6 cards, 5 questions and 1 exercise today" in text
