"""A page of Markdown as lines: every kind of block, at a wide and at a narrow width."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tutor.content.render import SGR, Span, ansi, line_width, plain, render

PAGE = r"""<!-- topic: shapes
not to be seen -->
# Vectorization

A *loop* over the **training set** is slow, ***always***; the cost $J$ is a number, $a = b$, and
`x[/0]` stays as it is.<!-- nor this -->

## Steps

1. Stack the examples:
   - one example a *column*, so that the matrix has as many columns as there are examples
     - and a row for each feature
2. Multiply.

- [ ] read
- [x] solve

### Shapes

| Name | Shape | Meaning |
|:-----|:-----:|--------:|
| $X$ | `(n, m)` | one example a column of the matrix |
| $b$ | | broadcast |

> A quote that is long enough to be wrapped at the narrow width.
>
> > Nested.

#### Code

```python
def f(x):
	return x + 1
```

    indented

Hard break,\
~~struck~~, a [link](https://example.org), ![a figure](x.png), a note[^1] and a gap: [...].

---

[^1]: The note is at the end of the page, wherever it is written.
"""

WIDE = """\
Vectorization
═════════════
A loop over the training set is slow, always; the cost J is a number, a = b, and
x[/0] stays as it is.

Steps
─────
1. Stack the examples:
   • one example a column, so that the matrix has as many columns as there are
     examples
     ◦ and a row for each feature
2. Multiply.

[ ] read
[x] solve

Shapes
┄┄┄┄┄┄

Name │ Shape  │                            Meaning
─────┼────────┼───────────────────────────────────
X    │ (n, m) │ one example a column of the matrix
b    │        │                          broadcast

│ A quote that is long enough to be wrapped at the narrow width.
│
│ │ Nested.

── Code

  def f(x):
      return x + 1

  indented

Hard break,
struck, a link, a figure, a note[1] and a gap: [...].

────────────────────────────────────────────────────────────────────────────────

────────────────────
[1] The note is at the end of the page, wherever it is written."""

NARROW = """\
Vectorization
═════════════
A loop over the training set is slow,
always; the cost J is a number, a = b,
and x[/0] stays as it is.

Steps
─────
1. Stack the examples:
   • one example a column, so that the
     matrix has as many columns as there
     are examples
     ◦ and a row for each feature
2. Multiply.

[ ] read
[x] solve

Shapes
┄┄┄┄┄┄

Name │ Shape  │                  Meaning
─────┼────────┼─────────────────────────
X    │ (n, m) │  one example a column of
     │        │               the matrix
─────┼────────┼─────────────────────────
b    │        │                broadcast

│ A quote that is long enough to be
│ wrapped at the narrow width.
│
│ │ Nested.

── Code

  def f(x):
      return x + 1

  indented

Hard break,
struck, a link, a figure, a note[1] and
a gap: [...].

────────────────────────────────────────

────────────────────
[1] The note is at the end of the page,
    wherever it is written."""


@pytest.mark.parametrize(("width", "expected"), [(80, WIDE), (40, NARROW)], ids=["wide", "narrow"])
def test_a_page_with_every_element_looks_like_this(width: int, expected: str) -> None:
    assert plain(render(PAGE, width)) == expected


def test_each_element_carries_its_style() -> None:
    spans = {span.text.strip(): span.style for line in render(PAGE, 80) for span in line}
    expected = {
        "Vectorization": "heading1",
        "Steps": "heading2",
        "Shapes": "heading3",
        "── Code": "heading4",
        "loop": "em",
        "training set": "strong",
        "always": "strong-em",
        "J": "maths",
        "x[/0]": "code",
        "struck": "strike",
        "link": "link",
        "a figure": "em",
        "[1]": "note",
        "[...]": "gap",
        "Name": "table-head",
        "def": "keyword",
        "f": "function",
        "+": "operator",
        "1": "number",
        "│": "quote",
        "•": "bullet",
        "[x]": "bullet",
        "1.": "bullet",
    }
    assert {text: spans.get(text) for text in expected} == expected
    assert set(spans.values()) - {""} <= set(SGR)


@pytest.mark.parametrize("width", [20, 21, 30, 40, 57, 80, 120])
def test_only_code_formulas_and_long_words_are_wider_than_the_width(width: int) -> None:
    for line in render(PAGE, width):
        if line_width(line) > width:
            body = [span for span in line if span.style != "bullet"]
            whole = any(span.style in ("maths", "code", "keyword", "function", "table-border") for span in body)
            assert whole or len(plain([line]).split()) == 1, plain([line])


def test_ascii_draws_rules_bullets_and_bars_in_ascii() -> None:
    assert plain(render(PAGE.replace("$", ""), 80, ascii=True)).isascii()


def test_a_width_below_twenty_is_taken_as_twenty() -> None:
    assert render(PAGE, 1) == render(PAGE, 20)


def test_an_empty_page_has_no_lines() -> None:
    assert render("", 80) == []
    assert render("<!-- only this -->\n", 80) == []


@pytest.mark.parametrize("ascii", [False, True], ids=["unicode", "ascii"])
def test_headings_of_every_level_differ_without_colour_and_show_no_number_sign(ascii: bool) -> None:
    drawn = [plain(render("#" * level + " Title", 40, ascii=ascii)) for level in range(1, 7)]
    assert len({*drawn, "Title"}) == 7
    assert not any("#" in text for text in drawn)
    assert all(text.isascii() for text in drawn) is ascii


def test_a_heading_that_is_wrapped_keeps_its_stroke_below_or_before_it() -> None:
    assert plain(render("### Loss, cost and the rest", 20)) == "Loss, cost and the\nrest\n┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄"
    assert plain(render("#### Loss, cost and the rest", 20)) == "── Loss, cost and\n   the rest"


def test_a_loose_list_has_empty_lines_between_its_items_and_a_tight_one_has_none() -> None:
    assert plain(render("- a\n- b", 40)) == "• a\n• b"
    assert plain(render("- a\n\n- b", 40)) == "• a\n\n• b"


def test_numbers_of_a_list_are_aligned_and_begin_where_the_list_says() -> None:
    assert plain(render("9. nine\n10. ten", 40)) == " 9. nine\n10. ten"
    assert plain(render("3) three", 40)) == "3) three"


def test_an_empty_list_item_still_shows_its_bullet() -> None:
    assert plain(render("-\n- b", 40)) == "•\n• b"


def test_lists_nested_deeper_than_the_width_allows_keep_their_text_inside_it() -> None:
    deep = "".join("  " * level + "- some words to wrap\n" for level in range(9))
    lines = render(deep, 20)
    assert plain(lines).split().count("wrap") == 9
    assert max(map(line_width, lines)) <= 20


def test_a_table_that_cannot_fit_keeps_its_words_whole() -> None:
    row = "| " + " | ".join(["abcdefgh"] * 6) + " |\n"
    lines = render(row + "|---" * 6 + "|\n" + row, 20)
    assert plain(lines).split("\n")[0] == " │ ".join(["abcdefgh"] * 6)


def test_a_row_with_missing_or_surplus_cells_is_still_a_row() -> None:
    assert plain(render("| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |", 40)).split("\n")[2:] == ["1 │", "1 │ 2"]


def test_code_keeps_its_lines_and_spacing_and_is_never_wrapped() -> None:
    code = "if x:\n    y = [a  for a in w[:, 0]]  # " + "long " * 30
    drawn = plain(render(f"```python\n{code}\n```", 30))
    assert drawn == "\n".join("  " + row.rstrip() for row in code.split("\n"))


def test_code_in_another_language_is_shown_in_one_style() -> None:
    lines = render("```rust\nfn main() {}\n```", 40)
    assert lines == [(Span("  "), Span("fn main() {}", "code"))]


def test_html_comments_are_hidden_and_other_tags_shown() -> None:
    source = "<!-- a -->\n\n<div>**b**</div> <!-- c\nd --> e\n\n- x <!-- f -->\n\n<!--\n\ng\n-->\n`<!-- code -->`"
    assert plain(render(source, 60)) == "<div>b</div> e\n\n• x\n\n<!-- code -->"


def test_a_comment_in_code_is_code() -> None:
    assert plain(render("```\n<!-- shown -->\n```", 40)) == "  <!-- shown -->"


def test_ansi_wraps_each_styled_span_in_its_codes() -> None:
    lines = render("a **b**", 40)
    assert ansi(lines) == "a \x1b[1mb\x1b[0m"
    assert ansi(lines, color=False) == "a b"


def test_escape_sequences_of_a_file_do_not_reach_the_terminal() -> None:
    hostile = "a\x1b[31mb `c\x1b]0;t\x07d` &#27;[2J\n\n```\n\x9b31m\n```\n\n$\\text{&#10;\x1b}$"
    drawn = plain(render(hostile, 40)).replace("\n", "")
    assert not [character for character in drawn if ord(character) < 32 or 0x7F <= ord(character) < 0xA0]


def test_importing_the_renderer_loads_neither_parser_nor_lexer_nor_maths() -> None:
    heavy = ["markdown_it", "mdit_py_plugins", "pygments", "tutor.maths", "rich", "numpy"]
    program = f"import sys, tutor.content.render; print([name for name in {heavy} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
