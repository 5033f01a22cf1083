"""Cards: from Markdown to the items that are scheduled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutor.content.source import RawItem, attributes, domains_of, fields_of, form_of, markdown, split_items, without_of
from tutor.domain.errors import ContentError
from tutor.domain.items import Card, CardForm, Source

_GAP = re.compile(r"\{\{c(\d+)::")
_NEED_RULE = "Put a line --- between front and back."


def parse_cards(text: str, path: str) -> list[Card]:
    """All cards of one file, in order. Raises ContentError with file, line and remedy."""
    return [card for raw in split_items(text, path, "card") for card in _cards(raw, path)]


def _cards(raw: RawItem, path: str) -> list[Card]:
    name, further = attributes(raw.tag, path)
    form = form_of(raw, name, CardForm, path)
    if further:
        raise ContentError(path, raw.tag.line, f"'{raw.slug}' has the unknown attribute '{further[0]}'.", "Remove it.")
    front, back = markdown(raw.asked), markdown(raw.answered)
    if not front:
        raise ContentError(path, raw.line, f"the card '{raw.slug}' asks nothing.", "Write its front below the tag.")
    if form is CardForm.CLOZE:
        return _clozes(raw, path, front, back)
    if not raw.has_rule or not back:
        raise ContentError(path, raw.line, f"the card '{raw.slug}' has no back.", _NEED_RULE)

    def card(suffix: str, front: str, back: str, **more: object) -> Card:
        return Card(
            id=f"card:{raw.slug}{suffix}",
            note=raw.slug,
            topic=raw.topic,
            form=form,
            front=front,
            back=back,
            source=Source(path, raw.line),
            hash=raw.hash,
            **more,  # type: ignore[arg-type]
        )

    if form is CardForm.BASIC:
        return [card("", front, back)]
    if form is CardForm.REVERSED:
        return [card("", front, back), card("/back", back, front)]
    allowed = ("answer", "where", "without") if form is CardForm.FORMULA else ("answer",)
    fields = fields_of(raw, path, allowed)
    answer = fields.get("answer")
    if not answer:
        raise ContentError(
            path,
            raw.line,
            f"the card '{raw.slug}' has no answer.",
            "Add a line: - answer: ... after the ---.",
        )
    domains = domains_of(fields, raw.slug, path, raw.line) if form is CardForm.FORMULA else {}
    if form is CardForm.CODE and "```python" not in front:
        raise ContentError(path, raw.line, f"the code card '{raw.slug}' shows no code.", "Add a ```python block.")
    shown = fields.rest or f"`{answer}`"
    return [card("", front, shown, answer=answer, domains=domains, without=without_of(fields))]


@dataclass(frozen=True)
class Gap:
    number: int
    start: int
    end: int
    text: str
    hint: str


def gaps_of(text: str) -> list[Gap]:
    """The `{{c1::hidden}}` or `{{c1::hidden::hint}}` gaps; braces inside them must balance.

    Raises ValueError for a gap that is never closed.
    """
    gaps: list[Gap] = []
    position = 0
    while match := _GAP.search(text, position):
        depth, at = 0, match.end()
        while at < len(text):
            if text[at] == "{":
                depth += 1
            elif text[at] == "}":
                if depth == 0:
                    break
                depth -= 1
            at += 1
        if text[at : at + 2] != "}}":
            raise ValueError(match[0])
        hidden, _, hint = text[match.end() : at].partition("::")
        gaps.append(Gap(int(match[1]), match.start(), at + 2, hidden, hint))
        position = at + 2
    return gaps


def _clozes(raw: RawItem, path: str, front: str, extra: str) -> list[Card]:
    try:
        gaps = gaps_of(front)
    except ValueError as error:
        raise ContentError(
            path, raw.line, f"'{raw.slug}' opens the gap {error} and never closes it.", "End it with }}."
        ) from None
    numbers = sorted({gap.number for gap in gaps})
    if not gaps or numbers != list(range(1, len(numbers) + 1)) or not all(gap.text.strip() for gap in gaps):
        raise ContentError(
            path,
            raw.line,
            f"the cloze '{raw.slug}' needs gaps numbered from 1, each with text.",
            "Write {{c1::hidden}}.",
        )
    whole = _fill(front, gaps, hide=None)
    back = f"{whole}\n\n{extra}" if extra else whole
    return [
        Card(
            id=f"card:{raw.slug}/{number}",
            note=raw.slug,
            topic=raw.topic,
            form=CardForm.CLOZE,
            front=_fill(front, gaps, hide=number),
            back=back,
            source=Source(path, raw.line),
            hash=raw.hash,
        )
        for number in numbers
    ]


def _fill(text: str, gaps: list[Gap], hide: int | None) -> str:
    parts: list[str] = []
    position = 0
    for gap in gaps:
        parts.append(text[position : gap.start])
        if gap.number != hide:
            parts.append(gap.text)
        elif _in_maths(text[: gap.start]):
            parts.append(rf"[\text{{{gap.hint}}}]" if gap.hint else r"[\ldots]")
        else:
            parts.append(f"[{gap.hint or '...'}]")
        position = gap.end
    return "".join([*parts, text[position:]])


def _in_maths(before: str) -> bool:
    """Whether a text ends between dollars, code blocks and code spans left out."""
    outside = re.sub(r"(`{3,}|`)(?:.|\n)*?\1", "", before)
    if "`" in outside:
        return False
    return outside.replace(r"\$", "").replace("$$", "$").count("$") % 2 == 1
