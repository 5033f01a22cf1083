"""Courses, weeks and topics: the spine that every item hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from tutor.domain.errors import UsageError, suggest


@dataclass(frozen=True)
class Topic:
    """The unit everything hangs on: a sheet section, cards, questions, exercises and engine functions."""

    slug: str
    title: str
    course: int  #: 1-5; 6 is 'beyond'
    week: int
    prerequisites: tuple[str, ...] = ()
    engine: tuple[str, ...] = ()  #: dotted names, such as `engine.basics.sigmoid`
    no_exercise: str = ""  #: why the topic needs no exercise, where it needs none
    line: int = 0


@dataclass(frozen=True)
class Week:
    number: int
    title: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True)
class Course:
    """One course and its sheet; `hours` is the planned study time."""

    number: int
    sheet: str  #: `dlCS1` ... `dlCS5`, `beyond`
    title: str
    hours: float
    weeks: tuple[Week, ...]

    @property
    def topics(self) -> Iterator[Topic]:
        return (topic for week in self.weeks for topic in week.topics)


@dataclass(frozen=True)
class Curriculum:
    """All courses in reading order."""

    courses: tuple[Course, ...]

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Topics by slug, in reading order."""
        return {topic.slug: topic for course in self.courses for topic in course.topics}

    @cached_property
    def order(self) -> dict[str, int]:
        """Position of each topic in reading order, from 0."""
        return {slug: index for index, slug in enumerate(self.topics)}

    def topic(self, slug: str) -> Topic:
        """The topic named `slug`. Raises UsageError, with a suggestion, when there is none."""
        try:
            return self.topics[slug]
        except KeyError:
            raise UsageError(f"There is no topic '{slug}'.{suggest(slug, self.topics)}") from None

    def course(self, number: int) -> Course:
        for course in self.courses:
            if course.number == number:
                return course
        numbers = ", ".join(str(course.number) for course in self.courses)
        raise UsageError(f"There is no course {number}; expected one of {numbers} (6 is beyond).")

    def course_of_sheet(self, sheet: str) -> Course:
        for course in self.courses:
            if course.sheet.lower() == sheet.lower():
                return course
        names = [course.sheet for course in self.courses]
        raise UsageError(f"There is no sheet '{sheet}'; the sheets are {', '.join(names)}.{suggest(sheet, names)}")


def find_cycle(prerequisites: Mapping[str, tuple[str, ...]]) -> list[str] | None:
    """A list of topics that require one another in a circle (first repeated last), or None."""
    done: set[str] = set()
    for root in prerequisites:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if root in done:
            continue
        stack.append((root, iter(prerequisites[root])))
        path.append(root)
        while stack:
            node, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                path.pop()
                done.add(node)
            elif child in path:
                return [*path[path.index(child) :], child]
            elif child not in done:
                path.append(child)
                stack.append((child, iter(prerequisites.get(child, ()))))
    return None
