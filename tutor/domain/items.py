"""Items: what is scheduled. A card, a question or an exercise, each under an explicit slug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    CARD = "card"
    QUESTION = "question"
    EXERCISE = "exercise"


class CardForm(StrEnum):
    BASIC = "basic"
    REVERSED = "reversed"  #: two items: front to back, and back to front
    CLOZE = "cloze"  #: one item for each numbered gap
    FORMULA = "formula"  #: the answer is typed and compared as mathematics
    CODE = "code"  #: what does this code give? the answer is typed (a shape, a value)


class QuestionForm(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    FORMULA = "formula"
    ORDERING = "ordering"
    OUTPUT = "output"  #: predict what a program prints


@dataclass(frozen=True)
class Source:
    """Where an item is written: the path relative to the content folder, and the line (from 1)."""

    path: str
    line: int


@dataclass(frozen=True)
class FormulaKey:
    """A typed formula's answer and the open interval each of its names is drawn from when compared.

    `without` names the functions that may not be typed, because what they are is the question.
    """

    answer: str
    domains: Mapping[str, tuple[float, float]]
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """One scheduled card. `note` is the slug in the Markdown; siblings share it.

    `front` and `back` are Markdown. For a cloze the gap stands as `[...]` in `front`; `back` is the whole text.
    """

    id: str  #: `card:SLUG`, `card:SLUG/back` (reversed) or `card:SLUG/2` (second gap)
    note: str
    topic: str
    form: CardForm
    front: str
    back: str
    source: Source
    hash: str
    answer: str = ""  #: what is expected when the answer is typed (formula, code)
    domains: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    without: tuple[str, ...] = ()  #: functions that a formula may not use

    @property
    def typed(self) -> bool:
        return self.form in (CardForm.FORMULA, CardForm.CODE)


@dataclass(frozen=True)
class Option:
    """One choice. `reason` says why it is right or wrong; every wrong option has one."""

    text: str
    right: bool
    reason: str = ""


@dataclass(frozen=True)
class Question:
    """One question as it is written. A generated one has `{{name}}` placeholders that `posed` has filled."""

    id: str  #: `question:SLUG`
    slug: str
    topic: str
    form: QuestionForm
    prompt: str
    source: Source
    hash: str
    explanation: str = ""
    options: tuple[Option, ...] = ()  #: choices; for an ordering, the steps in their right order
    answer: str = ""  #: number, formula or printed output; a number may be one placeholder
    tolerance: float = 0.0  #: relative, for numeric answers
    unit: str = ""
    domains: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    without: tuple[str, ...] = ()  #: functions that a formula may not use
    difficulty: int = 1  #: 1 recall, 2 apply, 3 several steps
    generated: bool = False
    generator: str = ""  #: path of the Python file that holds it, relative to the content folder


@dataclass(frozen=True)
class Posed:
    """A question as it is asked once: values drawn, options shuffled. `seed` reproduces it exactly."""

    question: Question
    seed: int
    prompt: str
    explanation: str
    options: tuple[Option, ...] = ()  #: in the order shown
    answer: str = ""


@dataclass(frozen=True)
class Exercise:
    """A coding exercise's description; its folder holds the rest."""

    id: str  #: `exercise:SLUG`
    slug: str
    title: str
    topic: str
    kind: str  #: function, functions, class, training, find-the-bug, write-the-test ...
    entries: tuple[str, ...]
    signature: str
    minutes: int
    source: Source
    hash: str
    requires: tuple[str, ...] = ()  #: exercises to solve first
    version: int = 1


@dataclass(frozen=True)
class Section:
    """A sheet's section: the Markdown under one topic's heading."""

    topic: str
    sheet: str
    title: str
    body: str
    source: Source
    hash: str

    @property
    def id(self) -> str:
        return f"section:{self.topic}"


def kind_of(item: str) -> Kind:
    """The kind that an item id such as `card:sigmoid-range` names."""
    return Kind(item.partition(":")[0])
