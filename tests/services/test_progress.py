"""Progress and the day's agenda, worked out from the log."""

from __future__ import annotations

from datetime import date, timedelta

from tests.services.conftest import StillClock
from tutor.services.progress import progress, streak
from tutor.services.review import Review
from tutor.services.today import due_line, next_section, read_section, today
from tutor.services.tutor import Tutor
from tutor.services.wording import progress_json, progress_lines


def answer_all(tutor: Tutor, rating: int, seconds: float = 10) -> int:
    review = Review(tutor)
    while (card := review.current) is not None:
        review.answer(card, rating, seconds=seconds)
    return review.answered


def test_a_new_learner_has_everything_ahead(tutor: Tutor) -> None:
    measured = progress(tutor)
    assert (measured.answers, measured.streak, measured.retention, measured.hours) == (0, 0, None, 0)
    assert sum(topic.items for topic in measured.topics) == sum(
        len(tutor.store.items(k)) for k in ("card", "question", "exercise")
    )
    assert [course.course.hours for course in measured.courses][:5] == [10, 8.5, 3.5, 10, 8]


def test_answers_show_in_the_heat_map_the_hours_and_the_forecast(tutor: Tutor) -> None:
    count = answer_all(tutor, 4, seconds=36)
    measured = progress(tutor)
    assert measured.activity == {measured.day: count}
    assert measured.courses[0].hours * 3600 == count * 36
    assert sum(measured.forecast.values()) <= count
    assert sum(topic.seen for topic in measured.topics) == count


def test_reading_counts_towards_the_hours_and_marks_the_topic(tutor: Tutor) -> None:
    section = next_section(tutor)
    assert section is not None
    read_section(tutor, section, 1800)
    measured = progress(tutor)
    assert {topic.topic.slug for topic in measured.topics if topic.read} == {section.topic}
    assert measured.courses[0].hours == 0.5
    after = next_section(tutor)
    assert after is not None
    assert after.topic != section.topic


def test_retention_counts_only_what_was_known_from_an_earlier_day(tutor: Tutor, clock: StillClock) -> None:
    answer_all(tutor, 3)
    assert progress(tutor).retention is None
    clock.move(days=3)
    review = Review(tutor)
    card = review.current
    while card is not None and not tutor.store.memory(card.id).reps:
        review.answer(card, 4)
        card = review.current
    assert card is not None
    review.answer(card, 1)
    assert progress(tutor).retention == 0.0


def test_a_streak_ends_today_or_yesterday() -> None:
    day = date(2026, 3, 2)
    days = {day - timedelta(days=n) for n in (1, 2, 3)}
    assert streak(days, day) == 3
    assert streak({*days, day}, day) == 4
    assert streak(days, day + timedelta(days=1)) == 0


def test_the_line_for_the_prompt_says_what_waits(tutor: Tutor) -> None:
    line = due_line(tutor)
    assert f"{tutor.settings.new_cards} cards" in line or "cards" in line
    assert line.endswith("min.")
    assert "\n" not in line


def test_today_names_a_section_and_an_exercise_to_begin_with(tutor: Tutor) -> None:
    state = today(tutor)
    assert state.section is not None
    assert state.exercise is not None
    assert state.notices == ()


def test_progress_reads_as_text_and_as_json(tutor: Tutor) -> None:
    answer_all(tutor, 3)
    measured = progress(tutor)
    assert any("dlCS1" in line for line in progress_lines(measured))
    assert progress_json(measured)["answers"] == measured.answers
