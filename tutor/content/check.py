"""The content check: every problem with file and line. What runs (code, generators) runs only for shipped content."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tutor.content.bridge import check_bridges
from tutor.content.cards import gaps_of
from tutor.content.curriculum import check_engine_names, load_curriculum
from tutor.content.generators import pose
from tutor.content.library import ContentFile, Entry, discover, load_file, read_text
from tutor.content.render import formulas
from tutor.content.source import markdown, split_items
from tutor.domain.answers import judge_output, judge_value
from tutor.domain.errors import ContentError, suggest
from tutor.domain.items import Card, CardForm, FormulaKey, Option, Question, QuestionForm, Section
from tutor.domain.topics import Curriculum
from tutor.maths.typed import check_key

DEFAULT_SEEDS = 25


def check_content(root: Path, own: Path | None = None, seeds: int = DEFAULT_SEEDS) -> list[ContentError]:
    """Every problem in the content below `root`, and in the learner's own content below `own`.

    `seeds` is how many times each generator is run.
    """
    path = root / "cheatsheets" / "curriculum.toml"
    try:
        curriculum = load_curriculum(path)
    except ContentError as error:
        return [error]
    problems = check_engine_names(curriculum, path) + check_bridges(root, curriculum)
    files = [*discover(root), *(discover(own, own=True) if own else ())]
    seen: dict[str, Entry] = {}
    for file in files:
        try:
            entries = load_file(file)
        except ContentError as error:
            problems.append(error)
            continue
        if file.kind == "cards":
            problems += _given_away(file, entries)
        for entry in entries:
            problems += _placed(entry, file, curriculum)
            twin = seen.get(entry.id)
            if twin and not file.own:
                where = f"{twin.source.path}:{twin.source.line}"
                problems.append(_fault(entry, f"the slug of '{entry.id}' is already used at {where}", "Rename one"))
            seen.setdefault(entry.id, entry)
            problems += _unrendered(entry)
            if not file.own:
                problems += _untrue(entry, root, seeds)
    return problems


def _placed(entry: Entry, file: ContentFile, curriculum: Curriculum) -> Iterator[ContentError]:
    """Topic known, and in the course and week that the file's place names."""
    topic = curriculum.topics.get(entry.topic)
    if topic is None:
        yield _fault(entry, f"there is no topic '{entry.topic}'", suggest(entry.topic, curriculum.topics).strip())
        return
    course = curriculum.course(topic.course)
    parts = file.path.removeprefix("own:").split("/")
    if isinstance(entry, Section) and entry.sheet != course.sheet and not file.own:
        yield _fault(entry, f"the topic '{topic.slug}' belongs to the sheet {course.sheet}", "Move the section there")
    week = re.fullmatch(r"w(\d+)\.md", parts[-1])
    if isinstance(entry, Card | Question) and week and (parts[-2], int(week[1])) != (course.sheet, topic.week):
        yield _fault(entry, f"'{topic.slug}' belongs to {course.sheet} week {topic.week}", "Move it to that file")


_SHORT = 2  # characters; a hidden `m` or `=` stands elsewhere without telling anything


def _given_away(file: ContentFile, entries: Iterable[Entry]) -> Iterator[ContentError]:
    """The gaps of a file of cards whose hidden text can be read elsewhere on the same front."""
    fronts = {entry.id: entry.front for entry in entries if isinstance(entry, Card) and entry.form is CardForm.CLOZE}
    for raw in split_items(read_text(file.absolute, file.path), file.path, "card"):
        asked = markdown(raw.asked)
        first = next((line.number for line in raw.asked if line.text), raw.line)
        for gap in gaps_of(asked) if f"card:{raw.slug}/1" in fronts else ():
            hidden = gap.text.strip()
            if len(hidden) > _SHORT and hidden.casefold() in fronts[f"card:{raw.slug}/{gap.number}"].casefold():
                yield ContentError(
                    file.path,
                    first + asked.count("\n", 0, gap.start),
                    f"the front of '{raw.slug}' gives away the hidden '{hidden}' elsewhere.",
                    "Reword it, hide both under one number, or move that text below a line ---.",
                )


def _texts(entry: Entry) -> Iterable[str]:
    if isinstance(entry, Section):
        return (entry.title, entry.body)
    if isinstance(entry, Card):
        return (entry.front, entry.back)
    if isinstance(entry, Question):
        return (entry.prompt, entry.explanation, *_option_texts(entry.options))
    return ()


def _option_texts(options: Iterable[Option]) -> Iterator[str]:
    for option in options:
        yield option.text
        yield option.reason


def _unrendered(entry: Entry, texts: Iterable[str] | None = None) -> Iterator[ContentError]:
    for text in _texts(entry) if texts is None else texts:
        for formula in formulas(text):
            if not formula.rendered:
                yield _fault(entry, f"this formula cannot be shown: {formula.latex}", "Write it more simply")


def _untrue(entry: Entry, root: Path, seeds: int) -> Iterator[ContentError]:
    """Runs what can be run: code, generators, typed answers."""
    key = _key(entry) if isinstance(entry, Card | Question) and entry.domains else None
    if key and (fault := check_key(key)):
        yield _fault(entry, f"the formula answer of '{entry.id}' is wrong: {fault}", "Mend answer, where or without")
    if isinstance(entry, Card) and entry.form is CardForm.CODE:
        yield from _value(entry)
    elif isinstance(entry, Question):
        yield from _posed(entry, root, seeds)


def _key(entry: Card | Question) -> FormulaKey:
    return FormulaKey(entry.answer, entry.domains, entry.without)


def _value(card: Card) -> Iterator[ContentError]:
    try:
        value = run_expression(code_in(card.front))
    except Exception as error:
        yield _fault(card, f"the code of '{card.id}' fails: {type(error).__name__}: {error}", "Mend it")
        return
    if not judge_value(repr(value), card.answer).correct:
        yield _fault(card, f"the code of '{card.id}' gives {value!r}, but its answer says {card.answer}", "Mend one")


def _posed(question: Question, root: Path, seeds: int) -> Iterator[ContentError]:
    for seed in range(seeds if question.generated else 1):
        try:
            posed = pose(question, seed, root)
        except ContentError as error:
            yield error
            return
        found = list(_unrendered(question, (posed.prompt, posed.explanation, *_option_texts(posed.options))))
        if question.generated and found:
            yield found[0]
            return
        if question.form is QuestionForm.OUTPUT:
            try:
                printed = run_program(code_in(posed.prompt))
                judgement = judge_output(printed, posed.answer)
            except Exception as error:
                yield _fault(
                    question,
                    f"the program of '{question.id}' fails: {type(error).__name__}: {error}",
                    "Mend it",
                )
                return
            if not judgement.correct:
                yield _fault(question, f"the program of '{question.id}' prints {printed!r}", "Mend the ```text block")
                return


_PYTHON = re.compile(r"```python\n(.*?)\n```", re.S)


def code_in(text: str) -> str:
    """The first python block of a Markdown text."""
    match = _PYTHON.search(text)
    return match[1] if match else ""


def run_expression(code: str) -> object:
    """Runs all lines but the last, and gives the value of the last, which is an expression."""
    *before, last = code.rstrip().splitlines()
    namespace: dict[str, object] = {}
    exec("\n".join(before), namespace)
    return eval(last, namespace)


def run_program(code: str) -> str:
    """What a program prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {"__name__": "__main__"})
    return printed.getvalue()


def _fault(entry: Entry, problem: str, remedy: str) -> ContentError:
    return ContentError(entry.source.path, entry.source.line, f"{problem}.", f"{remedy}." if remedy else "")
