from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tutor.content.exercises import Tolerance, exercise_folders, parse_exercise, parse_hints, parse_manifest
from tutor.domain.errors import ContentError

TOML = """\
title = "Scale"
topic = "vectorization"
kind = "function"
entries = ["scale"]
signature = "scale(X, k) -> S"
reference = "engine.basics"
minutes = 5
"""
HINTS = "# Hints\n\n## Hint 1\n\nA nudge.\n\n## Hint 2\n\nMore.\n\n```python\n# x\n```\n\n## Hint 3\n\nNearly all.\n"
FILES = {
    "exercise.toml": TOML,
    "prompt.md": "# Scale\n",
    "hints.md": HINTS,
    "stub.py": "def scale(X, k):\n    raise NotImplementedError\n",
    "cases.py": "",
    "bugs.py": "",
}


@pytest.fixture
def write(tmp_path: Path):
    def make(slug: str = "scale", **changed: str | None) -> Path:
        folder = tmp_path / "exercises" / "c1" / slug
        folder.mkdir(parents=True)
        for name, text in {**FILES, **{key.replace("_", "."): value for key, value in changed.items()}}.items():
            if text is not None:
                (folder / name).write_text(dedent(text), "utf-8")
        return folder

    return make


def test_an_exercise_is_read_from_its_folder(write):
    exercise = parse_exercise(write())
    assert exercise.id == "exercise:scale"
    assert exercise.slug == "scale"
    assert exercise.entries == ("scale",)
    assert exercise.signature == "scale(X, k) -> S"
    assert (exercise.minutes, exercise.version, exercise.requires) == (5, 1, ())
    assert exercise.source.path == "exercises/c1/scale/exercise.toml"


def test_all_keys_of_the_description_are_read(write):
    more = """
        requires = ["stable_sigmoid"]
        utilities = ["engine.basics.sigmoid"]
        version = 3
        outputs = ["S", "costs"]
        forbid_changed_inputs = true
        forbid_warnings = true
        vectorized = "required"
        time_limit = 2
        [tolerances.costs]
        rtol = 1e-3
        atol = 1
        [tolerances.S]
        rtol = 0
    """
    manifest = parse_manifest(write(exercise_toml=TOML + dedent(more)))
    assert manifest.exercise.requires == ("stable_sigmoid",)
    assert manifest.exercise.version == 3
    assert manifest.utilities == ("engine.basics.sigmoid",)
    assert manifest.outputs == ("S", "costs")
    assert manifest.forbid_changed_inputs
    assert manifest.forbid_warnings
    assert manifest.vectorized == "required"
    assert manifest.time_limit == 2.0
    assert manifest.tolerances == {"costs": Tolerance(1e-3, 1.0), "S": Tolerance(0.0, None)}


def test_an_edit_of_prompt_stub_or_description_changes_the_hash(write, tmp_path):
    folder = write()
    before = parse_exercise(folder).hash
    (folder / "hints.md").write_text(HINTS + "Even more.\n")
    assert parse_exercise(folder).hash == before
    (folder / "prompt.md").write_text("# Scale it\n")
    assert parse_exercise(folder).hash != before


def test_hints_come_in_order_without_their_headings(write):
    assert parse_hints(write()) == ["A nudge.", "More.\n\n```python\n# x\n```", "Nearly all."]


def test_exercises_are_found_by_their_description(write, tmp_path):
    first, second = write("b_second"), write("a_first")
    (tmp_path / "exercises" / "c1" / "__pycache__").mkdir()
    assert exercise_folders(tmp_path) == [second, first]


@pytest.mark.parametrize(
    ("files", "place", "problem"),
    [
        ({"exercise_toml": None}, "exercise.toml:1", "this file is missing. Write it."),
        ({"exercise_toml": TOML + "x = \n"}, "exercise.toml:8", "this is not TOML"),
        ({"exercise_toml": TOML + "title"}, "exercise.toml:8", "this is not TOML"),
        (
            {"exercise_toml": TOML + "minuts = 3\n"},
            "exercise.toml:8",
            "there is no key 'minuts'. Remove it. Did you mean 'minutes'?",
        ),
        ({"exercise_toml": TOML.replace("minutes = 5\n", "")}, "exercise.toml:1", "the key 'minutes' is missing"),
        (
            {"exercise_toml": TOML.replace("5", '"5"')},
            "exercise.toml:7",
            "'minutes' should be a whole number, but it is '5'",
        ),
        ({"exercise_toml": TOML.replace("5", "true")}, "exercise.toml:7", "'minutes' should be a whole number"),
        ({"exercise_toml": TOML.replace("5", "0")}, "exercise.toml:7", "'minutes' should be above 0"),
        ({"exercise_toml": TOML.replace('"Scale"', '" "')}, "exercise.toml:1", "'title' should be text"),
        ({"exercise_toml": TOML.replace('"function"', '"funktion"')}, "exercise.toml:3", "Did you mean 'function'?"),
        ({"exercise_toml": TOML.replace('["scale"]', "[]")}, "exercise.toml:4", "'entries' should be a list of names"),
        ({"exercise_toml": TOML.replace('["scale"]', "[3]")}, "exercise.toml:4", "'entries' should be a list of names"),
        (
            {"exercise_toml": TOML.replace('["scale"]', '["scale", "scale"]')},
            "exercise.toml:4",
            "names something twice",
        ),
        (
            {"exercise_toml": TOML.replace('["scale"]', '["scale", "skale"]')},
            "stub.py:1",
            "does not define the entry 'skale'",
        ),
        ({"exercise_toml": TOML + 'vectorized = "yes"\n'}, "exercise.toml:8", "should be one of required, badge, off"),
        ({"exercise_toml": TOML + "time_limit = -1\n"}, "exercise.toml:8", "'time_limit' should be above 0"),
        (
            {"exercise_toml": TOML + "[tolerances.S]\nrtoll = 1\n"},
            "exercise.toml:8",
            "[tolerances.S] should hold rtol and atol",
        ),
        ({"exercise_toml": TOML + "tolerances = 3\n"}, "exercise.toml:8", "'tolerances' should be a table"),
        ({"prompt_md": None}, "prompt.md:1", "this file is missing"),
        ({"prompt_md": "\n"}, "prompt.md:1", "the prompt is empty"),
        (
            {"hints_md": "## Hint 1\n\na\n\n## Hint 2\n\nb\n"},
            "hints.md:1",
            "three or more hints, each with text, are expected, got 2",
        ),
        ({"hints_md": "## Hint 1\n\na\n\n## Hint 3\n\nb\n"}, "hints.md:5", "hint 3 should be hint 2"),
        ({"hints_md": "Text\n## Hint 1\n"}, "hints.md:1", "stands before the first hint"),
        ({"hints_md": "## Hint 1\n## Hint 2\nb\n## Hint 3\nc\n"}, "hints.md:1", "got 2"),
        ({"stub_py": "def scale(X, k)\n"}, "stub.py:1", "this is not Python: expected ':'"),
        (
            {"stub_py": "def skale(X, k): ...\n"},
            "stub.py:1",
            "does not define the entry 'scale'. Add it. Did you mean 'skale'?",
        ),
        ({"cases_py": None}, "cases.py:1", "this file is missing"),
        ({"bugs_py": None}, "bugs.py:1", "this file is missing"),
    ],
)
def test_each_fault_names_its_file_line_and_remedy(write, files, place, problem):
    with pytest.raises(ContentError) as caught:
        parse_exercise(write(**files))
    assert f"/{place}: " in str(caught.value)
    assert problem in str(caught.value)


def test_a_file_that_is_no_text_and_a_bad_slug_are_told(write):
    folder = write()
    (folder / "prompt.md").write_bytes(b"\xff")
    with pytest.raises(ContentError, match=r"prompt\.md:1: this file cannot be read .* Save it as UTF-8 text"):
        parse_exercise(folder)
    with pytest.raises(ContentError, match="joined by underscores, got 'two-words'"):
        parse_exercise(write("two-words"))


def test_reading_an_exercise_runs_nothing_of_it(write):
    assert parse_exercise(write(cases_py="raise SystemExit", bugs_py="raise SystemExit")).slug == "scale"
