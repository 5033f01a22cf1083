"""Splitting a content file into its topics and items, with the line of everything.

Cards and questions share one layout (CONTRIBUTING.md documents it):

    ## A topic's title
    <!-- topic: data-layout -->

    ### an-item-slug
    <!-- card: basic -->

    what is asked

    ---

    what is answered
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from tutor.domain.errors import ContentError, suggest

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_COMMENT = re.compile(r"<!--\s*(\w[\w-]*)\s*:\s*(.*?)\s*-->\s*$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_FIELD = re.compile(r"-\s+([a-z][a-z-]*):\s*(.*?)\s*$")


@dataclass(frozen=True)
class Line:
    number: int  #: from 1
    text: str
    fenced: bool  #: inside (or delimiting) a code block


@dataclass(frozen=True)
class Tag:
    """An HTML comment `<!-- name: value -->` that belongs to the heading above it."""

    name: str
    value: str
    line: int


@dataclass(frozen=True)
class RawItem:
    """One item as it is written. `asked` and `answered` are the lines around the `---`."""

    slug: str
    topic: str
    tag: Tag
    line: int
    asked: tuple[Line, ...]
    answered: tuple[Line, ...]
    has_rule: bool

    @property
    def hash(self) -> str:
        return text_hash(self.tag.value, markdown(self.asked), markdown(self.answered))


@dataclass
class _Fence:
    mark: str = ""
    start: int = 0

    def feed(self, number: int, text: str) -> bool:
        """Whether this line belongs to a code block."""
        match = _FENCE.match(text)
        if not self.mark:
            if match:
                self.mark, self.start = match[1], number
            return bool(match)
        if match and match[1][0] == self.mark[0] and len(match[1]) >= len(self.mark) and text.strip() == match[1]:
            self.mark = ""
        return True


def lines_of(text: str, path: str) -> list[Line]:
    """The lines of a file. Raises ContentError for a code block that is never closed."""
    fence = _Fence()
    lines = [Line(number, line, fence.feed(number, line)) for number, line in enumerate(text.splitlines(), 1)]
    if fence.mark:
        raise ContentError(path, fence.start, "this code block is never closed.", f"End it with a line {fence.mark}.")
    return lines


def markdown(lines: tuple[Line, ...] | list[Line]) -> str:
    """The lines as one text, blank lines at both ends removed."""
    return "\n".join(line.text for line in lines).strip("\n").rstrip()


def text_hash(*texts: str) -> str:
    """A short hash that tells 'edited since you last saw it'; never an identity."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def heading(line: Line) -> tuple[int, str] | None:
    """Level and text when the line is a heading outside a code block."""
    match = None if line.fenced else _HEADING.match(line.text)
    return (len(match[1]), match[2]) if match else None


def tag_after(lines: list[Line], index: int) -> Tag | None:
    """The comment tag on the first non-blank line after position `index`."""
    for line in lines[index + 1 :]:
        if line.text.strip():
            match = _COMMENT.match(line.text.strip())
            return Tag(match[1], match[2], line.number) if match and not line.fenced else None
    return None


def check_slug(slug: str, path: str, line: int) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > 60:
        raise ContentError(
            path,
            line,
            f"a slug should be lower-case words joined by hyphens (at most 60 characters), got '{slug}'.",
        )


def split_items(text: str, path: str, kind: str) -> list[RawItem]:
    """The items of a cards or questions file. `kind` is the tag each item carries: `card` or `question`.

    Raises ContentError for a heading without its tag, an item outside a topic, or a bad or repeated slug.
    """
    lines = lines_of(text, path)
    topic = ""
    seen: dict[str, int] = {}
    items: list[RawItem] = []
    starts = [index for index, line in enumerate(lines) if (head := heading(line)) and head[0] <= 3]
    for position, index in enumerate(starts):
        line = lines[index]
        level, title = heading(line) or (0, "")
        if level == 1:
            continue
        tag = tag_after(lines, index)
        if level == 2:
            if tag is None or tag.name != "topic":
                raise ContentError(
                    path,
                    line.number,
                    f"the heading '{title}' names no topic.",
                    "Add <!-- topic: SLUG --> below it.",
                )
            check_slug(tag.value, path, tag.line)
            topic = tag.value
            continue
        if not topic:
            raise ContentError(path, line.number, f"'{title}' stands before the first topic.", "Move it below one.")
        slug = title.strip("`")
        check_slug(slug, path, line.number)
        if slug in seen:
            raise ContentError(
                path, line.number, f"the slug '{slug}' is already used at line {seen[slug]}.", "Rename one."
            )
        seen[slug] = line.number
        if tag is None or tag.name != kind:
            raise ContentError(
                path,
                line.number,
                f"'{slug}' does not say what it is.",
                f"Add <!-- {kind}: FORM --> below the heading.",
            )
        end = starts[position + 1] if position + 1 < len(starts) else len(lines)
        body = [entry for entry in lines[index + 1 : end] if entry.number > tag.line]
        rules = [at for at, entry in enumerate(body) if not entry.fenced and entry.text.strip() == "---"]
        if len(rules) > 1:
            raise ContentError(
                path,
                body[rules[1]].number,
                f"'{slug}' has a second '---'.",
                "Keep the one between asked and answered.",
            )
        cut = rules[0] if rules else len(body)
        items.append(
            RawItem(slug, topic, tag, line.number, tuple(body[:cut]), tuple(body[cut + 1 :]), has_rule=bool(rules))
        )
    return items


@dataclass(frozen=True)
class Fields:
    """The `- name: value` lines at the start of an answer, and the Markdown that follows them."""

    values: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    rest: str = ""

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, (default, 0))[0]

    def line(self, name: str, default: int) -> int:
        return self.values.get(name, ("", default))[1]


def fields_of(raw: RawItem, path: str, allowed: tuple[str, ...]) -> Fields:
    """The fields of an item's answer. Raises ContentError for one that is unknown, repeated or empty."""
    values: dict[str, tuple[str, int]] = {}
    rest: list[Line] = []
    for index, line in enumerate(raw.answered):
        match = None if line.fenced else _FIELD.match(line.text)
        if not match:
            if not line.text.strip():
                continue
            rest = list(raw.answered[index:])
            break
        name, value = match[1], match[2]
        if name not in allowed:
            raise ContentError(
                path, line.number, f"'{raw.slug}' has the unknown field '{name}'.", f"Use {_list(allowed)}."
            )
        if name in values or not value:
            fault = "repeats" if name in values else "leaves empty"
            raise ContentError(
                path, line.number, f"'{raw.slug}' {fault} the field '{name}'.", "Give it once, with a value."
            )
        values[name] = (value, line.number)
    return Fields(values, markdown(rest))


def attributes(tag: Tag, path: str) -> tuple[str, list[str]]:
    """The form and the further words of a tag: `numeric, difficulty 2` is ('numeric', ['difficulty 2'])."""
    words = [word.strip() for word in tag.value.split(",")]
    if not words[0]:
        raise ContentError(path, tag.line, "the tag names no form.", "Write for example <!-- card: basic -->.")
    return words[0], words[1:]


Form = TypeVar("Form", bound=StrEnum)


def form_of(raw: RawItem, name: str, forms: type[Form], path: str) -> Form:
    """The form that a tag names. Raises ContentError, with a suggestion, for one that does not exist."""
    try:
        return forms(name)
    except ValueError:
        known = [str(form) for form in forms]
        raise ContentError(
            path,
            raw.tag.line,
            f"'{raw.slug}' has the unknown form '{name}'.",
            f"Use {', '.join(known)}.{suggest(name, known)}",
        ) from None


_WHERE = re.compile(r"\s*([^\s,()]+)\s+in\s*\(\s*([^,\s]+)\s*,\s*([^)\s]+)\s*\)\s*(?:,|$)")


def domains_of(fields: Fields, slug: str, path: str, line: int) -> dict[str, tuple[float, float]]:
    """The `where` field, `a in (0, 1), y in (0, 1)`, as intervals by name."""
    text, at = fields.get("where"), fields.line("where", line)
    domains: dict[str, tuple[float, float]] = {}
    position = 0
    while position < len(text):
        match = _WHERE.match(text, position)
        try:
            if not match:
                raise ValueError
            low, high = float(match[2]), float(match[3])
            if not low < high:
                raise ValueError
        except ValueError:
            raise ContentError(
                path,
                at,
                f"'{slug}' has a 'where' that cannot be read: {text!r}.",
                "Write: a in (0, 1), z in (-3, 3).",
            ) from None
        domains[match[1]] = (low, high)
        position = match.end()
    if not domains:
        raise ContentError(path, at, f"'{slug}' does not say where its names lie.", "Add: - where: a in (0, 1).")
    return domains


def without_of(fields: Fields) -> tuple[str, ...]:
    """The functions of the `without` field, `sigmoid, tanh`, which an answer may not use."""
    return tuple(name.strip() for name in fields.get("without").split(",") if name.strip())


def placeholders(text: str) -> Iterator[str]:
    """The names of the `{{name}}` placeholders in a generated question's text."""
    return (match[1] for match in PLACEHOLDER.finditer(text))


PLACEHOLDER = re.compile(r"\{\{([A-Za-z_]\w*)\}\}")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)
