"""What is known about single characters: their kind, their script forms, their alphabets, their accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from tutor.maths.nodes import Kind

BINARY = frozenset("+-−*±∓×÷⋅·∗∘∙∖∧∨∩∪⊎⊓⊔⊕⊖⊗⊘⊙⊚⊛⊝⊞⊟⊠⊡⋄⋆⋇⋉⋊⋋⋌⋎⋏⋒⋓†‡•⨿○△▽")
OPENING = frozenset("([{⟨⌊⌈⟦⟪⌜⌞")
CLOSING = frozenset(")]}⟩⌋⌉⟧⟫⌝⌟")
PUNCTUATION = frozenset(",;")
BARS = frozenset("|∣‖∥")  # the same sign opens and closes
# `\mid` and `\parallel` have their own characters; a plain bar is ordinary until it is found to be a fence.
RELATIONS = frozenset("=<>:~∣∥≺≻∝⊥⟂⋈⌢⌣")
SUMS = frozenset("∑∏∐⋃⋂⋁⋀⨀⨁⨂⨄⨆⨅")  # scripts go above and below
INTEGRALS = frozenset("∫∬∭∮∯∰⨌")  # scripts stay at the side
DOTS = frozenset("…⋯⋮⋱⋰")
PRIMES = frozenset("′″‴⁗‵")

_RELATION_RANGES = (
    (0x2190, 0x21FF),  # arrows
    (0x2208, 0x220D),  # element of
    (0x2223, 0x2226),
    (0x2234, 0x2237),
    (0x223C, 0x228B),  # similar, equal, less, subset
    (0x228F, 0x2292),
    (0x22A2, 0x22B8),
    (0x22D0, 0x22D1),
    (0x22D6, 0x22ED),
    (0x27F0, 0x27FF),
    (0x2900, 0x297F),
    (0x2A74, 0x2AFF),
)


@lru_cache(maxsize=2048)
def kind_of(text: str) -> Kind:
    """The kind of a character; anything longer is ordinary."""
    if not text:
        return Kind.ORD
    character = unicodedata.normalize("NFD", text)[:1]  # a negated relation is one
    if len(text) > 1 and character == text[0] and not unicodedata.combining(text[1]):
        return Kind.ORD
    if text in BINARY:
        return Kind.BIN
    if text in OPENING:
        return Kind.OPEN
    if text in CLOSING:
        return Kind.CLOSE
    if text in PUNCTUATION:
        return Kind.PUNCT
    if text in SUMS or text in INTEGRALS:
        return Kind.SUM
    if text in DOTS:
        return Kind.INNER
    if character in RELATIONS or any(low <= ord(text[0]) <= high for low, high in _RELATION_RANGES):
        return Kind.REL
    return Kind.ORD


_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᵠᵡ",
        strict=True,
    )
)
_SUPERSCRIPTS |= {"⊤": "ᵀ", "*": "*", "∗": "*", "∘": "°", "†": "†"} | {prime: prime for prime in PRIMES}
_SUBSCRIPTS = dict(zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))


_LONG_WORD = re.compile(r"[A-Za-z]{4}")


def superscript(text: str) -> str | None:
    """The text in superscript characters, or None when one is missing or a long word is hard to read."""
    return _translated(text, _SUPERSCRIPTS)


def subscript(text: str) -> str | None:
    """The text in subscript characters, or None when one is missing or a long word is hard to read."""
    return _translated(text, _SUBSCRIPTS)


def _translated(text: str, table: dict[str, str]) -> str | None:
    if not text or _LONG_WORD.search(text) or any(character not in table for character in text):
        return None
    return "".join(table[character] for character in text)


class AccentMark(NamedTuple):
    """How an accent is shown: over one letter, over more than one, and in words."""

    combining: str
    wide: str  # a character to repeat, or one to centre, see `stretches`
    word: str
    stretches: bool = False
    under: bool = False


ACCENTS = {
    "hat": AccentMark("\u0302", "^", "hat"),
    "tilde": AccentMark("\u0303", "~", "tilde"),
    "bar": AccentMark("\u0304", "─", "bar", stretches=True),
    "vec": AccentMark("\u20d7", "→", "vec", stretches=True),
    "leftvec": AccentMark("\u20d6", "←", "leftvec", stretches=True),
    "bothvec": AccentMark("\u20e1", "↔", "bothvec", stretches=True),
    "dot": AccentMark("\u0307", "˙", "dot"),
    "ddot": AccentMark("\u0308", "¨", "ddot"),
    "dddot": AccentMark("\u20db", "…", "dddot"),
    "check": AccentMark("\u030c", "ˇ", "check"),
    "breve": AccentMark("\u0306", "˘", "breve"),
    "acute": AccentMark("\u0301", "´", "acute"),
    "grave": AccentMark("\u0300", "`", "grave"),
    "ring": AccentMark("\u030a", "°", "ring"),
    "underline": AccentMark("\u0332", "─", "underline", stretches=True, under=True),
    "cancel": AccentMark("\u0338", "/", "cancel"),
}
# The character that the parser sets over a letter, by the name above.
MARKS = {
    "^": "hat",
    "~": "tilde",
    "¯": "bar",
    "―": "bar",
    "‾": "bar",
    "→": "vec",
    "←": "leftvec",
    "↔": "bothvec",
    "˙": "dot",
    "¨": "ddot",
    "˛": "dddot",
    "ˇ": "check",
    "˘": "breve",
    "´": "acute",
    "`": "grave",
    "˚": "ring",
}


def accented(letter: str, mark: str) -> str:
    """One letter with its accent, composed where Unicode has the composed letter."""
    return unicodedata.normalize("NFC", letter + ACCENTS[mark].combining)


# First capital, small letter and digit of each mathematical alphabet.
_ALPHABETS = {
    "double-struck": ("𝔸", "𝕒", "𝟘"),
    "bold": ("𝐀", "𝐚", "𝟎"),
    "bold-italic": ("𝐀", "𝐚", "𝟎"),
    "script": ("𝒜", "𝒶", ""),
    "bold-script": ("𝓐", "𝓪", ""),
    "fraktur": ("𝔄", "𝔞", ""),
    "monospace": ("", "", ""),
}
# Letters that Unicode encoded before the alphabets.
_EARLIER = {
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
}


def in_alphabet(text: str, alphabet: str) -> str:
    """The text in a mathematical alphabet (a MathML `mathvariant`); what has no form there stays."""
    if alphabet not in _ALPHABETS:
        return text
    earlier = _EARLIER.get(alphabet, {})
    return "".join(earlier.get(character) or _shifted(character, alphabet) for character in text)


def _shifted(character: str, alphabet: str) -> str:
    capital, small, digit = _ALPHABETS[alphabet]
    for first, range_start, range_end in ((capital, "A", "Z"), (small, "a", "z"), (digit, "0", "9")):
        if first and range_start <= character <= range_end:
            return chr(ord(first) + ord(character) - ord(range_start))
    return character


def plain(text: str) -> str:
    """The text with letters of the mathematical alphabets turned back into plain ones."""
    return unicodedata.normalize("NFKC", text)
