from __future__ import annotations

from tutor.grading import audit


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
