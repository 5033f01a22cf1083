"""Today: what is due, what to read next, which exercise to write; and reading sections."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.domain.events import EventType
from tutor.domain.items import Exercise, Kind, Section
from tutor.services.agenda import Load, due, load, new
from tutor.services.progress import streak
from tutor.services.tutor import Tutor

#: A section left open longer than this was not read all the time.
MAX_READING_SECONDS = 1800.0


@dataclass(frozen=True)
class Today:
    load: Load
    section: Section | None  #: the next unread section, in reading order
    exercise: Exercise | None  #: one that is due, else the next unsolved one whose requirements are met
    answered: int  #: answers already given today
    streak: int
    notices: tuple[str, ...]  #: what the learner should know, such as content that could not be read


def today(tutor: Tutor) -> Today:
    """The state of the study day."""
    day = tutor.clock.study_day()
    answers = tutor.store.events(types=[EventType.ANSWER], only_counting=True)
    return Today(
        load=load(tutor),
        section=next_section(tutor),
        exercise=next_exercise(tutor),
        answered=sum(event.day == day for event in answers),
        streak=streak({event.day for event in answers}, day),
        notices=(*tutor.store.notices, *(str(problem) for problem in tutor.library.problems)),
    )


def due_line(tutor: Tutor) -> str:
    """One line for a prompt: what is due now."""
    waiting = load(tutor)
    names = {
        Kind.CARD: ("card", "cards"),
        Kind.QUESTION: ("question", "questions"),
        Kind.EXERCISE: ("exercise", "exercises"),
    }
    counts = [(waiting.due[kind] + waiting.new[kind], *names[kind]) for kind in Kind]
    parts = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    if not parts:
        return "Nothing due today."
    return f"{', '.join(parts)} today, about {max(1, round(waiting.minutes))} min."


def reading_order(tutor: Tutor) -> list[Section]:
    """All sections, in the curriculum's order."""
    order = tutor.curriculum.order
    return sorted(tutor.library.sections(), key=lambda section: order.get(section.topic, len(order)))


def sections_read(tutor: Tutor) -> set[str]:
    """The topics whose section was read."""
    events = tutor.store.events(types=[EventType.SECTION_READ], only_counting=True)
    return {(event.item or "").partition(":")[2] for event in events}


def next_section(tutor: Tutor) -> Section | None:
    read = sections_read(tutor)
    return next((section for section in reading_order(tutor) if section.topic not in read), None)


def next_exercise(tutor: Tutor) -> Exercise | None:
    by_id = {exercise.id: exercise for exercise in tutor.library.exercises()}
    for item in due(tutor, Kind.EXERCISE):
        if item in by_id:
            return by_id[item]
    memories = tutor.store.memories(Kind.EXERCISE)
    solved = {item.partition(":")[2] for item, memory in memories.items() if memory.reps}
    for item in new(tutor, Kind.EXERCISE, topics=tutor.curriculum.topics):
        if item in by_id and all(slug in solved for slug in by_id[item].requires):
            return by_id[item]
    return None


def read_section(tutor: Tutor, section: Section, seconds: float) -> str:
    """Logs that a section was read, with the time it took; returns the event's id."""
    payload = {"seconds": round(min(seconds, MAX_READING_SECONDS), 1), "shown": section.hash}
    return tutor.store.append(EventType.SECTION_READ, section.id, payload).id
