r"""LaTeX as it is written, turned into LaTeX that the parser reads without loss.

The parser (latex2mathml) knows one spelling of many constructs and drops or misplaces others. Here every
spelling becomes that one. What has no spelling that the parser keeps is carried through it by characters of
the private use area: what is special to TeX in the words of a `\text`, named operators, bars that open or
close.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_LENGTH = 2000  # characters; a page of aligned equations has about 1,000
MAX_DEPTH = 40  # braces, environments and \left ... \right inside one another

# Private characters. A special character c of a \text is _HIDDEN + c.
_HIDDEN = 0xE000
OPERATOR = "\ue100"  # first character of a text: a named operator
OPERATOR_LIMITS = "\ue101"  # the same, with limits below it
BAR_OPEN, BAR_CLOSE, NORM_OPEN, NORM_CLOSE = "\ue102", "\ue103", "\ue104", "\ue105"
MARKS = (OPERATOR, OPERATOR_LIMITS, BAR_OPEN, BAR_CLOSE, NORM_OPEN, NORM_CLOSE)

# fmt: off
_FUNCTIONS = frozenset((
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "coth", "csc", "deg", "dim", "exp", "hom",
    "ker", "lg", "ln", "log", "sec", "sin", "sinh", "tan", "tanh",
))
_LIMIT_FUNCTIONS = frozenset((
    "Pr", "argmax", "argmin", "det", "gcd", "inf", "lim", "liminf", "limsup", "max", "min", "plim", "sup",
))
# fmt: on
_SPOKEN = {"argmax": "arg max", "argmin": "arg min", "liminf": "lim inf", "limsup": "lim sup"}

_FORBIDDEN = re.compile(
    r"\\(?:def|gdef|edef|let|newcommand|renewcommand|providecommand|newenvironment|renewenvironment"
    r"|DeclareMathOperator|unicode|input|include|href|verb|csname)(?![a-zA-Z])"
)
_TEXT = re.compile(r"\\(text(?:bf|it|md|normal|rm|sf|tt|up)?|mbox|hbox|emph|intertext|operatorname\*?)\s*\{")
_ARGUMENT_DROPPED = re.compile(
    r"\\(?:label|color|textcolor|colorbox|vphantom|hspace\*?|vspace\*?|begin\s*\{align(?:ed)?at\*?\})\s*\{"
)

_ALIGNED = "aligned|alignedat|align|alignat|flalign|split"
_CENTRED = "gathered|gather|multline|displaymath"
_END = r"(?![a-zA-Z])"  # of a command's name
_STYLES = "displaystyle|textstyle|scriptstyle|scriptscriptstyle"
_SIZES = "tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge"
_SILENT = "nonumber|notag|hline|hfill|strut|mathstrut|null|relax|allowbreak|nolimits"

# Applied in this order; each pair is a pattern and what replaces it.
_SPELLINGS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (rf"\\(?:{_STYLES}|{_SIZES}|{_SILENT}){_END}", " "),
        (rf"\\(?:bigg?|Bigg?)[lrm]?{_END}", " "),
        (rf"\\lvert{_END}", BAR_OPEN),
        (rf"\\rvert{_END}", BAR_CLOSE),
        (rf"\\lVert{_END}", NORM_OPEN),
        (rf"\\rVert{_END}", NORM_CLOSE),
        (r"\\(begin|end)\s*\{\s*dcases\*?\s*\}", r"\\\1{cases}"),
        (r"\\begin\s*\{\s*rcases\*?\s*\}", r"\\left.\\begin{array}{ll}"),
        (r"\\end\s*\{\s*rcases\*?\s*\}", r"\\end{array}\\right\\}"),
        (r"\\begin\s*\{\s*eqnarray\*?\s*\}", r"\\begin{array}{rcl}"),
        (r"\\end\s*\{\s*eqnarray\*?\s*\}", r"\\end{array}"),
        (rf"\\(begin|end)\s*\{{\s*(?:{_ALIGNED})\*?\s*\}}(?:\s*\[[tbc]\])?", r"\\\1{align*}"),
        (rf"\\(begin|end)\s*\{{\s*(?:{_CENTRED})\*?\s*\}}(?:\s*\[[tbc]\])?", r"\\\1{matrix}"),
        (r"\\(?:begin|end)\s*\{\s*(?:equation|math)\*?\s*\}", " "),
        (rf"\\arg\s*\\(max|min){_END}", r"\\arg\1"),
        (rf"\\[cdt](binom|frac){_END}", r"\\\1"),
        (rf"\\colon{_END}", ":"),
        (rf"\\coloneqq{_END}", ":="),
        (rf"\\backslash{_END}", r"\\setminus "),
        (rf"\\(?:thinspace|enspace|enskip){_END}", r"\\,"),
        (rf"\\nobreakspace{_END}|~", r"\\,"),
        (r"(?<!\\)((?:\\\\)*)\\(?=\s|$)", r"\1\\, "),  # a backslash and a space
        (rf"\\(?:widebar|overbar){_END}", r"\\overline"),
        (rf"\\intercal{_END}", r"\\top "),
        (r"\\tag\*", r"\\tag"),
        (r"\\\\\s*\[\s*-?[\d.]+\s*[a-z]+\s*\]", r"\\\\"),  # extra room between rows
    ]
]
_FONT = r"\s*(?:\\(?:mathrm|mathsf|mathbf|mathit|text|rm|sf|bf|it)\s*)?"
_NAME = r"((?:[a-zA-Z]|\\[,;: ]|\s)+?)"
_MATHOP = re.compile(r"\\mathop\s*\{" + _FONT + r"\{?\s*" + _NAME + r"\s*\}?\s*\}(?:\s*\\limits)?")
# Of a backslash before an ampersand, one that is not the second half of a line break.
_AMPERSAND = re.compile(r"(?<!\\)((?:\\\\)*)\\&")


class Unreadable(Exception):
    """Why a formula is not given to the parser."""


def normalise(latex: str) -> str:
    """The formula in the spelling the parser reads; raises `Unreadable` when it must not be tried."""
    if len(latex) > MAX_LENGTH:
        raise Unreadable(f"it has {len(latex)} characters and {MAX_LENGTH} are the limit")
    if any(_is_unprintable(character) for character in latex):
        raise Unreadable("it holds control or private characters")
    forbidden = _FORBIDDEN.search(latex)
    if forbidden:
        raise Unreadable(f"{forbidden[0]} is not supported")
    source = _without_comments(latex)
    source = source.replace("\\\\", "\\\\ ")  # a line break is not the start of a command
    _check_depth(source)
    source = _hide_texts(source)
    source = _drop_arguments(source)
    source = _AMPERSAND.sub(lambda match: match[1] + _text(r"\text", r"\&"), source)
    for pattern, replacement in _SPELLINGS:
        source = pattern.sub(replacement, source)
    source = _MATHOP.sub(lambda match: _operator(re.sub(r"\\.", " ", match[1]), limits=True), source)
    source = re.sub(r"\\mathop(?![a-zA-Z])", " ", source)
    source = re.sub(r"\\([a-zA-Z]+)", _named_function, source)
    return _wrap_environments(" ".join(source.split()))


def shown(text: str) -> str:
    """The words of a text with the characters that were hidden from the parser."""
    return "".join(chr(ord(c) - _HIDDEN) if _HIDDEN <= ord(c) < _HIDDEN + 128 else c for c in text)


def _is_unprintable(character: str) -> bool:
    """Whether a terminal would act on a character, or join it with the one before, instead of showing it."""
    selects_variant = "\ufe00" <= character <= "\ufe0f"
    return selects_variant or not (character.isprintable() or character.isspace())


def _without_comments(latex: str) -> str:
    return re.sub(r"(?<!\\)((?:\\\\)*)%[^\n]*", r"\1", latex)


def _check_depth(source: str) -> None:
    depth = 0
    for match in re.finditer(r"\\\\|\\[{}]|[{}]|\\(?:begin|end|left|right)(?![a-zA-Z])", source):
        token = match[0]
        if token in ("{", r"\begin", r"\left"):
            depth += 1
        elif token in ("}", r"\end", r"\right"):
            depth -= 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"it is nested more than {MAX_DEPTH} levels deep")


def closing_brace(source: str, opening: int) -> int:
    """The index of the brace that closes the one at `opening`; raises `Unreadable` when there is none."""
    depth = 0
    index = opening
    while index < len(source):
        character = source[index]
        if character == "\\":
            index += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    raise Unreadable("a brace is not closed")


def _rewrite_commands(source: str, pattern: re.Pattern[str], rewrite: Callable[[str, str], str]) -> str:
    """Replace each command that `pattern` finds, up to the brace that closes its argument."""
    parts: list[str] = []
    position = 0
    while match := pattern.search(source, position):
        opening = match.end() - 1
        closing = closing_brace(source, opening)
        parts += [source[position : match.start()], rewrite(match[0], source[opening + 1 : closing])]
        position = closing + 1
    return "".join([*parts, source[position:]])


def _hide_texts(source: str) -> str:
    return _rewrite_commands(source, _TEXT, _text)


def _text(command: str, content: str) -> str:
    if command.startswith(r"\operatorname"):
        name = re.sub(r"\\(?:mathrm|mathbf|mathsf|rm|text)(?![a-zA-Z])|[{}]", "", content)
        return _operator(re.sub(r"\\[,;:! ]|~", " ", name), limits="*" in command)
    pieces = re.split(r"(?<!\\)\$", content)
    if len(pieces) % 2 == 0:
        raise Unreadable("a dollar sign inside a text is not closed")
    return "".join(
        f"{{{piece}}}" if index % 2 else rf"\text{{{_hidden(piece)}}}" for index, piece in enumerate(pieces) if piece
    )


def _hidden(words: str) -> str:
    words = re.sub(r"\\(?:textbf|textit|textrm|texttt|emph|mathrm)\s*|(?<!\\)[{}]", "", words)
    words = re.sub(r"\\(?:quad|qquad|[,;: ])|~", " ", words)
    words = re.sub(r"\\([\\{}$%&#_])", r"\1", words)
    if "\\" in words:
        raise Unreadable("a command inside a text is not supported")
    words = re.sub(r"\s", " ", words)
    return "".join(chr(_HIDDEN + ord(c)) if c in "\\{}$%&#^_~'`<> " else c for c in words)


def _operator(name: str, limits: bool) -> str:
    mark = OPERATOR_LIMITS if limits else OPERATOR
    return rf"\text{{{mark}{_hidden(' '.join(name.split()))}}}"


def _named_function(match: re.Match[str]) -> str:
    name = match[1]
    if name in _LIMIT_FUNCTIONS:
        return _operator(_SPOKEN.get(name, name), limits=True)
    if name in _FUNCTIONS:
        return _operator(name, limits=False)
    return match[0]


def _drop_arguments(source: str) -> str:
    def rewrite(command: str, content: str) -> str:
        if command.startswith(r"\begin"):
            return r"\begin{align*}"
        if command.startswith(r"\hspace"):
            return r"\quad " if re.match(r"\s*(?:[1-9]\d*(?:\.\d*)?\s*em|\d\d+\s*pt)", content) else r"\, "
        return " "

    return _rewrite_commands(source, _ARGUMENT_DROPPED, rewrite)


def _wrap_environments(source: str) -> str:
    """Braces around each environment, so that a script after it belongs to all of it."""
    return re.sub(r"\\end\s*\{[^}]*\}", r"\g<0>}", re.sub(r"\\begin\s*\{", r"{\g<0>", source))
