"""Posing a question: the generator beside the Markdown draws new values and computes the answer with the engine."""

from __future__ import annotations

import importlib.util
import random
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from tutor.content.source import PLACEHOLDER
from tutor.domain.errors import ContentError
from tutor.domain.items import Option, Posed, Question, QuestionForm

Generator = Callable[[Any], Mapping[str, Any]]
Result = TypeVar("Result")

LIMIT = 5.0  #: seconds that a generator, which should need some thousandths of one, may take for its values


def pose(question: Question, seed: int, root: Path) -> Posed:
    """The question as asked under `seed`: the same seed gives the same values and the same order of options.

    A generated question calls its generator - the function named like the slug, with underscores - with a
    `numpy.random.Generator`, and fills each `{{name}}` with the value it returned under that name.
    Raises ContentError when the generator is missing, fails, does not come to an end within `LIMIT` (it draws again
    and again what cannot differ), or leaves a placeholder without value.
    """
    values = _draw(question, seed, root) if question.generated else {}

    def fill(text: str) -> str:
        return (
            PLACEHOLDER.sub(lambda match: _shown(_value(match[1], values, question)), text)
            if question.generated
            else text
        )

    options = [Option(fill(option.text), option.right, fill(option.reason)) for option in question.options]
    if question.form is not QuestionForm.ORDERING and len({option.text for option in options}) < len(options):
        raise _fault(question, f"gave two options the same text with seed {seed}", "Draw values that keep them apart.")
    shown, shuffler = list(options), random.Random(seed)
    shuffler.shuffle(shown)
    # Steps that are shown in their right order are no question.
    while question.form is QuestionForm.ORDERING and shown == options:
        shuffler.shuffle(shown)
    return Posed(
        question=replace(question, unit=fill(question.unit), options=tuple(options)),
        seed=seed,
        prompt=fill(question.prompt),
        explanation=fill(question.explanation),
        options=tuple(shown),
        answer=_answer(question, values, fill),
    )


def right_order(posed: Posed) -> list[int]:
    """For an ordering: the positions (as shown) in their right order."""
    written = [option.text for option in posed.question.options]
    shown = [option.text for option in posed.options]
    return [shown.index(text) for text in written]


def _answer(question: Question, values: Mapping[str, Any], fill: Callable[[str], str]) -> str:
    whole = PLACEHOLDER.fullmatch(question.answer.strip())
    if question.form is QuestionForm.NUMERIC and whole:
        number = float(_value(whole[1], values, question))
        if number != number or abs(number) == float("inf"):
            raise _fault(question, f"computed {number} as its answer", "Draw values that give a finite number.")
        return repr(number)
    return fill(question.answer)


def _draw(question: Question, seed: int, root: Path) -> Mapping[str, Any]:
    import numpy as np

    module = _module(root / question.generator, (root / question.generator).stat().st_mtime_ns)
    name = question.slug.replace("-", "_")
    generator: Generator | None = getattr(module, name, None)
    if generator is None:
        raise _fault(question, f"has no generator '{name}' in {question.generator}", f"Write def {name}(rng).")
    try:
        values = _within_limit(lambda: generator(np.random.default_rng(seed)))
    except _EndlessError:
        raise _fault(
            question,
            f"has a generator that does not come to an end within {LIMIT:g} s with seed {seed}",
            "Draw again only while another draw can differ.",
        ) from None
    except Exception as error:
        raise _fault(
            question,
            f"has a generator that fails with seed {seed}: {type(error).__name__}: {error}",
            "Mend it.",
        ) from error
    if not isinstance(values, Mapping):
        raise _fault(question, f"has a generator that returned {type(values).__name__}", "Return a dict of values.")
    return values


@lru_cache(maxsize=64)
def _module(path: Path, stamp: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"dlcs_generators_{abs(hash((path, stamp)))}", path)
    if spec is None or spec.loader is None:
        raise ContentError(path, 1, "this file cannot be loaded as Python.")
    module = importlib.util.module_from_spec(spec)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    load = spec.loader.exec_module
    try:
        _within_limit(lambda: load(module))
    except _EndlessError:
        problem = f"loading this generator file does not come to an end within {LIMIT:g} s."
        raise ContentError(path, 1, problem, "Draw inside the functions.") from None
    except SyntaxError as error:
        raise ContentError(path, error.lineno or 1, f"this generator file is not valid Python: {error.msg}.") from error
    except Exception as error:
        raise ContentError(
            path, 1, f"this generator file cannot be loaded: {type(error).__name__}: {error}."
        ) from error
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module


class _EndlessError(Exception):
    """A generator did not come to an end."""


def _within_limit(call: Callable[[], Result]) -> Result:
    """What `call` returns or raises. Raises _EndlessError when it does neither within `LIMIT`; it is stopped then."""
    results: list[Result] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="dlcs-generator", daemon=True)
    thread.start()
    thread.join(LIMIT)
    if thread.is_alive():
        import ctypes

        # The interpreter raises this in the thread at its next step; else the loop would go on beside the app.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
        raise _EndlessError
    if failures:
        raise failures[0]
    return results[0]


def _value(name: str, values: Mapping[str, Any], question: Question) -> Any:
    if name not in values:
        raise _fault(question, f"uses {{{{{name}}}}}, which its generator does not return", "Return it or remove it.")
    return values[name]


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _fault(question: Question, problem: str, remedy: str) -> ContentError:
    return ContentError(question.source.path, question.source.line, f"'{question.slug}' {problem}.", remedy)
