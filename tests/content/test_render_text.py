"""Running text: words, formulas among them, prices, gaps and wide characters."""

from __future__ import annotations

import pytest

from tutor.content.render import Span, formulas, line_width, plain, render


def text(markdown: str, width: int = 80) -> str:
    return plain(render(markdown, width))


@pytest.mark.parametrize(
    "source",
    [
        "between $5 and $7",
        "$5-$10 a month",
        "US$20, or CA$30 at most",
        "3$ and 4$",
        "a \\$5 note and \\$6 more",
        "$ x $",
        "costs $1,000",
        "`$x$`",
        "$$",
        "only one $ here",
    ],
)
def test_prices_and_lone_dollars_stay_text(source: str) -> None:
    assert formulas(source) == []
    assert text(source) == source.replace("\\", "").replace("`", "")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$x$", "x"),
        ("$x$ costs $5 and $y$ is 7", "x costs $5 and y is 7"),
        ("$x$ ends in a digit 5", "x ends in a digit 5"),
        (r"\(x\) and $`y`$", "x and y"),
        ("the $x$-axis, ($y$), '$z$'; **$w$**.", "the x-axis, (y), 'z'; w."),
        ("CO$x$ and the $n$th", "COx and the nth"),
        ("# Title of $x$", "Title of x\n══════════"),
        ("[a $x$ link](u)", "a x link"),
    ],
)
def test_formulas_are_found_wherever_text_may_stand(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize("source", ["x[/0]", "w[:, 0] @ v[j]", "[/red]", "[bold]x[/bold]", "a[i][j]", "f(x)[^1]"])
def test_brackets_are_kept_as_they_are(source: str) -> None:
    assert text(source) == source
    assert text(f"`{source}`") == source
    assert text(f"```\n{source}\n```") == f"  {source}"


def test_a_formula_keeps_the_punctuation_that_touches_it() -> None:
    for width in range(20, 60):
        for row in text("some words and then ($a = b$), more words; $c = d$. " * 4, width).split("\n"):
            assert not row.startswith((",", ".", ")", "= ", "b", "d"))
            assert not row.endswith(("(", "=", "a", "c"))


def test_words_fill_a_line_up_to_the_last_cell() -> None:
    assert text("aaaa bbbb cccc dddd eeeee", 24).split("\n") == ["aaaa bbbb cccc dddd", "eeeee"]
    assert text("aaaa bbbb cccc dddd eeee", 24).split("\n") == ["aaaa bbbb cccc dddd eeee"]


def test_a_word_wider_than_the_line_stands_alone_and_whole() -> None:
    long = "https://example.org/" + "a" * 30
    assert text(f"see {long} for more", 24).split("\n") == ["see", long, "for more"]


def test_short_code_is_not_broken_and_code_wider_than_half_the_line_may_be() -> None:
    assert text("one two three four `a + b` five", 20).split("\n") == ["one two three four", "a + b five"]
    assert text("`aaaa + bbbb + cccc + dddd + eeee`", 20).split("\n") == [
        "aaaa + bbbb + cccc +",
        "dddd + eeee",
    ]


def test_a_formula_wider_than_the_line_breaks_at_its_spaces() -> None:
    rows = text("$aaa = bbb = ccc = ddd = eee = fff$", 20).split("\n")
    assert len(rows) == 2
    assert all(len(row) <= 20 for row in rows)


def test_tangled_formulas_stand_on_the_baseline_of_the_words_and_lie_flat_in_flat_mode() -> None:
    source = r"before $\frac{1}{1 + \frac{a + b}{c + d}}$, after"
    standing = text(source).split("\n")
    assert len(standing) > 1
    words = [row for row in standing if row.startswith("before ")]
    assert len(words) == 1
    assert words[0].endswith(", after")
    assert len(render(source, 80, flat=True)) == 1


def test_simple_fractions_lie_flat_among_words() -> None:
    assert len(render(r"the mean $\frac{1}{m}$ of $(a + (b))$ all", 80)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "text\n$$\n\\frac{a}{b}\n$$\nmore",
        "text $$\\frac{a}{b}$$ more",
        "text\n\\[\n\\frac{a}{b}\n\\]\nmore",
        "text \\[ \\frac{a}{b} \\] more",
    ],
)
def test_displayed_maths_stands_apart_in_two_dimensions(source: str) -> None:
    rows = text(source).split("\n")
    assert (rows[0], rows[1], rows[-2], rows[-1]) == ("text", "", "", "more")
    assert len(rows) > 5
    assert all(row.startswith("  ") for row in rows[2:-2])
    flat = plain(render(source, 80, flat=True)).split("\n")
    assert len(flat) == 5
    assert flat[2].startswith("  ")


def test_punctuation_after_displayed_maths_stays_on_its_row() -> None:
    assert text("so $$a = b$$, and on") == "so\n\n  a = b,\n\nand on"


def test_displayed_maths_in_a_list_item_stays_in_the_item() -> None:
    source = "- so \\[\n  a\n  + b\n  - c\n  \\]\n  it is\n- next"
    assert text(source) == "• so\n\n    a + b − c\n\n  it is\n• next"


def test_displayed_maths_wider_than_the_page_is_kept_whole() -> None:
    rows = text("$$" + "a + " * 20 + "b$$", 20).split("\n")
    assert len(rows) == 1
    assert len(rows[0]) > 20


def test_an_unclosed_display_leaves_the_rest_of_the_page_alone() -> None:
    assert text("$$\na\n\n# Title\n\n$$\nb\n$$").split("\n")[:4] == ["$$ a", "", "Title", "═════"]


def test_a_formula_that_is_not_understood_is_shown_as_its_source() -> None:
    (line,) = render(r"a $\frac{1}{$ b", 80)
    wrong = [span for span in line if span.style == "maths-error"]
    assert len(wrong) == 1
    assert r"\frac{1}{" in wrong[0].text


def test_gaps_of_a_cloze_are_marked_and_indices_are_not() -> None:
    (line,) = render("the [...], `f([...])` but x[...] and `a[...]`", 80)
    assert [span.text for span in line if span.style == "gap"] == ["[...]", "[...]"]
    assert plain([line]) == "the [...], f([...]) but x[...] and a[...]"


@pytest.mark.parametrize("source", ["$dz = a [...]$", "$a[...]$", "$x_{[...]}$", "$$dz = [...]$$"])
def test_gaps_in_formulas_are_marked(source: str) -> None:
    (line,) = render(source, 80)
    assert [span.text for span in line if span.style == "gap"] == ["[...]"]


def test_wide_characters_count_two_cells_and_may_be_broken_between() -> None:
    lines = render("日本語の文章" * 8 + "。", 21)
    assert max(map(line_width, lines)) <= 21
    assert "".join(plain(lines).split("\n")) == "日本語の文章" * 8 + "。"
    assert not any(row.startswith("。") for row in plain(lines).split("\n"))


def test_combining_marks_count_no_cell() -> None:
    assert line_width((Span("e\u0301x"),)) == 2
    assert len(render("e\u0301e\u0301e\u0301e\u0301e\u0301 " * 4, 23)) == 1


def test_columns_with_wide_characters_stay_aligned() -> None:
    lines = render("| 日本 | b |\n|---|---|\n| a | c |", 40)
    bars = [line_width((Span(plain([line]).split(bar)[0]),)) for line, bar in zip(lines, "│┼│", strict=True)]
    assert len(set(bars)) == 1


def test_spaces_that_may_not_break_hold_words_together() -> None:
    assert text("one two three four&nbsp;five", 20).split("\n") == ["one two three", "four five"]


def test_line_breaks_come_from_backslashes_two_spaces_and_br() -> None:
    assert text("a\\\nb  \nc<br>d\ne") == "a\nb\nc\nd e"


def test_links_without_text_show_their_address() -> None:
    assert text("[](http://a.b) and <http://c.d> and ![](e.png)") == "http://a.b and http://c.d and e.png"


def test_emphasis_runs_on_over_the_spaces_between_its_words() -> None:
    (line,) = render("**two words** and", 80)
    assert line == (Span("two words", "strong"), Span(" and"))
