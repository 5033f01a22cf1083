"""What an exercise's `cases.py` and `bugs.py` are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One call of the learner's code: `entry(*args, **kwargs)`.

    - entry: which of the exercise's entries; None is the first
    - args, kwargs: arrays, numbers, text, containers of these, generators (`rng`), and functions, which the
      learner's code calls across the process boundary; with a `drive.py`, `kwargs` are its `inputs`
    """

    name: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    entry: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            raise TypeError(f"args of the case '{self.name}' should be a tuple: args=(x,)")


@dataclass(frozen=True)
class Bug:
    """A named wrong way to write the exercise: a patch on the reference that can be run.

    - name: a slug; why: one sentence for the learner; section: the topic whose section explains it
    - old, new: text of the reference's code (docstrings aside), found exactly once, and what replaces it
    - entry: the function that `old` stands in; None is the first entry whose code contains it
    - source: a whole replacement for the entry, where no patch can say it
    """

    name: str
    old: str = ""
    new: str = ""
    why: str = ""
    section: str = ""
    entry: str | None = None
    source: str = ""
