"""Sheets: the section under each topic's heading. Ideas come before equations, and that is checked."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from tutor.content.source import Line, check_slug, heading, lines_of, markdown, tag_after, text_hash
from tutor.domain.errors import ContentError
from tutor.domain.items import Section, Source

MIN_WORDS_OF_IDEA = 20


def parse_sheet(text: str, path: str) -> list[Section]:
    """The sections of one sheet, in order: each `### Title` that is followed by `<!-- topic: SLUG -->`.

    Raises ContentError for a `###` heading without its topic, a repeated topic, an empty section, or one
    whose equations or code come before its idea.
    """
    lines = lines_of(text, path)
    bounds = [(index, *head) for index, line in enumerate(lines) if (head := heading(line)) and head[0] <= 3]
    sections: list[Section] = []
    for position, (index, level, title) in enumerate(bounds):
        if level != 3:
            continue
        line = lines[index]
        tag = tag_after(lines, index)
        if tag is None or tag.name != "topic":
            raise ContentError(
                path,
                line.number,
                f"the section '{title}' names no topic.",
                "Add <!-- topic: SLUG --> below it.",
            )
        check_slug(tag.value, path, tag.line)
        if any(section.topic == tag.value for section in sections):
            raise ContentError(path, tag.line, f"the topic '{tag.value}' already has a section here.", "Join the two.")
        end = bounds[position + 1][0] if position + 1 < len(bounds) else len(lines)
        body = [entry for entry in lines[index + 1 : end] if entry.number > tag.line]
        _idea_first(body, title, path, line.number)
        whole = markdown(body)
        sections.append(
            Section(
                tag.value,
                PurePosixPath(path).stem,
                title,
                whole,
                Source(path, line.number),
                text_hash(title, whole),
            )
        )
    return sections


def _idea_first(body: list[Line], title: str, path: str, number: int) -> None:
    words = 0
    for line in body:
        display = line.text.lstrip().startswith("$$") or r"\[" in line.text
        if line.fenced or display:
            if words < MIN_WORDS_OF_IDEA:
                what = "code" if line.fenced else "an equation"
                raise ContentError(
                    path,
                    line.number,
                    f"'{title}' shows {what} after only {words} words.",
                    "Say the idea in words first.",
                )
            return
        words += len(re.findall(r"[A-Za-z]{2,}", line.text))
    if words < MIN_WORDS_OF_IDEA:
        raise ContentError(path, number, f"the section '{title}' has only {words} words.", "Write its idea.")
