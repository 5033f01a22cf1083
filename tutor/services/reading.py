"""Finding the Markdown to show: a sheet by its name, one section of it, or any file."""

from __future__ import annotations

from pathlib import Path

from tutor.content import places
from tutor.content.library import read_text
from tutor.content.sheets import parse_sheet
from tutor.domain.errors import UsageError, suggest


def sheet_text(name: str, topic: str | None = None) -> str:
    """The text of a sheet (`dlCS1`) or of a Markdown file; with `topic`, only that section under its heading.

    Raises UsageError when there is no such sheet, file or section.
    """
    path = _find(name)
    text = read_text(path, str(path))
    if topic is None:
        return text
    sections = {section.topic: section for section in parse_sheet(text, str(path))}
    if topic not in sections:
        raise UsageError(f"{name} has no section '{topic}'.{suggest(topic, sections)}")
    return f"### {sections[topic].title}\n\n{sections[topic].body}\n"


def _find(name: str) -> Path:
    sheets = {path.stem.lower(): path for path in (places.content_root() / "cheatsheets").glob("*.md")}
    if path := sheets.get(name.lower().removesuffix(".md")):
        return path
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{name} is a folder; name a Markdown file.")
    if path.is_file():
        return path
    known = sorted(path.stem for path in sheets.values())
    raise UsageError(f"There is no sheet or file '{name}'; the sheets are {', '.join(known)}.{suggest(name, known)}")
