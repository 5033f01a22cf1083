from __future__ import annotations

import pytest

from tutor.grading.worker import count_events

HEAD = "import numpy as np\nimport math\n"


@pytest.mark.parametrize(
    ("body", "vectorized"),
    [
        ("return X * k", True),
        ("return np.multiply(X, np.full(X.shape, k))", True),
        ("return np.einsum('ij,->ij', X, k)", True),
        ("return np.stack([row * k for row in X])", True),
        ("S = X.copy()\nfor i in range(X.shape[0]):\n    S[i] *= k\nreturn S", True),
        (
            "S = X.copy()\nfor i in range(X.shape[0]):\n    for j in range(X.shape[1]):\n"
            "        S[i, j] *= k\nreturn S",
            False,
        ),
        ("return np.array([[x * k for x in row] for row in X])", False),
        ("return np.vectorize(lambda x: x * k)(X)", False),
        ("return np.apply_along_axis(lambda column: column * k, 0, X)", False),
        ("S = X.copy()\nj = 0\nwhile j < X.shape[1]:\n    S[:, j] *= k\n    j += 1\nreturn S", False),
        ("return np.array([list(map(lambda x: x * k, row)) for row in X])", False),
        (
            "def half(Z):\n    if Z.shape[1] < 2:\n        return Z * k\n    c = Z.shape[1] // 2\n"
            "    return np.hstack([half(Z[:, :c]), half(Z[:, c:])])\nreturn half(X)",
            False,
        ),
    ],
)
def test_loops_over_the_examples_are_told_from_vectorized_code(grade, body, vectorized):
    verdict = grade(HEAD + "def scale(X, k):\n    " + body.replace("\n", "\n    ") + "\n")
    assert verdict.passed
    assert verdict.vectorized is vectorized


LOOP = "import numpy as np\ndef scale(X, k):\n    return np.array([[x * k for x in row] for row in X])\n"


def test_a_loop_fails_only_where_vectorized_code_is_required(grade):
    verdict = grade(LOOP, toml='vectorized = "required"\n')
    assert not verdict.passed
    assert verdict.vectorized is False
    assert verdict.first_failure.name == "vectorized"
    assert verdict.first_failure.message == "The work grows with the number of examples: a loop over them is left."


def test_nothing_is_counted_where_it_is_off_or_has_no_scale(grade):
    assert grade(LOOP, toml='vectorized = "off"\n').vectorized is None
    cases = """
        from tutor.grading import Case

        def cases(rng):
            for n in (2, 3, 5):
                yield Case(f"{n}", args=(rng.normal(0, 1, (n, 2)), 2.0))
    """
    assert grade(LOOP, cases_py=cases).vectorized is None


def test_nothing_is_counted_for_a_wrong_program(grade):
    assert grade("def scale(X, k):\n    return X\n").vectorized is None


def test_code_that_fails_or_ends_at_the_larger_size_is_told_nothing_about(grade):
    assert grade("def scale(X, k):\n    assert X.shape[1] < 64\n    return X * k\n").vectorized is None
    assert (
        grade("import os\ndef scale(X, k):\n    X.shape[1] == 64 and os._exit(1)\n    return X * k\n").vectorized
        is None
    )


def test_prints_of_the_count_are_not_shown(grade):
    verdict = grade("def scale(X, k):\n    print(X.shape)\n    return X * k\n")
    assert verdict.output == "(2, 3)\n(5, 7)\n(11, 4)\n"


def test_the_count_stops_soon_after_its_limit():
    def loop():
        for _ in range(10**9):
            pass

    assert 100 < count_events(loop, 100) < 110
    assert count_events(lambda: None, 100) < 10
