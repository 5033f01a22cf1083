"""Two-dimensional layout: what a formula looks like on several rows."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tutor.maths import Box, layout
from tutor.maths.boxes import beside, text_box


def rows(latex: str, **options: bool) -> list[str]:
    return [line.rstrip() for line in layout(latex, **options).lines]


def test_a_fraction_has_its_bar_on_the_baseline() -> None:
    assert rows(r"\frac{a+b}{c}") == [" a + b", "───────", "   c"]
    assert layout(r"\frac{a+b}{c}").baseline == 1


def test_the_outer_bar_of_nested_fractions_is_the_longer_one() -> None:
    assert rows(r"\frac{1}{1+\frac1x}") == [
        "    1",
        "─────────",
        "      1",
        " 1 + ───",
        "      x",
    ]


def test_limits_stand_above_and_below_a_sum() -> None:
    assert rows(r"\sum_{i=1}^m x_i") == [" m", " ∑  xᵢ", "i=1"]


def test_limits_of_neighbouring_sums_do_not_touch() -> None:
    assert rows(r"\sum_{i=1}^m\sum_{j=1}^n a_{ij}") == [" m   n", " ∑   ∑  aᵢⱼ", "i=1 j=1"]


def test_limits_inside_a_fraction_are_the_same_as_outside() -> None:
    assert rows(r"\frac{1}{\sum_i w_i}") == ["  1", "──────", " ∑ wᵢ", " i"]


def test_a_named_operator_takes_its_limit_below() -> None:
    assert rows(r"\operatorname*{argmin}_\theta J") == ["argmin J", "  θ"]
    assert rows(r"\arg\max_w f(w)") == ["arg max f(w)", "   w"]


def test_a_matrix_has_tall_brackets_and_aligned_columns() -> None:
    assert rows(r"\begin{bmatrix}1&0&-1\\2&10&3\\0&0&1\end{bmatrix}") == [
        "⎡1   0  −1⎤",
        "⎢2  10   3⎥",
        "⎣0   0   1⎦",
    ]


def test_a_transposed_matrix_carries_its_sign_on_the_bracket() -> None:
    assert rows(r"\begin{pmatrix}a\\b\\c\end{pmatrix}^T") == ["⎛a⎞ᵀ", "⎜b⎟", "⎝c⎠"]


def test_cases_point_their_brace_at_the_line() -> None:
    assert rows(r"g(z)=\begin{cases}z&\text{if }z>0\\0.01z&\text{otherwise}\end{cases}") == [
        "       ⎧z      if z > 0",
        "g(z) = ⎨",
        "       ⎩0.01z  otherwise",
    ]


@pytest.mark.parametrize("environment", ["aligned", "align*", "align", "split"])
def test_aligned_equations_line_up_at_the_ampersand(environment: str) -> None:
    source = rf"\begin{{{environment}}}ab&=c\\&=d+e\\d&\approx f\end{{{environment}}}"
    assert rows(source) == ["ab = c", "   = d + e", " d ≈ f"]


def test_gathered_equations_are_centred() -> None:
    assert rows(r"\begin{gather*}a=b\\c=d+e\end{gather*}") == ["  a = b", "c = d + e"]


def test_a_line_break_outside_an_environment_makes_two_lines() -> None:
    assert rows(r"a=b\\c=d") == ["a = b", "c = d"]
    assert rows(r"a\\max") == ["a", "max"]


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\hat y", "ŷ"),
        (r"\bar{x}", "x̄"),
        (r"\tilde c", "c\u0303"),
        (r"\dot x", "ẋ"),
        (r"\vec v", "v\u20d7"),
        (r"\hat{\theta}", "θ\u0302"),
        (r"\overrightarrow a", "a\u20d7"),
        (r"\widehat{\beta}", "β\u0302"),
    ],
)
def test_an_accent_sits_on_its_letter(latex: str, shown: str) -> None:
    assert rows(latex) == [shown]
    assert layout(latex).width == 1


def test_a_wide_accent_is_drawn_over_the_whole() -> None:
    assert rows(r"\overline{x+y}") == ["─────", "x + y"]
    assert rows(r"\overrightarrow{AB}") == ["─→", "AB"]


def test_layer_and_example_superscripts_are_raised_together() -> None:
    assert rows("a^{[2](i)}") == [" [2](i)", "a"]
    assert rows(r"W^{[l]}x+b^{[l]}") == [" [l]     [l]", "W   x + b"]


def test_small_scripts_stay_on_the_line_when_the_whole_formula_can_use_them() -> None:
    assert rows("x_i^2 + e^{-z}") == ["xᵢ² + e⁻ᶻ"]


def test_one_style_of_subscript_is_kept_in_a_formula() -> None:
    assert rows("x_1 + x_d") == ["x  + x", " 1    d"]


def test_a_superscript_is_stacked_over_the_subscript() -> None:
    assert rows("w^{[l]}_{jd}") == [" [l]", "w", " jd"]


def test_nested_superscripts_climb() -> None:
    assert rows(r"x^{n^{[l]}}") == ["  [l]", " n", "x"]


def test_a_subscript_in_a_superscript_does_not_come_between() -> None:
    assert rows(r"y^{\langle T_y\rangle}") == [" ⟨T_y⟩", "y"]


def test_delimiters_grow_with_a_fraction_but_not_with_scripts() -> None:
    assert rows(r"\left(\frac12\right)^2") == ["⎛ 1 ⎞²", "⎜───⎟", "⎝ 2 ⎠"]
    assert rows("(1+z^{[l]})^{2}") == ["      [l] 2", "(1 + z   )"]


def test_plain_and_big_brackets_grow_like_left_and_right() -> None:
    grown = rows(r"\left(\frac ab\right)")
    assert rows(r"(\frac ab)") == grown
    assert rows(r"\Big(\frac ab\Big)") == grown


@pytest.mark.parametrize(
    ("latex", "left", "right"),
    [
        (r"\left\lfloor\frac ab\right\rfloor", "⎢⎢⎣", "⎥⎥⎦"),
        (r"\left\lceil\frac ab\right\rceil", "⎡⎢⎢", "⎤⎥⎥"),
        (r"\left\|\frac ab\right\|", "║║║", "║║║"),
        (r"\lVert\frac ab\rVert", "║║║", "║║║"),
        (r"|\frac ab|", "│││", "│││"),
        (r"\left\{\frac ab\right\}", "⎧⎨⎩", "⎫⎬⎭"),
    ],
)
def test_every_delimiter_has_a_tall_form(latex: str, left: str, right: str) -> None:
    lines = layout(latex).lines
    assert "".join(line[0] for line in lines) == left
    assert "".join(line[-1] for line in lines) == right


def test_a_middle_bar_grows_with_its_fence() -> None:
    assert [line[-4] for line in layout(r"\left(\frac ab\middle|c\right)").lines] == ["│", "│", "│"]


def test_roots_have_an_overline_and_a_degree() -> None:
    assert rows(r"\sqrt d") == ["√d"]
    assert rows(r"\sqrt{s+1}") == [" _____", "√s + 1"]
    assert rows(r"\sqrt[3]{\frac ab}") == [" ┌────", " │  a", "³│ ───", "╲│  b"]


def test_braces_carry_labels() -> None:
    assert rows(r"\underbrace{a+b+c}_{\text{sum}}") == ["a + b + c", "╰───┬───╯", "   sum"]
    assert rows(r"\overbrace{a+b+c}^{n}") == ["    n", "╭───┴───╮", "a + b + c"]


def test_a_labelled_arrow_is_as_long_as_its_label() -> None:
    assert rows(r"a\xrightarrow{\text{softmax}}b") == ["   softmax", "a ────────→ b"]


def test_what_is_set_over_a_relation_stays_over_it() -> None:
    assert rows(r"a\overset{d}{=}b") == ["  d", "a = b"]


def test_a_binomial_has_no_bar() -> None:
    assert rows(r"\binom nk") == ["⎛n⎞", "⎜ ⎟", "⎝k⎠"]


def test_an_evaluation_bar_carries_its_point() -> None:
    assert rows(r"\left.\frac{df}{dx}\right|_{x=0}") == [" df │", "────│", " dx │ₓ₌₀"]


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\mathbb R \mathcal L \mathfrak g \mathbb 1", "ℝℒ𝔤𝟙"),
        (r"x\not=y\not\in A", "x ≠ y ∉ A"),
        (r"\lVert w\rVert_2^2", "‖w‖₂²"),
        (r"f'(x)+g''", "f′(x) + g″"),
        (r"w^\top x", "wᵀx"),
        (r"dA\mathrel{+}=dZ", "dA += dZ"),
        (r"a\quad b\,c\;d", "a  b c d"),
        (r"10{,}000", "10,000"),
        (r"W[:n_a,:]", "W[:nₐ, :]"),
        (r"-x+(-y)=2\times-3", "−x + (−y) = 2 × −3"),
        (r"\log|V|+\log x", "log|V| + log x"),
        (r"x\in[0,1)", "x ∈ [0, 1)"),
        (r"\text{if $x>0$, 5\% of R\&D}", "if x > 0, 5% of R&D"),
        (r"a\bmod n", "a mod n"),
    ],
)
def test_signs_and_spaces_are_those_of_print(latex: str, shown: str) -> None:
    assert rows(latex) == [shown]


def test_formulas_of_different_heights_share_a_line() -> None:
    line = beside([text_box("so "), layout(r"\frac12"), text_box(" and "), layout("W^{[l]}"), text_box(".")])
    assert line.lines == ("    1       [l] ", "so ─── and W   .", "    2           ")


def test_every_box_is_a_rectangle(formulas: list[str]) -> None:
    for latex in formulas:
        for options in ({}, {"flat": True}, {"ascii": True}, {"flat": True, "ascii": True}):
            box: Box = layout(latex, **options)
            assert all(cell_len(line) == box.width for line in box.lines), latex
            assert 0 <= box.baseline < len(box.lines), latex
