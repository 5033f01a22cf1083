"""`dlcs doctor`: versions, places, the database's health, and which sandbox is active, with proof."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tutor import __version__
from tutor.content import places
from tutor.domain.errors import DlcsError

PACKAGES = (
    "textual",
    "numpy",
    "sqlalchemy",
    "markdown-it-py",
    "mdit-py-plugins",
    "latex2mathml",
    "fsrs",
    "platformdirs",
    "click",
)


@dataclass(frozen=True)
class Finding:
    """One line of the report; `ok` is None for plain information."""

    name: str
    text: str
    ok: bool | None = None


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.ok is not False for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        return {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings]}


def examine() -> Report:
    """Examines the installation. What cannot be examined is a finding, never an exception."""
    findings = [
        Finding("dlcs", __version__),
        Finding("python", f"{platform.python_version()} ({sys.executable})"),
        Finding("system", platform.platform()),
        *(Finding(name, _version(name)) for name in PACKAGES),
    ]
    findings += _try("content", lambda: [Finding("content", str(places.content_root()), True)])
    findings += _try("data", lambda: [Finding("data", str(places.prepare_home()), True)])
    findings += _try("database", _database)
    findings += _try("sandbox", _sandbox)
    return Report(tuple(findings))


def _try(name: str, examine_part: Any) -> list[Finding]:
    try:
        found: list[Finding] = examine_part()
    except DlcsError as error:
        return [Finding(name, str(error), False)]
    return found


def _database() -> list[Finding]:
    from tutor.services.tutor import Tutor

    with Tutor.open() as tutor:
        problems = tutor.store.check()
        count = len(tutor.store.events())
        found = [Finding("database", f"{places.database_url()} ({count} events)", True)]
        found += [Finding("database", problem, False) for problem in problems]
        found += [Finding("content", str(problem), False) for problem in tutor.library.problems]
    return found


def _sandbox() -> list[Finding]:
    from tutor.grading import probe

    report = probe()
    findings = [Finding("sandbox", report.sandbox, True)]
    findings += [Finding("sandbox", f"off: {part}") for part in report.missing]
    findings += [
        Finding(
            "attack",
            f"{attack.name}: {'stopped' if attack.stopped else 'NOT stopped'}. {attack.detail}",
            attack.stopped,
        )
        for attack in report.attacks
    ]
    return findings


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
