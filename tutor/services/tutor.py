"""Everything a use case needs, opened once: settings, clock, store, curriculum and content."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType

from tutor import __version__
from tutor.content import places
from tutor.content.curriculum import load_curriculum
from tutor.domain.clock import Clock
from tutor.domain.settings import Settings
from tutor.domain.topics import Curriculum
from tutor.services.library import Library
from tutor.services.settings import load_settings
from tutor.store import Store

#: Goes up whenever what is indexed of an entry changes its form, so that the index is built anew.
BODY_VERSION = 1


class Tutor:
    """One learner's tutor. Use it as a context manager; raises DlcsError when it cannot be opened."""

    def __init__(self, home: Path, root: Path, settings: Settings, clock: Clock, store: Store) -> None:
        self.home, self.root, self.settings, self.clock, self.store = home, root, settings, clock, store

    @classmethod
    def open(cls) -> Tutor:
        """Opens the learner's data where `places` says it is, and brings the content index up to date."""
        root = places.content_root()
        home = places.prepare_home()
        settings = load_settings(home)
        clock = Clock.from_environment(settings.rollover_hour)
        store = Store.open(
            places.database_url(),
            clock,
            desired_retention=settings.desired_retention,
            index_version=f"{__version__}/{BODY_VERSION}",
        )
        tutor = cls(home, root, settings, clock, store)
        try:
            tutor.library.sync()
        except BaseException:
            store.close()
            raise
        return tutor

    @cached_property
    def curriculum(self) -> Curriculum:
        return load_curriculum(self.root / "cheatsheets" / "curriculum.toml")

    @cached_property
    def library(self) -> Library:
        return Library(self.store, self.root, self.home / "content")

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Tutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
