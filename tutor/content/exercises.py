"""Exercises: the description in `exercise.toml` and the texts beside it, read without running anything.

CONTRIBUTING.md documents the folder. The code beside them (`cases.py`, `bugs.py`, the reference) belongs to
grading.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutor.content.source import text_hash
from tutor.domain.errors import ContentError, suggest
from tutor.domain.items import Exercise, Source

KINDS = ("function", "functions", "class", "training", "find-the-bug", "write-the-test")
VECTORIZED = ("required", "badge", "off")
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_HINT = re.compile(r"##\s+Hint\s+(\d+)\b.*$")
_SECTION = re.compile(r"\s*\[")

#: key -> (type, whether it must be given)
_KEYS: dict[str, tuple[type, bool]] = {
    "title": (str, True),
    "topic": (str, True),
    "kind": (str, True),
    "entries": (list, True),
    "signature": (str, True),
    "reference": (str, True),
    "minutes": (int, True),
    "requires": (list, False),
    "utilities": (list, False),
    "version": (int, False),
    "outputs": (list, False),
    "tolerances": (dict, False),
    "forbid_changed_inputs": (bool, False),
    "forbid_warnings": (bool, False),
    "vectorized": (str, False),
    "time_limit": (float, False),
}


@dataclass(frozen=True)
class Tolerance:
    """How far one output may differ: `atol + rtol * |expected|`; None leaves the default."""

    rtol: float | None = None
    atol: float | None = None


@dataclass(frozen=True)
class Manifest:
    """Everything that `exercise.toml` says."""

    exercise: Exercise
    reference: str
    utilities: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    forbid_changed_inputs: bool = False
    forbid_warnings: bool = False
    vectorized: str = "badge"
    time_limit: float = 10.0


def exercise_folders(root: Path) -> list[Path]:
    """The folders of all exercises of a content folder, in order of course and slug."""
    return sorted(path.parent for path in (root / "exercises").glob("*/*/exercise.toml"))


def parse_exercise(folder: Path) -> Exercise:
    """The exercise of a folder. Raises ContentError with file, line and remedy."""
    return parse_manifest(folder).exercise


def parse_manifest(folder: Path) -> Manifest:
    """The description of an exercise, its texts checked. Raises ContentError with file, line and remedy."""
    path = folder / "exercise.toml"
    text = read(path)
    toml = _Toml(path, text)
    slug = folder.name
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        raise ContentError(
            path,
            1,
            f"an exercise's folder should be lower-case words joined by underscores, got '{slug}'.",
            "Rename it.",
        )
    prompt, stub = read(folder / "prompt.md"), read(folder / "stub.py")
    if not prompt.strip():
        raise ContentError(folder / "prompt.md", 1, "the prompt is empty.", "Write what is asked.")
    parse_hints(folder)
    entries = toml.words("entries")
    _check_stub(folder / "stub.py", stub, entries)
    for name in ("cases.py", "bugs.py"):
        if not (folder / name).is_file():
            raise ContentError(folder / name, 1, "this file is missing.", "Every exercise has cases and bugs.")
    exercise = Exercise(
        id=f"exercise:{slug}",
        slug=slug,
        title=toml.get("title"),
        topic=toml.get("topic"),
        kind=toml.choice("kind", KINDS, ""),
        entries=entries,
        signature=toml.get("signature"),
        minutes=int(toml.positive("minutes", 0)),
        source=Source("/".join([*folder.parts[-3:], path.name]), 1),
        hash=text_hash(text, prompt, stub),
        requires=toml.words("requires"),
        version=int(toml.positive("version", 1)),
    )
    return Manifest(
        exercise=exercise,
        reference=toml.get("reference"),
        utilities=toml.words("utilities"),
        outputs=toml.words("outputs"),
        tolerances=toml.tolerances(),
        forbid_changed_inputs=toml.get("forbid_changed_inputs", False),
        forbid_warnings=toml.get("forbid_warnings", False),
        vectorized=toml.choice("vectorized", VECTORIZED, "badge"),
        time_limit=toml.positive("time_limit", 10.0),
    )


def parse_hints(folder: Path) -> list[str]:
    """The hints as Markdown, in order. Raises ContentError when they are misnumbered or fewer than three."""
    path = folder / "hints.md"
    hints: list[list[str]] = []
    for number, line in enumerate(read(path).splitlines(), 1):
        if match := _HINT.match(line):
            if int(match[1]) != len(hints) + 1:
                raise ContentError(
                    path, number, f"hint {match[1]} should be hint {len(hints) + 1}.", "Number them from 1."
                )
            hints.append([])
        elif hints:
            hints[-1].append(line)
        elif line.strip() and not line.startswith("# "):
            raise ContentError(path, number, "this line stands before the first hint.", "Begin with '## Hint 1'.")
    texts = ["\n".join(lines).strip() for lines in hints]
    if len(texts) < 3 or not all(texts):
        raise ContentError(
            path,
            1,
            f"three or more hints, each with text, are expected, got {len([t for t in texts if t])}.",
            "Add some.",
        )
    return texts


def read(path: Path) -> str:
    """The text of a content file. Raises ContentError when it is missing or not UTF-8."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ContentError(path, 1, "this file is missing.", "Write it.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(path, 1, f"this file cannot be read ({error}).", "Save it as UTF-8 text.") from None


def parse_python(path: Path, source: str) -> ast.Module:
    """The syntax tree of a content file. Raises ContentError at the line of a syntax error."""
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise ContentError(path, error.lineno or 1, f"this is not Python: {error.msg}.", "Correct it.") from None


def _check_stub(path: Path, source: str, entries: tuple[str, ...]) -> None:
    tree = parse_python(path, source)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for entry in entries:
        if entry not in defined:
            raise ContentError(
                path, 1, f"the stub does not define the entry '{entry}'.", f"Add it.{suggest(entry, defined)}"
            )


class _Toml:
    """The keys of one `exercise.toml`, checked as they are taken."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.lines = path, text.splitlines()
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"line (\d+)", str(error))
            line = int(at[1]) if at else len(self.lines)
            raise ContentError(path, line, f"this is not TOML: {error}.", "Correct it.") from None
        for key in self.values:
            if key not in _KEYS:
                raise self.error(key, f"there is no key '{key}'.", f"Remove it.{suggest(key, _KEYS)}")
        for key, (kind, required) in _KEYS.items():
            if key not in self.values:
                if required:
                    raise ContentError(path, 1, f"the key '{key}' is missing.", "Add it.")
                continue
            value: Any = self.values[key]
            if kind is float and type(value) is int:
                continue
            if type(value) is not kind or (isinstance(value, str) and not value.strip()):
                name = {"str": "text", "int": "a whole number", "list": "a list", "bool": "true or false"}
                expected = name.get(kind.__name__, "a number" if kind is float else "a table")
                raise self.error(key, f"'{key}' should be {expected}, but it is {value!r}.")

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = str(self.values.get(key, default))
        if value not in allowed:
            problem = f"'{key}' should be one of {', '.join(allowed)}, but it is '{value}'."
            raise self.error(key, problem, suggest(value, allowed).strip())
        return value

    def positive(self, key: str, default: float) -> float:
        value = self.values.get(key, default)
        if not 0 < value < 100_000:
            raise self.error(key, f"'{key}' should be above 0, but it is {value!r}.")
        return float(value)

    def words(self, key: str) -> tuple[str, ...]:
        values = self.values.get(key, [])
        if not all(isinstance(value, str) and value for value in values) or (key == "entries" and not values):
            raise self.error(key, f"'{key}' should be a list of names, but it is {values!r}.")
        if len(set(values)) < len(values):
            raise self.error(key, f"'{key}' names something twice: {values!r}.", "Keep one.")
        return tuple(values)

    def tolerances(self) -> dict[str, Tolerance]:
        result: dict[str, Tolerance] = {}
        for name, table in self.values.get("tolerances", {}).items():
            fits = isinstance(table, dict) and table and set(table) <= {"rtol", "atol"}
            if not fits or not all(type(value) in (int, float) and value >= 0 for value in table.values()):
                raise self.error(
                    name,
                    f"[tolerances.{name}] should hold rtol and atol, numbers from 0 up, but it is {table!r}.",
                )
            result[name] = Tolerance(**{key: float(value) for key, value in table.items()})
        return result

    def error(self, key: str, problem: str, remedy: str = "") -> ContentError:
        pattern = re.compile(rf"\s*(\[.*\b)?['\"]?{re.escape(key)}['\"]?\]?\s*(=|$)")
        line = next((number for number, text in enumerate(self.lines, 1) if pattern.match(text)), 1)
        return ContentError(self.path, line, problem, remedy)
