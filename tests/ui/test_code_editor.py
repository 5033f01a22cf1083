"""The built-in editor: indentation, what is pasted, and keys that mean something else here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from tutor.ui.widgets.code_editor import CodeEditor


class Editing(App[None]):
    def compose(self) -> ComposeResult:
        yield CodeEditor()


@asynccontextmanager
async def editing(text: str, cursor: tuple[int, int] | None = None) -> AsyncIterator[tuple[CodeEditor, Pilot[Any]]]:
    """An editor with a text, and the cursor at its end if not told otherwise."""
    async with Editing().run_test(size=(60, 12)) as pilot:
        editor = pilot.app.query_one(CodeEditor)
        editor.load(text)
        editor.focus()
        editor.move_cursor(cursor or editor.document.end)
        await pilot.pause()
        yield editor, pilot


async def test_a_new_line_keeps_the_indentation_and_goes_deeper_after_a_colon() -> None:
    async with editing("def f(x):") as (editor, pilot):
        await pilot.press("enter", "a", "enter", "b")
        assert editor.text == "def f(x):\n    a\n    b"
    async with editing("    if x:  # now:") as (editor, pilot):
        await pilot.press("enter", "a")
        assert editor.text == "    if x:  # now:\n        a"
    async with editing("x = 1  # note:") as (editor, pilot):
        await pilot.press("enter", "a")
        assert editor.text == "x = 1  # note:\na"


async def test_backspace_in_the_indentation_goes_back_a_step() -> None:
    async with editing("         ") as (editor, pilot):
        widths = []
        for _ in range(4):
            await pilot.press("backspace")
            widths.append(len(editor.text))
        assert widths == [8, 4, 0, 0]
    async with editing("    ab") as (editor, pilot):
        await pilot.press("backspace")
        assert editor.text == "    a"


async def test_tab_and_shift_tab_move_the_selected_lines() -> None:
    async with editing("a\n\n  b\nc", (0, 0)) as (editor, pilot):
        await pilot.press("shift+down", "shift+down", "shift+down", "tab")
        assert editor.text == "    a\n\n      b\nc"
        await pilot.press("tab", "shift+tab", "shift+tab", "shift+tab")
        assert editor.text == "a\n\nb\nc"
        await pilot.press("ctrl+z")
        assert editor.text != "a\n\nb\nc"


async def test_tab_within_a_line_goes_to_the_next_stop_with_spaces() -> None:
    async with editing("ab") as (editor, pilot):
        await pilot.press("tab", "c")
        assert editor.text == "ab  c"
        await pilot.press("shift+tab")
        assert editor.text == "ab  c"


async def test_what_is_pasted_comes_without_control_characters() -> None:
    async with editing("") as (editor, pilot):
        pilot.app.post_message(events.Paste("if x:\r\n\ty = '\x1b[31m\u202ez'\r\n"))
        await pilot.pause()
        assert editor.text == "if x:\n    y = '[31mz'\n"


async def test_control_characters_in_a_file_are_drawn_as_marks_and_kept() -> None:
    async with editing("x = '\x1b[31m'\n", (1, 0)) as (editor, _):
        drawn: Strip = editor.render_line(0)
        assert "\x1b" not in drawn.text
        assert "'\N{REPLACEMENT CHARACTER}[31m'" in drawn.text
        assert "\x1b" in editor.text


async def test_what_was_edited_is_known() -> None:
    async with editing("a") as (editor, pilot):
        assert editor.edited is None
        await pilot.press("b")
        assert editor.edited == "ab"
        editor.keep()
        assert editor.edited is None


async def test_a_closed_editor_takes_no_text_and_says_why() -> None:
    async with editing("a") as (editor, pilot):
        editor.close_with("There is no room.")
        await pilot.press("b", "enter", "tab", "backspace", "shift+tab")
        pilot.app.post_message(events.Paste("b"))
        await pilot.pause()
        assert editor.text == "# There is no room.\n"
        assert editor.edited is None


async def test_a_line_is_gone_to_even_past_the_end() -> None:
    async with editing("a\n    b\n") as (editor, _):
        editor.go_to_line(2)
        assert editor.cursor_location == (1, 4)
        editor.go_to_line(99)
        assert editor.cursor_location == (2, 0)


async def test_function_keys_are_left_to_the_screen() -> None:
    keys = {key for binding in CodeEditor.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert not {key for key in keys if key[0] == "f" and key[1:].isdigit()}


async def test_the_colours_follow_the_theme() -> None:
    async with editing("def f():\n    return 1  # one") as (editor, pilot):
        seen = set()
        for theme in ("textual-dark", "textual-light"):
            pilot.app.theme = theme
            await pilot.pause()
            styles = {part.text: part.style for part in editor.render_line(1) if part.style}
            comment = styles["# one"]
            seen.add(comment.color)
            assert comment.color != comment.bgcolor
            assert comment.italic
        assert len(seen) == 2
