"""The content files: which there are, what each holds, and how an item is kept as JSON in the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tutor.domain.errors import ContentError
from tutor.domain.items import Card, CardForm, Exercise, Option, Question, QuestionForm, Section, Source

Entry = Section | Card | Question | Exercise


@dataclass(frozen=True)
class ContentFile:
    """One file to index. `path` is relative to its root, with `own:` before it in the learner's own content."""

    path: str
    absolute: Path
    kind: str  #: sheet, cards, quizzes or exercise
    own: bool = False

    def stamp(self) -> tuple[int, int]:
        """Newest modification time (ns) and total size of what is read: an exercise is all of its texts."""
        texts = [self.absolute]
        if self.kind == "exercise":
            texts += [self.absolute.parent / name for name in ("prompt.md", "stub.py", "hints.md")]
        found = [path.stat() for path in texts if path.exists()]
        return max((one.st_mtime_ns for one in found), default=0), sum(one.st_size for one in found)


def discover(root: Path, *, own: bool = False) -> Iterator[ContentFile]:
    """The content files below a root, in reading order. A missing folder holds none."""
    sheets, exercises = root / "cheatsheets", root / "exercises"
    for kind, found in (
        ("sheet", sorted(path for path in sheets.glob("*.md") if path.name.lower() not in _NOT_SHEETS)),
        ("cards", sorted((sheets / "cards").rglob("*.md"))),
        ("quizzes", sorted((sheets / "quizzes").rglob("*.md"))),
        ("exercise", sorted(exercises.rglob("exercise.toml"))),
    ):
        for path in found:
            relative = path.relative_to(root).as_posix()
            yield ContentFile(f"own:{relative}" if own else relative, path, kind, own)


_NOT_SHEETS = {"readme.md", "notation.md"}


def load_file(file: ContentFile) -> list[Entry]:
    """The entries of one content file. Raises ContentError (also for a file that is not UTF-8 or cannot be read)."""
    if file.kind == "exercise":
        from tutor.content.exercises import parse_exercise

        exercise = parse_exercise(file.absolute.parent)
        return [replace(exercise, source=Source(file.path, 1))]
    text = read_text(file.absolute, file.path)
    if file.kind == "sheet":
        from tutor.content.sheets import parse_sheet

        return list(parse_sheet(text, file.path))
    if file.kind == "cards":
        from tutor.content.cards import parse_cards

        return list(parse_cards(text, file.path))
    from tutor.content.questions import parse_questions

    generator = file.absolute.with_suffix(".py")
    # The learner's own content never executes generators.
    beside = "" if file.own or not generator.is_file() else file.path.removesuffix(".md") + ".py"
    return list(parse_questions(text, file.path, beside))


def read_text(path: Path, name: str) -> str:
    """A content file's text. Raises ContentError when it cannot be read or is not UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ContentError(name, 1, f"this file cannot be read ({error.strerror}).", "Check its permissions.") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError(name, line, "this file is not UTF-8 text.", "Save it as UTF-8.") from None


def to_body(entry: Entry) -> dict[str, Any]:
    """The entry as JSON-able data; `from_body` is its inverse."""
    return asdict(entry)


def from_body(item: str, body: Mapping[str, Any]) -> Entry:
    """The entry that `to_body` wrote; the item id tells its class."""
    data: dict[str, Any] = dict(body)
    data["source"] = Source(**data["source"])
    if "domains" in data:
        data["domains"] = {name: (low, high) for name, (low, high) in data["domains"].items()}
    if "without" in data:
        data["without"] = tuple(data["without"])
    prefix = item.partition(":")[0]
    if prefix == "section":
        return Section(**data)
    if prefix == "card":
        return Card(**{**data, "form": CardForm(data["form"])})
    if prefix == "question":
        data["options"] = tuple(Option(**option) for option in data["options"])
        return Question(**{**data, "form": QuestionForm(data["form"])})
    data["entries"], data["requires"] = tuple(data["entries"]), tuple(data["requires"])
    return Exercise(**data)
