"""An exercise's folder, loaded: cases, reference, bugs and texts, each read when it is first needed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tutor.content.exercises import Manifest, parse_hints, parse_manifest, parse_python, read
from tutor.domain.errors import ContentError, suggest
from tutor.domain.items import Exercise
from tutor.domain.verdict import Check
from tutor.grading.model import Bug, Case
from tutor.grading.protocol import Kind, Outcome
from tutor.grading.reference import Module, PatchError, load_script, script_error, standalone
from tutor.grading.wire import Frame, WireError, pack
from tutor.grading.worker import run_case

LEAST_CASES = 3
_running = threading.Lock()


def load_exercise(folder: Path) -> ExercisePackage:
    """The exercise of a folder. Raises ContentError (file, line, remedy) when its description is malformed.

    Code beside it is read on first use and raises ContentError then; `check` reads it all.
    """
    return ExercisePackage(Path(folder), parse_manifest(Path(folder)))


@dataclass(frozen=True)
class PreparedCase:
    """A case as it is sent: both sides build its arguments from the same bytes."""

    case: Case
    entry: str
    request: Mapping[str, Any]
    frame: Frame
    callables: tuple[Callable[..., Any], ...]
    seed: int
    parameters: tuple[str, ...]  #: names of the positional arguments

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, built anew."""
        request = self.frame.value(lambda number, _: self.callables[number])
        return request["args"], request["kwargs"]


@dataclass(frozen=True)
class ExercisePackage:
    """Everything that grading knows of one exercise."""

    folder: Path
    manifest: Manifest

    @property
    def exercise(self) -> Exercise:
        return self.manifest.exercise

    @property
    def entries(self) -> tuple[str, ...]:
        return self.manifest.exercise.entries

    # --- texts

    @cached_property
    def prompt(self) -> str:
        return read(self.folder / "prompt.md")

    @cached_property
    def hints(self) -> list[str]:
        return parse_hints(self.folder)

    @cached_property
    def stub(self) -> str:
        return read(self.folder / "stub.py")

    @cached_property
    def solution(self) -> str:
        """The reference's code of the entries, to read after solving."""
        return "\n\n".join(self.reference.source_of(entry).rstrip() for entry in self.entries) + "\n"

    @cached_property
    def accepted(self) -> dict[str, str]:
        """Programs in other styles that must pass, by file name."""
        return {path.name: read(path) for path in sorted((self.folder / "accept").glob("*.py"))}

    # --- reference

    @cached_property
    def reference(self) -> Module:
        """The module that defines the entries. Raises ContentError when it, or one of them, is missing."""
        name = self.manifest.reference
        if name.endswith(".py"):
            module: Module | None = Module(f"{self.folder.name}_{name[:-3]}", self.folder / name)
        else:
            module = Module.named(name)
        if module is None:
            raise self._key_error(
                "reference", f"there is no module '{name}'.", "Name one of the engine, or reference.py."
            )
        for entry in self.entries:
            if entry not in module.functions():
                remedy = f"Correct the name.{suggest(entry, module.functions())}"
                raise self._key_error("entries", f"the reference {name} does not define '{entry}'.", remedy)
        return module

    def signature(self, entry: str) -> str:
        """How an entry is called: `sigmoid(z)`."""
        written = self.exercise.signature.partition("->")[0].strip()
        if written.partition("(")[0] == entry:
            return written
        return f"{entry}({', '.join(self.reference.parameters(entry))})"

    @cached_property
    def utilities(self) -> dict[str, str]:
        """The source of each function that the learner gets for free, by name.

        Raises ContentError for one that does not exist, that is an entry, or that contains one.
        """
        sources: dict[str, str] = {}
        for dotted in self.manifest.utilities:
            home, _, name = dotted.rpartition(".")
            module = Module.named(home) if home else None
            if module is None or name not in module.functions():
                known = module.functions() if module else ()
                raise self._key_error(
                    "utilities", f"there is no function '{dotted}'.", f"Correct it.{suggest(name, known)}"
                )
            try:
                text, inside = standalone(module, (name,))
            except PatchError as error:
                raise self._key_error("utilities", f"'{dotted}' cannot be given away: {error}.") from None
            if given := inside & set(self.entries):
                raise self._key_error("utilities", f"'{dotted}' contains the entry '{min(given)}'.", "Remove it.")
            sources[name] = text
        return sources

    @cached_property
    def drive_source(self) -> str | None:
        """`drive.py`, which calls the learner's code in the worker. Raises ContentError without a drive()."""
        path = self.folder / "drive.py"
        if not path.is_file():
            return None
        source = read(path)
        defined = {getattr(node, "name", "") for node in parse_python(path, source).body}
        if "drive" not in defined:
            raise ContentError(path, 1, "this file defines no drive(namespace, inputs).", "Define it.")
        return source

    # --- bugs

    @cached_property
    def bugs(self) -> tuple[Bug, ...]:
        """The known bugs. Raises ContentError for one that is incomplete or repeated."""
        path = self.folder / "bugs.py"
        found = load_script(path, f"{self.folder.name}_bugs").get("BUGS")
        if not isinstance(found, list | tuple) or not found or not all(isinstance(bug, Bug) for bug in found):
            raise ContentError(path, 1, "BUGS should be a list of one or more Bug(...).", "Define it.")
        names: set[str] = set()
        for bug in found:
            line = self._line(path, f'"{bug.name}"')
            if bug.name in names:
                raise ContentError(path, line, f"two bugs are named '{bug.name}'.", "Rename one.")
            if not (bug.name and bug.why and bug.section):
                raise ContentError(path, line, f"the bug '{bug.name}' lacks its name, why or section.", "Give all.")
            names.add(bug.name)
        return tuple(found)

    @cached_property
    def buggy(self) -> dict[str, Module]:
        """The reference with each of the bugs in it. Raises ContentError for one that does not apply."""
        path = self.folder / "bugs.py"
        modules: dict[str, Module] = {}
        for bug in self.bugs:
            try:
                modules[bug.name] = self.reference.patched(bug, self.entries)
            except (PatchError, SyntaxError) as error:
                line = self._line(path, f'"{bug.name}"')
                problem = f"the bug '{bug.name}' does not apply: {error}."
                raise ContentError(path, line, problem, "Correct it.") from None
        return modules

    # --- cases

    @cached_property
    def _cases_script(self) -> dict[str, Any]:
        path = self.folder / "cases.py"
        script = load_script(path, f"{self.folder.name}_cases")
        if not callable(script.get("cases")):
            raise ContentError(path, 1, "this file defines no cases(rng).", "Define it.")
        return script

    @property
    def judge(self) -> Callable[[Case, Any, Any], Iterable[Check]] | None:
        judge: Callable[[Case, Any, Any], Iterable[Check]] | None = self._cases_script.get("judge")
        return judge

    @property
    def has_scale(self) -> bool:
        return "scale" in self._cases_script

    def cases(self, seed: int) -> list[PreparedCase]:
        """The cases that a seed gives, in order of the entries. Raises ContentError for unusable ones."""
        path = self.folder / "cases.py"
        try:
            made = list(self._cases_script["cases"](np.random.default_rng(seed)))
        except Exception as error:
            raise script_error(path, error) from None
        if len(made) < LEAST_CASES or not all(isinstance(case, Case) for case in made):
            raise ContentError(
                path,
                self._line(path, "def cases"),
                f"cases(rng) should yield {LEAST_CASES} or more Case, got {len(made)}.",
            )
        names = [(case.entry, case.name) for case in made]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)[1]
            raise ContentError(path, self._line(path, "def cases"), f"two cases are named '{twice}'.", "Rename one.")
        prepared = [self._prepare(case, seed + index) for index, case in enumerate(made)]
        return sorted(prepared, key=lambda case: self.entries.index(case.entry))

    def scale(self, seed: int, m: int) -> PreparedCase:
        """The case of size m that the vectorization count runs."""
        path = self.folder / "cases.py"
        try:
            case = self._cases_script["scale"](np.random.default_rng(seed), m)
        except Exception as error:
            raise script_error(path, error) from None
        if not isinstance(case, Case):
            raise ContentError(path, self._line(path, "def scale"), "scale(rng, m) should return a Case.")
        return self._prepare(case, seed)

    def _prepare(self, case: Case, seed: int) -> PreparedCase:
        entry = case.entry or self.entries[0]
        if entry not in self.entries:
            raise self._case_error(case, f"calls '{entry}', which is no entry.{suggest(entry, self.entries)}")
        if self.drive_source is not None and case.args:
            raise self._case_error(case, "gives args, but drive takes kwargs.", "Name them.")
        request = {
            "op": "case",
            "entry": entry,
            "args": tuple(case.args),
            "kwargs": dict(case.kwargs),
            "seed": seed,
        }
        try:
            packed = pack(request)
        except WireError as error:
            raise self._case_error(case, f"is too large: {error}.", "Make it smaller.") from None
        if packed.unsendable:
            raise self._case_error(case, f"holds a {packed.unsendable[0]}, which cannot be sent.", "Use arrays.")
        frame = Frame.parse(b"".join(packed.chunks))
        parameters = self.reference.parameters(entry)
        return PreparedCase(case, entry, request, frame, tuple(packed.callables), seed, parameters)

    # --- running in the parent

    def expected(self, cases: Sequence[PreparedCase]) -> list[Outcome]:
        """What the reference gives. Raises ContentError for a case that does not fit it."""
        outcomes = list(self.run(self.reference, cases))
        for case, outcome in zip(cases, outcomes, strict=True):
            if outcome.kind not in (Kind.RETURNED, Kind.RAISED):
                raise self._case_error(case.case, f"does not fit the reference ({outcome.kind}).", "Correct its args.")
        return outcomes

    def run(self, module: Module, cases: Iterable[PreparedCase]) -> Iterator[Outcome]:
        """What the entries of a module (the reference, or it with a bug) give, case by case."""
        namespace: dict[str, Any] | None = None
        drive: Callable[..., Any] | None = None
        for case in cases:
            with _undisturbed():
                if namespace is None:
                    namespace = module.run()
                    drive = self._drive()
                message = run_case(_call(namespace, case.entry, drive), case.arguments, case.seed, caught=Exception)
            try:
                yield Outcome.from_message(Frame.parse(b"".join(pack(message).chunks)).value())
            except WireError as error:
                yield Outcome(Kind.TOO_LARGE, message=str(error))

    def _drive(self) -> Callable[..., Any] | None:
        if self.drive_source is None:
            return None
        space: dict[str, Any] = {"__name__": "drive"}
        exec(compile(self.drive_source, str(self.folder / "drive.py"), "exec", dont_inherit=True), space)
        drive: Callable[..., Any] = space["drive"]
        return drive

    # --- errors

    def check(self, seed: int = 0) -> None:
        """Reads and runs everything once. Raises ContentError for the first thing that is wrong."""
        _ = self.buggy, self.utilities, self.accepted, self.hints
        self.expected(self.cases(seed))
        if self.has_scale:
            self.expected([self.scale(seed, 64)])

    def _case_error(self, case: Case, problem: str, remedy: str = "") -> ContentError:
        path = self.folder / "cases.py"
        line = self._line(path, f'"{case.name}"')
        return ContentError(path, line, f"the case '{case.name}' {problem}", remedy)

    def _key_error(self, key: str, problem: str, remedy: str = "") -> ContentError:
        path = self.folder / "exercise.toml"
        return ContentError(path, self._line(path, key), problem, remedy)

    @staticmethod
    def _line(path: Path, text: str) -> int:
        return next((number for number, line in enumerate(read(path).splitlines(), 1) if text in line), 1)


def _call(namespace: dict[str, Any], entry: str, drive: Callable[..., Any] | None) -> Callable[..., Any]:
    if drive is None:
        function: Callable[..., Any] = namespace[entry]
        return function

    def driven(**inputs: Any) -> Any:
        return drive(namespace, inputs)

    return driven


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keeps global random state and warning filters as they are: the interface may run beside it."""
    with _running, np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
        state, numpy_state = random.getstate(), np.random.get_state()
        try:
            yield
        finally:
            random.setstate(state)
            np.random.set_state(numpy_state)
