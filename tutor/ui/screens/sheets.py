"""All sheets: every course, week and topic in reading order, with what is read and what is still to be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tutor.content.render import Line, Span
from tutor.domain.items import Kind, Section
from tutor.domain.topics import Course, Topic, Week
from tutor.services.agenda import topic_of
from tutor.services.today import next_section, reading_order, sections_read
from tutor.ui.screens.base import StudyScreen
from tutor.ui.widgets.listing import Listing, Row

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

#: From this width on there is room for what each topic has beside its section.
ROOMY = 100


class SheetsScreen(StudyScreen):
    """The list from which a section is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "unread", "Next unread", tooltip="Go to the next section that is not read", id="sheets.unread"),
        Binding("right_square_bracket", "course(1)", "Next course", key_display="]", id="sheets.next-course"),
        Binding(
            *("left_square_bracket", "course(-1)", "Previous course"),
            show=False,
            key_display="[",
            id="sheets.previous-course",
        ),
    ]

    def body(self) -> Iterator[Widget]:
        yield Listing(id="topics")

    def on_mount(self) -> None:
        self.refresh_marks()
        listing = self.query_one(Listing)
        listing.focus()
        following = next_section(self.tutor)
        if following is not None:
            listing.point_to(following.topic)

    def on_screen_resume(self) -> None:
        self.refresh_marks()

    def refresh_marks(self) -> None:
        """Shows what is read by now; the cursor stays."""
        with self.telling():
            self.sections = reading_order(self.tutor)
            self.read = sections_read(self.tutor)
            amounts = self.amounts() if self.size.width >= ROOMY else {}
            rows = sheet_rows(self.tutor.curriculum.courses, self.sections, self.read, amounts)
            self.query_one(Listing).set_rows(rows)
            read = sum(section.topic in self.read for section in self.sections)
            self.tell("Sheets", f"{read} of {len(self.sections)} sections read")

    def on_resize(self, event: events.Resize) -> None:
        self.refresh_marks()

    def amounts(self) -> dict[str, str]:
        """What there is on each topic beside its section, in words."""
        counts = {kind: Counter(topic_of(self.tutor, kind).values()) for kind in Kind}
        topics = {topic for counter in counts.values() for topic in counter}
        return {topic: "".join(_amount(kind, counts[kind][topic]) for kind in Kind) for topic in topics}

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        if any(section.topic == event.name for section in self.sections):
            cast("DlcsApp", self.app).open_screen("sheet", event.name)
        else:
            title = self.tutor.curriculum.topic(event.name).title
            self.notify(f"The section on '{title}' is not written yet.", markup=False)

    def action_unread(self) -> None:
        """Moves to the first unread section after the cursor, else to the first of all."""
        listing = self.query_one(Listing)
        names = listing.names
        at = names.index(listing.cursor_name)
        unread = {section.topic for section in self.sections} - self.read
        following = [name for name in (*names[at + 1 :], *names[: at + 1]) if name in unread]
        if following:
            listing.point_to(following[0])
        else:
            self.notify("Every section is read.")

    def action_course(self, by: int) -> None:
        """Moves to the first topic of the next or the previous course."""
        listing = self.query_one(Listing)
        starts = [next(course.topics).slug for course in self.tutor.curriculum.courses]
        order = self.tutor.curriculum.order
        here = order.get(listing.cursor_name, len(order))
        beyond = [slug for slug in starts if (order[slug] > here if by > 0 else order[slug] < here)]
        if beyond:
            listing.point_to(beyond[0] if by > 0 else beyond[-1])


def sheet_rows(
    courses: Sequence[Course], sections: Sequence[Section], read: set[str], amounts: Mapping[str, str]
) -> list[Row]:
    """The rows of the list: [x] is read, [ ] is not, - has no section yet. `amounts` stand at the edge, by topic."""
    by_topic = {section.topic: section for section in sections}
    rows: list[Row] = []
    for course in courses:
        topics = [topic.slug for topic in course.topics]
        written = by_topic.keys() & topics
        rows += [Row(())] if rows else []
        rows.append(Row(_title(course.sheet, course.title), _counts(len(written & read), len(written), len(topics))))
        for week in course.weeks:
            rows.append(week_row(week, indent=2))
            for topic in week.topics:
                section = by_topic.get(topic.slug)
                row = section_row(section, topic.slug in read, indent=4) if section else _unwritten(topic)
                rows.append(replace(row, right=(Span(amounts.get(topic.slug, ""), "dim"),)))
    known = {topic.slug for course in courses for topic in course.topics}
    own = [section for section in sections if section.topic not in known]
    for sheet in dict.fromkeys(section.sheet for section in own):
        rows += [Row(()), Row(_title(sheet, "Your own"))]
        rows += [section_row(section, section.topic in read, indent=4) for section in own if section.sheet == sheet]
    return rows


def week_row(week: Week, indent: int = 0) -> Row:
    """The heading of a week."""
    return Row((Span(f"{' ' * indent}Week {week.number}: {week.title}", "label"),))


def section_row(section: Section, read: bool, indent: int = 0) -> Row:
    """A section that can be chosen, with its read mark."""
    mark = Span(f"{' ' * indent}[x] ", "good") if read else Span(f"{' ' * indent}[ ] ")
    return Row((mark, Span(section.title)), name=section.topic)


def _unwritten(topic: Topic) -> Row:
    return Row((Span(f"     -  {topic.title}", "dim"),), name=topic.slug)


def _amount(kind: Kind, count: int) -> str:
    """`  12 cards`, or blanks where there is none; as wide for every count below 1000."""
    width = len(kind) + 7
    return f"{count:5} {kind}{'' if count == 1 else 's'}".ljust(width) if count else " " * width


def _title(sheet: str, title: str) -> Line:
    return Span(sheet, "heading"), Span(f"  {title}", "strong")


def _counts(read: int, written: int, topics: int) -> Line:
    if not written:
        return (Span(f"{topics} topics, none written yet", "dim"),)
    rest = f", {topics - written} to be written" if topics > written else ""
    return Span(f"{read} of {written} read", "good" if read == written else "strong"), Span(rest, "dim")
