"""One row: nothing that two dimensions say is lost by leaving the second."""

from __future__ import annotations

import pytest

from tutor.maths import layout


def flat(latex: str) -> str:
    box = layout(latex, flat=True)
    assert len(box.lines) == 1
    assert box.baseline == 0
    return box.lines[0]


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac1m", "1/m"),
        (r"\frac{a+b}{c}", "(a + b)/c"),
        (r"\frac{a}{b+c}", "a/(b + c)"),
        (r"\frac{\lambda}{2m}", "λ/(2m)"),
        (r"\frac{dJ}{dw}", "dJ/dw"),
        (r"\frac{\partial J(w,b)}{\partial w_j}", "∂J(w, b)/∂wⱼ"),
        (r"\frac{QK^T}{\sqrt{d_k}}", "QKᵀ/√dₖ"),
        (r"\frac{err}{cost}", "err/cost"),
        (r"\frac{1}{f(x)}", "1/f(x)"),
    ],
)
def test_a_fraction_takes_parentheses_where_they_are_needed(latex: str, shown: str) -> None:
    assert flat(latex) == shown


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{1}{1+\frac1x}", "1/(1 + 1/x)"),
        (r"\frac{\frac ab}{c}", "(a/b)/c"),
        (r"\frac{a}{\frac bc}", "a/(b/c)"),
        (r"\frac ab c", "(a/b) c"),
        (r"\frac{a}{bc}", "a/(bc)"),
        (r"x\frac ab", "x a/b"),
        (r"2\frac13", "2 (1/3)"),
        (r"\frac{dJ}{dv}\frac{dv}{da}", "(dJ/dv) (dv/da)"),
        (r"-\frac ya+\frac{1-y}{1-a}", "−y/a + (1 − y)/(1 − a)"),
        (r"\log\frac{p}{q}", "log(p/q)"),
        (r"\sum_i\frac{a_i}{b}", "∑ᵢ (aᵢ/b)"),
        (r"{\frac ab}^2", "(a/b)²"),
        (r"\left(\frac ab\right)^2", "(a/b)²"),
        (r"\frac{a}{b}/c", "(a/b)/c"),
        (r"\frac{a}{b}\qquad c", "a/b    c"),
    ],
)
def test_neighbours_of_a_fraction_are_not_read_into_it(latex: str, shown: str) -> None:
    assert flat(latex) == shown


def test_different_formulas_never_look_the_same() -> None:
    confusable = [
        (r"\frac{1}{1+\frac1x}", r"\frac{1}{1}+\frac1x"),
        (r"\frac{a}{b}c", r"\frac{a}{bc}"),
        (r"\sqrt{a}b", r"\sqrt{ab}"),
        (r"\sqrt 2x", r"\sqrt{2x}"),
        (r"x_{ab}", r"x_a b"),
        (r"x^{n_y}", r"x^n_y"),
        (r"x_{a_b}", r"x_a^b"),
        (r"e^{ab}", r"e^a b"),
        (r"{x^2}^3", r"x^{23}"),
        (r"\frac{a+b}{c}", r"a+\frac bc"),
        (r"\sum_{i}(a_i+b)", r"\sum_{i}a_i+b"),
        (r"\hat{xy}", r"\hat x y"),
    ]
    for left, right in confusable:
        assert flat(left) != flat(right)


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\sqrt x", "√x"),
        (r"\sqrt{x+1}", "√(x + 1)"),
        (r"\sqrt 2 x", "√2 x"),
        (r"\sqrt[3]{x+1}", "∛(x + 1)"),
        (r"\sqrt[n]{x}", "ⁿ√x"),
        (r"\sqrt d(x)", "√d (x)"),
    ],
)
def test_a_root_shows_where_it_ends(latex: str, shown: str) -> None:
    assert flat(latex) == shown


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        ("x^{(i)}", "x⁽ⁱ⁾"),
        ("W^{[l]}", "W^[l]"),
        ("a^{[2](i)}", "a^[2]⁽ⁱ⁾"),
        (r"x^{\langle t\rangle}", "x^⟨t⟩"),
        ("x^{<t>}", "x^<t>"),
        (r"X^{\{t\}}", "X^{t}"),
        (r"a^{[l]\{t\}(i)}", "a^[l]^{t}⁽ⁱ⁾"),
        ("A^{[l-1]T}", "A^[l−1]ᵀ"),
        (r"W^{[l]}A^{[l-1]}+b^{[l]}", "W^[l] A^[l−1] + b^[l]"),
        (r"g^{[1]\prime}(Z^{[1]})", "g^[1]′(Z^[1])"),
    ],
)
def test_layer_example_step_and_batch_are_readable(latex: str, shown: str) -> None:
    assert flat(latex) == shown


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        ("x_i^2", "xᵢ²"),
        ("e^{-z}", "e⁻ᶻ"),
        ("x_{train}", "x_train"),
        ("n_y", "n_y"),
        ("X_{i,j}", "X_(i,j)"),
        ("e^{1-r/c}", "e^(1−r/c)"),
        ("x_1+x_d", "x_1 + x_d"),
        ("a_dx", "a_d x"),
        (r"\theta_t^Te_c", "θ_tᵀ e_c"),
        ("y^*", "y*"),
        ("{ab}^2", "(ab)²"),
        (r"\sum_{i=1}^m x_i", "∑ᵢ₌₁ᵐ xᵢ"),
        (r"\sum_{g\in y}", "∑_(g∈y)"),
        (r"\arg\max_w f", "arg max_w f"),
        (r"b'_j", "b′ⱼ"),
    ],
)
def test_scripts_use_small_characters_or_say_where_they_end(latex: str, shown: str) -> None:
    assert flat(latex) == shown


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\begin{bmatrix}1&0\\2&3\end{bmatrix}", "[1, 0; 2, 3]"),
        (r"\begin{cases}z&\text{if }z>0\\0&\text{otherwise}\end{cases}", "{z if z > 0; 0 otherwise}"),
        (r"\begin{cases}1,&x>0,\\0,&x\le0.\end{cases}", "{1, x > 0; 0, x ≤ 0.}"),
        (r"\begin{aligned}a&=b\\&=c\end{aligned}", "a = b = c"),
        (r"\begin{aligned}a&=b,\\c&=d\end{aligned}", "a = b; c = d"),
        (r"\begin{aligned}a&=b&c&=d\end{aligned}", "a = b    c = d"),
        (r"\binom nk", "(n choose k)"),
        (r"\underbrace{a+b}_{\text{cost}}", "⏟(a + b)_cost"),
        (r"\overline{x+y}", "bar(x + y)"),
        (r"a\xrightarrow{f}b", "a →^f b"),
        (r"\left.f\right|_{x=0}", "f|ₓ₌₀"),
    ],
)
def test_what_has_rows_is_written_in_one(latex: str, shown: str) -> None:
    assert flat(latex) == shown
