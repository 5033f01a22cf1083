"""How far the learner is: by topic and course, day by day, and what the coming days will bring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tutor.domain.errors import DlcsError
from tutor.domain.events import Event, EventType
from tutor.domain.items import Kind
from tutor.domain.topics import Course, Topic
from tutor.memory import Memory, retrievability
from tutor.services.agenda import topic_of
from tutor.services.practice import Practice
from tutor.services.tutor import Tutor

#: From this stability on, a card counts as known for good.
MATURE_DAYS = 21.0
#: How many of the named mistakes are told.
MOST_MISTAKES = 5


@dataclass(frozen=True)
class TopicProgress:
    """Counts for one topic. `recall` is the mean predicted recall of its answered items today, or None."""

    topic: Topic
    read: bool
    seen: int
    items: int
    solved: int
    exercises: int
    recall: float | None


@dataclass(frozen=True)
class CourseProgress:
    course: Course
    hours: float
    read: int
    sections: int
    solved: int
    exercises: int


@dataclass(frozen=True)
class Mistake:
    """A named mistake in an exercise: its sentence (Markdown), and how often it was made."""

    exercise: str  #: the exercise's title
    why: str
    count: int


@dataclass(frozen=True)
class Progress:
    day: date
    topics: tuple[TopicProgress, ...]
    courses: tuple[CourseProgress, ...]
    activity: Mapping[date, int]  #: answers a study day
    forecast: Mapping[date, int]  #: items that fall due, today and each coming day
    answers: int
    retention: float | None  #: share of answers to known items in the last 30 days that were not Again
    mature: int
    streak: int  #: study days in a row up to today
    bugs: Mapping[str, int]  #: named mistakes by their slugs, most frequent first
    mistakes: tuple[Mistake, ...]  #: the MOST_MISTAKES made most often, most frequent first

    @property
    def hours(self) -> float:
        return sum(course.hours for course in self.courses)


def progress(tutor: Tutor, days: int = 365, ahead: int = 30) -> Progress:
    """The learner's progress as of today's study day."""
    today = tutor.clock.study_day()
    events = tutor.store.events(only_counting=True)
    memories = tutor.store.memories()
    answers = [event for event in events if event.type is EventType.ANSWER]
    activity = Counter(event.day for event in answers if event.day > today - timedelta(days=days))
    topics = _topics(tutor, events, memories, today)
    return Progress(
        day=today,
        topics=topics,
        courses=_courses(tutor, topics, events),
        activity=dict(sorted(activity.items())),
        forecast=_forecast(memories.values(), today, ahead),
        answers=len(answers),
        retention=_retention(answers, today),
        mature=sum((memory.stability or 0) >= MATURE_DAYS for memory in memories.values()),
        streak=streak({event.day for event in answers}, today),
        bugs=dict(Counter(str(e.payload["bug"]) for e in events if e.payload.get("bug")).most_common()),
        mistakes=_mistakes(tutor, events),
    )


def _topics(
    tutor: Tutor, events: list[Event], memories: Mapping[str, Memory], today: date
) -> tuple[TopicProgress, ...]:
    read = {event.item for event in events if event.type is EventType.SECTION_READ}
    items: dict[str, list[str]] = {}
    for kind in Kind:
        for item, slug in topic_of(tutor, kind).items():
            items.setdefault(slug, []).append(item)
    found: list[TopicProgress] = []
    for topic in tutor.curriculum.topics.values():
        own = items.get(topic.slug, [])
        exercises = [item for item in own if item.startswith(f"{Kind.EXERCISE}:")]
        seen = {item: memories[item] for item in own if item in memories and memories[item].reps}
        recalls = [retrievability(memory, today) for memory in seen.values()]
        found.append(
            TopicProgress(
                topic=topic,
                read=f"section:{topic.slug}" in read,
                seen=len(seen),
                items=len(own),
                solved=sum(item in seen and (seen[item].last_rating or 0) > 1 for item in exercises),
                exercises=len(exercises),
                recall=sum(recalls) / len(recalls) if recalls else None,
            )
        )
    return tuple(found)


def _courses(tutor: Tutor, topics: tuple[TopicProgress, ...], events: list[Event]) -> tuple[CourseProgress, ...]:
    belongs = {f"section:{topic.topic.slug}": topic.topic.slug for topic in topics}
    for kind in Kind:
        belongs.update(topic_of(tutor, kind))
    course_of = {topic.topic.slug: topic.topic.course for topic in topics}
    written = {section.topic for section in tutor.library.sections()}
    seconds: defaultdict[int, float] = defaultdict(float)
    for event in events:
        course = course_of.get(belongs.get(event.item or "", ""))
        if course is not None and event.type in (EventType.ANSWER, EventType.SECTION_READ):
            seconds[course] += float(event.payload.get("seconds") or 0)
    return tuple(
        CourseProgress(
            course=course,
            hours=seconds[course.number] / 3600,
            read=sum(topic.read for topic in topics if topic.topic.course == course.number),
            sections=sum(topic.slug in written for topic in course.topics),
            solved=sum(topic.solved for topic in topics if topic.topic.course == course.number),
            exercises=sum(topic.exercises for topic in topics if topic.topic.course == course.number),
        )
        for course in tutor.curriculum.courses
    )


def _mistakes(tutor: Tutor, events: list[Event]) -> tuple[Mistake, ...]:
    made = Counter((event.item or "", str(event.payload["bug"])) for event in events if event.payload.get("bug"))
    practice = Practice(tutor)
    mistakes: list[Mistake] = []
    for (item, bug), count in made.most_common(MOST_MISTAKES):
        slug = item.partition(":")[2]
        try:
            package = practice.package(slug)
            title, sentences = package.exercise.title, {known.name: known.why for known in package.bugs}
        except DlcsError:
            # The exercise is gone or malformed, but the mistake was made.
            title, sentences = slug, {}
        mistakes.append(Mistake(title, sentences.get(bug, bug), count))
    return tuple(mistakes)


def _forecast(memories: Iterable[Memory], today: date, ahead: int) -> dict[date, int]:
    forecast = {today + timedelta(days=n): 0 for n in range(ahead)}
    for memory in memories:
        if memory.due is None or memory.suspended:
            continue
        day = max(memory.due, today)
        if day in forecast:
            forecast[day] += 1
    return forecast


def _retention(answers: list[Event], today: date) -> float | None:
    """Only answers to items first seen on an earlier study day tell about retention."""
    first: dict[str, date] = {}
    outcomes: list[bool] = []
    for event in answers:
        item = event.item or ""
        if item in first and event.day > first[item] and event.day > today - timedelta(days=30):
            outcomes.append(int(event.payload.get("rating", 1)) > 1)
        first.setdefault(item, event.day)
    return sum(outcomes) / len(outcomes) if outcomes else None


def streak(days: set[date], today: date) -> int:
    """Study days in a row that end today or yesterday: today still has time."""
    day = today if today in days else today - timedelta(days=1)
    count = 0
    while day in days:
        count += 1
        day -= timedelta(days=1)
    return count
