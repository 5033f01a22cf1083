"""The many ways to write one thing (Unicode, LaTeX, plain text), brought to plain ASCII."""

from __future__ import annotations

import re
import unicodedata

from tutor.domain.errors import UsageError

MAX_LENGTH = 200


class FormulaError(UsageError):
    """What was typed cannot be read as a formula of the question's names; it does not count as an answer."""


_GREEK = {letter: unicodedata.name(letter).split()[-1].lower() for letter in "αβγδεζηθικλμνξοπρςστυφχψω"}
_GREEK["λ"] = "lambda"  # Unicode spells it LAMDA
_GREEK |= {letter.upper(): name.capitalize() for letter, name in _GREEK.items() if letter != "ς"}
_GREEK |= {"ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "µ": "mu"}  # the last is the micro sign

_SIGNS = str.maketrans(
    {
        **_GREEK,
        **dict.fromkeys("·⋅∙∗×•", "*"),
        **dict.fromkeys("−–—‐‑", "-"),
        **dict.fromkeys("÷∕⁄", "/"),
        "∣": "|",
        "√": " sqrt ",
        "⌊": " floor(",
        "⌋": ")",
        "⌈": " ceil(",
        "⌉": ")",
    }
)
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₚₛₜₓ", "0123456789aehijklmnpstx")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+")
_SUBSCRIPT_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₚₛₜₓ]+")

_COMMANDS = {
    "cdot": "*",
    "times": "*",
    "div": "/",
    "left": "",
    "right": "",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "lfloor": " floor(",
    "rfloor": ")",
    "lceil": " ceil(",
    "rceil": ")",
    "dfrac": r"\frac",
    "tfrac": r"\frac",
    "frac": r"\frac",
    "varepsilon": " epsilon",
}
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_ACCENTED = re.compile(r"\\(hat|tilde|bar)\s*(?:\{\s*\\?([A-Za-z]+)\s*\}|([A-Za-z]))")
_UPRIGHT = re.compile(r"\\(?:operatorname|mathrm)\{([A-Za-z]+)\}")
_SPACE = re.compile(r"\\[,;:! ]")
_BRACED_SUBSCRIPT = re.compile(r"_\{([A-Za-z0-9, ]*)\}")
_LAYER = re.compile(r"\^\{?\[([A-Za-z0-9]+)\]\}?")


def plain(text: str) -> str:
    """`text` in ASCII wherever its meaning has an ASCII spelling: `ŷ²` is `yhat^(2)`, `W^{[1]}` is `W_1`.

    Raises FormulaError when the text is longer than `MAX_LENGTH` characters.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"A formula has at most {MAX_LENGTH} characters, but this one has {len(text)}; write it shorter."
        )
    text = text.strip().strip("$")
    text = _ACCENTED.sub(lambda match: f" {match[2] or match[3]}{match[1]}", text)
    text = _SPACE.sub(" ", _UPRIGHT.sub(r" \1", text)).replace(r"\{", "{").replace(r"\}", "}")
    text = _COMMAND.sub(lambda match: _COMMANDS.get(match[1], f" {match[1]}"), text)
    text = _SUPERSCRIPT_RUN.sub(lambda match: f"^({match[0].translate(_SUPERSCRIPTS)})", text)
    text = _SUBSCRIPT_RUN.sub(lambda match: f"_{match[0].translate(_SUBSCRIPTS)}", text)
    # Decomposing splits ŷ into y and a circumflex.
    text = unicodedata.normalize("NFD", text).translate(_SIGNS)
    for accent, name in _ACCENTS.items():
        text = text.replace(accent, name)
    text = _BRACED_SUBSCRIPT.sub(lambda match: "_" + re.sub("[, ]", "", match[1]), text)
    return _LAYER.sub(r"_\1", text).replace("**", "^")


def canonical(name: str) -> str:
    """One spelling for each name: `w_1`, `w₁` and `w1` are `w1`; `ŷ`, `y_hat` and `yhat` are `yhat`."""
    return plain(name).strip().replace("_", "")
