"""The reference: the module that solves an exercise, with bugs in it, and parts of it as whole programs."""

from __future__ import annotations

import ast
import importlib.util
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tutor.content.exercises import parse_python, read
from tutor.domain.errors import ContentError, suggest
from tutor.grading.model import Bug


class PatchError(Exception):
    """A bug that cannot be applied; the message says why."""


@dataclass(frozen=True)
class Module:
    """One module of the engine (or the `reference.py` of an exercise), as source and as running code."""

    name: str
    path: Path
    text: str | None = None  #: a variant of the file's text

    @classmethod
    def named(cls, dotted: str) -> Module | None:
        """The module of that dotted name, or None when there is no such module."""
        try:
            found = importlib.util.find_spec(dotted)
        except (ImportError, ValueError):
            return None
        return cls(dotted, Path(found.origin)) if found is not None and found.origin else None

    @cached_property
    def source(self) -> str:
        return read(self.path) if self.text is None else self.text

    @cached_property
    def code(self) -> types.CodeType:
        return compile(self.source, str(self.path), "exec", dont_inherit=True)

    @cached_property
    def tree(self) -> ast.Module:
        return parse_python(self.path, self.source)

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """The statement that defines each top-level name, imports included."""
        names: dict[str, ast.stmt] = {}
        for node in self.tree.body:
            for name in _names_defined(node):
                names[name] = node
        return names

    def functions(self) -> list[str]:
        return [node.name for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]

    def parameters(self, name: str) -> tuple[str, ...]:
        """The parameters of a function, or of a class's `__init__`."""
        node: ast.AST | None = self.definitions[name]
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
            node = methods[0] if methods else None
        if not isinstance(node, ast.FunctionDef):
            return ()
        names = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
        return tuple(names[1:] if names[:1] == ["self"] else names)

    def source_of(self, name: str) -> str:
        """The text of one top-level definition, decorators included."""
        return ast.unparse(self.definitions[name]) if name not in self.functions() else self._text(name)

    def run(self) -> dict[str, Any]:
        """The namespace of the module, run anew."""
        name = f"{self.name} (run for grading)"
        module = types.ModuleType(name)
        module.__file__ = str(self.path)
        module.__package__ = self.name.rpartition(".")[0]
        # Dataclasses look their module up by name while the class is made.
        sys.modules[name] = module
        try:
            exec(self.code, module.__dict__)
        finally:
            del sys.modules[name]
        return module.__dict__

    def patched(self, bug: Bug, entries: tuple[str, ...]) -> Module:
        """The module with a bug in it. Raises PatchError when the bug does not apply."""
        target = bug.entry
        if bug.source:
            defined = {name for node in ast.parse(bug.source).body for name in _names_defined(node)}
            wanted = target or next((entry for entry in entries if entry in defined), None)
            if wanted is None or wanted not in defined:
                raise PatchError(f"its source defines none of {', '.join(entries)}")
            return Module(self.name, self.path, f"{self.source}\n\n{bug.source}\n")
        if target is None:
            target = next((entry for entry in entries if bug.old in self._code(entry)), entries[0])
        if target not in self.functions():
            raise PatchError(f"there is no function '{target}' in {self.name}.{suggest(target, self.functions())}")
        code = self._code(target)
        if not bug.old or (count := code.count(bug.old)) != 1:
            raise PatchError(f"the text {bug.old!r} occurs {count if bug.old else 0} times in {target}, expected once")
        if bug.new == bug.old:
            raise PatchError("it replaces the text by itself")
        start, end = self._code_span(target)
        lines = self.source.splitlines(keepends=True)
        changed = "".join([*lines[:start], code.replace(bug.old, bug.new), *lines[end:]])
        variant = Module(self.name, self.path, changed)
        try:
            _ = variant.code
        except SyntaxError as error:
            raise PatchError(f"the patched code is not Python ({error.msg})") from None
        return variant

    def _text(self, name: str) -> str:
        node = self.definitions[name]
        return "".join(self.source.splitlines(keepends=True)[_first_line(node) - 1 : node.end_lineno])

    def _code_span(self, name: str) -> tuple[int, int]:
        """Positions of the lines of a definition that follow its docstring."""
        node = self.definitions[name]
        start = _first_line(node) - 1
        body = getattr(node, "body", [])
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None and len(body) > 1:
            start = body[0].end_lineno or start
        return start, node.end_lineno or start

    def _code(self, name: str) -> str:
        if name not in self.functions():
            return ""
        start, end = self._code_span(name)
        return "".join(self.source.splitlines(keepends=True)[start:end])


def standalone(module: Module, names: tuple[str, ...]) -> tuple[str, set[str]]:
    """A program that defines `names` and all that they use, without importing the engine.

    - returns: the program, and the names of the functions and classes in it

    Raises PatchError for what cannot be taken along.
    """
    pieces: dict[str, str] = {}
    defined: dict[str, str] = {}
    for name in names:
        _collect(module, name, pieces, defined)
    imports = sorted({text for key, text in pieces.items() if key.startswith("import ")})
    rest = [text for key, text in pieces.items() if not key.startswith("import ")]
    return "\n".join(["from __future__ import annotations", "", *imports, "", "", "\n\n\n".join(rest), ""]), set(
        defined
    )


def _collect(module: Module, name: str, pieces: dict[str, str], defined: dict[str, str]) -> None:
    node = module.definitions.get(name)
    if node is None:
        return
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "engine":
        source = Module.named(node.module or "")
        alias = next(alias for alias in node.names if (alias.asname or alias.name) == name)
        if source is None or alias.name not in source.definitions:
            raise PatchError(f"{module.name} imports the module {alias.name} whole; import its functions by name")
        _collect(source, alias.name, pieces, defined)
        if alias.asname and alias.asname != alias.name:
            pieces[f"alias {name}"] = f"{name} = {alias.name}"
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        pieces[f"import {ast.unparse(node)}"] = ast.unparse(node)
        return
    if name in defined:
        if defined[name] != module.name:
            raise PatchError(f"{name} is defined in both {defined[name]} and {module.name}")
        return
    defined[name] = module.name
    for used in _names_used(node):
        if used != name:
            _collect(module, used, pieces, defined)
    text = module.source_of(name)
    pieces.setdefault(f"{module.name} {text}", text.rstrip())


def _names_defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0]
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _names_used(node: ast.AST) -> Iterator[str]:
    """Names that running a definition may look up; annotations are never evaluated."""
    if isinstance(node, ast.Name):
        yield node.id
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _names_used(child)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return int(min([node.lineno, *(decorator.lineno for decorator in decorators)]))


def load_script(path: Path, name: str) -> dict[str, Any]:
    """Runs a content script and gives its namespace. Raises ContentError at the line that failed."""
    module = Module(name, path)
    parse_python(path, module.source)
    try:
        return module.run()
    except Exception as error:
        raise script_error(path, error) from None


def script_error(path: Path, error: BaseException) -> ContentError:
    """What an exception inside a content script means for its author."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return ContentError(path, line, f"this raised {type(error).__name__}: {error}.", "Correct it.")
