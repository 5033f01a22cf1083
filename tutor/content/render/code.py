"""Code blocks: syntax colours for Python, plain text for everything else."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tutor.content.render.spans import Line, Span, joined

if TYPE_CHECKING:
    from pygments.lexer import Lexer

_PYTHON = {"python", "py", "python3"}
_CONSOLE = {"pycon", "python-console"}

# The first prefix of a token's type that fits decides; `Token.` is left out of the names.
_STYLES = (
    ("Operator.Word", "keyword"),
    ("Keyword", "keyword"),
    ("Name.Builtin", "function"),
    ("Name.Function", "function"),
    ("Name.Class", "function"),
    ("Name.Decorator", "function"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Comment", "comment"),
    ("Operator", "operator"),
    ("Generic.Prompt", "comment"),
)


def highlighted(code: str, language: str) -> list[Line]:
    """The lines of `code`, tabs as spaces; coloured when `language` names Python."""
    return list(_highlighted(code.rstrip("\n"), language))


@lru_cache(maxsize=256)
def _highlighted(code: str, language: str) -> tuple[Line, ...]:
    text = "\n".join(row.expandtabs(4).rstrip() for row in code.split("\n"))
    rows: list[list[Span]] = [[]]
    for style, value in _pieces(text, language):
        first, *others = value.split("\n")
        rows[-1].append(Span(first, style))
        rows.extend([Span(part, style)] for part in others)
    return tuple(joined(row) for row in rows)


def _pieces(text: str, language: str) -> list[tuple[str, str]]:
    if language not in _PYTHON | _CONSOLE:
        return [("code", text)]
    lexer = _lexer(language in _CONSOLE)
    return [(_style(str(kind).removeprefix("Token.")), value) for kind, value in lexer.get_tokens(text)]


@cache
def _lexer(console: bool) -> Lexer:
    from pygments.lexers.python import (
        PythonConsoleLexer,
        PythonLexer,
    )

    return (PythonConsoleLexer if console else PythonLexer)(stripnl=False, ensurenl=console)


@cache
def _style(kind: str) -> str:
    return next((style for prefix, style in _STYLES if kind.startswith(prefix)), "code")
