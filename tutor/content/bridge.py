"""Reading cheatsheets/bridge.toml: the same layer in NumPy, Keras and PyTorch, with file and line for what is wrong.

The head of that file documents its format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.content.library import read_text
from tutor.content.source import check_slug
from tutor.domain.errors import ContentError, suggest
from tutor.domain.items import Source
from tutor.domain.topics import Curriculum

BRIDGES = "cheatsheets/bridge.toml"

_TEXTS = ("slug", "title", "topic", "note", "given", "numpy", "keras", "torch")
_CODE = ("given", "numpy", "keras", "torch", "tensorflow")
_FIELDS = (*_TEXTS, "rows", "tensorflow")


@dataclass(frozen=True)
class Row:
    """One line of the table: what is compared, and how it is in each of the three."""

    what: str
    numpy: str
    keras: str
    torch: str


@dataclass(frozen=True)
class Bridge:
    """One layer, loss, optimizer or habit in three frameworks.

    `given` is run before each snippet and makes the data; each snippet leaves a dictionary `result` of arrays, and
    equal names hold equal arrays. `tensorflow` is what only TensorFlow can run, empty where there is nothing.
    `source` has the line of the header; `lines` that of the first line of each snippet.
    """

    slug: str
    title: str
    topic: str
    note: str
    rows: tuple[Row, ...]
    given: str
    numpy: str
    keras: str
    torch: str
    tensorflow: str
    source: Source
    lines: Mapping[str, int]


def load_bridges(root: Path) -> tuple[Bridge, ...]:
    """The bridges below a content folder, in the order of the file; none where there is no such file.

    Raises ContentError, with the line at fault, for a file that is not TOML; a field that is missing, unknown or of
    the wrong type; a row that has not four texts; a malformed slug, or one used twice; and a snippet that is not
    Python.
    """
    path = root / BRIDGES
    if not path.exists():
        return ()
    text = read_text(path, BRIDGES)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        raise ContentError(BRIDGES, line, f"this is not TOML: {error}.", "Correct it.") from None
    for key in tree:
        if key != "bridge":
            problem = f"there is no field '{key}' outside a bridge."
            raise ContentError(BRIDGES, _line(text, key), problem, "Write [[bridge]] tables.")
    headers = [number for number, line in enumerate(text.split("\n"), 1) if line.rstrip() == "[[bridge]]"]
    tables = tree.get("bridge", [])
    if not isinstance(tables, list) or len(headers) != len(tables):
        raise ContentError(BRIDGES, 1, "each bridge should begin with a line [[bridge]] of its own.")
    bridges: dict[str, Bridge] = {}
    for table, first, last in zip(tables, headers, [*headers[1:], text.count("\n") + 2], strict=True):
        bridge = _Reader(text, first, last).read(table)
        if twin := bridges.get(bridge.slug):
            problem = f"the slug '{bridge.slug}' is already used at line {twin.source.line}."
            raise ContentError(BRIDGES, bridge.source.line, problem, "Rename one.")
        bridges[bridge.slug] = bridge
    return tuple(bridges.values())


def check_bridges(root: Path, curriculum: Curriculum) -> list[ContentError]:
    """Every problem with the bridges of the shipped content: unknown topics, and NumPy snippets that fail."""
    try:
        bridges = load_bridges(root)
    except ContentError as error:
        return [error]
    problems = []
    for bridge in bridges:
        if bridge.topic not in curriculum.topics:
            problem = f"there is no topic '{bridge.topic}'.{suggest(bridge.topic, curriculum.topics)}"
            problems.append(ContentError(BRIDGES, bridge.source.line, problem))
        try:
            run(bridge, "numpy")
        except ContentError as error:
            problems.append(error)
    return problems


def run(bridge: Bridge, framework: str) -> dict[str, Any]:
    """What a snippet leaves in `result`: arrays by name.

    - framework: "numpy", "keras" or "torch"; it has to be installed

    Raises ContentError, with the line, when the snippet fails or leaves no such dictionary.
    """
    namespace: dict[str, Any] = {"__name__": "__bridge__"}
    for name in ("given", framework):
        # Padding gives the code the line numbers of the file.
        source = "\n" * (bridge.lines[name] - 1) + getattr(bridge, name)
        try:
            exec(compile(source, BRIDGES, "exec", dont_inherit=True), namespace)
        except Exception as error:
            line = _line_of(error) or bridge.lines[name]
            problem = f"'{name}' of '{bridge.slug}' fails: {type(error).__name__}: {error}."
            raise ContentError(BRIDGES, line, problem, "Mend it.") from error
    result = namespace.get("result")
    if not isinstance(result, dict) or not result:
        problem = f"'{framework}' of '{bridge.slug}' leaves no dictionary `result`."
        raise ContentError(BRIDGES, bridge.lines[framework], problem, "Write result = {'out': ...}.")
    return result


class _Reader:
    """One table: `first` is the line of its header, `last` the line after it."""

    def __init__(self, text: str, first: int, last: int) -> None:
        self.lines, self.first, self.last = text.split("\n"), first, last

    def read(self, table: Mapping[str, Any]) -> Bridge:
        for key in table:
            if key not in _FIELDS:
                raise self._fault(key, f"there is no field '{key}'.", f"Remove it.{suggest(key, _FIELDS)}")
        for key in (*_TEXTS, "rows"):
            if key not in table:
                raise ContentError(BRIDGES, self.first, f"this bridge has no '{key}'.", "Add it.")
        for key in (*_TEXTS, "tensorflow"):
            value = table.get(key, "text")
            if not isinstance(value, str) or not value.strip():
                raise self._fault(key, f"'{key}' should be text, but it is {value!r}.")
        check_slug(table["slug"], BRIDGES, self._line("slug"))
        lines = {key: self._first_line(key) for key in _CODE if key in table}
        for key, line in lines.items():
            try:
                compile(table[key], BRIDGES, "exec", dont_inherit=True)
            except SyntaxError as error:
                at = line + (error.lineno or 1) - 1
                raise ContentError(BRIDGES, at, f"'{key}' is not Python: {error.msg}.", "Mend it.") from None
        return Bridge(
            **{key: table[key] for key in _TEXTS},
            rows=self._rows(table["rows"]),
            tensorflow=table.get("tensorflow", ""),
            source=Source(BRIDGES, self.first),
            lines=lines,
        )

    def _rows(self, rows: Any) -> tuple[Row, ...]:
        if not isinstance(rows, list) or not rows:
            raise self._fault("rows", f"'rows' should be a list of rows, but it is {rows!r}.")
        for number, row in enumerate(rows, 1):
            if not isinstance(row, list) or len(row) != 4 or not all(isinstance(one, str) and one for one in row):
                problem = f"row {number} should be four texts: what, NumPy, Keras, PyTorch; it is {row!r}."
                raise self._fault("rows", problem)
        return tuple(Row(*row) for row in rows)

    def _fault(self, key: str, problem: str, remedy: str = "") -> ContentError:
        return ContentError(BRIDGES, self._line(key), problem, remedy)

    def _line(self, key: str) -> int:
        """The line that sets a field, or the header where none does."""
        sets = re.compile(rf"{re.escape(key)}\s*=")
        inside = range(self.first, self.last - 1)
        return next((number + 1 for number in inside if sets.match(self.lines[number])), self.first)

    def _first_line(self, key: str) -> int:
        """The line where the text of a field begins: TOML leaves out a newline right after the quotes."""
        line = self._line(key)
        return line + 1 if self.lines[line - 1].rstrip().endswith(("'''", '"""')) else line


def _line(text: str, key: str) -> int:
    match = re.search(rf"^\[*{re.escape(key)}\b", text, re.M)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _line_of(error: Exception) -> int | None:
    """The last line of the snippets themselves on the way to the error."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == BRIDGES:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
