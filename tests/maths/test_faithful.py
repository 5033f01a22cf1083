"""No letter, digit or symbol of a source is lost or added, whatever the layout."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from tutor.maths import layout

# What a command shows; commands that show nothing of their own are in SILENT.
SHOWN = {
    "partial": "∂", "nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫", "infty": "∞", "in": "∈", "notin": "∉",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡",
    "times": "×", "cdot": "⋅", "pm": "±", "to": "→", "leftarrow": "←", "Rightarrow": "⇒",
    "Leftrightarrow": "⇔", "implies": "⟹", "iff": "⟺", "mid": "∣", "cap": "∩", "cup": "∪", "propto": "∝",
    "ell": "l", "hbar": "ħ", "perp": "⟂", "oplus": "⊕", "otimes": "⊗", "odot": "⊙", "bigcup": "⋃",
    "bigcap": "⋂", "forall": "∀", "exists": "∃", "ll": "≪", "aleph": "ℵ", "Re": "R", "Im": "I",
    "emptyset": "∅", "varnothing": "∅", "div": "÷", "mp": "∓", "circ": "∘", "top": "T", "intercal": "T",
    "dagger": "†", "argmax": "argmax", "pmod": "mod", "bmod": "mod", "sim": "~", "ast": "*",
    "cdots": "⋯", "vdots": "⋮", "ddots": "⋱",
}  # fmt: skip
NAMES = {
    "log", "exp", "sin", "cos", "tanh", "max", "min", "lim", "sup", "inf", "det", "dim", "Pr", "arg",
}  # fmt: skip
GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi",
    "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi",
    "Omega",
}  # fmt: skip
SILENT = {
    "frac", "dfrac", "tfrac", "cfrac", "sqrt", "left", "right", "big", "Big", "bigl", "bigr", "middle",
    "mathrm", "mathbb", "mathcal", "mathbf", "mathfrak", "mathscr", "bm", "boldsymbol", "text", "textbf",
    "texttt", "operatorname", "hat", "widehat", "bar", "tilde", "vec", "dot", "ddot", "check", "acute",
    "overline", "overrightarrow", "overleftarrow", "underline", "begin", "end", "underbrace", "overbrace",
    "overset", "underset", "stackrel", "substack", "binom", "lVert", "rVert", "lvert", "rvert", "Vert",
    "langle", "rangle", "lfloor", "rfloor", "lceil", "rceil", "vert", "xrightarrow", "xleftarrow", "limits",
    "quad", "qquad", "mathrel", "mathop", "dots", "ldots", "prime", "not", "boxed", "hline", "cancel",
    "smallmatrix", "color", "textcolor",
}  # fmt: skip
# Small Greek letters that Unicode folds into Latin ones, and signs that stand for others.
ODD_FORMS = str.maketrans("ɛɑɩ⋅⟂∛⊤", "εαι·⊥3T")


def normal(text: str) -> str:
    """Text with scripts, alphabets and accents turned back into plain letters."""
    plain = unicodedata.normalize("NFKD", text).translate(ODD_FORMS)
    return "".join(c for c in plain if not unicodedata.combining(c) or c == "\u0338")


def substance(text: str) -> Counter[str]:
    """The letters, digits and mathematical symbols, but not what groups or separates them."""
    drawing = "√⟨⟩⏟⏞−"
    return Counter(
        c
        for c in normal(text)
        if c.isalnum() or (unicodedata.category(c) == "Sm" and c not in drawing and not "⌈" <= c <= "⎳")
        if c not in "<>=+|~/\u0338"
    )


def greek(name: str) -> str:
    variants = {"varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ", "phi": "ϕ", "epsilon": "ϵ", "lambda": "λ"}
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    return variants.get(name) or unicodedata.lookup(f"GREEK {case} LETTER {name.replace('ambda', 'amda').upper()}")


def expected(latex: str) -> str:
    """What a reader of the source expects to see, found without any part of the renderer."""
    source = re.sub(r"\\(begin|end)\{[a-z*]+\}(\{[lcr|]+\})?", "", latex)
    source = re.sub(r"\\(text)?color\{[a-z]+\}|\\hspace\{[^}]*\}", "", source)
    found = []
    for match in re.finditer(r"\\([a-zA-Z]+)|\\.|([A-Za-z0-9∂])", source):
        command, character = match[1], match[2]
        if character:
            found.append(character)
        elif command in NAMES:
            found.append(command)
        elif command in GREEK:
            found.append(greek(command))
        elif command in SHOWN:
            found.append(SHOWN[command])
        elif command is not None:
            assert command in SILENT, f"say in this test what \\{command} shows"
    return "".join(found)


def without_words(flat: str) -> str:
    """A row without the words that stand for what has two dimensions, and without arrows that carry a label."""
    return re.sub(r"(hat|bar|vec|tilde|underline|cancel)(?=\()| choose |─+→|←─+|[→←](?=\^)", "", flat)


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "display"])
def test_no_letter_digit_or_symbol_is_lost_or_added(formulas: list[str], flat: bool) -> None:
    wrong = {}
    for latex in formulas:
        text = "".join(layout(latex, flat=flat).lines)
        text = without_words(text)
        missing, added = substance(expected(latex)), substance(text)
        if missing != added:
            wrong[latex] = f"lost {dict(missing - added)}, added {dict(added - missing)}"
    assert not wrong


@pytest.mark.parametrize("flat", [True, False], ids=["flat", "display"])
def test_no_backslash_is_left(formulas: list[str], flat: bool) -> None:
    for latex in formulas:
        assert "\\" not in "".join(layout(latex, flat=flat).lines), latex


def test_a_row_keeps_the_order_of_the_source(formulas: list[str]) -> None:
    """Only two scripts on one base may change places, and a prime may come before a subscript."""
    checked = 0
    for latex in formulas:
        if re.search(r"\^.*_|'.*_|\\(over|under|int|sum|prod|left|right|xleft|xright|stack)", latex):
            continue
        letters = [c for c in normal(without_words(layout(latex, flat=True).lines[0])) if c.isalnum()]
        assert letters == [c for c in normal(expected(latex)) if c.isalnum()], latex
        checked += 1
    assert checked > 300
