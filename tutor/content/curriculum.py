"""Reading curriculum.toml: courses, weeks and topics, with file and line for whatever is wrong in it."""

from __future__ import annotations

import importlib
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutor.content.library import read_text
from tutor.content.source import check_slug
from tutor.domain.errors import ContentError, suggest
from tutor.domain.topics import Course, Curriculum, Topic, Week, find_cycle


def load_curriculum(path: Path) -> Curriculum:
    """The curriculum that a TOML file describes; each topic has the line of its slug.

    Raises ContentError, with the line at fault, for a file that is not TOML; a field that is missing, unknown
    or of the wrong type; a malformed slug; a slug, number or sheet used twice; and a prerequisite that is
    unknown, repeated, the topic itself or part of a circle.
    """
    return _Reader(path, read_text(path, str(path))).read()


def check_engine_names(curriculum: Curriculum, path: Path) -> list[ContentError]:
    """One error for each engine name that is no documented function or class of the engine, in reading order.

    It imports the engine and so NumPy: only the content check may call it. `path` is the file that the
    curriculum was loaded from. Raises ContentError when that file can no longer be read.
    """
    lines = read_text(path, str(path)).split("\n")
    errors = []
    for topic, place in zip(curriculum.topics.values(), _places(path, lines)["topic"], strict=False):
        for name in topic.engine:
            if fault := _engine_fault(name):
                problem = f"topic '{topic.slug}' names the engine's '{name}', {fault}"
                errors.append(ContentError(path, place.line_of_text("engine", name), problem))
    return errors


def _engine_fault(name: str) -> str:
    """What is wrong with an engine name, as the end of a sentence; empty when nothing is."""
    module_name, _, attribute = name.rpartition(".")
    if module_name.partition(".")[0] != "engine":
        return "but should name it as engine.MODULE.FUNCTION."
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # the module may be broken in any way; the check has to go on
        return f"but {module_name} cannot be imported ({error})."
    found = getattr(module, attribute, None)
    if found is None:
        return f"but {module_name} does not define it.{suggest(attribute, vars(module))}"
    if not callable(found):
        return "which is neither a function nor a class."
    return "" if (found.__doc__ or "").strip() else "which has no docstring."


@dataclass(frozen=True)
class _Field:
    """What a field of the file may hold."""

    expected: str
    accepts: Callable[[Any], bool]
    optional: bool = False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_list_of(accepts: Callable[[Any], bool], value: object) -> bool:
    return isinstance(value, list) and all(accepts(entry) for entry in value)


# `type(...) is int` because TOML's true and false are integers to isinstance.
_NUMBER = _Field("a whole number from 1", lambda value: type(value) is int and value >= 1)
_HOURS = _Field("a number above 0", lambda value: type(value) in (int, float) and 0 < value < math.inf)
_TEXT = _Field("text in quotes", _is_text)
_NAMES = _Field('a list such as ["gru", "lstm"]', lambda value: _is_list_of(_is_text, value))


def _tables(header: str) -> _Field:
    return _Field(
        f"one or more tables [[{header}]]",
        lambda value: bool(value) and _is_list_of(lambda entry: isinstance(entry, dict), value),
    )


_FILE = {"course": _tables("course")}
_COURSE = {"number": _NUMBER, "sheet": _TEXT, "title": _TEXT, "hours": _HOURS, "week": _tables("course.week")}
_WEEK = {"number": _NUMBER, "title": _TEXT, "topic": _tables("course.week.topic")}
_TOPIC = {
    "slug": _TEXT,
    "title": _TEXT,
    "prerequisites": _NAMES,
    "engine": replace(_NAMES, optional=True),
    "no_exercise": replace(_TEXT, optional=True),
}


@dataclass(frozen=True)
class _Place:
    """Where a table stands in the file: `first` is the line of its header, `last` that of its last line."""

    path: Path
    lines: list[str]
    first: int
    last: int

    def line_of(self, key: str) -> int:
        """The line that sets a field of the table, or its header where none does."""
        name = rf"[\"']?{re.escape(key)}[\"']?"
        sets = re.compile(rf"\s*({name}\s*[=.]|\[.*(?<![\w-]){name}(?![\w-]))")
        return self._find(self.first, lambda line: bool(sets.match(line)), self.first)

    def line_of_text(self, key: str, text: str) -> int:
        """The line that has the quoted `text` in the field `key`."""
        start = self.line_of(key)
        return self._find(start, lambda line: f'"{text}"' in line or f"'{text}'" in line, start)

    def _find(self, start: int, wanted: Callable[[str], bool], otherwise: int) -> int:
        return next((number for number in range(start, self.last + 1) if wanted(self.lines[number - 1])), otherwise)

    def check(self, values: Mapping[str, Any], fields: Mapping[str, _Field], owner: str) -> None:
        """Raises ContentError for a field that is unknown, of the wrong type or missing."""
        for key, value in values.items():
            if key not in fields:
                problem = f"{owner} has the unknown field '{key}'.{suggest(key, fields)}"
                raise ContentError(self.path, self.line_of(key), problem, f"The fields are {', '.join(fields)}.")
            if not fields[key].accepts(value):
                problem = f"'{key}' of {owner} should be {fields[key].expected}, got {_shortened(value)}."
                raise ContentError(self.path, self.line_of(key), problem)
        for key, field in fields.items():
            if key not in values and not field.optional:
                problem = f"{owner} has no '{key}'."
                raise ContentError(self.path, self.first, problem, f"Add it: {field.expected}.")


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# The second part finds what TOML allows but what would leave a table without a line of its own.
_HEADER = re.compile(r"\s*(?:\[\[\s*(course(?:\s*\.\s*week(?:\s*\.\s*topic)?)?)\s*\]\]|(course|week|topic)\s*=)")


def _places(path: Path, lines: list[str]) -> dict[str, Iterator[_Place]]:
    """The places of the courses, of the weeks and of the topics, each in the order of the file."""
    headers = []
    for number, line in enumerate(lines, 1):
        if match := _HEADER.match(line):
            if match[2]:
                remedy = "Write [[course.week.topic]] (or what it is) and one field a line below it."
                raise ContentError(path, number, f"'{match[2]}' should be a table with a header of its own.", remedy)
            headers.append((number, match[1].count(".")))
    found: tuple[list[_Place], ...] = ([], [], [])
    for index, (number, depth) in enumerate(headers):
        last = next((later - 1 for later, other in headers[index + 1 :] if other <= depth), len(lines))
        found[depth].append(_Place(path, lines, number, last))
    courses, weeks, topics = found
    return {"course": iter(courses), "week": iter(weeks), "topic": iter(topics)}


class _Reader:
    """One reading of one file: takes tables and their places in step, both in the order of the file."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.tree = _parse(path, text)
        lines = text.split("\n")
        self.file = _Place(path, lines, 1, len(lines))
        self.places = _places(path, lines)
        self.topics: dict[str, _Place] = {}
        self.used: dict[str, int] = {}

    def read(self) -> Curriculum:
        self.file.check(self.tree, _FILE, "the file")
        curriculum = Curriculum(tuple(self._course(values) for values in self.tree["course"]))
        self._check_prerequisites(curriculum)
        return curriculum

    def _course(self, values: Mapping[str, Any]) -> Course:
        place = next(self.places["course"], self.file)
        place.check(values, _COURSE, "this course")
        number, sheet = values["number"], values["sheet"]
        self._use_once(f"the course number {number}", place.line_of("number"))
        self._use_once(f"the sheet '{sheet}'", place.line_of("sheet"))
        weeks = tuple(self._week(week, number) for week in values["week"])
        return Course(number, sheet, values["title"], float(values["hours"]), weeks)

    def _week(self, values: Mapping[str, Any], course: int) -> Week:
        place = next(self.places["week"], self.file)
        place.check(values, _WEEK, f"this week of course {course}")
        number = values["number"]
        self._use_once(f"week {number} of course {course}", place.line_of("number"))
        return Week(number, values["title"], tuple(self._topic(topic, course, number) for topic in values["topic"]))

    def _topic(self, values: Mapping[str, Any], course: int, week: int) -> Topic:
        place = next(self.places["topic"], self.file)
        named = _is_text(values.get("slug"))
        place.check(values, _TOPIC, f"topic '{values['slug']}'" if named else "this topic")
        slug, line = values["slug"], place.line_of("slug")
        check_slug(slug, str(self.path), line)
        self._use_once(f"the slug '{slug}'", line)
        self.topics[slug] = place
        return Topic(
            slug,
            values["title"],
            course,
            week,
            tuple(values["prerequisites"]),
            tuple(values.get("engine", ())),
            values.get("no_exercise", ""),
            line,
        )

    def _use_once(self, what: str, line: int) -> None:
        if what in self.used:
            problem = f"{what} is already used at line {self.used[what]}."
            raise ContentError(self.path, line, problem, "Change one of them.")
        self.used[what] = line

    def _check_prerequisites(self, curriculum: Curriculum) -> None:
        graph = {slug: topic.prerequisites for slug, topic in curriculum.topics.items()}
        for slug, names in graph.items():
            for index, name in enumerate(names):
                if name == slug:
                    self._refuse(slug, name, f"topic '{slug}' requires itself.", "Remove it from the list.")
                if name not in graph:
                    problem = f"topic '{slug}' requires '{name}', which is no topic.{suggest(name, graph)}"
                    self._refuse(slug, name, problem)
                if name in names[:index]:
                    self._refuse(slug, name, f"topic '{slug}' requires '{name}' twice.", "Remove one.")
        if cycle := find_cycle(graph):
            problem = f"these topics require one another in a circle: {' -> '.join(cycle)}."
            self._refuse(cycle[0], cycle[1], problem, "Remove one of these prerequisites.")

    def _refuse(self, slug: str, prerequisite: str, problem: str, remedy: str = "") -> None:
        line = self.topics[slug].line_of_text("prerequisites", prerequisite)
        raise ContentError(self.path, line, problem, remedy)


_LOCATION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number too long for int()
        message = str(error)
        location = _LOCATION.search(message)
        last = text.rstrip().count("\n") + 1
        line = int(location[1]) if location and location[1] else last
        raise ContentError(path, line, f"this is not valid TOML ({_LOCATION.sub('', message)}).") from None
