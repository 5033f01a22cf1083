from __future__ import annotations

from textwrap import dedent

import pytest

from tutor.domain.errors import ContentError
from tutor.grading import Bug
from tutor.grading.reference import Module, PatchError, standalone

TOML = """
title = "Scale"
topic = "vectorization"
kind = "function"
entries = ["scale"]
signature = "scale(X, k) -> S"
reference = "reference.py"
minutes = 5
"""
CASES = """
from tutor.grading import Case

def cases(rng):
    for n in (2, 3, 5):
        yield Case(f"{n}", args=(rng.normal(0, 1, n), 2.0))
"""
BUGS = """
from tutor.grading import Bug

BUGS = [
    Bug("adds", old="X * k", new="X + k", why="It adds.", section="vectorization"),
]
"""


def error(make_exercise, **files):
    with pytest.raises(ContentError) as caught:
        make_exercise(**files).check()
    return caught.value


def test_a_package_holds_all_that_grading_needs(make_exercise):
    package = make_exercise()
    package.check()
    assert package.exercise.slug == "scale"
    assert package.hints == ["a", "b", "c"]
    assert package.solution == 'def scale(X, k):\n    """k times X."""\n    S = X * k\n    return S\n'
    assert package.prompt.startswith("# Scale")
    assert "NotImplementedError" in package.stub
    assert package.has_scale
    assert package.judge is None
    assert package.drive_source is None
    assert package.signature("scale") == "scale(X, k)"


def test_cases_repeat_with_their_seed(make_exercise):
    package = make_exercise()
    first, again, other = package.cases(1), package.cases(1), package.cases(2)
    assert (first[0].arguments()[0][0] == again[0].arguments()[0][0]).all()
    assert (first[0].arguments()[0][0] != other[0].arguments()[0][0]).any()


def test_arguments_are_built_anew_for_each_run(make_exercise):
    case = make_exercise().cases(1)[0]
    case.arguments()[0][0][:] = 0
    assert case.arguments()[0][0].any()


@pytest.mark.parametrize(
    ("files", "place", "problem"),
    [
        (
            {"exercise_toml": TOML.replace("reference.py", "engine.nowhere")},
            "exercise.toml:7",
            "there is no module 'engine.nowhere'",
        ),
        (
            {"exercise_toml": TOML.replace("reference.py", "engine.basics")},
            "exercise.toml:5",
            "does not define 'scale'",
        ),
        (
            {"exercise_toml": TOML + 'utilities = ["engine.basics.sigmoidd"]\n'},
            "exercise.toml:9",
            "there is no function 'engine.basics.sigmoidd'. Correct it. Did you mean 'sigmoid'?",
        ),
        ({"exercise_toml": TOML + 'utilities = ["sigmoid"]\n'}, "exercise.toml:9", "there is no function 'sigmoid'"),
        ({"reference_py": None}, "reference.py:1", "this file is missing"),
        ({"reference_py": "def scale(:\n"}, "reference.py:1", "this is not Python: invalid syntax"),
        (
            {"reference_py": "def other():\n    pass\n"},
            "exercise.toml:5",
            "the reference reference.py does not define 'scale'",
        ),
        ({"cases_py": "x = 1\n"}, "cases.py:1", "this file defines no cases(rng)"),
        ({"cases_py": "\n\nimport nothing_here\n"}, "cases.py:3", "this raised ModuleNotFoundError"),
        ({"cases_py": CASES.replace("2, 3, 5", "2, 3")}, "cases.py:4", "cases(rng) should yield 3 or more Case, got 2"),
        ({"cases_py": CASES.replace("yield Case", "yield 3 or Case")}, "cases.py:4", "should yield 3 or more Case"),
        ({"cases_py": CASES.replace('f"{n}"', '"same"')}, "cases.py:4", "two cases are named 'same'"),
        ({"cases_py": CASES.replace("2.0", "rng.nothing")}, "cases.py:6", "this raised AttributeError"),
        (
            {"cases_py": CASES.replace("2.0", "object()").replace('f"{n}"', '"x" * n')},
            "cases.py:1",
            "holds a object, which cannot be sent",
        ),
        (
            {"cases_py": CASES.replace("2.0)", '2.0), entry="scal"')},
            "cases.py:1",
            "the case '2' calls 'scal', which is no entry. Did you mean 'scale'?",
        ),
        (
            {"cases_py": CASES.replace(", 2.0", ",")},
            "cases.py:1",
            "the case '2' does not fit the reference (signature)",
        ),
        ({"cases_py": CASES.replace(", 2.0", "")}, "cases.py:6", "args of the case '2' should be a tuple: args=(x,)"),
        (
            {"cases_py": CASES + "\ndef scale(rng, m):\n    return m\n"},
            "cases.py:8",
            "scale(rng, m) should return a Case",
        ),
        ({"bugs_py": "x = 1\n"}, "bugs.py:1", "BUGS should be a list of one or more Bug"),
        ({"bugs_py": "BUGS = []\n"}, "bugs.py:1", "BUGS should be a list of one or more Bug"),
        (
            {"bugs_py": BUGS.replace("X * k", "X / k")},
            "bugs.py:5",
            "does not apply: the text 'X / k' occurs 0 times in scale, expected once",
        ),
        ({"bugs_py": BUGS.replace("X * k", "S")}, "bugs.py:5", "the text 'S' occurs 2 times in scale, expected once"),
        ({"bugs_py": BUGS.replace("X * k", "k times X")}, "bugs.py:5", "occurs 0 times"),
        ({"bugs_py": BUGS.replace("X + k", "X * k")}, "bugs.py:5", "it replaces the text by itself"),
        ({"bugs_py": BUGS.replace("X + k", "X + (k")}, "bugs.py:5", "the patched code is not Python"),
        (
            {"bugs_py": BUGS.replace('old="X * k"', 'entry="skale", old="X * k"')},
            "bugs.py:5",
            "there is no function 'skale' in scale_reference. Did you mean 'scale'?",
        ),
        (
            {"bugs_py": BUGS.replace('old="X * k", new="X + k"', 'source="def other(): pass"')},
            "bugs.py:5",
            "its source defines none of scale",
        ),
        ({"bugs_py": BUGS.replace("It adds.", "")}, "bugs.py:5", "lacks its name, why or section"),
        (
            {"bugs_py": BUGS.replace("]", '    Bug("adds", old="X * k", new="X", why="x", section="y"),\n]')},
            "bugs.py:5",
            "two bugs are named 'adds'",
        ),
        ({"bugs_py": "BUGS = [1\n"}, "bugs.py:1", "this is not Python: '[' was never closed"),
        ({"drive_py": "def run(): pass\n"}, "drive.py:1", "this file defines no drive(namespace, inputs)"),
        ({"drive_py": "def drive(namespace, inputs): pass\n"}, "cases.py:1", "gives args, but drive takes kwargs"),
    ],
)
def test_each_fault_of_an_exercise_names_its_file_line_and_remedy(make_exercise, files, place, problem):
    found = str(error(make_exercise, **files))
    assert f"/{place}: " in found
    assert problem in found


def test_a_utility_may_not_give_an_entry_away(make_exercise):
    toml = TOML.replace('"scale"', '"sigmoid"').replace("scale(", "sigmoid(")
    found = error(
        make_exercise,
        exercise_toml=toml.replace("reference.py", "engine.basics")
        + 'utilities = ["engine.basics.sigmoid_derivative"]\n',
        stub_py="def sigmoid(z): ...\n",
        cases_py=CASES.replace(", 2.0", ","),
        bugs_py=BUGS.replace("X * k", "z >= 0").replace("X + k", "z < 0"),
    )
    assert "'engine.basics.sigmoid_derivative' contains the entry 'sigmoid'" in str(found)


def test_a_judge_that_raises_on_a_right_result_is_the_exercises_fault(make_exercise, grader):
    package = make_exercise(cases_py=CASES + "\ndef judge(case, got, expected):\n    return 1 / 0\n")
    with pytest.raises(ContentError, match="judge raised ZeroDivisionError on a right result"):
        grader.grade(package, package.solution, seed=1)


REFERENCE = '''
import math
from functools import lru_cache as cached
import numpy as np
from numpy.typing import ArrayLike
from engine.basics import sigmoid as squash

LIMIT = 3.0
unused = 1


class Base:
    factor = LIMIT


@cached
def root(x: int) -> float:
    return math.sqrt(x)


def helper(x: ArrayLike) -> float:
    """Uses LIMIT in its code."""
    return squash(x) * Base.factor * root(4)


def entry(x):
    return helper(x) + 1
'''


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(REFERENCE)
    return Module("module", path)


def test_a_function_can_be_taken_out_with_all_that_it_uses(module):
    text, inside = standalone(module, ("entry",))
    assert {"entry", "helper", "root", "Base", "sigmoid"} <= inside
    assert "unused" not in text
    assert "import engine" not in text
    assert "from engine" not in text
    space: dict = {}
    exec(text, space)
    assert space["entry"](0.0) == 0.5 * 3 * 2 + 1


def test_an_engine_module_imported_whole_cannot_be_taken_along(module):
    module.path.write_text("from engine import basics\n\ndef entry(x):\n    return basics.sigmoid(x)\n")
    with pytest.raises(PatchError, match="imports the module basics whole; import its functions by name"):
        standalone(Module("module", module.path), ("entry",))


def test_two_helpers_of_one_name_cannot_be_taken_along(tmp_path):
    (tmp_path / "m.py").write_text(
        "from engine.basics import sigmoid\n\ndef as_floats(x):\n    return x\n\n"
        "def entry(x):\n    return sigmoid(as_floats(x))\n"
    )
    with pytest.raises(PatchError, match="as_floats is defined in both"):
        standalone(Module("m", tmp_path / "m.py"), ("entry",))


def test_a_bug_can_be_a_whole_function_and_reaches_its_callers(module):
    bug = Bug("zero", source="def helper(x):\n    return 0.0\n", why="w", section="s", entry="helper")
    assert module.patched(bug, ("entry",)).run()["entry"](5.0) == 1.0


def test_a_patch_may_sit_in_a_helper_or_span_lines(module):
    bug = Bug("half", old="LIMIT", new="LIMIT / 2", entry="Base")
    assert module.patched(bug, ("entry",)).run()["entry"](0.0) == 2.5
    bug = Bug("two", old="return helper(x) + 1\n", new="y = helper(x)\n    return y + 2\n")
    assert module.patched(bug, ("entry",)).run()["entry"](0.0) == 5.0


def test_a_patched_module_leaves_the_engine_as_it_is():
    import engine.basics

    module = Module.named("engine.basics")
    patched = module.patched(Bug("x", old="z >= 0", new="z < 0"), ("sigmoid",))
    assert patched.run()["sigmoid"](1000.0) == 0.0
    assert engine.basics.sigmoid(1000.0) == 1.0
    assert patched.run()["sigmoid_derivative"] is not engine.basics.sigmoid_derivative


def test_parameters_and_sources_are_read_without_running(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(
        dedent("""
        @decorate
        def f(a, /, b, *, c=1): ...

        class C:
            def __init__(self, data, op=""): ...

        class D: ...
    """)
    )
    module = Module("m", path)
    assert module.parameters("f") == ("a", "b")
    assert module.parameters("C") == ("data", "op")
    assert module.parameters("D") == ()
    assert module.source_of("f").startswith("@decorate\ndef f(")
    assert Module.named("engine.no_such") is None
    assert Module.named("no_such.at.all") is None
