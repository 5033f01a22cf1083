from __future__ import annotations

import pytest

from tutor.grading import Bug
from tutor.grading.diagnose import fits
from tutor.grading.judge import judge_outcomes


def diagnosis(grader, package, body, seed=1):
    source = "import numpy as np\ndef propagate(w, b, X, Y):\n    m = X.shape[1]\n    A = sigmoid(w.T @ X + b)\n"
    source += "    dZ = A - Y\n    dw, db = X @ dZ.T / m, np.mean(dZ)\n"
    source += "    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))\n    "
    source += body.replace("\n", "\n    ") + '\n    return {"dw": dw, "db": db}, cost\n'
    found = grader.grade(package, source, seed=seed).diagnosis
    return found and found.bug


@pytest.mark.parametrize(
    ("body", "bug"),
    [
        ("dw = np.dot(X, dZ.T)", "dw-not-averaged"),
        ("db = np.sum(dZ)", "db-not-averaged"),
        ("dw = dw * m\ndb = db * m", "no-mean"),
        ("dw = dw / m\ndb = db / m", "divided-twice"),
        ("dw = dw * m / X.shape[0]\ndb = db * m / X.shape[0]", "mean-over-features"),
        ("dw = X * dZ / m", "dw-elementwise"),
        ("dw = X * dZ.T / m", "dw-elementwise-transposed"),
        ("dw = dZ @ X.T / m", "dw-transposed"),
        ("dw = np.dot(X, dZ) / m", "dz-not-transposed"),
        ("dw = X @ dZ / m", "dz-not-transposed"),
        ("A = sigmoid(w @ X + b)", "w-not-transposed"),
        ("db = np.sum(dZ, axis=1, keepdims=True) / m", "db-keeps-shape"),
        ("dw, db = -dw, -db", "wrong-sign"),
        ("return propagate_cost_first(dw, db, cost)", None),
        ("return cost, {'dw': dw, 'db': db}", "order-of-results"),
        ("cost = -cost", "cost-wrong-sign"),
        ("cost = cost * m", "cost-not-averaged"),
    ],
)
def test_the_mistake_is_named_whatever_its_style(grader, propagate, body, bug):
    assert diagnosis(grader, propagate, body) == bug


@pytest.mark.parametrize(
    "body", ["dw = dw + 0.1", "db = 0.3", "cost = 1.0", "dw = np.random.rand(*w.shape)", "return 3"]
)
def test_an_unknown_mistake_gets_no_name(grader, propagate, body):
    assert diagnosis(grader, propagate, body) is None


@pytest.mark.parametrize(
    ("body", "bug", "words"),
    [
        ("dw = 2 * dw", "constant-factor", "grads['dw'] is 2 times what is expected, in every case."),
        ("dw = dw * m * m", "factor-of-size", None),
        ("dw = dw.ravel()", "lost-axis", "grads['dw'] has lost an axis of size 1: sum with keepdims=True, or reshape."),
        ("dw = dw[None]", "wrong-shape", "grads['dw'] has the right values in the wrong shape."),
        ("dw = -dw", "sign", "grads['dw'] has the wrong sign."),
        ("return None", "returns-none", "The function returns nothing: end it with `return`."),
    ],
)
def test_general_mistakes_are_recognised_by_their_arithmetic(grader, propagate, body, bug, words):
    source = "import numpy as np\ndef propagate(w, b, X, Y):\n    m = X.shape[1]\n    A = sigmoid(w.T @ X + b)\n"
    source += (
        "    dw, db = X @ (A - Y).T / m, np.mean(A - Y)\n    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))\n"
    )
    source += f'    {body}\n    return {{"dw": dw, "db": db}}, cost\n'
    found = grader.grade(propagate, source, seed=1).diagnosis
    if words is None:
        assert found is None  # m squared is no size of any input
    else:
        assert (found.bug, found.message, found.section) == (bug, words, "logistic-gradients")


def test_a_factor_that_is_a_size_is_named_by_it(grade):
    found = grade("def scale(X, k):\n    return X * k * X.shape[1]\n").diagnosis
    assert found.bug == "factor-of-size"
    assert found.message == "the result is X.shape[1] times too large: is a division or a mean missing or doubled?"
    found = grade("def scale(X, k):\n    return X * k / X.shape[0]\n").diagnosis
    assert (
        found.message == "the result is by a factor X.shape[0] too small: is a division or a mean missing or doubled?"
    )


def test_a_transposed_result_is_told(grade):
    assert grade("def scale(X, k):\n    return (X * k).T\n").diagnosis.bug == "transposed"


TWO = """
    from tutor.grading import Bug

    BUGS = [
        Bug("one", old="X * k", new="X + k", why="One.", section="vectorization"),
        Bug("two", old="X * k", new="k + X", why="Two.", section="vectorization"),
    ]
"""


def test_two_bugs_that_fit_name_nothing(grade):
    assert grade("def scale(X, k):\n    return X + k\n", bugs_py=TWO).diagnosis is None


def test_a_bug_that_fits_some_cases_only_is_not_named(grade):
    source = "def scale(X, k):\n    return X + k if len(X) < 6 else X + 2 * k\n"
    assert grade(source).diagnosis is None


RAISES = """
    from tutor.grading import Bug

    BUGS = [Bug("product", old="X * k", new="X @ X", why="It multiplies matrices.", section="vectorization")]
"""


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("np.dot(X, X)", True),
        ("np.matmul(X, X) + 1", True),
        ("np.dot(X[:1], X)", True),
        ("X @ X[1:]", False),
        ("X.reshape(1000)", False),
        ("int('x')", False),
        ("np.zeros(3)[7]", False),
    ],
)
def test_exceptions_match_when_they_tell_of_the_same_fault(grade, body, named):
    found = grade(f"import numpy as np\ndef scale(X, k):\n    return {body}\n", bugs_py=RAISES).diagnosis
    assert (found is not None) is named


def test_the_first_failing_case_decides_before_the_rest_is_run(make_exercise):
    package = make_exercise()
    cases = package.cases(1)
    expected = package.expected(cases)
    wrong = list(package.run(package.reference.patched(Bug("x", old="X * k", new="X - k"), ("scale",)), cases))
    judgement = judge_outcomes(package, cases, expected, wrong)
    assert not fits(package, package.bugs[0], judgement.evidence)
    right = judge_outcomes(package, cases, expected, expected)
    assert right.passed
