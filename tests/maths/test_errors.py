"""What cannot be laid out is shown as its source, at once and without an exception."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tutor.domain.errors import DlcsError
from tutor.maths import Box, MathsError, layout, layout_or_source, rendered
from tutor.maths.normalise import MAX_LENGTH

PIECES = st.sampled_from([
    "x", "2", "{", "}", "^", "_", "&", r"\\", r"\frac", r"\sqrt", r"\left(", r"\right)", r"\begin{cases}",
    r"\end{cases}", r"\begin{matrix}", r"\end{matrix}", r"\text{ab", r"\hat", r"\sum", r"\int", r"\not", r"\over",
    r"\underbrace", r"\operatorname{ab}", "'", "|", r"\|", "[", "]", "%", "$", "#", "~", r"\,", r"\mathbb", r"\binom",
    r"\xrightarrow", r"\limits", r"\middle|", r"\substack", r"\big(", r"\color", r"\tag", r"\phantom", r"\mathop{",
    r"\\[2pt]", "é", "中",
])  # fmt: skip


def is_sound(box: Box) -> bool:
    rectangular = all(cell_len(line) == box.width for line in box.lines)
    harmless = all(c.isprintable() or c == "\u00a0" for line in box.lines for c in line)
    return rectangular and harmless and 0 <= box.baseline < len(box.lines)


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        (r"\frobnicate x", r"the command \frobnicate is not known"),
        (r"\text{a", "a brace is not closed"),
        (r"\left( x", "ExtraLeftOrMissingRightError"),
        (r"x^2^3", "DoubleSuperscriptsError"),
        ("a & b", "'&' has no meaning"),
        ("{}", "it is empty"),
        (r"\def\a{\a\a}\a", r"\def is not supported"),
        ("x" * (MAX_LENGTH + 1), "characters"),
        ("{" * 100 + "x" + "}" * 100, "levels deep"),
        (r"\sqrt" * 390 + " x", "nested too deeply"),
        (r"\begin{matrix}" + "&" * 30 + r"\\" * 30 + r"\end{matrix}", "cells"),
        ("a\x1b[31m", "control"),
        (r"\text{\foo}", "a command inside a text"),
    ],
    ids=lambda value: value[:20],
)
def test_an_error_names_the_formula_and_the_reason(latex: str, reason: str) -> None:
    assert not rendered(latex)
    with pytest.raises(MathsError) as caught:
        layout(latex)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("The formula $")
    assert caught.value.latex == latex
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, DlcsError)


def test_the_source_is_shown_between_dollar_signs() -> None:
    assert layout_or_source("\\frobnicate\n  x", flat=True).lines == (r"$\frobnicate x$",)


def test_a_source_cannot_send_commands_to_the_terminal() -> None:
    assert layout_or_source("a\x1b[31m").lines == ("$a\ufffd[31m$",)
    assert layout_or_source("a\u202eb").lines == ("$a\ufffdb$",)


def test_a_formula_that_can_be_laid_out_is_rendered() -> None:
    assert rendered(r"\frac12")
    assert layout_or_source(r"\frac12") == layout(r"\frac12")


def test_what_tex_does_not_show_is_no_error() -> None:
    assert layout("a % comment\n+ b").lines == ("a + b",)
    assert layout("a\n\n+ b").lines == ("a + b",)
    assert layout(r"\displaystyle a \label{eq:a} \nonumber").lines == ("a",)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14), st.booleans(), st.booleans())
def test_any_sequence_of_commands_gives_a_sound_box(pieces: list[str], flat: bool, ascii_only: bool) -> None:
    box = layout_or_source(" ".join(pieces), flat=flat, ascii=ascii_only)
    assert is_sound(box)
    assert not ascii_only or "".join(box.lines).isascii()
    assert not flat or len(box.lines) == 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_a_sound_box(text: str) -> None:
    assert is_sound(layout_or_source(text))
    assert is_sound(layout_or_source(rf"\text{{{text}}}"))


def test_mutated_formulas_never_raise_and_stay_small(formulas: list[str]) -> None:
    """Cells are counted instead of seconds: they bound the work, and do not depend on the machine."""
    chance = random.Random(1)
    alphabet = r"\{}^_&$%[]()|'xn2 ,~#"
    broken = 0
    for _ in range(2000):
        letters = list(chance.choice(formulas))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(letters) + 1)
            action = chance.random()
            if action < 0.4 and place < len(letters):
                del letters[place]
            elif action < 0.8:
                letters.insert(place, chance.choice(alphabet))
            else:
                letters[place:place] = letters[chance.randrange(len(letters) + 1) :][:8]
        latex = "".join(letters)
        box = layout_or_source(latex)
        assert is_sound(box), latex
        assert len(box.lines) * box.width <= 60 * max(len(latex), 10), latex
        assert is_sound(layout_or_source(latex, flat=True)), latex
        broken += not rendered(latex)
    assert 200 < broken < 1800  # both kinds were tried


@pytest.mark.parametrize(
    "latex",
    [
        "x" * MAX_LENGTH,
        "(" * MAX_LENGTH,
        "|" * MAX_LENGTH,
        "'" * (MAX_LENGTH - 1) + "x",
        "a^b" * (MAX_LENGTH // 3),
        r"\frac12" * (MAX_LENGTH // 7),
        r"\hat" * (MAX_LENGTH // 5) + "x",
        "x_{" * 39 + "y" + "}" * 39,
        r"\overline{xy" * 39 + "}" * 39,
        r"\frac{x}{" * 39 + "y" + "}" * 39,
        r"\text{" * (MAX_LENGTH // 7),
        r"\\" * (MAX_LENGTH // 2),
    ],
    ids=lambda latex: latex[:20],
)
def test_hostile_formulas_end_with_few_cells(latex: str) -> None:
    box = layout_or_source(latex)
    assert is_sound(box)
    assert len(box.lines) * box.width <= 20 * MAX_LENGTH


def test_a_command_in_the_place_of_an_argument_shows_the_source() -> None:
    assert layout_or_source(r"\color\operatorname{ab}").lines == (r"$\color\operatorname{ab}$",)
