"""Every error a learner may see. Each is one sentence that says what was expected, what came and what to do.

DlcsError
├── UsageError        the request cannot be met (unknown exercise, unreadable file)      exit 2
├── ContentError      a sheet, card, question or exercise is malformed (file and line)   exit 2
├── SettingsError     config.toml or an environment variable is wrong                    exit 2
├── StoreError        the learner's data cannot be read or written                       exit 2
└── GraderError       the worker cannot start, or the fault is ours                      exit 3
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class DlcsError(Exception):
    """One clear sentence for the learner; `exit_code` is what the command line returns."""

    exit_code = 2


class UsageError(DlcsError):
    """The request cannot be met as it was made."""


class SettingsError(DlcsError):
    """A setting has a value that cannot be used."""


class StoreError(DlcsError):
    """The learner's data cannot be read or written; the message says that nothing was changed."""


class GraderError(DlcsError):
    """Grading could not take place and the learner's code is not the reason."""

    exit_code = 3


class ContentError(DlcsError):
    """A content file is malformed: names the file, the line (from 1) and the remedy."""

    def __init__(self, path: Path | str, line: int, problem: str, remedy: str = "") -> None:
        self.path, self.line, self.problem, self.remedy = str(path), line, problem, remedy
        super().__init__(f"{path}:{line}: {problem}" + (f" {remedy}" if remedy else ""))


def suggest(wrong: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the known name closest to `wrong`, or an empty string."""
    close = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""
