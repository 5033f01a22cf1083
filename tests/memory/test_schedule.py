"""The numbers of the schedule: FSRS-6 as published, study days, steps of minutes, jitter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fsrs.scheduler import DEFAULT_PARAMETERS
from hypothesis import given
from hypothesis import strategies as st

from tutor.domain.events import EventType
from tutor.domain.items import Kind
from tutor.memory import DEFAULT_WEIGHTS, Memory, Parameters, State, interval_text, retrievability
from tutor.memory.forgetting import interval, recall
from tutor.memory.intervals import jittered

GOOD, AGAIN = 3, 1


def _days_between(log: Any, ratings: list[int]) -> tuple[list[float], list[int]]:
    """Answers each on the day FSRS asks for, before jitter; the stabilities and those intervals."""
    day, stabilities, waits = 0, [], []
    for rating in ratings:
        log.answer(rating, day)
        stabilities.append(log.memory().stability)
        waits.append(interval(stabilities[-1], DEFAULT_WEIGHTS[-1], 0.9))
        day += waits[-1]
    return stabilities, waits


def test_the_published_sequence_gives_the_published_stabilities_and_intervals(
    log: Callable[[str], Any],
) -> None:
    stabilities, waits = _days_between(log("question:q"), [GOOD, GOOD, GOOD, AGAIN, GOOD])
    assert stabilities == pytest.approx([2.3065, 10.9643, 46.280, 2.9326, 7.7782], abs=5e-4)
    assert waits == [2, 11, 46, 3, 8]


def test_the_default_weights_are_those_of_the_library() -> None:
    assert DEFAULT_WEIGHTS == DEFAULT_PARAMETERS


@given(days=st.integers(3, 5000), repetition=st.integers(0, 500), slug=st.text(max_size=8))
def test_jitter_stays_within_five_per_cent_or_one_day_and_never_reorders(days: int, repetition: int, slug: str) -> None:
    shift = jittered(days, slug, repetition) - days
    assert abs(shift) <= max(1, round(0.05 * days))
    assert jittered(days, slug, repetition) <= jittered(days + 1, slug, repetition)


def test_jitter_moves_some_items_and_is_the_same_in_every_process() -> None:
    here = [jittered(20, f"card:{n}", 1) for n in range(50)]
    assert set(here) == {19, 20, 21}
    program = "import tutor.memory.intervals as i; print([i.jittered(20, f'card:{n}', 1) for n in range(50)])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert outputs == {str(here)}


def test_intervals_below_three_days_are_kept_exactly() -> None:
    assert [jittered(days, f"card:{n}", n) for days in (1, 2) for n in range(20)] == [1] * 20 + [2] * 20


def test_a_new_card_goes_through_its_steps_of_minutes(log: Callable[[str], Any]) -> None:
    cards = log("card:c")
    first = cards.answer(AGAIN)
    assert cards.memory().state is State.LEARNING
    assert cards.memory().due_at == first.time + timedelta(minutes=1)
    second = cards.answer(GOOD, minute=1)
    assert cards.memory().due_at == second.time + timedelta(minutes=10)
    assert cards.memory().due == second.day
    cards.answer(GOOD, minute=11)
    assert cards.memory().state is State.REVIEW
    assert cards.memory().due_at is None
    assert cards.memory().due > second.day


def test_a_forgotten_card_is_asked_again_after_ten_minutes(log: Callable[[str], Any]) -> None:
    cards = log("card:c")
    cards.answer(4)
    lapse = cards.answer(AGAIN, day=8)
    memory = cards.memory()
    assert (memory.state, memory.lapses, memory.step) == (State.RELEARNING, 1, 0)
    assert memory.due_at == lapse.time + timedelta(minutes=10)
    assert not memory.is_due(lapse.day, lapse.time + timedelta(minutes=9))
    assert memory.is_due(lapse.day, lapse.time + timedelta(minutes=10))


@pytest.mark.parametrize("item", ["question:q", "exercise:e"])
@pytest.mark.parametrize("rating", [1, 2, 3])
def test_questions_and_exercises_have_no_steps(log: Callable[[str], Any], item: str, rating: int) -> None:
    answers = log(item)
    event = answers.answer(rating)
    assert answers.memory().state is State.REVIEW
    assert answers.memory().due_at is None
    assert answers.memory().due >= event.day + timedelta(days=1)


def test_two_answers_on_one_study_day_count_as_no_time_between_them(log: Callable[[str], Any]) -> None:
    late, early = log("question:q"), log("question:q")
    for answers, minute in ((early, 1), (late, 14 * 60)):
        answers.answer(GOOD)
        answers.answer(GOOD, minute=minute)
    assert early.memory() == late.memory()
    once = log("question:q")
    once.answer(GOOD)
    assert once.memory().stability <= early.memory().stability < 2 * once.memory().stability


def test_many_answers_on_one_day_do_not_make_an_item_known_for_months(log: Callable[[str], Any]) -> None:
    answers = log("card:c")
    for minute in range(30):
        answers.answer(GOOD, minute=minute)
    assert 0 < (answers.memory().due - answers.memory().last).days < 31


def test_a_device_in_a_later_time_zone_does_not_make_days_run_backwards(log: Callable[[str], Any]) -> None:
    answers = log("question:q")
    answers.answer(GOOD, day=3, minute=0)
    answers.events.append(replace(answers.events[0], id="behind", seq=9, day=answers.events[0].day - timedelta(days=1)))
    assert answers.memory().last == answers.events[0].day
    assert answers.memory().reps == 2


def test_each_kind_has_weights_of_its_own(log: Callable[[str], Any]) -> None:
    slow = (0.5, *DEFAULT_WEIGHTS[1:2], 9.0, *DEFAULT_WEIGHTS[3:])
    parameters = Parameters({Kind.QUESTION: slow})
    for item, stability in (("question:q", 9.0), ("exercise:e", DEFAULT_WEIGHTS[2])):
        answers = log(item)
        answers.answer(GOOD)
        assert answers.memory(parameters).stability == stability


def test_a_higher_desired_retention_asks_sooner_and_knows_the_same(log: Callable[[str], Any]) -> None:
    answers = log("question:q")
    answers.answer(4)
    often, seldom = answers.memory(desired_retention=0.95), answers.memory(desired_retention=0.8)
    assert often.due < seldom.due
    assert often.stability == seldom.stability


def test_recall_is_certain_at_once_and_ninety_per_cent_after_the_stability(log: Callable[[str], Any]) -> None:
    assert recall(0, 7.0, 0.1542) == 1.0
    assert recall(7.0, 7.0, 0.1542) == pytest.approx(0.9)
    answers = log("question:q")
    event = answers.answer(GOOD)
    curve = [retrievability(answers.memory(), event.day + timedelta(days=days)) for days in range(40)]
    assert curve[0] == 1.0
    assert curve == sorted(curve, reverse=True)
    assert retrievability(Memory("card:new"), event.day) == 0.0


def test_a_placement_speaks_only_until_the_item_is_answered(log: Callable[[str], Any]) -> None:
    placed = log("card:c")
    event = placed.add(EventType.PLACEMENT, stability=30.0)
    memory = placed.memory()
    assert (memory.state, memory.stability, memory.reps, memory.introduced) == (State.REVIEW, 30.0, 0, None)
    assert 28 <= (memory.due - event.day).days <= 32
    placed.answer(GOOD, day=30)
    answered = placed.memory()
    assert answered.stability > 30
    placed.add(EventType.PLACEMENT, day=31, stability=1.0)
    assert placed.memory() == answered


@pytest.mark.parametrize(
    ("minutes", "days", "text"),
    [
        (0, None, "now"),
        (0.4, None, "1m"),
        (10, None, "10m"),
        (600, None, "10h"),
        (None, 0, "now"),
        (None, 3, "3d"),
        (None, 30, "30d"),
        (None, 61, "2mo"),
        (None, 349, "11mo"),
        (None, 365, "1y"),
        (None, 540, "1.5y"),
    ],
)
def test_the_interval_fits_beside_a_key(
    log: Callable[[str], Any], minutes: float | None, days: int | None, text: str
) -> None:
    event = log("card:c").answer(GOOD)
    due = Memory("card:c", State.REVIEW, due=event.day + timedelta(days=days or 0))
    if minutes is not None:
        due = replace(due, due_at=event.time + timedelta(minutes=minutes))
    assert interval_text(due, event.time, event.day) == text
    assert interval_text(Memory("card:c"), event.time, event.day) == "new"


def test_importing_the_schedule_does_not_load_fsrs() -> None:
    program = "import sys, tutor.memory; print('fsrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"
