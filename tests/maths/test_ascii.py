"""Terminals without Unicode get every formula in ASCII."""

from __future__ import annotations

import pytest

from tutor.maths import layout, layout_or_source
from tutor.maths.ascii import ascii_text


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "display"])
def test_only_ascii_comes_out(formulas: list[str], flat: bool) -> None:
    for latex in formulas:
        text = "".join(layout(latex, flat=flat, ascii=True).lines)
        assert text.isascii(), latex
        assert "\\" not in text, latex


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\sigma(z)=\frac{1}{1+e^{-z}}", "sigma(z) = 1/(1 + e^(-z))"),
        (r"\hat y\le\bar{x}", "y_hat <= x_bar"),
        (r"\beta v+\alpha\gamma", "beta v + alpha gamma"),
        (r"a\to b\ne c\approx d", "a -> b != c ~= d"),
        (r"B\sqrt{\sigma^2+\varepsilon}", "B sqrt(sigma^2 + epsilon)"),
        (r"\sum_{i=1}^m x_i", "sum_(i=1)^m x_i"),
        (r"a^{[2](i)}W^{[l]T}", "a^[2]^(i) W^[l]^T"),
        (r"x^{\langle t\rangle}", "x^<t>"),
        (r"\lfloor\frac{n}{s}\rfloor", "floor(n/s)"),
        (r"w\in\mathbb R^{n\times m}", "w in R^(n x m)"),
        (r"\frac{\partial J}{\partial w}", "dJ/dw"),
        (r"x\not\in A", "x not in A"),
    ],
)
def test_symbols_have_names(latex: str, shown: str) -> None:
    assert layout(latex, flat=True, ascii=True).lines == (shown,)


def test_two_dimensions_are_drawn_with_ascii() -> None:
    assert [line.rstrip() for line in layout(r"\left(\frac{1}{m}\right)", ascii=True).lines] == [
        "( 1 )",
        "(---)",
        "( m )",
    ]
    assert [line.rstrip() for line in layout(r"\sum_{i=1}^m x_i^2", ascii=True).lines] == [
        " m   2",
        "sum x",
        "i=1  i",
    ]
    assert [line.rstrip() for line in layout(r"\underbrace{a+b}_{n}", ascii=True).lines] == [
        "a + b",
        "|___|",
        "  n",
    ]


def test_a_source_that_cannot_be_laid_out_is_ascii_too() -> None:
    assert layout_or_source("é \\unknown", ascii=True).lines == (r"$\xe9 \unknown$",)


def test_no_character_is_dropped() -> None:
    assert ascii_text("λ") == "lambda"
    assert ascii_text("Λ") == "Lambda"
    assert ascii_text("ℒ") == "L"
    assert ascii_text("≢") == "not =="
    assert ascii_text("中") == "<cjk unified ideograph-4e2d>"
