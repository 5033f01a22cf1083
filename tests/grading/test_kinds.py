"""Every kind of exercise: several functions, classes, functions as arguments, training, tests to write."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tutor.grading import audit


def program(grader, package, source, seed=1):
    return grader.grade(package, dedent(source), seed=seed)


HEAD = """
    title = "Exercise"
    topic = "vectorization"
    reference = "reference.py"
    minutes = 5
"""


@pytest.fixture
def two_functions(make_exercise):
    return make_exercise(
        exercise_toml=HEAD
        + """
            kind = "functions"
            entries = ["linear", "layer"]
            signature = "layer(W, X) -> A, Z"
            utilities = []
        """,
        stub_py="def linear(W, X): ...\ndef layer(W, X): ...\n",
        reference_py="""
            import numpy as np

            def linear(W, X):
                return W @ X

            def layer(W, X):
                Z = linear(W, X)
                return np.maximum(Z, 0), Z
        """,
        cases_py="""
            from tutor.grading import Case

            def cases(rng):
                for a, b, c in ((2, 3, 5), (4, 1, 7), (3, 6, 2)):
                    W, X = rng.normal(0, 1, (a, b)), rng.normal(0, 1, (b, c))
                    yield Case(f"layer of {a}", args=(W, X), entry="layer")
                    yield Case(f"linear of {a}", args=(W, X), entry="linear")
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [
                Bug("sign", old="W @ X", new="-W @ X", why="The sign is wrong.", section="vectorization"),
                Bug("minimum", old="np.maximum(Z, 0)", new="np.minimum(Z, 0)", why="Wrong side.", section="relu"),
                Bug("no-relu", old="np.maximum(Z, 0)", new="Z", why="ReLU is missing.", section="relu", entry="layer"),
            ]
        """,
    )


def test_entries_are_judged_in_order_and_the_first_wrong_one_is_named(grader, two_functions):
    source = """
        import numpy as np
        def linear(W, X):
            return -W @ X
        def layer(W, X):
            Z = linear(W, X)
            return np.minimum(Z, 0), Z
    """
    verdict = program(grader, two_functions, source)
    assert [check.name.partition(":")[0] for check in verdict.checks] == ["linear"] * 3 + ["layer"] * 3
    assert verdict.diagnosis.bug == "sign"
    assert verdict.checks[-1].message.endswith("(this may come from linear, which is to be mended first)")


def test_a_bug_in_a_later_entry_is_named_when_the_earlier_ones_are_right(grader, two_functions):
    source = """
        import numpy as np
        def linear(W, X):
            return np.dot(W, X)
        def layer(W, X):
            return [linear(W, X), linear(W, X)]
    """
    assert program(grader, two_functions, source).diagnosis.bug == "no-relu"


def test_several_functions_can_be_proven(grader, two_functions):
    report = audit(two_functions, grader)
    assert (report.accepted, report.named, report.bugs) == (1, 3, 3)
    assert report.problems == ("accept/ holds no program in another style",)


def test_a_class_is_driven_in_the_worker(grader, make_exercise):
    package = make_exercise(
        exercise_toml=HEAD + 'kind = "class"\nentries = ["Counter"]\nsignature = "Counter(step)"\n',
        stub_py="class Counter:\n    def __init__(self, step): ...\n",
        reference_py="""
            class Counter:
                def __init__(self, step):
                    self.step, self.total = step, 0

                def add(self, times):
                    self.total += self.step * times
                    return self.total
        """,
        cases_py="""
            from tutor.grading import Case

            def cases(rng):
                for step in (2, 3, 5):
                    yield Case(f"steps of {step}", kwargs={"step": step, "times": [1, 4, 2]})
        """,
        drive_py="""
            def drive(namespace, inputs):
                counter = namespace["Counter"](inputs["step"])
                return [counter.add(times) for times in inputs["times"]]
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [Bug("not-carried", old="+=", new="=", why="The total is not carried.", section="classes")]
        """,
    )
    assert program(grader, package, package.solution).passed
    wrong = package.solution.replace("+=", "=")
    verdict = program(grader, package, wrong)
    assert verdict.first_failure.message == "result[1]: expected 10, got 8"
    assert verdict.diagnosis.bug == "not-carried"
    lacking = program(grader, package, "class Counter:\n    def __init__(self, step): self.x = step\n")
    assert lacking.first_failure.message == "AttributeError: 'Counter' object has no attribute 'add'."
    short = program(grader, package, "class Counter:\n    pass\n")
    assert short.first_failure.message == "TypeError: Counter() takes no arguments."
    missing = program(grader, package, "class Count:\n    pass\n")
    assert "defines no class 'Counter'" in missing.first_failure.message


def test_functions_among_the_arguments_are_called_in_the_parent(grader, make_exercise):
    package = make_exercise(
        exercise_toml=HEAD
        + 'kind = "function"\nentries = ["descend"]\nsignature = "descend(slope, x, n)"\ntime_limit = 1\n',
        stub_py="def descend(slope, x, n): ...\n",
        reference_py="""
            def descend(slope, x, n):
                path = [x]
                for _ in range(n):
                    x = x - 0.1 * slope(x)
                    path.append(x)
                return path
        """,
        cases_py="""
            import numpy as np
            from tutor.grading import Case

            def cases(rng):
                for n in (2, 3, 5):
                    a = float(rng.uniform(1, 2))
                    def slope(x, a=a):
                        if not np.isscalar(x):
                            raise ValueError("x should be a number")
                        return 2 * a * x
                    yield Case(f"{n} steps", args=(slope, float(rng.normal()), n))
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [Bug("climbs", old="x - 0.1", new="x + 0.1", why="It climbs.", section="vectorization")]
        """,
    )
    assert program(grader, package, package.solution).passed
    assert program(grader, package, package.solution.replace("x - 0.1", "x + 0.1")).diagnosis.bug == "climbs"
    array = program(grader, package, "import numpy as np\ndef descend(slope, x, n):\n    return slope(np.ones(3))\n")
    assert array.first_failure.message.startswith("Line 3: ValueError: x should be a number.")
    generator = program(grader, package, "def descend(slope, x, n):\n    return slope(i for i in range(3))\n")
    assert "TypeError: this function can be given numbers, arrays, text" in generator.first_failure.message
    loop = program(grader, package, "def descend(slope, x, n):\n    while True: slope(x)\n")
    assert "did not finish" in loop.first_failure.message


def test_training_is_judged_by_what_it_reaches(grader, make_exercise):
    package = make_exercise(
        exercise_toml=HEAD
        + 'kind = "training"\nentries = ["fit"]\nsignature = "fit(x, y, rng)"\noutputs = ["w", "costs"]\n',
        stub_py="def fit(x, y, rng): ...\n",
        reference_py="""
            import numpy as np

            def fit(x, y, rng):
                w, costs = rng.normal(), []
                for _ in range(200):
                    error = w * x - y
                    costs.append(float(np.mean(error**2)))
                    w -= 0.1 * np.mean(error * x)
                return w, costs
        """,
        cases_py="""
            import numpy as np
            from tutor.grading import Case, Check

            def cases(rng):
                for m in (20, 30, 50):
                    x = rng.normal(0, 1, m)
                    yield Case(f"{m} points", args=(x, 3 * x, np.random.default_rng(m)))

            def judge(case, got, expected):
                w, costs = got
                yield Check("slope", abs(w - 3) < 0.01, f"expected a slope near 3, got {w:.3g}")
                yield Check("cost", costs[-1] < costs[0], "the cost should fall")
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [Bug("climbs", old="w -=", new="w +=", why="It climbs.", section="vectorization")]
        """,
    )
    other = """
        def fit(x, y, rng):
            w = float((x * y).sum() / (x * x).sum())
            return [w, [1.0, 0.0]]
    """
    verdict = program(grader, package, other)
    assert verdict.passed
    assert [check.name for check in verdict.checks][:2] == ["20 points: slope", "20 points: cost"]
    climbing = "import numpy as np\n" + package.solution.replace("w -=", "w +=")
    assert program(grader, package, climbing).diagnosis.bug == "climbs"
    shapeless = program(grader, package, "def fit(x, y, rng):\n    return 3.0\n")
    assert shapeless.first_failure.message == "the result: expected 2 values (w, costs), got a float"
    assert audit(package, grader).named == 1


def test_a_test_that_the_learner_writes_is_given_right_and_wrong_programs(grader, make_exercise):
    package = make_exercise(
        exercise_toml=HEAD + 'kind = "write-the-test"\nentries = ["check_mean"]\nsignature = "check_mean(mean)"\n',
        stub_py="def check_mean(mean): ...\n",
        reference_py="""
            import numpy as np

            def check_mean(mean):
                return bool(np.isclose(mean(np.array([1.0, 2.0, 6.0])), 3.0))
        """,
        cases_py="""
            import numpy as np
            from tutor.grading import Case

            def cases(rng):
                yield Case("accepts a right mean", args=(np.mean,))
                yield Case("rejects the sum", args=(np.sum,))
                yield Case("rejects the median", args=(np.median,))
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [Bug("accepts-all", old="bool(", new="bool(True or ", why="It accepts all.", section="tests")]
        """,
    )
    blind = "import numpy as np\ndef check_mean(mean):\n    return bool(mean(np.array([1.0, 2.0, 3.0])) == 2.0)\n"
    verdict = program(grader, package, blind)
    assert [check.passed for check in verdict.checks] == [True, True, False]
    assert verdict.first_failure.message == "the result: expected False, got True"
    assert program(grader, package, "def check_mean(mean):\n    return mean([1, 2, 6]) == 3\n").passed


def test_an_exception_can_be_what_is_expected(grader, make_exercise):
    package = make_exercise(
        reference_py="""
            class Wrong(ValueError):
                pass

            def scale(X, k):
                if k < 0:
                    raise Wrong("k should not be negative")
                return X * k
        """,
        cases_py="""
            from tutor.grading import Case

            def cases(rng):
                for k in (2.0, 3.0, -1.0):
                    yield Case(f"k = {k}", args=(rng.normal(0, 1, (2, 3)), k))
        """,
    )
    right = "def scale(X, k):\n    if k < 0:\n        raise ValueError('no')\n    return X * k\n"
    assert program(grader, package, right).passed
    silent = program(grader, package, "def scale(X, k):\n    return X * k\n")
    assert silent.first_failure.message == "Expected that it raises ValueError, but it returned a value."
    other = program(grader, package, "def scale(X, k):\n    assert k > 0\n    return X * k\n")
    assert other.first_failure.message == "Expected that it raises ValueError, but it raised AssertionError in line 2: "
    assert other.first_failure.line == 2


def test_utilities_are_there_unless_the_file_defines_them(grader, propagate):
    uses = propagate.accepted["matmul.py"]
    assert "def sigmoid" not in uses
    assert program(grader, propagate, uses).passed
    assert program(grader, propagate, uses + "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n").passed


def test_generators_of_random_numbers_arrive_in_the_same_state(grader, make_exercise):
    package = make_exercise(
        reference_py="def scale(X, k):\n    return X * k.normal()\n",
        cases_py="""
            import numpy as np
            from tutor.grading import Case

            def cases(rng):
                for seed, kind in enumerate((np.random.PCG64, np.random.MT19937, np.random.Philox)):
                    yield Case(kind.__name__, args=(rng.normal(0, 1, 3), np.random.Generator(kind(seed))))
        """,
        bugs_py="""
            from tutor.grading import Bug

            BUGS = [Bug("adds", old="X * k", new="X + k", why="It adds.", section="vectorization")]
        """,
    )
    assert program(grader, package, "def scale(X, k):\n    return X * k.normal()\n").passed
    assert not program(grader, package, "def scale(X, k):\n    k.normal()\n    return X * k.normal()\n").passed
