from __future__ import annotations

import pytest

from tutor.grading import audit
from tutor.grading.reference import Module


def test_the_shipped_sigmoid_exercise_is_proven(grader, sigmoid):
    report = audit(sigmoid, grader)
    assert report.problems == ()
    assert report.passed
    assert report.accepted == 1 + len(sigmoid.accepted)
    assert report.named == report.bugs == len(sigmoid.bugs)


def test_the_shipped_propagate_exercise_is_proven(grader, propagate):
    report = audit(propagate, grader)
    assert report.problems == ()
    assert report.accepted == 1 + len(propagate.accepted)
    assert report.named == report.bugs == len(propagate.bugs)


def test_an_audit_names_every_defect(grader, make_exercise, tmp_path):
    package = make_exercise(
        stub_py="def scale(X, k):\n    return X * k\n",
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [
                Bug("harmless", old="X * k", new="k * X", why="w", section="s"),
                Bug("adds", old="X * k", new="X + k", why="w", section="s"),
                Bug("adds-too", old="X * k", new="k + X", why="w", section="s"),
                Bug("subtracts", old="X * k", new="X - k", why="w", section="s"),
            ]
        """,
    )
    (package.folder / "accept").mkdir()
    (package.folder / "accept" / "wrong.py").write_text("def scale(X, k):\n    return X\n")
    report = audit(package, grader)
    assert not report.passed
    assert (report.accepted, report.named, report.bugs) == (1, 1, 4)
    wrong, *rest = (problem for problem in report.problems if problem != "the stub passes")
    assert wrong.startswith("wrong.py should pass, but '2 by 3' says: the result: at [0, 0] expected")
    assert rest == [
        "the bug 'harmless' passes with seed 1: no case shows it",
        "the bug 'adds' is not named with seed 1: another gives the same on all cases",
        "the bug 'adds-too' is not named with seed 1: another gives the same on all cases",
    ]
    assert len(report.problems) == 5


def test_an_audit_makes_its_own_grader_when_none_is_given(make_exercise):
    assert audit(make_exercise(), seeds=(1,)).named == 1


@pytest.mark.parametrize("count", [3, 12])
def test_an_audit_runs_each_bug_a_few_times_however_many_there_are(grader, make_exercise, monkeypatch, count):
    bugs = "".join(f'Bug("{n}", old="X * k", new="X + {n} * k", why="w", section="s"), ' for n in range(1, count + 1))
    package = make_exercise(bugs_py=f"from tutor.grading import Bug\nBUGS = [{bugs}]\n")
    package.check()
    ran = []
    run = Module.run
    monkeypatch.setattr(Module, "run", lambda module: ran.append(module.name) or run(module))
    assert audit(package, grader, seeds=(1,)).named == count
    assert ran.count(package.reference.name) <= 3 * count + 6  # once more each against the stub


def test_a_bug_that_gives_something_else_at_each_run_is_a_defect(grader, make_exercise):
    package = make_exercise(
        reference_py="import numpy as np\n\ndef scale(X, k):\n    return X * k\n",
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [Bug("noisy", old="X * k", new="X * k + np.random.default_rng().random()", why="w", section="s")]
        """,
    )
    assert (
        "the bug 'noisy' is not named with seed 1: another gives the same on all cases"
        in audit(package, grader, seeds=(1,)).problems
    )


def test_what_a_judge_does_to_the_results_of_one_bug_does_not_reach_the_next(grader, make_exercise):
    package = make_exercise(
        cases_py="""
            from tutor.grading import Case, Check

            def cases(rng):
                for n in (2, 3, 5):
                    yield Case(f"{n}", args=(rng.normal(0, 1, n), 2.0))

            def judge(case, got, expected):
                near = abs(got - expected).max() < 1e-6
                expected[:] = 0
                yield Check("near", bool(near), "" if near else "It is too far.")
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [
                Bug("adds", old="X * k", new="X + k", why="w", section="s"),
                Bug("nothing", old="X * k", new="X * 0", why="w", section="s"),
            ]
        """,
    )
    assert audit(package, grader, seeds=(1,)).named == 2
