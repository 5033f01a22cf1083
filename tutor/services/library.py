"""The content as the program sees it: the index in the store, kept up with the files.

The learner's own content shadows shipped entries of the same id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from tutor.content.library import ContentFile, Entry, discover, from_body, load_file, to_body
from tutor.domain.errors import ContentError, UsageError, suggest
from tutor.domain.items import Card, Exercise, Kind, Question, Section
from tutor.store import IndexRow, Stamp, Store

T = TypeVar("T", bound=Entry)


class Library:
    """Reads entries from the index. `problems` are the content errors that the last `sync` met."""

    def __init__(self, store: Store, root: Path, own: Path) -> None:
        self.store, self.root, self.own = store, root, own
        self.problems: list[ContentError] = []

    def sync(self) -> int:
        """Re-reads the files that changed since they were indexed; returns how many.

        A malformed file keeps what was indexed of it before and is named in `problems`.
        """
        files = {file.path: file for file in [*discover(self.root), *discover(self.own, own=True)]}
        known = self.store.index_stamps()
        changed = {path for path, file in files.items() if not _unchanged(file, known.get(path))}
        gone = [path for path in known if path not in files]
        if any(path.startswith("own:") for path in (*changed, *gone)):
            # What shadows what may have changed: settle it anew for all files.
            changed = set(files)
        self.problems = []
        if changed or gone:
            self._index([files[path] for path in files if path in changed], gone)
        return len(changed)

    def _index(self, files: list[ContentFile], gone: list[str]) -> None:
        """Indexes the files in one transaction, the learner's own first: what it defines shadows the rest."""
        updates: dict[str, tuple[Stamp, list[IndexRow]]] = {}
        renewed = {file.path for file in files}.union(gone)
        taken = {row.id: (row.path, row.line) for row in self.store.items() if row.path not in renewed}
        for file in sorted(files, key=lambda file: not file.own):
            try:
                entries = load_file(file)
            except ContentError as problem:
                self.problems.append(problem)
                continue
            rows: list[IndexRow] = []
            for position, entry in enumerate(entries):
                path, line = taken.get(entry.id, (file.path, 0))
                if path == file.path:
                    taken[entry.id] = (file.path, entry.source.line)
                    rows.append(_row(entry, file, position))
                elif file.own or not path.startswith("own:"):
                    self.problems.append(
                        ContentError(
                            file.path,
                            entry.source.line,
                            f"the id '{entry.id}' is already used at {path}:{line}.",
                            "Give one of them another slug.",
                        )
                    )
            updates[file.path] = (_stamp(file), rows)
        self.store.update_index(updates, gone)

    def section(self, topic: str) -> Section | None:
        """The section on a topic, or None when there is none."""
        row = self.store.item(f"section:{topic}")
        entry = from_body(row.id, row.body) if row else None
        return entry if isinstance(entry, Section) else None

    def sections(self) -> Iterator[Section]:
        return self._entries("section", Section)

    def cards(self, topic: str | None = None) -> Iterator[Card]:
        return self._entries(Kind.CARD, Card, topic)

    def questions(self, topic: str | None = None) -> Iterator[Question]:
        return self._entries(Kind.QUESTION, Question, topic)

    def exercises(self, topic: str | None = None) -> Iterator[Exercise]:
        return self._entries(Kind.EXERCISE, Exercise, topic)

    def entry(self, item: str) -> Entry:
        """The entry with this id. Raises UsageError, with a suggestion, when there is none."""
        row = self.store.item(item)
        if row is None:
            kind, _, slug = item.partition(":")
            known = [row.id.partition(":")[2] for row in self.store.items(kind)]
            raise UsageError(f"There is no {kind} '{slug}'.{suggest(slug, known)}")
        return from_body(row.id, row.body)

    def _entries(self, kind: str, cls: type[T], topic: str | None = None) -> Iterator[T]:
        for row in self.store.items(kind, topic):
            entry = from_body(row.id, row.body)
            if isinstance(entry, cls):
                yield entry


def _unchanged(file: ContentFile, stamp: Stamp | None) -> bool:
    return stamp is not None and (stamp.mtime_ns, stamp.size) == file.stamp()


def _stamp(file: ContentFile) -> Stamp:
    return Stamp(*file.stamp(), "")


def _row(entry: Entry, file: ContentFile, position: int) -> IndexRow:
    return IndexRow.of(
        id=entry.id,
        kind=entry.id.partition(":")[0],
        topic=entry.topic,
        path=file.path,
        line=entry.source.line,
        position=position,
        hash=entry.hash,
        body=to_body(entry),
    )
