"""One section of a sheet at a time: read on, look up, and from here to its cards, questions and exercises."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from tutor.content.render import Span, plain, render
from tutor.domain.errors import UsageError
from tutor.domain.items import Exercise, Section
from tutor.services.today import read_section, reading_order, sections_read
from tutor.ui.screens.base import StudyScreen
from tutor.ui.screens.choose import ChooseScreen
from tutor.ui.screens.sheets import section_row, week_row
from tutor.ui.visit import Visit
from tutor.ui.widgets.finding import FindBar, MarkedProse, matches
from tutor.ui.widgets.listing import Listing, Row
from tutor.ui.widgets.prose import Block, Prose

if TYPE_CHECKING:
    from tutor.ui.app import DlcsApp

#: From this width on the contents stand beside the text.
WIDE = 110
#: The width at which sections that are not shown are looked through.
SEARCH_WIDTH = 78
#: The name of the block that ends a section's text.
FOOT = "foot"
#: What leads on from a section: the action, its key, and what there is of it.
WAYS = (("cards", "c", "card"), ("quiz", "z", "question"), ("exercise", "x", "exercise"))


class SheetScreen(StudyScreen):
    """Reads the section on a topic, and those before and after it in reading order.

    A section counts as read once its end was in sight and the learner moves on, or when it is marked.
    """

    DEFAULT_CSS = """
    SheetScreen #pages { height: 1fr; layers: below above; }
    SheetScreen #contents { width: 32%; max-width: 60; padding: 0 0 0 1; background: $surface; }
    SheetScreen.narrow #contents { layer: above; width: 100%; max-width: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right_square_bracket", "go(1)", "Next", key_display="n", tooltip="Next section", id="sheet.next"),
        Binding(
            *("p,left_square_bracket", "go(-1)", "Previous"),
            show=False,
            key_display="p",
            tooltip="Previous section",
            id="sheet.previous",
        ),
        Binding("m", "mark", "Mark read", tooltip="Mark this section as read", id="sheet.mark"),
        Binding("slash", "find", "Find", key_display="/", tooltip="Find a text in this sheet", id="sheet.find"),
        Binding("t", "contents", "Contents", tooltip="Show or hide the contents of this sheet", id="sheet.contents"),
        Binding("c", "cards", "Cards", show=False, tooltip="Review the cards on this topic", id="sheet.cards"),
        Binding("z", "quiz", "Quiz", show=False, tooltip="Answer the questions on this topic", id="sheet.quiz"),
        Binding("x", "exercise", "Exercise", show=False, tooltip="Exercises on this topic", id="sheet.exercise"),
    ]

    def __init__(self, topic: str) -> None:
        super().__init__()
        self.topic = topic
        self.visit: Visit | None = None
        self.read: set[str] = set()
        self.order: list[Section] = []
        self.counts: Mapping[str, int] = {}
        self.exercises: list[Exercise] = []
        self.contents_wanted: bool | None = None  #: None: as the width decides
        self.anything_read = False
        self._origin = 0  # the line at which the search was opened
        self._texts: dict[str, list[str]] = {}

    def body(self) -> Iterator[Widget]:
        with Horizontal(id="pages"):
            yield Listing(id="contents")
            yield MarkedProse(ascii=self.tutor.settings.ascii, id="section")
        yield FindBar()

    def on_mount(self) -> None:
        self.order = reading_order(self.tutor)
        self.prose.focus()
        self.watch(self.prose, "scroll_y", self.note_place, init=False)
        self.show_contents()
        self.open_topic(self.topic)

    def on_resize(self, event: events.Resize) -> None:
        self.show_contents()
        self.call_after_refresh(self.laid_anew)

    def laid_anew(self) -> None:
        """The text has another width, and its lines have moved."""
        self.look()
        self.note_place()

    @property
    def prose(self) -> MarkedProse:
        return self.query_one(MarkedProse)

    @property
    def bar(self) -> FindBar:
        return self.query_one(FindBar)

    @property
    def contents(self) -> Listing:
        return self.query_one("#contents", Listing)

    # One section, from opening it to leaving it

    def open_topic(self, topic: str) -> None:
        """Leaves the section that is shown, and shows the one on `topic` from its top."""
        self.leave_section()
        self.topic = topic
        library = self.tutor.library
        section = library.section(topic)
        self.exercises = list(library.exercises(topic))
        self.counts = {
            "cards": sum(1 for _ in library.cards(topic)),
            "quiz": sum(1 for _ in library.questions(topic)),
            "exercise": len(self.exercises),
        }
        self.visit = Visit(section, self.tutor.clock.now()) if section else None
        blocks = [Block(section.body if section else self.missing()), *self.ways_on()]
        # To the top before the text changes: a shorter text would have its end in sight for a moment.
        self.prose.scroll_home(animate=False, immediate=True)
        self.prose.show(*blocks, home=False)
        self.look()
        self.refresh_marks()
        self.call_after_refresh(self.note_place)

    def missing(self) -> str:
        """Why there is no text."""
        try:
            title = self.tutor.curriculum.topic(self.topic).title
        except UsageError as error:
            return str(error)
        return f"The section on *{title}* is not written yet."

    def ways_on(self) -> list[Block]:
        """What stands below the text: the topic's cards, questions and exercises, and the next section."""
        ways = [
            Block(f"{count} {what}{'' if count == 1 else 's'} on this topic", action, f"{key}  ", "chosen", gap=0)
            for action, key, what in WAYS
            if (count := self.counts[action])
        ]
        following = self.neighbour(1)
        if following:
            ways.append(Block(f"Next: *{following.title}*", "go(1)", "n  ", "chosen", gap=0))
        return [Block("---", FOOT), *ways] if ways else []

    def note_place(self) -> None:
        """Notes whether the end is in sight, and tells the place in the title bar."""
        visit, prose = self.visit, self.prose
        if visit and prose.size.height:
            at_end = prose.is_vertical_scroll_end
            # What a search jumps to was not read up to there: the learner has to scroll to the end anew.
            visit.jumped = self.bar.is_open or (visit.jumped and at_end and prose.max_scroll_y > 0)
            visit.ended = visit.ended or (at_end and not visit.jumped)
        self.tell_place()

    def leave_section(self) -> None:
        """Logs the section as read if its end was in sight."""
        if self.visit and self.visit.ended:
            self.log_section(self.visit)

    def log_section(self, visit: Visit) -> None:
        """Logs one reading of the section, once a visit."""
        if visit.logged:
            return
        with self.telling():
            read_section(self.tutor, visit.section, visit.spent(self.tutor.clock.now()))
            visit.logged = self.anything_read = True

    def on_screen_suspend(self) -> None:
        if self.visit:
            self.visit.pause(self.tutor.clock.now())

    def on_screen_resume(self) -> None:
        if self.visit:
            self.visit.resume(self.tutor.clock.now())
        self.refresh_marks()

    def on_unmount(self) -> None:
        self.leave_section()

    # Where the learner is

    def refresh_marks(self) -> None:
        """Tells what is read by now, in the contents and in the title bar."""
        with self.telling():
            self.read = sections_read(self.tutor)
        self.contents.set_rows(self.content_rows())
        self.contents.point_to(self.topic)
        self.tell_place()
        self.refresh_bindings()

    @property
    def this_sheet(self) -> list[Section]:
        """The sections of the sheet that is open, in reading order."""
        return [section for section in self.order if section.sheet == self.sheet]

    @property
    def sheet(self) -> str:
        """The sheet that holds the section, or would hold it; empty for an unknown topic."""
        if self.visit:
            return self.visit.section.sheet
        topic = self.tutor.curriculum.topics.get(self.topic)
        return self.tutor.curriculum.course(topic.course).sheet if topic else ""

    def content_rows(self) -> list[Row]:
        """The sections of this sheet under their weeks."""
        rows: list[Row] = []
        week = 0
        for section in self.this_sheet:
            topic = self.tutor.curriculum.topics.get(section.topic)
            if topic and topic.week != week:
                week = topic.week
                course = self.tutor.curriculum.course(topic.course)
                rows.append(week_row(next(part for part in course.weeks if part.number == week)))
            rows.append(section_row(section, section.topic in self.read))
        return rows

    def tell_place(self) -> None:
        """The title bar: sheet and section; the read mark, which section it is, how far down."""
        if not self.visit:
            self.tell(self.sheet or "Sheets")
            return
        section, prose = self.visit.section, self.prose
        topics = [each.topic for each in self.this_sheet]
        bottom = prose.scroll_offset.y + prose.scrollable_content_region.height
        seen = min(1.0, bottom / max(1, prose.virtual_size.height))
        mark = "[x] read" if section.topic in self.read else "[ ] unread"
        place = f"{topics.index(section.topic) + 1} of {len(topics)}"
        self.tell(f"{section.sheet} - {section.title}", f"  {mark}   {place}   {seen:4.0%}")

    def neighbour(self, by: int) -> Section | None:
        """The section after (1) or before (-1) this topic in reading order."""
        topics = [section.topic for section in self.order]
        if self.topic in topics:
            index = topics.index(self.topic) + by
        else:
            order = self.tutor.curriculum.order
            places = [order.get(topic, len(order)) for topic in topics]
            index = bisect_left(places, order.get(self.topic, len(order))) - (by < 0)
        return self.order[index] if 0 <= index < len(topics) else None

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self.is_mounted and self.bar.has_focus_within:
            return action == "back"
        if action in ("cards", "quiz", "exercise"):
            return bool(self.counts.get(action)) or None
        if action == "mark" and self.is_mounted and self.contents.has_focus:
            return False
        if action == "mark":
            return (self.visit is not None and not self.visit.logged) or None
        if action == "find":
            return self.visit is not None or None
        return True

    def action_go(self, by: int) -> None:
        following = self.neighbour(by)
        if following:
            self.open_topic(following.topic)
        else:
            self.leave_section()
            self.refresh_marks()
            self.notify("This is the last section." if by > 0 else "This is the first section.")

    def action_mark(self) -> None:
        if self.visit:
            self.log_section(self.visit)
            self.refresh_marks()

    def action_cards(self) -> None:
        cast("DlcsApp", self.app).open_screen("review", self.topic)

    def action_quiz(self) -> None:
        cast("DlcsApp", self.app).open_screen("quiz", self.topic)

    def action_exercise(self) -> None:
        if len(self.exercises) == 1:
            self.open_exercise(self.exercises[0].slug)
            return
        rows = [
            Row((Span(exercise.title),), (Span(f"{exercise.minutes} min", "dim"),), exercise.slug)
            for exercise in self.exercises
        ]
        self.app.push_screen(ChooseScreen("Exercises on this topic", rows), self.open_exercise)

    def open_exercise(self, slug: str | None) -> None:
        """Opens an exercise, unless the choice was left without one."""
        if slug:
            cast("DlcsApp", self.app).open_screen("exercise", slug)

    def action_back(self) -> None:
        if self.bar.is_open:
            self.bar.action_close()
        elif self.contents.has_focus and self.size.width < WIDE:
            self.action_contents()
        else:
            self.leave_section()
            self.dismiss(self.anything_read)

    async def on_prose_clicked(self, event: Prose.Clicked) -> None:
        if event.name != FOOT:
            await self.run_action(event.name)

    # The contents

    def show_contents(self) -> None:
        """When asked for, else where there is room beside the text; over it where there is none."""
        wide = self.size.width >= WIDE
        self.set_class(not wide, "narrow")
        self.contents.display = wide if self.contents_wanted is None else self.contents_wanted

    def action_contents(self) -> None:
        self.contents_wanted = not self.contents.display
        self.show_contents()
        (self.contents if self.contents_wanted else self.prose).focus()
        self.call_after_refresh(self.laid_anew)

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        if self.size.width < WIDE:
            self.contents_wanted = None
            self.show_contents()
        self.prose.focus()
        if event.name != self.topic:
            self.open_topic(event.name)

    # Finding a text in the sheet

    def action_find(self) -> None:
        self._origin = self.prose.scroll_offset.y
        self.bar.open()

    def look(self) -> None:
        """Marks what the bar asks for in the text that is shown."""
        self.prose.look_for(self.bar.wanted, FOOT)

    def on_find_bar_changed(self) -> None:
        """Shows the first match from where the search was opened, in this section only."""
        self.look()
        if self.prose.found:
            below = [match for match in self.prose.found if match[0] >= self._origin]
            self.prose.go_to((below or self.prose.found)[0])
        self.tell_found()

    def on_find_bar_stepped(self, event: FindBar.Stepped) -> None:
        """Shows the next or the previous match, in this section or in the nearest one of the sheet that has it."""
        if not self.prose.beyond(event.by):
            holding = self.sections_with(self.bar.wanted, event.by)
            if not holding:
                return
            self.open_topic(holding[0].topic)
        beyond = self.prose.beyond(event.by)
        if beyond:
            self.prose.go_to(beyond[0])
        self.tell_found()

    def on_find_bar_closed(self) -> None:
        self.prose.focus()
        self.call_after_refresh(self.laid_anew)

    def sections_with(self, wanted: str, by: int) -> list[Section]:
        """The sections of this sheet that hold a text, from the one after (before) this, around to this itself."""
        siblings = self.this_sheet[::by]
        at = next((index for index, section in enumerate(siblings) if section.topic == self.topic), -1) + 1
        return [section for section in (*siblings[at:], *siblings[:at]) if matches(self.text_of(section), wanted)]

    def text_of(self, section: Section) -> list[str]:
        """The lines of a section as they read when shown."""
        if section.topic not in self._texts:
            lines = render(section.body, SEARCH_WIDTH, ascii=self.tutor.settings.ascii)
            self._texts[section.topic] = plain(lines).split("\n")
        return self._texts[section.topic]

    def tell_found(self) -> None:
        """In the bar: which match this is, and where else the text is."""
        wanted, prose = self.bar.wanted, self.prose
        if not wanted:
            self.bar.tell("")
            return
        elsewhere = sum(section.topic != self.topic for section in self.sections_with(wanted, 1))
        others = f"{elsewhere} other section{'' if elsewhere == 1 else 's'}"
        if prose.found:
            here = f"{prose.found.index(prose.current) + 1 if prose.current else 0} of {len(prose.found)} here"
            self.bar.tell(f"{here}, also in {others}" if elsewhere else here)
        else:
            self.bar.tell(f"not here, but in {others} (Enter)" if elsewhere else "not in this sheet")
