"""Brackets, bars and braces as tall as what they enclose."""

from __future__ import annotations

from tutor.maths.ascii import ascii_text
from tutor.maths.boxes import Box, beside, column, text_box

# top, middle, bottom; and for braces the piece that points
_TALL = {
    "(": "⎛⎜⎝",
    ")": "⎞⎟⎠",
    "[": "⎡⎢⎣",
    "]": "⎤⎥⎦",
    "⌊": "⎢⎢⎣",
    "⌋": "⎥⎥⎦",
    "⌈": "⎡⎢⎢",
    "⌉": "⎤⎥⎥",
    "⟦": "╓║╙",
    "⟧": "╖║╜",
    "|": "│││",
    "‖": "║║║",
    "∥": "║║║",
    "∣": "│││",
    "/": "╱╱╱",
}
_BRACES = {"{": "⎧⎪⎨⎩", "}": "⎫⎪⎬⎭"}
_SHORT_BRACES = {"{": ("⎰", "⎱"), "}": ("⎱", "⎰")}
_ANGLES = "⟨⟩"


def delimiter(text: str, rise: int, drop: int, ascii: bool) -> Box:
    """A delimiter that reaches `rise` rows over and `drop` rows under the baseline."""
    height = rise + 1 + drop
    if ascii:
        return _ascii_delimiter(ascii_text(text), rise, height)
    if height == 1 or not text:
        return text_box(text)
    if text in _TALL:
        top, middle, bottom = tuple(_TALL[text])
        return column([top, *[middle] * (height - 2), bottom], rise)
    if text in _BRACES:
        return column(_brace(text, rise, height), rise)
    if text in _ANGLES:
        return column(_angle(text, height), rise)
    return Box((text,), 0, 1)


def _brace(text: str, rise: int, height: int) -> list[str]:
    if height == 2:
        return list(_SHORT_BRACES[text])
    top, straight, point, bottom = tuple(_BRACES[text])
    place = rise if 0 < rise < height - 1 else height // 2
    return [top, *[point if row == place else straight for row in range(1, height - 1)], bottom]


def _angle(text: str, height: int) -> list[str]:
    """Two slanting halves; the point takes a row of its own when the height is odd."""
    half = height // 2
    upper, lower = ("╱", "╲") if text == "⟨" else ("╲", "╱")
    width = half + height % 2
    indents = [width - 1 - row if text == "⟨" else row for row in range(half)]
    point = [" " * (0 if text == "⟨" else width - 1) + text] if height % 2 else []
    return [
        *(" " * indent + upper for indent in indents),
        *point,
        *(" " * indent + lower for indent in reversed(indents)),
    ]


def _ascii_delimiter(text: str, rise: int, height: int) -> Box:
    """A name such as `floor` stands on the baseline; the sign after it is repeated on every row."""
    if height == 1 or not text:
        return text_box(text)
    sign = text[-1]
    return beside([text_box(text[:-1]), column([sign] * height, rise)])
