"""Each command as a script sees it: output, exit code, and one sentence for what goes wrong."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Dlcs
from tutor.content import places

SLUG = "stable_sigmoid"
RIGHT = places.content_root() / "exercises" / "c1" / SLUG / "accept"
#: Content of two sheets, which is checked in a tenth of the time that the shipped content takes.
SMALL = Path(__file__).parents[1] / "ui" / "content"
SAVED = re.compile(r"^.*saved ([0-9a-f-]{36})", re.M)


def right_program() -> str:
    return str(sorted(RIGHT.glob("*.py"))[0])


def refused(result: subprocess.CompletedProcess[str], code: int, *says: str) -> None:
    """One sentence on standard error, the documented exit code, and no traceback."""
    assert result.returncode == code, result.stderr
    assert result.stderr.startswith("dlcs: ")
    assert len(result.stderr.strip().splitlines()) == 1
    for text in says:
        assert text in result.stderr


def test_without_a_terminal_the_bare_command_prints_what_is_due(dlcs: Dlcs) -> None:
    bare, due = dlcs(), dlcs("due")
    assert bare.returncode == due.returncode == 0
    assert bare.stdout == due.stdout
    assert re.fullmatch(r"\d+ cards, \d+ questions, 1 exercise today, about \d+ min\.\n", due.stdout)


def test_due_as_json_has_its_documented_keys(dlcs: Dlcs) -> None:
    told = json.loads(dlcs("due", "--json").stdout)
    assert set(told) == {"day", "due", "new", "total", "minutes"}
    assert told["day"] == "2026-03-02"
    assert told["total"] == sum(told["due"].values()) + sum(told["new"].values())


def test_due_loads_no_heavy_library(dlcs: Dlcs, environment: dict[str, str]) -> None:
    dlcs("due")  # reads the content, which the next start need not do
    script = (
        "import sys\nfrom tutor.cli import cli\ncli(['due'], standalone_mode=False)\n"
        "print([m for m in ('textual', 'sympy', 'numpy', 'fsrs', 'markdown_it', 'latex2mathml') if m in sys.modules])"
    )
    again = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert again.stdout.splitlines()[-1] == "[]"


def test_a_sheet_is_shown_with_its_maths(dlcs: Dlcs) -> None:
    shown = dlcs("show", "dlcs1", "--section", "sigmoid-model", "--width", "72")
    assert shown.returncode == 0
    assert "\\frac" not in shown.stdout
    assert "$" not in shown.stdout
    assert "σ" in shown.stdout


def test_any_markdown_file_can_be_shown_and_its_formulas_listed(dlcs: Dlcs, tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("# T\n\nThe mean is $\\frac{1}{m}\\sum_i x_i$.\n")
    assert "The mean is" in dlcs("show", str(file), "--plain").stdout
    (formula,) = json.loads(dlcs("show", str(file), "--json").stdout)
    assert formula["latex"] == "\\frac{1}{m}\\sum_i x_i"
    assert formula["rendered"] is True
    assert "\\" not in formula["text"]


def test_what_cannot_be_shown_is_named(dlcs: Dlcs, tmp_path: Path) -> None:
    refused(dlcs("show", "dlCS9"), 2, "There is no sheet or file 'dlCS9'", "Did you mean")
    refused(dlcs("show", "dlCS1", "--section", "sigmoid"), 2, "Did you mean 'sigmoid-model'?")
    refused(dlcs("show", str(tmp_path)), 2, "is a folder")
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe\x00")
    refused(dlcs("show", str(tmp_path / "bad.md")), 2, "not UTF-8")


def test_a_review_line_by_line_saves_each_answer(dlcs: Dlcs) -> None:
    done = dlcs("review", "--plain", given="\n3\n\n1\n:q\n")
    assert done.returncode == 0
    saved = SAVED.findall(done.stdout)
    assert len(saved) == len(set(saved)) == 2
    assert "2 answered, " in done.stdout


def test_plain_undo_reaches_over_a_restart(dlcs: Dlcs) -> None:
    dlcs("review", "--plain", given="\n4\n:q\n")
    undone = dlcs("review", "--plain", given=":u\n:q\n")
    assert "Took back the answer 'easy'" in undone.stdout
    assert "nothing to undo" in dlcs("review", "--plain", given=":u\n:q\n").stdout


def test_a_wrong_key_or_command_is_told_and_asked_again(dlcs: Dlcs) -> None:
    done = dlcs("review", "--plain", given="\n7\n:what\n:h\n2\n:q\n")
    assert "Expected 1, 2, 3 or 4" in done.stdout
    assert "':what' is no command here" in done.stdout
    assert "reveal the answer" in done.stdout
    assert "1 answered" in done.stdout


def test_the_end_of_the_input_ends_the_review(dlcs: Dlcs) -> None:
    done = dlcs("review", "--plain", given="")
    assert done.returncode == 0
    assert "0 answered" in done.stdout


def test_cards_can_be_buried_suspended_and_flagged_in_plain_mode(dlcs: Dlcs) -> None:
    done = dlcs("review", "--plain", given=":b\n:s\n:f the sign is wrong\n:q\n")
    assert len(SAVED.findall(done.stdout)) == 3


def test_a_quiz_line_by_line_judges_and_explains(dlcs: Dlcs) -> None:
    done = dlcs("quiz", "sigmoid-model", "--plain", "--size", "3", given="b\n0.5\nb\n0.5\na\n0.1\n:q\n")
    assert done.returncode == 0
    assert SAVED.search(done.stdout)
    assert re.search(r"\d+ right, \d+ wrong\.", done.stdout)


def test_an_unknown_topic_comes_with_a_suggestion(dlcs: Dlcs) -> None:
    refused(dlcs("quiz", "sigmoid-modle", "--plain"), 2, "Did you mean 'sigmoid-model'?")
    refused(dlcs("review", "--plain", "--topic", "nothing-like-it"), 2, "There is no topic")


def test_the_exercises_are_listed_in_order_with_their_documented_keys(dlcs: Dlcs) -> None:
    listed = json.loads(dlcs("exercises", "--json").stdout)
    keys = {"id", "title", "course", "week", "topic", "kind", "entry", "entries", "signature", "state"}
    assert all(set(exercise) == keys for exercise in listed)
    assert SLUG in [exercise["id"] for exercise in listed]
    assert json.loads(dlcs("exercises", "--course", "2", "--json").stdout) == []
    refused(dlcs("exercises", "--course", "9"), 2, "There is no course 9")


def test_an_exercise_from_stub_to_solution(dlcs: Dlcs, environment: dict[str, str]) -> None:
    opened = dlcs("code", SLUG)
    file = Path(environment["DLCS_HOME"]) / "workspace" / f"{SLUG}.py"
    assert str(file) in opened.stdout
    assert dlcs("grade", SLUG).returncode == 1
    assert "Hint 1 of" in dlcs("hint", SLUG).stdout
    refused(dlcs("hint", SLUG), 2, "opens after a new attempt")
    refused(dlcs("solution", SLUG), 2, "opens after a pass")
    shutil.copy(right_program(), file)
    passed = dlcs("grade", SLUG)
    assert passed.returncode == 0
    assert SAVED.search(passed.stdout)
    assert len(dlcs("attempts", SLUG).stdout.strip().splitlines()) == 2
    assert "def sigmoid" in dlcs("solution", SLUG).stdout
    assert "kept as" in dlcs("reset", SLUG).stdout
    assert "NotImplementedError" in file.read_text()
    (state,) = [e["state"] for e in json.loads(dlcs("exercises", "--json").stdout) if e["id"] == SLUG]
    assert state == "solved"


def test_a_verdict_as_json_has_its_documented_keys(dlcs: Dlcs, tmp_path: Path) -> None:
    told = json.loads(dlcs("grade", SLUG, right_program(), "--json", "--no-log").stdout)
    assert {"exercise", "passed", "checks", "diagnosis", "vectorized", "seconds", "sandbox", "seed"} <= set(told)
    assert told["passed"] is True
    assert told["diagnosis"] is None
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import numpy as np\n\n\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n")
    failed = dlcs("grade", SLUG, str(wrong), "--json", "--no-log")
    assert failed.returncode == 1
    told = json.loads(failed.stdout)
    assert set(told["diagnosis"]) == {"bug", "message", "section"}
    again = json.loads(dlcs("grade", SLUG, str(wrong), "--json", "--no-log", "--seed", str(told["seed"])).stdout)
    assert again["checks"] == told["checks"]


def test_no_log_leaves_no_trace(dlcs: Dlcs) -> None:
    dlcs("grade", SLUG, right_program(), "--no-log")
    assert "No attempts yet" in dlcs("attempts", SLUG).stdout


def test_an_unknown_exercise_or_a_file_that_is_not_there_is_exit_two(dlcs: Dlcs) -> None:
    refused(dlcs("grade", "stable_sigmod"), 2, "Did you mean 'stable_sigmoid'?")
    refused(dlcs("grade", SLUG), 2, "dlcs code stable_sigmoid")
    refused(dlcs("grade", SLUG, "nowhere.py"), 2, "nowhere.py")
    refused(dlcs("code", "stable_sigmod"), 2, "Did you mean")


def test_progress_in_words_and_as_json(dlcs: Dlcs) -> None:
    assert "dlCS1" in dlcs("progress").stdout
    told = json.loads(dlcs("progress", "--json").stdout)
    assert {"day", "answers", "hours", "streak", "retention", "courses", "topics", "forecast"} <= set(told)


def test_the_shipped_content_is_in_order(dlcs: Dlcs) -> None:
    checked = dlcs("check")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout == "The content is in order.\n"


def test_check_names_every_problem_with_file_and_line(dlcs: Dlcs, tmp_path: Path) -> None:
    copy = tmp_path / "content"
    shutil.copytree(SMALL, copy, ignore=shutil.ignore_patterns("__pycache__"))
    sheet = copy / "cheatsheets" / "dlCS1.md"
    sheet.write_text(sheet.read_text().replace("<!-- topic: sigmoid-model -->", "<!-- topic: sigmoid-modle -->", 1))
    cards = copy / "cheatsheets" / "cards" / "dlCS1" / "w2.md"
    cards.write_text(cards.read_text().replace("- answer: (1, 5)", "- answer: (5, 1)", 1))
    (copy / "exercises" / "c1" / SLUG / "hints.md").write_text("")
    checked = dlcs("check", DLCS_CONTENT=str(copy))
    assert checked.returncode == 1
    assert re.search(r"dlCS1\.md:\d+: there is no topic 'sigmoid-modle'", checked.stdout)
    assert re.search(r"w2\.md:\d+: the code of 'card:prediction-shape' gives \(1, 5\)", checked.stdout)
    assert re.search(r"hints\.md:1: ", checked.stdout)
    assert checked.stdout.splitlines()[-1].endswith("problems.")


def test_a_scaffold_can_be_reviewed_at_once(dlcs: Dlcs) -> None:
    made = dlcs("new", "card", "my-card", "--topic", "sigmoid-model", DLCS_CONTENT=str(SMALL))
    assert made.returncode == 0
    path = Path(made.stdout.splitlines()[0])
    assert "### my-card" in path.read_text()
    assert dlcs("check", DLCS_CONTENT=str(SMALL)).returncode == 0


def test_doctor_reports_places_database_and_sandbox(dlcs: Dlcs) -> None:
    report = json.loads(dlcs("doctor", "--json").stdout)
    assert report["ok"] is True
    names = [finding["name"] for finding in report["findings"]]
    assert {"python", "data", "database", "sandbox", "attack"} <= set(names)


def test_help_lists_every_command(dlcs: Dlcs) -> None:
    shown = dlcs("--help").stdout
    practice = ["exercises", "code", "grade", "hint", "attempts", "solution", "reset"]
    for name in ["due", "show", "review", "quiz", *practice, "progress", "check", "doctor", "new"]:
        assert re.search(rf"^  {name}\b", shown, re.M), name


# Bad surroundings: each is one sentence, and the data is as it was.


def test_a_home_that_cannot_be_written_is_told(dlcs: Dlcs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(dlcs("due", DLCS_HOME=str(tmp_path / "file" / "home")), 2, "cannot be written", "DLCS_HOME")


def test_a_database_of_another_program_is_left_alone(dlcs: Dlcs, environment: dict[str, str]) -> None:
    home = Path(environment["DLCS_HOME"])
    home.mkdir()
    with sqlite3.connect(home / "dlcs.db") as other:
        other.execute("create table songs (title)")
    other.close()
    before = (home / "dlcs.db").read_bytes()
    refused(dlcs("due"), 2, "dlcs.db")
    assert (home / "dlcs.db").read_bytes() == before


def test_a_truncated_database_is_kept_aside_never_overwritten(dlcs: Dlcs, environment: dict[str, str]) -> None:
    home = Path(environment["DLCS_HOME"])
    dlcs("review", "--plain", given="\n3\n:q\n")
    raw = (home / "dlcs.db").read_bytes()
    truncated = raw[: len(raw) // 2]
    for beside in home.glob("dlcs.db-*"):
        beside.unlink()
    (home / "dlcs.db").write_bytes(truncated)
    refused(dlcs("due"), 2, "damaged")
    kept = [path for path in home.rglob("*damaged*") if path.is_file()]
    assert truncated in [path.read_bytes() for path in kept]


def test_a_setting_that_does_not_exist_is_told(dlcs: Dlcs, environment: dict[str, str]) -> None:
    home = Path(environment["DLCS_HOME"])
    home.mkdir()
    (home / "config.toml").write_text("new_card = 3\n")
    refused(dlcs("due"), 2, "config.toml", "Did you mean 'new_cards'?")
    (home / "config.toml").write_text("new_cards = \n")
    refused(dlcs("due"), 2, "not valid TOML")


def test_a_clock_or_content_folder_that_makes_no_sense_is_told(dlcs: Dlcs, tmp_path: Path) -> None:
    refused(dlcs("due", DLCS_NOW="tomorrow"), 2, "DLCS_NOW")
    refused(dlcs("due", DLCS_CONTENT=str(tmp_path)), 2, "DLCS_CONTENT")


def test_a_damaged_database_is_brought_back_by_the_command_that_its_error_names(
    dlcs: Dlcs, environment: dict[str, str]
) -> None:
    home = Path(environment["DLCS_HOME"])
    dlcs("review", "--plain", given="\n3\n:q\n")
    dlcs("due")  # the first opening of an existing database on a day takes its backup
    (home / "dlcs.db").write_bytes(b"spoilt")
    message = dlcs("due").stderr
    command = re.search(r"'dlcs (restore [^']+)'", message)
    assert command is not None, message
    restored = dlcs(*command[1].split(" ", 1))
    assert restored.returncode == 0, restored.stderr
    assert json.loads(dlcs("progress", "--json").stdout)["answers"] == 1
    refused(dlcs("restore", str(home / "nowhere.db")), 2, "There is no backup file")
