"""The themes: dark, light and high contrast; `ansi-dark` and `ansi-light` take the terminal's own palette."""

from __future__ import annotations

from textual.theme import Theme

THEMES = (
    Theme(
        name="dlcs-dark",
        primary="#7aa2f7",
        secondary="#bb9af7",
        accent="#e0af68",
        success="#9ece6a",
        warning="#e0af68",
        error="#f7768e",
        foreground="#c8d0f0",
        background="#16161e",
        surface="#1a1b26",
        panel="#24283b",
        dark=True,
    ),
    Theme(
        name="dlcs-light",
        primary="#2e5aac",
        secondary="#7847bd",
        accent="#8f5e15",
        success="#3f6a1f",
        warning="#8f5e15",
        error="#b3203c",
        foreground="#25262e",
        background="#fafafa",
        surface="#f2f2f4",
        panel="#e2e4ea",
        dark=False,
    ),
    Theme(
        name="dlcs-contrast",
        primary="#7fd7ff",
        secondary="#ffaf5f",
        accent="#ffff00",
        success="#5fff5f",
        warning="#ffff00",
        error="#ff8787",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#262626",
        dark=True,
    ),
)
