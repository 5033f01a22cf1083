"""A sitting over cards, through the real store and schedule."""

from __future__ import annotations

import pytest

from tests.services.conftest import StillClock
from tutor.domain.errors import UsageError
from tutor.domain.events import EventType
from tutor.services.agenda import load
from tutor.services.review import Review
from tutor.services.tutor import Tutor


def test_the_first_card_is_there_at_once(tutor: Tutor) -> None:
    assert Review(tutor).current is not None


def test_an_answer_is_in_the_log_before_the_next_card_shows(tutor: Tutor) -> None:
    review = Review(tutor)
    card = review.current
    assert card is not None
    saved = review.answer(card, 3, seconds=4.2)
    (event,) = tutor.store.events(types=[EventType.ANSWER])
    assert (event.id, event.item, event.payload["rating"]) == (saved.id, card.id, 3)
    assert event.payload["shown"] == card.hash
    assert review.current != card


def test_the_interval_on_a_key_is_the_one_that_the_answer_gives(tutor: Tutor) -> None:
    review = Review(tutor)
    for rating in (1, 2, 3, 4):
        card = review.current
        assert card is not None
        promised = review.intervals(card)[rating]
        assert review.answer(card, rating).interval == promised


def test_a_forgotten_card_comes_back_within_the_sitting(tutor: Tutor, clock: StillClock) -> None:
    review = Review(tutor)
    first = review.current
    assert first is not None
    review.answer(first, 1)
    assert review.current != first
    clock.move(minutes=2)
    assert review.current == first


def test_undo_brings_the_card_back_and_leaves_no_trace_in_the_memory(tutor: Tutor) -> None:
    review = Review(tutor)
    card = review.current
    assert card is not None
    before = tutor.store.memory(card.id)
    review.answer(card, 4)
    undone = review.undo()
    assert undone is not None
    assert "the answer 'easy'" in undone.text
    assert review.current == card
    assert tutor.store.memory(card.id) == before
    assert review.redo() is not None
    assert tutor.store.memory(card.id).reps == 1
    assert review.current != card


def test_undo_reaches_back_over_a_restart(tutor: Tutor) -> None:
    review = Review(tutor)
    card = review.current
    assert card is not None
    review.answer(card, 3)
    undone = Review(tutor).undo()
    assert undone is not None
    assert undone.item == card.id


def test_with_nothing_done_there_is_nothing_to_undo(tutor: Tutor) -> None:
    assert Review(tutor).undo() is None
    assert Review(tutor).redo() is None


def test_the_daily_limit_of_new_cards_holds_over_sittings(tutor: Tutor) -> None:
    limit = tutor.settings.new_cards
    review = Review(tutor)
    while (card := review.current) is not None:
        review.answer(card, 4)
    assert review.answered == limit
    assert Review(tutor).current is None


def test_naming_a_topic_lifts_the_limit(tutor: Tutor) -> None:
    review = Review(tutor, ["sigmoid-model"])
    topics = set()
    while (card := review.current) is not None:
        topics.add(card.topic)
        review.answer(card, 4)
    assert topics == {"sigmoid-model"}
    assert review.answered == len(list(tutor.library.cards("sigmoid-model")))


def test_a_buried_card_is_back_the_next_day_and_a_suspended_one_is_not(tutor: Tutor, clock: StillClock) -> None:
    review = Review(tutor)
    buried = review.current
    assert buried is not None
    review.bury(buried)
    suspended = review.current
    assert suspended is not None
    review.suspend(suspended)
    assert {buried.id, suspended.id}.isdisjoint(Review(tutor).queue._ready)
    clock.move(days=1)
    waiting = Review(tutor).queue._ready
    assert buried.id in waiting
    assert suspended.id not in waiting


def test_a_flag_keeps_the_card_and_the_note(tutor: Tutor) -> None:
    review = Review(tutor)
    card = review.current
    assert card is not None
    review.flag(card, "the sign is wrong")
    assert review.current == card
    assert tutor.store.memory(card.id).note == "the sign is wrong"


def test_a_rating_out_of_range_is_refused_and_nothing_saved(tutor: Tutor) -> None:
    review = Review(tutor)
    card = review.current
    assert card is not None
    with pytest.raises(UsageError, match="A rating is 1"):
        review.answer(card, 5)
    assert tutor.store.events() == []


def test_a_pause_does_not_count_as_study(tutor: Tutor) -> None:
    review = Review(tutor)
    card = review.current
    assert card is not None
    review.answer(card, 3, seconds=4000)
    assert tutor.store.events()[0].payload["seconds"] == 120


def test_what_is_answered_easily_today_is_not_due_tomorrow(tutor: Tutor, clock: StillClock) -> None:
    review = Review(tutor)
    while (card := review.current) is not None:
        review.answer(card, 4)
    clock.move(days=1)
    assert load(tutor).due["card"] == 0  # type: ignore[index]


def test_siblings_are_new_on_different_days(tutor: Tutor) -> None:
    review = Review(tutor)
    notes = []
    while (card := review.current) is not None:
        notes.append(card.note)
        review.answer(card, 4)
    assert len(notes) == len(set(notes))
    assert len(set(notes).intersection(note for note in _notes(Review(tutor)))) == 0


def _notes(review: Review) -> list[str]:
    return [item.partition(":")[2].partition("/")[0] for item in review.queue._ready]


def test_the_count_is_of_this_sitting_and_follows_undo_and_redo(tutor: Tutor) -> None:
    before = Review(tutor)
    card = before.current
    assert card is not None
    before.answer(card, 3)
    review = Review(tutor)
    review.undo()
    assert review.answered == 0
    card = review.current
    assert card is not None
    review.answer(card, 3)
    review.undo()
    assert review.answered == 0
    review.redo()
    assert review.answered == 1
