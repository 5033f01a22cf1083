"""The keys, in footer and help, and the way out."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.ui.conftest import OpenApp
from tutor.ui.app import DlcsApp
from tutor.ui.keymap import key_name
from tutor.ui.screens.help import HelpScreen
from tutor.ui.screens.today import TodayScreen
from tutor.ui.widgets.prose import Prose


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def help_on(pilot: Pilot[None], screen: str, topic: str | None = None) -> dict[str, list[str]]:
    """Opens a screen and its help and leaves both; returns the keys of each text of the help."""
    assert isinstance(pilot.app, DlcsApp)
    pilot.app.open_screen(screen, topic)
    await pilot.pause()
    await press(pilot, "question_mark")
    assert isinstance(pilot.app.screen, HelpScreen)
    rows = [line.rpartition("   ") for line in pilot.app.screen.query_one(Prose).text.splitlines()]
    await press(pilot, "escape", "escape")
    return {text.strip(): keys.split() for keys, _, text in rows}


async def test_the_help_names_every_key_and_only_what_can_be_done(open_app: OpenApp) -> None:
    async with open_app().run_test(size=(120, 60)) as pilot:
        await pilot.pause()
        assert (await help_on(pilot, "review"))["Bring back what was undone"] == ["Ctrl+R", "U"]
        assert (await help_on(pilot, "progress"))["Down"] == ["\u2193", "j"]
        assert (await help_on(pilot, "sheet", "sigmoid-model"))["Next section"] == ["n", "]"]
        quiz = await help_on(pilot, "quiz", "sigmoid-model")
        assert quiz["The idea behind it; then it counts as hard"] == ["h", "i"]
        assert quiz["I do not know: counts as wrong, shows the answer"] == ["x"]
        assert [text for text in quiz if text.startswith("Option")] == [f"Option {letter}" for letter in "abcd"]


async def test_escape_does_not_leave_the_day_and_q_does(open_app: OpenApp) -> None:
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await press(pilot, "escape", "escape")
        assert isinstance(app.screen, TodayScreen)
        assert app.is_running
        assert "escape" not in app.screen.active_bindings
        await press(pilot, "q")
        assert not app.is_running


async def test_the_footer_shows_at_most_six_keys_those_of_the_screen_first(open_app: OpenApp) -> None:
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for name in ("review", "quiz", "sheets", "exercises", "progress", "today"):
            app.open_screen(name)
            await pilot.pause()
            shown = [key.binding.action for key in app.screen.active_bindings.values() if key.binding.show]
            assert len(set(shown)) <= 6, name
            assert shown[-1] == "help"


def test_a_key_has_the_name_that_texts_give_it() -> None:
    keys = ("enter", "escape", "ctrl+r", "shift+tab", "f5", "u", "U", "question_mark", "pagedown")
    assert " ".join(map(key_name, keys)) == "Enter Esc Ctrl+R Shift+Tab F5 u U ? PgDn"
