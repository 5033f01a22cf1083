"""The algebra of boxes keeps rectangles rectangular and writing on its line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tutor.maths.boxes import Box, beside, blank, column, overlaid, stacked, text_box, widened


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    lines = draw(st.lists(st.text("ab ─ŷ∑", max_size=6), min_size=1, max_size=4))
    return column(lines, draw(st.integers(0, len(lines) - 1)))


def is_rectangle(box: Box) -> bool:
    return 0 <= box.baseline < box.height and all(cell_len(line) == box.width for line in box.lines)


@given(st.lists(boxes(), max_size=4))
def test_boxes_beside_each_other_add_their_widths_and_share_a_baseline(row: list[Box]) -> None:
    joined = beside(row)
    assert is_rectangle(joined)
    assert joined.width == sum(box.width for box in row)
    assert joined.lines[joined.baseline] == "".join(box.lines[box.baseline] for box in row)


@given(st.lists(boxes(), min_size=1, max_size=4), st.data())
def test_stacked_boxes_add_their_heights_and_stand_on_one_of_them(pile: list[Box], data: st.DataObject) -> None:
    main = data.draw(st.integers(0, len(pile) - 1))
    stack = stacked(pile, main)
    assert is_rectangle(stack)
    assert stack.height == sum(box.height for box in pile)
    assert stack.lines[stack.baseline].strip() == pile[main].lines[pile[main].baseline].strip()


@given(boxes(), st.integers(0, 12), st.sampled_from(["left", "right", "center"]))
def test_a_widened_box_keeps_its_rows(box: Box, width: int, align: str) -> None:
    wide = widened(box, width, align)
    assert is_rectangle(wide)
    assert wide.width == max(width, box.width)
    assert [line.strip() for line in wide.lines] == [line.strip() for line in box.lines]


def test_scripts_stand_over_and_under_the_line_in_one_column() -> None:
    scripts = overlaid([(text_box("sup"), -1), (text_box("i"), 1)])
    assert scripts.lines == ("sup", "   ", "i  ")
    assert scripts.baseline == 1


def test_combining_marks_take_no_cells() -> None:
    assert text_box("c\u0303").width == 1
    assert text_box("a\u20d7b").width == 2


def test_nothing_beside_nothing_is_an_empty_row() -> None:
    assert beside([]) == blank(0)
