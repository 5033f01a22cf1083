"""Progress: the calendar, the days to come, hours against plan, the topics begun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from textwrap import wrap

from textual.widget import Widget

from tutor.content.render.spans import Line, Span, line_width
from tutor.domain.settings import Settings
from tutor.services.progress import CourseProgress, Progress, TopicProgress, progress
from tutor.ui.screens.base import StudyScreen
from tutor.ui.widgets.bars import Column, bar, columns, days_in
from tutor.ui.widgets.heatmap import heatmap, weeks_in
from tutor.ui.widgets.lines import Lines, fitted, spread

_WIDE = 110
_TIMES = len("999 times ")


class ProgressScreen(StudyScreen):
    """How far the learner is, on one page that scrolls."""

    def body(self) -> Iterator[Widget]:
        yield Lines(id="progress")

    def on_mount(self) -> None:
        self.query_one(Lines).focus()

    def on_screen_resume(self) -> None:
        with self.telling():
            measured = progress(self.tutor)
            settings = self.tutor.settings
            self.tell("Progress", f"{measured.day:%A %d %B %Y}")
            self.query_one(Lines).show(lambda width: progress_page(measured, settings, width))


def progress_page(measured: Progress, settings: Settings, width: int) -> list[Line]:
    """The whole page at `width` cells."""
    page: list[Line] = [*summary(measured, settings), ()]
    page += activity_part(measured, width, settings.ascii)
    page += forecast_part(measured, width, settings.ascii)
    page += hours_part(measured, width, settings.ascii)
    page += topics_part(measured, width, settings.ascii)
    page += mistakes_part(measured, width)
    return [fitted(line, width) for line in page[:-1]]


def summary(measured: Progress, settings: Settings) -> list[Line]:
    """What can be said in numbers alone."""
    planned = sum(course.course.hours for course in measured.courses)
    lines: list[Line] = [
        _told(
            (f"{measured.answers}", "answer" if measured.answers == 1 else "answers"),
            (f"{measured.hours:.1f} h", f"of {planned:g} h planned"),
            (f"{measured.mature}", "items firmly known"),
        )
    ]
    if measured.retention is None:
        recall: Line = (Span("Recall of what you knew: too early to say.", "dim"),)
    else:
        recall = (
            Span(f"{measured.retention:.0%}", "strong"),
            Span(f" recall of what you knew, in the last 30 days (you aim at {settings.desired_retention:.0%})"),
        )
    lines.append(recall)
    if settings.show_streak and measured.streak > 1:
        lines.append(_told((f"{measured.streak}", "study days in a row")))
    return lines


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _told(*facts: tuple[str, str]) -> Line:
    spans: list[Span] = []
    for number, what in facts:
        spans += [Span("   " if spans else ""), Span(number, "strong"), Span(f" {what}")]
    return tuple(spans)


def _heading(text: str, note: str = "") -> list[Line]:
    return [(Span(text, "heading"), Span(f"  {note}" if note else "", "dim"))]


def activity_part(measured: Progress, width: int, ascii: bool) -> list[Line]:
    weeks = weeks_in(width)
    since = measured.day - timedelta(days=measured.day.weekday() + 7 * (weeks - 1))
    days = {day: count for day, count in measured.activity.items() if day >= since}
    note = f"{_counted(sum(days.values()), 'answer')} on {_counted(len(days), 'day')}" if days else "no answers yet"
    plot = heatmap(days, measured.day, weeks, ascii=ascii)
    return [*_heading(f"The last {weeks} weeks", note), *plot, ()]


def forecast_part(measured: Progress, width: int, ascii: bool) -> list[Line]:
    days = list(measured.forecast.items())
    shown = days[: days_in(width, max(measured.forecast.values(), default=0))]
    total = sum(count for _, count in shown)
    if not total:
        return [*_heading(f"The next {len(shown)} days", "nothing falls due"), ()]
    plot = columns([Column(count, (f"{day:%a}"[:2], f"{day:%d}")) for day, count in shown], width, ascii=ascii)
    note = f"{_counted(total, 'item')} {'falls' if total == 1 else 'fall'} due, {shown[0][1]} of them today"
    return [*_heading(f"The next {len(shown)} days", note), *plot, ()]


def hours_part(measured: Progress, width: int, ascii: bool) -> list[Line]:
    rows = [_course_row(course, width, ascii) for course in measured.courses]
    return [*_heading("Hours against plan"), *rows, ()]


def _course_row(course: CourseProgress, width: int, ascii: bool) -> Line:
    title = f"  {course.course.title}" if width >= _WIDE else ""
    left = (Span(f"{course.course.sheet:7}", "label"), Span(title))
    planned = course.course.hours
    done = f"read {course.read:2}/{course.sections:<2}  solved {course.solved:2}/{course.exercises:<2}"
    if not course.sections + course.exercises:
        done = "not written yet".ljust(len(done))
    numbers = (Span(f" {course.hours:5.1f} of {f'{planned:g} h':6}"), Span(f"  {done}", "dim"))
    taken = 48 if width >= _WIDE else 8
    room = min(48, width - taken - line_width(numbers))
    share = course.hours / planned if planned else 0.0
    return (*spread(left, (), taken), *bar(share, max(4, room), ascii=ascii), *numbers)


def topics_part(measured: Progress, width: int, ascii: bool) -> list[Line]:
    begun = [topic for topic in measured.topics if topic.read or topic.seen]
    if not begun:
        return [*_heading("Topics", "none begun yet"), ()]
    heading = _heading("Topics begun", f"{len(begun)} of {len(measured.topics)}")
    titles = (Span(f"{'read':4}  {'seen':>7}  {'solved':>6}  {'recall today':{_bar_width(width) + 5}}", "dim"),)
    return [*heading, spread((), titles, width), *(_topic_row(topic, width, ascii) for topic in begun), ()]


def _bar_width(width: int) -> int:
    return min(40, width - 76) if width >= _WIDE else 8


def _topic_row(topic: TopicProgress, width: int, ascii: bool) -> Line:
    seen = f"{topic.seen}/{topic.items}"
    solved = f"{topic.solved}/{topic.exercises}" if topic.exercises else "-"
    numbers: list[Span] = [Span("[x] ", "good") if topic.read else Span("[ ] ")]
    numbers.append(Span(f"  {seen:>7}  {solved:>6}  "))
    room = _bar_width(width)
    if topic.recall is None:
        numbers.append(Span("-".ljust(room + 5), "dim"))
    else:
        numbers += [*bar(topic.recall, room, ascii=ascii), Span(f" {topic.recall:4.0%}")]
    return spread((Span(topic.topic.title),), tuple(numbers), width)


def mistakes_part(measured: Progress, width: int) -> list[Line]:
    """How often each of the most frequent mistakes was made, its sentence, and the exercise."""
    if not measured.mistakes:
        return []
    rows: list[Line] = []
    for mistake in measured.mistakes:
        times = f"{mistake.count} times" if mistake.count > 1 else "once"
        for text in wrap(f"{mistake.why} ({mistake.exercise})", max(20, width - _TIMES)):
            rows.append((Span(times.ljust(_TIMES), "label"), Span(text)))
            times = ""
    return [*_heading("Most frequent mistakes"), *rows, ()]
