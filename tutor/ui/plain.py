"""The review and quiz loops line by line, for screen readers, scripts and pipes.

At a card Enter reveals and 1-4 grade. Where an answer is typed, everything is an answer. Commands begin
with a colon and work everywhere. `saved ID` is printed once an answer is committed.
"""

from __future__ import annotations

import sys
import time
from typing import TextIO

from tutor.content.render import plain, render
from tutor.domain.errors import DlcsError
from tutor.domain.items import Card, Posed, QuestionForm
from tutor.services.judging import Given, labels, parse_given
from tutor.services.quiz import Outcome, Quiz
from tutor.services.review import Review

WIDTH = 78
COMMANDS = """\
Enter    reveal the answer         1-4      again, hard, good, easy
:u       undo                      :r       redo
:b       bury until tomorrow       :s       suspend
:f TEXT  flag, report a mistake    :q       quit
In a quiz also:
:x       I do not know             :k       hint
:h lists these commands."""
NAMES = {1: "again", 2: "hard", 3: "good", 4: "easy"}


class _Quit(Exception):
    """The learner ends the sitting, or the input ended."""


class _Moved(Exception):
    """Another item is to be shown now."""


class _Unknown(Exception):
    """The learner does not know the answer to the question."""


class PlainLoop:
    """Reads lines from `source` and writes to `sink`; the end of the input is taken as `:q`."""

    def __init__(self, source: TextIO | None = None, sink: TextIO | None = None, *, ascii: bool = False) -> None:
        self.source, self.sink, self.ascii = source or sys.stdin, sink or sys.stdout, ascii

    def review(self, review: Review) -> None:
        """Serves cards until none is left or the learner quits."""
        try:
            while (card := review.current) is not None:
                try:
                    self._card(review, card)
                except _Moved:
                    continue
            self.say("Done for now." if review.answered else "Nothing to review now.")
        except _Quit:
            self.say()
        self.say(f"{review.answered} answered, {review.left} left.")

    def quiz(self, quiz: Quiz) -> None:
        """Serves questions until none is left or the learner quits."""
        try:
            while (posed := quiz.current) is not None:
                try:
                    self._question(quiz, posed)
                except _Moved:
                    continue
            self.say("Done." if quiz.outcomes else "No question to answer now.")
        except _Quit:
            self.say()
        for problem in quiz.problems:
            self.say(f"Passed over: {problem}")
        wrong = len(quiz.mistakes)
        self.say(f"{len(quiz.outcomes) - wrong} right, {wrong} wrong.")

    def _card(self, review: Review, card: Card) -> None:
        started = time.monotonic()
        self.say(f"\n[card, {review.left} left]")
        self.show(card.front)
        suggested, given = 0, None
        if card.typed:
            while True:
                given = self._ask("answer> ", review, card)
                if not given.strip():
                    given = None
                    break
                try:
                    judgement = review.judge(card, given)
                except DlcsError as error:
                    self.say(str(error))
                    continue
                self.say(judgement.message or ("Right." if judgement.correct else "Not right."))
                suggested = 3 if judgement.correct else 1
                break
        else:
            self._ask("(Enter reveals) ", review, card)
        self.show(card.back)
        times = review.intervals(card)
        self.say("   ".join(f"{rating} {NAMES[rating]} {times[rating]}" for rating in NAMES))
        default = f" [{suggested}]" if suggested else ""
        while True:
            text = self._ask(f"grade 1-4{default}> ", review, card).strip() or str(suggested)
            if text in ("1", "2", "3", "4"):
                break
            self.say("Expected 1, 2, 3 or 4 (or a command such as :h).")
        try:
            saved = review.answer(card, int(text), given=given, seconds=time.monotonic() - started)
        except DlcsError as error:
            self.say(str(error))
            raise _Quit from error
        self.say(f"saved {saved.id} (again in {saved.interval})")

    def _question(self, quiz: Quiz, posed: Posed) -> None:
        started = time.monotonic()
        self.say(f"\n[question, {quiz.left} left]")
        self.show(posed.prompt)
        for letter, option in zip(labels(posed), posed.options, strict=True):
            self.show(f"{letter}. {option.text}")
        if posed.question.form is QuestionForm.OUTPUT:
            self.say("(what it prints; an empty line ends it)")
        while True:
            try:
                given = self._given(quiz, posed)
                outcome = quiz.answer(posed, given, seconds=time.monotonic() - started)
                break
            except DlcsError as error:
                self.say(str(error))
        self._outcome(outcome)

    def _given(self, quiz: Quiz, posed: Posed) -> Given | None:
        """The answer that is typed; None for 'I do not know'."""
        try:
            text = self._ask("answer> ", quiz, posed)
            if posed.question.form is QuestionForm.OUTPUT:
                lines = [text]
                while lines[-1].strip():
                    lines.append(self._ask("", quiz, posed))
                text = "\n".join(lines[:-1])
        except _Unknown:
            return None
        return parse_given(posed, text)

    def _outcome(self, outcome: Outcome) -> None:
        self.say(f"saved {outcome.id} (again in {outcome.interval})")
        wrong = "You did not know." if outcome.given is None else "Not right."
        self.say("Right." if outcome.judgement.correct else wrong)
        if outcome.judgement.message:
            self.say(outcome.judgement.message)
        for option in outcome.reasons:
            self.show(f"{option.text}: {option.reason}")
        if not outcome.judgement.correct:
            self.show(f"The answer: {outcome.right}")
        self.show(outcome.posed.explanation)

    def _ask(self, prompt: str, sitting: Review | Quiz, item: Card | Posed) -> str:
        """The next line that is not a command."""
        while True:
            print(prompt, end="", file=self.sink, flush=True)
            line = self.source.readline()
            if not line:
                raise _Quit
            line = line.rstrip("\r\n")
            if not line.startswith(":"):
                return line
            try:
                self._command(line[1:].strip(), sitting, item)
            except DlcsError as error:
                self.say(str(error))

    def _command(self, text: str, sitting: Review | Quiz, item: Card | Posed) -> None:
        name, _, note = text.partition(" ")
        if name == "q":
            raise _Quit
        if name == "u":
            undone = sitting.undo()
            self.say(undone.text if undone else "There is nothing to undo.")
            raise _Moved
        if isinstance(sitting, Review) and isinstance(item, Card):
            if name == "r":
                redone = sitting.redo()
                self.say(redone.text if redone else "There is nothing to redo.")
                raise _Moved
            if name in ("b", "s"):
                saved = sitting.bury(item) if name == "b" else sitting.suspend(item)
                self.say(f"saved {saved.id} ({saved.interval})")
                raise _Moved
            if name == "f":
                saved = sitting.flag(item, note)
                self.say(f"saved {saved.id} (flagged)")
                return
        if isinstance(sitting, Quiz) and isinstance(item, Posed):
            if name == "x":
                raise _Unknown
            if name == "k":
                self.show(sitting.hint(item))
                return
        self.say(COMMANDS if name == "h" else f"':{name}' is no command here; :h lists them.")

    def say(self, text: str = "") -> None:
        print(text, file=self.sink, flush=True)

    def show(self, markdown: str) -> None:
        self.say(plain(render(markdown, WIDTH, flat=True, ascii=self.ascii)))
