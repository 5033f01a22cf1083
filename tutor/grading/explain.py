"""Sentences for what went wrong while the learner's code was read and run."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from typing import Any

from tutor.domain.errors import UsageError, suggest
from tutor.grading.protocol import End, Kind, Outcome, Raised, Reason

SOURCE_LIMIT = 1_000_000  #: bytes of a learner's file
_ONE_ELEMENT = re.compile(r"only (0-dimensional|length-1|size-1) arrays can be converted to Python scalars")


class UnreadableSource(UsageError):
    """The learner's file is no Python text; `line` is where that shows, if it shows in one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


def source_text(source: str | bytes) -> str:
    """The text of a learner's file. Raises UnreadableSource, with the sentence to show, when it is no text."""
    data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(data) > SOURCE_LIMIT:
        raise UnreadableSource(
            f"The file has {len(data):,} bytes; at most {SOURCE_LIMIT:,} were expected: is it the right file?"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableSource(f"Line {line} of the file is not UTF-8; save the file as UTF-8.", line) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        told = f"Line {line} of the file holds a NUL byte: it is not a Python text; was it saved as UTF-16?"
        raise UnreadableSource(told, line)
    if not text.strip():
        raise UnreadableSource("The file is empty; write your code in it and save it.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def syntax_error(reply: dict[str, Any]) -> str:
    """A syntax error with its line and a caret below the place."""
    text, offset = str(reply.get("text", "")), reply.get("offset", 0)
    sentence = f"Line {reply.get('line', 0)} is not Python: {reply.get('message', '')}."
    if not text.strip():
        return sentence
    indent = len(text) - len(text.lstrip())
    caret = max(0, min(offset if isinstance(offset, int) else 0, len(text) + 1) - 1 - indent)
    return f"{sentence}\n    {text.strip()}\n    {' ' * caret}^"


def missing_entry(entry: str, came: str, defined: Sequence[str], kind: str) -> str:
    """The file lacks an entry, or it is something else than what can be called."""
    expected = "class" if kind == "class" and entry[:1].isupper() else "function"
    if came:
        return f"'{entry}' is of type {came} in your file, expected a {expected}."
    meant = suggest(entry, defined)
    return f"Your file defines no {expected} '{entry}'; keep the name that the exercise gives.{meant}"


def raised(error: Raised, memory: int) -> str:
    """An exception in the learner's code: line, type, message, and what it means where that is not plain."""
    where = f"Line {error.line}: " if error.line else ""
    quoted = f"\n    {error.text}" if error.text else ""
    note = _note(error, memory)
    said = f"{error.type}: {error.message}" if error.message else error.type
    return f"{where}{said.rstrip('.')}.{f' {note}' if note else ''}{quoted}"


def _note(error: Raised, memory: int) -> str:
    if error.type == "EOFError" and "reading a line" in error.message:
        return "It waits for input(), but nobody can type while code is graded; use the arguments."
    if "SystemExit" in error.bases:
        return "It ends the program; return a result instead."
    if error.type == "KeyboardInterrupt":
        return "It stops the program; return a result instead."
    if "MemoryError" in error.bases:
        return f"Your code may use {memory / (1 << 30):g} GiB."
    if "NotImplementedError" in error.bases:
        return "This part is still to be written."
    if _ONE_ELEMENT.search(error.message):
        return "NumPy 2.4 turns only 0-d arrays into a number: use np.squeeze(x) or x.item() before float(x)."
    if "ModuleNotFoundError" in error.bases or "ImportError" in error.bases:
        return "NumPy and the standard library can be imported here, nothing else."
    if error.type in ("PermissionError", "BlockingIOError") or "can't start new thread" in error.message:
        return "Code under grading may not start programs, use the network or touch files outside its folder."
    if "RecursionError" in error.bases:
        return "A function calls itself without coming to an end."
    return ""


def ended(end: End, seconds: float, memory: int) -> str:
    """The worker's end, as a sentence about the learner's code."""
    line = f" (it was in line {end.line})" if end.line else ""
    if end.reason is Reason.TIME:
        return f"Your code did not finish within {seconds:g} s{line}: is there a loop that never ends?"
    if end.reason is Reason.MEMORY:
        return f"Your code used more memory than the {memory / (1 << 30):g} GiB it may use{line}."
    if end.reason is Reason.EXIT:
        return f"Your code ended the whole program (exit code {end.detail}); return a result instead."
    if end.reason is Reason.WIRE:
        return f"Your code disturbed the grading ({end.detail}); return a result and leave other files alone."
    number = int(end.detail or 0)
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return f"Your code was killed by the system{line}: it used too much memory or computing time."
    if number == signal.SIGXFSZ:
        return f"Your code was killed by the system{line}: it wrote a file that is too large."
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"Your code crashed the interpreter ({name}){line}."


def outcome(result: Outcome, signature: str, seconds: float, memory: int) -> str:
    """Why a call gave no value; empty when it returned one."""
    if result.kind is Kind.RAISED and result.raised is not None:
        return raised(result.raised, memory)
    if result.kind is Kind.SIGNATURE:
        return f"Expected {signature}, yours is {result.yours}."
    if result.kind is Kind.TOO_LARGE:
        return f"It returned {result.message}; at most 256 MB were expected."
    if result.kind is Kind.ENDED and result.end is not None:
        return ended(result.end, seconds, memory)
    return ""
