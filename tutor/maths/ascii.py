"""Names for symbols on terminals that show ASCII only."""

from __future__ import annotations

import unicodedata

_GREEK = {
    "ϵ": "epsilon",
    "ε": "epsilon",
    "ϕ": "phi",
    "φ": "phi",
    "ϑ": "theta",
    "ϱ": "rho",
    "ϖ": "pi",
    "ς": "sigma",
    "ϰ": "kappa",
}
_NAMES = {
    # operators and relations
    "−": "-", "⋅": ".", "·": ".", "×": "x", "÷": "/", "±": "+-", "∓": "-+", "∗": "*", "∘": "o", "∙": ".",
    "⊙": "(.)", "⊗": "(x)", "⊕": "(+)", "⊖": "(-)", "⊘": "(/)", "∖": "-", "∧": "and", "∨": "or", "¬": "not",
    "∩": "intersect", "∪": "union", "⋆": "*", "•": "*", "†": "+", "‡": "++",
    "≤": "<=", "≥": ">=", "≦": "<=", "≧": ">=", "⩽": "<=", "⩾": ">=", "≠": "!=", "≈": "~=", "≃": "~=",
    "≅": "~=", "∼": "~", "≡": "==", "≪": "<<", "≫": ">>", "≜": ":=", "≔": ":=", "≐": "=", "∝": "prop to",
    "∈": "in", "∉": "not in", "∋": "contains", "⊂": "subset", "⊆": "subset=", "⊃": "superset",
    "⊇": "superset=", "⊄": "not subset", "∣": "|", "∤": "not |", "∥": "||", "‖": "||", "⊥": "perp",
    "⟂": "perp", "⊤": "T", "≺": "<", "≻": ">", "⪯": "<=", "⪰": ">=", "⊢": "|-", "⊨": "|=",
    # arrows
    "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "⇐": "<=", "⇔": "<=>", "⟶": "-->", "⟵": "<--", "⟹": "==>",
    "⟸": "<==", "⟺": "<==>", "⟷": "<-->", "↦": "|->", "⟼": "|-->", "↑": "up", "↓": "down", "⇝": "~>",
    "↝": "~>", "↪": "->", "↩": "<-", "⇌": "<=>", "↗": "up", "↘": "down",
    # big operators
    "∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∬": "iint", "∭": "iiint", "∮": "oint", "⋃": "union",
    "⋂": "intersection", "⋁": "or", "⋀": "and", "⨁": "(+)", "⨂": "(x)", "⨀": "(.)",
    # letters and signs
    "∂": "d", "∇": "grad", "∞": "inf", "∅": "{}", "∀": "for all", "∃": "exists", "∄": "not exists", "ℓ": "l",
    "ℏ": "h", "ħ": "h", "ı": "i", "ȷ": "j", "℘": "p", "ℵ": "aleph", "°": "deg", "′": "'", "″": "''",
    "‴": "'''", "⁗": "''''", "‵": "`", "…": "...", "⋯": "...", "⋮": ":", "⋱": "...", "⋰": "...",
    "√": "sqrt", "∛": "root[3]", "∜": "root[4]", "∠": "angle", "△": "triangle", "□": "[]", "■": "[]",
    "∎": "[]", "∴": "therefore", "∵": "because", "✓": "yes", "✗": "no", "€": "EUR", "£": "GBP",
    # delimiters
    "⟨": "<", "⟩": ">", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "⟦": "[[", "⟧": "]]", "⟪": "<<",
    "⟫": ">>",
    # punctuation
    "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "⧸": "/", "⏟": "underbrace",
    "⏞": "overbrace", "‹": "<", "›": ">",
}  # fmt: skip


_NEGATION = "\u0338"
_COMBINING = {_NEGATION: "/", "\u0302": "^", "\u0303": "~", "\u0304": "-"}


def ascii_text(text: str) -> str:
    """The text in ASCII characters; no character is dropped."""
    if text.isascii():
        return text
    if text in _NAMES:
        return _NAMES[text]
    return "".join(map(_ascii_character, text))


def _ascii_character(character: str) -> str:
    if character.isascii():
        return character
    if character in _NAMES:
        return _NAMES[character]
    if character in _GREEK:
        return _GREEK[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK CAPITAL LETTER ") and " WITH " not in name:
        return name.split()[-1].capitalize().replace("Lamda", "Lambda")
    if name.startswith("GREEK SMALL LETTER ") and " WITH " not in name:
        return name.split()[-1].lower().replace("lamda", "lambda")
    simpler = unicodedata.normalize("NFKD", character)
    if simpler[-1:] == _NEGATION:
        return f"not {ascii_text(simpler[:-1])}"
    if simpler != character:
        return "".join(map(_ascii_character, simpler))
    if unicodedata.combining(character):
        return _COMBINING.get(character, "'")
    return f"<{name.lower()}>" if name else f"<U+{ord(character):04X}>"
