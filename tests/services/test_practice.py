"""Exercises from the stub to the solution, through the real grader."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.conftest import StillClock
from tutor.domain.errors import StoreError, UsageError
from tutor.domain.events import EventType
from tutor.services.practice import Practice
from tutor.services.tutor import Tutor

SLUG = "stable_sigmoid"


@pytest.fixture
def practice(tutor: Tutor) -> Iterator[Practice]:
    with Practice(tutor) as opened:
        yield opened


def right_program(practice: Practice) -> str:
    return next(iter(practice.package(SLUG).accepted.values()))


def solve(practice: Practice) -> None:
    practice.open(SLUG).write_text(right_program(practice), encoding="utf-8")


def answers(practice: Practice) -> list[int]:
    return [event.payload["rating"] for event in practice.tutor.store.events(types=[EventType.ANSWER])]


def test_the_stub_is_copied_once_and_the_learners_file_is_never_touched(practice: Practice) -> None:
    path = practice.open(SLUG)
    assert path.read_text(encoding="utf-8") == practice.package(SLUG).stub
    path.write_text("# mine", encoding="utf-8")
    assert practice.open(SLUG).read_text(encoding="utf-8") == "# mine"


def test_a_failing_attempt_is_kept_but_not_scheduled(practice: Practice) -> None:
    practice.open(SLUG)
    graded = practice.grade(SLUG)
    assert not graded.verdict.passed
    assert not graded.answered
    assert answers(practice) == []
    (attempt,) = practice.attempts(SLUG)
    assert (attempt.id, attempt.passed, attempt.seed) == (graded.saved, False, graded.verdict.seed)
    assert attempt.source == practice.package(SLUG).stub
    assert practice.tutor.store.memory(f"exercise:{SLUG}").reps == 0


def test_a_pass_is_one_answer_however_often_it_is_repeated(practice: Practice) -> None:
    solve(practice)
    assert practice.grade(SLUG).answered
    assert not practice.grade(SLUG).answered
    assert answers(practice) == [3]
    assert [state.state for state in practice.states() if state.exercise.slug == SLUG] == ["solved"]


def test_a_pass_after_a_hint_counts_as_hard(practice: Practice) -> None:
    practice.hint(SLUG)
    solve(practice)
    practice.grade(SLUG)
    assert answers(practice) == [2]


def test_a_pass_when_it_is_due_again_is_a_new_answer(practice: Practice, clock: StillClock) -> None:
    solve(practice)
    practice.grade(SLUG)
    due = practice.tutor.store.memory(f"exercise:{SLUG}").due
    assert due is not None
    clock.move(days=(due - clock.study_day()).days)
    assert practice.grade(SLUG).answered
    assert answers(practice) == [3, 3]


def test_without_logging_nothing_is_saved(practice: Practice) -> None:
    solve(practice)
    before = practice.tutor.store.events()
    assert practice.grade(SLUG, log=False).verdict.passed
    assert practice.tutor.store.events() == before


def test_a_file_elsewhere_is_graded_as_well(practice: Practice, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(right_program(practice), encoding="utf-8")
    assert practice.grade(SLUG, file).verdict.passed


def test_the_next_hint_opens_only_after_a_new_attempt(practice: Practice) -> None:
    assert practice.hint(SLUG).step == 1
    with pytest.raises(UsageError, match="Hint 2 opens after a new attempt"):
        practice.hint(SLUG)
    practice.open(SLUG)
    practice.grade(SLUG)
    assert practice.hint(SLUG).step == 2
    assert [hint.step for hint in practice.opened_hints(SLUG)] == [1, 2]


def test_after_the_last_hint_there_is_no_more(practice: Practice) -> None:
    practice.open(SLUG)
    for _ in practice.package(SLUG).hints:
        practice.hint(SLUG)
        practice.grade(SLUG)
    with pytest.raises(UsageError, match=r"All \d+ hints"):
        practice.hint(SLUG)


def test_the_solution_opens_after_a_pass_or_by_giving_up(practice: Practice) -> None:
    with pytest.raises(UsageError, match="opens after a pass"):
        practice.solution(SLUG)
    assert "def sigmoid" in practice.solution(SLUG, give_up=True)
    assert answers(practice) == [1]
    assert practice.solution(SLUG, give_up=True)
    assert answers(practice) == [1]


def test_passing_right_after_giving_up_is_no_second_answer(practice: Practice) -> None:
    practice.solution(SLUG, give_up=True)
    solve(practice)
    assert not practice.grade(SLUG).answered
    assert answers(practice) == [1]


def test_starting_anew_keeps_the_old_file_aside_and_counts_as_a_new_solving(practice: Practice) -> None:
    solve(practice)
    practice.grade(SLUG)
    aside = practice.reset(SLUG)
    assert aside is not None
    assert aside.read_text(encoding="utf-8") == right_program(practice)
    assert practice.path(SLUG).read_text(encoding="utf-8") == practice.package(SLUG).stub
    second = practice.reset(SLUG)
    assert second is not None
    assert (aside.name, second.name) == (f"{SLUG}.20260302-090000.py", f"{SLUG}.20260302-090000-2.py")
    solve(practice)
    assert practice.grade(SLUG).answered


@pytest.fixture
def change_task(tutor: Tutor) -> Callable[[str], None]:
    """Gives the exercise the next version, with another signature, in the learner's own content."""
    own = tutor.home / "content" / "exercises" / "c1" / SLUG

    def change(signature: str) -> None:
        if not own.exists():
            shutil.copytree(tutor.root / "exercises" / "c1" / SLUG, own)
        toml = own / "exercise.toml"
        text = re.sub(r"version = (\d+)", lambda found: f"version = {int(found[1]) + 1}", toml.read_text())
        toml.write_text(re.sub('signature = ".*"', f'signature = "{signature}"', text))
        tutor.library.sync()

    return change


def test_a_file_begun_before_the_task_changed_is_told_so_and_left_alone(
    practice: Practice, change_task: Callable[[str], None]
) -> None:
    begun = practice.open(SLUG)
    assert practice.outdated(SLUG) == ""
    change_task("sigmoid(z, k=1)")
    told = practice.outdated(SLUG)
    assert told == (
        "The task has changed since you began: your file is for version 1, and now version 2, which asks for "
        "sigmoid(z, k=1) in place of sigmoid(z) -> s, is graded; read the task again (your file was left as it is)."
    )
    assert practice.open(SLUG) == begun
    assert practice.grade(SLUG).verdict.warnings == (told,)
    assert practice.grade(SLUG, log=False).verdict.warnings == (told,)
    assert practice.grade(SLUG, begun).verdict.warnings == ()
    assert begun.read_text(encoding="utf-8") == practice.package(SLUG).stub


def test_a_file_that_passed_or_was_begun_anew_is_for_the_task_as_it_is(
    practice: Practice, change_task: Callable[[str], None]
) -> None:
    solve(practice)
    change_task("sigmoid(z)")
    assert practice.grade(SLUG).verdict.warnings == ()
    assert practice.outdated(SLUG) == ""
    change_task("sigmoid(x)")
    assert "your file is for version 2, and now version 3 is graded" in practice.outdated(SLUG)
    practice.reset(SLUG)
    assert practice.outdated(SLUG) == ""


def test_an_unknown_exercise_comes_with_a_suggestion(practice: Practice) -> None:
    with pytest.raises(UsageError, match=r"There is no exercise 'stable_sigmod'\. Did you mean 'stable_sigmoid'"):
        practice.grade("stable_sigmod")


def test_a_missing_file_or_a_folder_is_told(practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"create it with: dlcs code {SLUG}"):
        practice.grade(SLUG)
    with pytest.raises(UsageError, match="is a folder"):
        practice.grade(SLUG, tmp_path)


def test_a_workspace_that_cannot_be_written_is_told(practice: Practice, tutor: Tutor) -> None:
    (tutor.home / "workspace").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        practice.open(SLUG)
