"""What a learner is told about each kind of program. Never a traceback of ours, never a hang."""

from __future__ import annotations

import json
import time

import pytest

from tutor.grading import Verdict

RIGHT = "def scale(X, k):\n    return X * k\n"


def message(verdict: Verdict) -> str:
    assert not verdict.passed
    assert verdict.first_failure is not None
    assert "Traceback" not in json.dumps(verdict.to_json())
    return verdict.first_failure.message


def test_a_right_program_passes_and_its_verdict_is_json(grade):
    verdict = grade(RIGHT)
    assert verdict.passed
    found = json.loads(json.dumps(verdict.to_json()))
    assert found["exercise"] == "scale"
    assert found["vectorized"] is True
    assert found["seed"] == 1
    assert found["seconds"] > 0
    assert found["diagnosis"] is None
    assert [check["passed"] for check in found["checks"]] == [True, True, True]
    assert found["sandbox"].startswith(("linux: rlimits", "portable"))


def test_the_stub_fails_with_its_line(grade):
    assert message(grade('def scale(X, k):\n    raise NotImplementedError("write scale")\n')) == (
        "Line 2: NotImplementedError: write scale. This part is still to be written.\n"
        '    raise NotImplementedError("write scale")'
    )


def test_a_syntax_error_shows_line_and_caret(grade):
    assert message(grade("import math\ndef scale(X, k):\n    return (X * k\n")) == (
        "Line 3 is not Python: '(' was never closed.\n    return (X * k\n           ^"
    )


def test_bad_indentation_shows_its_line(grade):
    assert message(grade("def scale(X, k):\nreturn X\n")).startswith("Line 2 is not Python: expected an indented")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def scale(a):\n    return a\n", "Expected scale(X, k), yours is scale(a)."),
        ("def scale(X, k, z):\n    return X\n", "Expected scale(X, k), yours is scale(X, k, z)."),
        ("def Scale(X, k):\n    return X\n", "defines no function 'scale'; keep the name that the exercise gives. Did"),
        ("scale = 3\n", "'scale' is of type int in your file, expected a function."),
        ("def scale(X, k):\n    X * k\n", "it returned None: is there a `return` missing?"),
        ("def scale(X, k):\n    return 'text'\n", "the result: expected an array of shape (2, 3), got a str"),
        ("def scale(X, k):\n    return (X * k).tolist()\n", "got a list of 2; np.array(...) makes an array of it"),
        ("def scale(X, k):\n    return (X * k).astype(complex)\n", "got an array of shape (2, 3) and dtype complex128"),
        ("def scale(X, k):\n    return (X * k).astype(object)\n", "got an object of type array of dtype object"),
        ("def scale(X, k):\n    return (row * k for row in X)\n", "got an object of type generator"),
        ("def scale(X, k):\n    yield X * k\n", "got an object of type generator"),
        ("def scale(X, k):\n    return lambda: X\n", "got an object of type function"),
        ("def scale(X, k):\n    return X * float('nan')\n", "got nan (6 of 6 values differ)"),
        (
            "def scale(X, k):\n    return X[:, :2] * k\n",
            "expected an array of shape (2, 3), got an array of shape (2, 2)",
        ),
        ("def scale(X, k):\n    return X.sum()\n", "expected an array of shape (2, 3), got a float"),
        ("def scale(X, k):\n    return unknown\n", "Line 2: NameError: name 'unknown' is not defined."),
        (
            "def scale(X, k):\n\n    y = 0\n    return X / y[0]\n",
            "Line 4: TypeError: 'int' object is not subscriptable.",
        ),
        ("raise ValueError('at once')\n", "Line 1: ValueError: at once."),
        ("import scipy\n", "NumPy and the standard library can be imported here, nothing else."),
        ("import sys\nsys.exit(3)\n", "Line 2: SystemExit: 3. It ends the program; return a result instead."),
        (
            "def scale(X, k):\n    raise SystemExit\n",
            "Line 2: SystemExit. It ends the program; return a result instead.",
        ),
        ("def scale(X, k):\n    raise KeyboardInterrupt\n", "It stops the program; return a result instead."),
        ("import os\nos._exit(0)\n", "Your code ended the whole program (exit code 0); return a result instead."),
        ("import os\ndef scale(X, k):\n    os._exit(7)\n", "Your code ended the whole program (exit code 7)"),
        ("def scale(X, k):\n    return input('x')\n", "nobody can type while code is graded"),
        ("def scale(X, k):\n    return scale(X, k)\n", "A function calls itself without coming to an end."),
        (
            "def scale(X, k):\n    return float(X[:1, 0])\n",
            "NumPy 2.4 turns only 0-d arrays into a number: use np.squeeze",
        ),
        ("import numpy as np\ndef scale(X, k):\n    return np.zeros((10**6, 10**6))\n", "Your code may use 2 GiB."),
        ("import numpy as np\ndef scale(X, k):\n    return np.ones(34_000_000)\n", "at most 256 MB were expected."),
        ("def scale(X, k):\n    return [X, [X] * 3, 10**9999]\n", "expected an array of shape (2, 3), got a list of 3"),
        ("def scale(X, k):\n    x = []\n    x.append(x)\n    return x\n", "got a list of 1"),
        (
            "import ctypes\ndef scale(X, k):\n    return ctypes.string_at(0)\n",
            "crashed the interpreter (SIGSEGV) (it was",
        ),
        (
            "class Bad(Exception):\n    def __str__(self):\n        1 / 0\ndef scale(X, k):\n    raise Bad\n",
            "Line 5: Bad.",
        ),
    ],
)
def test_a_wrong_program_gets_one_clear_sentence(grade, source, expected):
    assert expected in message(grade(source))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "The file is empty; write your code in it and save it."),
        (b"  \n\n", "The file is empty"),
        (b"x = 1\ny = '\xe9'\n", "Line 2 of the file is not UTF-8; save the file as UTF-8."),
        (b"x = 1\n\n\0\n", "Line 3 of the file holds a NUL byte"),
        ("def scale(X, k): ...".encode("utf-16"), "is not UTF-8"),
        (b"# " + b"x" * 1_000_001, "The file has 1,000,003 bytes; at most 1,000,000 were expected"),
    ],
)
def test_a_file_that_is_no_program_is_told(grade, data, expected):
    assert expected in message(grade(data))


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfdef scale(X, k):\n    return X * k\n",
        b"def scale(X, k):\r\n    return X * k\r\n",
        "# -*- coding: latin-1 -*-\ndef scale(X, k):\n    'é'\n    return X * k\n".encode(),
    ],
)
def test_a_byte_order_mark_and_foreign_line_ends_are_no_fault(grade, data):
    assert grade(data).passed


def test_a_right_type_annotated_dataclass_program_passes(grade):
    source = """
        from __future__ import annotations
        from dataclasses import dataclass
        import numpy as np

        @dataclass
        class Factor:
            k: float

            def times(self, X: np.ndarray) -> np.ndarray:
                return X * self.k

        def scale(X: np.ndarray, k: float, *, extra: bool = False) -> np.ndarray:
            return Factor(k).times(X)

        if __name__ == "__main__":
            raise SystemExit("not run when imported")
    """
    assert grade(source).passed


def test_the_line_is_the_innermost_one_of_the_learners_file(grade):
    source = """
        import numpy as np
        def helper(X):
            return np.dot(X, X)
        def scale(X, k):
            return helper(X)
    """
    said = message(grade(source))
    assert said.startswith("Line 4: ValueError: shapes (2,3) and (2,3) not aligned")
    assert said.endswith("    return np.dot(X, X)")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (RIGHT, None),
        ("def scale(X, k):\n    return X\n", None),
        ("def scale(X):\n    return X\n", None),
        ("x = 1\n", None),
        ("\ndef scale(X, k):\n    return (X * k\n", 3),
        ("\nraise ValueError('at once')\n", 2),
        ("def scale(X, k):\n\n    return X / 'a'\n", 3),
        (b"x = 1\ny = '\xe9'\n", 2),
        (b"x = 1\n\n\0\n", 3),
        ("import ctypes\ndef scale(X, k):\n    return ctypes.string_at(0)\n", 3),
        ("import itertools\ndef scale(X, k):\n    return sum(itertools.repeat(0))\n", 3),
        ("import itertools\nsum(itertools.repeat(0))\n", 2),
        ("import numpy as np\ndef scale(X, k):\n    np.log(-1.0)\n    return X * k\n", 3),
    ],
)
def test_a_failed_check_carries_the_line_where_the_error_arose(grade, source, line):
    failure = grade(source, toml="time_limit = 1\nforbid_warnings = true\n").first_failure
    assert (failure.line if failure else None) == line


def test_a_line_that_the_code_forges_is_no_fault_of_ours(grade):
    forged = 'File "solution.py", line ' + "9" * 5000
    source = f"import os\ndef scale(X, k):\n    open('stack.txt', 'w').write({forged!r})\n    os._exit(3)\n"
    assert "ended the whole program" in message(grade(source))


def test_an_endless_loop_is_stopped_and_its_line_named(grade):
    started = time.monotonic()
    verdict = grade("def scale(X, k):\n    while True:\n        pass\n", toml="time_limit = 1\n")
    assert time.monotonic() - started < 4
    assert "did not finish within 1 s (it was in line" in message(verdict)
    assert [check.message for check in verdict.checks[1:]] == ["Not run, because the code never came to it."] * 2


def test_an_endless_loop_inside_c_is_stopped(grade):
    source = "import itertools\ndef scale(X, k):\n    return sum(itertools.repeat(0))\n"
    assert "did not finish within 1 s (it was in line 3)" in message(grade(source, toml="time_limit = 1\n"))


def test_an_endless_loop_at_the_top_level_is_stopped(grade):
    assert "did not finish within 0.5 s" in message(grade("while True: pass\n", toml="time_limit = 0.5\n"))


def test_cases_before_the_one_that_hangs_are_still_shown(grade):
    source = "def scale(X, k):\n    while len(X) == 11:\n        pass\n    return X * k\n"
    verdict = grade(source, toml="time_limit = 1\n")
    assert [check.passed for check in verdict.checks] == [True, True, False]
    assert verdict.first_failure.name == "11 by 4"


def test_prints_are_kept_and_do_not_disturb(grade):
    source = (
        "import sys\ndef scale(X, k):\n    print('shape', X.shape)\n    print('é', file=sys.stderr)\n    return X * k\n"
    )
    verdict = grade(source)
    assert verdict.passed
    assert verdict.output.startswith("shape (2, 3)\né\nshape (5, 7)\n")


def test_prints_before_a_hang_are_kept(grade):
    verdict = grade("def scale(X, k):\n    print('here')\n    while True: pass\n", toml="time_limit = 0.5\n")
    assert verdict.output == "here\n"


def test_a_gigabyte_of_output_neither_hangs_nor_fills_memory(grade):
    source = """
        import os
        done = []
        def scale(X, k):
            if not done:
                done.append(1)
                block = b"x" * (1 << 20)
                for _ in range(1024):
                    os.write(1, block)
            return X * k
    """
    verdict = grade(source)
    assert verdict.passed
    assert len(verdict.output) < 20_000
    assert "more bytes" in verdict.output


def test_a_closed_or_replaced_output_is_no_fault(grade):
    source = "import sys\nsys.stdout.close()\nsys.stderr = None\ndef scale(X, k):\n    return X * k\n"
    assert grade(source).passed


def test_closing_the_output_is_no_fault_and_costs_no_time(grade):
    source = "import os, time\nos.close(1)\nos.close(2)\ndef scale(X, k):\n    time.sleep(0.2)\n    return X * k\n"
    before = time.process_time()
    assert grade(source, toml='vectorized = "off"\n').passed
    assert time.process_time() - before < 0.3  # the parent waits, it does not spin


def test_writing_to_the_workers_pipes_gets_a_sentence(grade):
    source = """
        import os
        def scale(X, k):
            for descriptor in range(3, 20):
                try:
                    os.write(descriptor, b"x" * 40)
                except OSError:
                    pass
            return X
    """
    assert "Your code disturbed the grading" in message(grade(source))


def test_a_forged_reply_with_a_huge_claim_gets_a_sentence(grade):
    source = """
        import os, struct
        def scale(X, k):
            for descriptor in range(3, 20):
                try:
                    os.write(descriptor, struct.pack("<IQ", 10, 1 << 60))
                except OSError:
                    pass
    """
    assert "a message larger than the limit" in message(grade(source))


def test_changed_inputs_are_a_warning(grade):
    verdict = grade("def scale(X, k):\n    X *= k\n    return X\n")
    assert verdict.passed
    assert verdict.warnings == ("The call changed its argument X; work on a copy.",)


def test_changed_inputs_fail_where_the_exercise_forbids_them(grade):
    verdict = grade("def scale(X, k):\n    X *= k\n    return X\n", toml="forbid_changed_inputs = true\n")
    assert message(verdict) == "The value is right, but the call changed its argument X; work on a copy."


def test_warnings_of_numpy_are_shown_with_their_line(grade):
    source = "import numpy as np\ndef scale(X, k):\n    np.log(-1.0)\n    return X * k\n"
    verdict = grade(source)
    assert verdict.passed
    assert verdict.warnings == ("Line 3: RuntimeWarning: invalid value encountered in log.",)
    failed = grade(source, toml="forbid_warnings = true\n")
    assert "line 3 gave a warning (RuntimeWarning: invalid value encountered in log)" in message(failed)


def test_float32_is_told_as_lost_precision(grade):
    said = message(grade("def scale(X, k):\n    return ((X + 100).astype('f4') - 100) * k\n"))
    assert "precision was lost (float32?)" in said


def test_the_same_seed_gives_the_same_cases(grade):
    wrong = "def scale(X, k):\n    return X\n"
    assert grade(wrong, seed=5).checks == grade(wrong, seed=5).checks
    assert grade(wrong, seed=5).checks != grade(wrong, seed=6).checks


def test_global_random_numbers_are_the_same_on_both_sides(grade):
    source = "import numpy as np, random\ndef scale(X, k):\n    return np.random.rand(3) + random.random()\n"
    assert grade(source, reference_py=source.replace("return", "S = 0; X * k; return")).passed
