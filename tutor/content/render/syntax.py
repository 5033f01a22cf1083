r"""What this project's Markdown adds to CommonMark: maths between dollars and brackets, and hidden comments.

`$..$` and `\(..\)` are maths in running text, `$$..$$` and `\[..\]` displayed maths; a price such as `$5`
stays text. A list item may begin with the box `[ ]` or `[x]`. Of HTML only comments (dropped) and `<br>`
(a line break) are known; other tags are shown as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

_CLOSING = {"$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_LONGEST = 200  # lines; what is still open after so many was never meant as a formula
_OPENING = re.compile(r"`+[^`]*`+|(\$\$|\\\[)|\\.")
_OTHER_BLOCK = re.compile(r"#{1,6}\s|```|~~~|<!--")
_TASK = re.compile(r"\[([ xX])\] ")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def install(parser: MarkdownIt) -> None:
    """Teach `parser` the rules of this module."""
    may_interrupt: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.inline.ruler.before("escape", "maths", _inline_maths)
    parser.inline.ruler.at("html_inline", _inline_comment)
    parser.block.ruler.before("fence", "maths", _maths_block, may_interrupt)
    parser.block.ruler.at("html_block", _comment_block, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.at("paragraph", _paragraph)
    parser.core.ruler.push("tasks", _tasks)


def _inline_maths(state: StateInline, silent: bool) -> bool:
    start = state.pos
    opening = state.src[start : start + 2]
    if opening in _CLOSING:
        end = state.src.find(_CLOSING[opening], start + 2)
        content = state.src[start + 2 : end] if end >= 0 else ""
        after = end + 2
        kind = "math_inline" if opening == r"\(" else "math_inline_double"
    elif opening.startswith("$"):
        end = _closing_dollar(state.src, start)
        content = state.src[start + 1 : end] if end >= 0 else ""
        if len(content) > 2 and content.startswith("`") and content.endswith("`"):
            content = content[1:-1]
        after = end + 1
        kind = "math_inline"
    else:
        return False
    content = content.strip()
    if not content or after > state.posMax:
        return False
    if not silent:
        token = state.push(kind, "math", 0)
        token.content = content
        token.markup = opening
        token.meta = {"line": state.src.count("\n", 0, start)}
    state.pos = after
    return True


def _closing_dollar(text: str, start: int) -> int:
    """Where the formula that opens at `start` ends, or -1 when that dollar opens none.

    No space stands just inside the dollars (as in Pandoc), and no digit just outside them. Nor is the dollar
    of `US$5` an opening one, though that of `CO$_2$` is.
    """
    before, after = text[max(start - 1, 0) : start], text[start + 1 : start + 2]
    if after.isspace() or before.isdigit() or (before.isalpha() and after.isdigit()):
        return -1
    end = text.find("$", start + 1)
    while end >= 0 and _escaped(text, end):
        end = text.find("$", end + 1)
    if end < 0 or text[end - 1].isspace() or text[end + 1 : end + 2].isdigit():
        return -1
    return end


def _escaped(text: str, position: int) -> bool:
    before = position
    while before and text[before - 1] == "\\":
        before -= 1
    return (position - before) % 2 == 1


def _inline_comment(state: StateInline, silent: bool) -> bool:
    if state.src.startswith("<!--", state.pos):
        end = state.src.find("-->", state.pos + 4)
        if end < 0:
            return False
        state.pos = end + 3
        return True
    match = _BREAK.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = match.end()
    return True


def _comment_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    from markdown_it.rules_block import html_block

    text = _line(state, start)
    if not text.startswith("<!--") or text.partition("-->")[2].strip():
        return False
    return html_block(state, start, end, silent)


def _maths_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Displayed maths that begins and ends lines of its own."""
    body = _line(state, start)
    opening = body[:2]
    if opening not in ("$$", r"\[") or state.is_code_block(start):
        return False
    closing = _CLOSING[opening]
    line, rows, body = start, [], body[2:]
    while closing not in body:
        rows.append(body)
        line += 1
        if line >= min(end, start + _LONGEST) or _outside(state, line):
            return False
        body = _line(state, line)
    last, _, rest = body.partition(closing)
    content = "\n".join([*rows, last]).strip()
    if rest.strip() or not content:
        return False
    if not silent:
        state.line = line + 1
        token = state.push("math_block", "math", 0)
        token.block = True
        token.content = content
        token.markup = opening
        token.map = [start, state.line]
    return True


def _paragraph(state: StateBlock, start: int, _end: int, _silent: bool) -> bool:
    """CommonMark's paragraph, which displayed maths opened within it also holds together.

    A body line such as `- y` or `+ b` would otherwise begin a list in the middle of the formula.
    """
    interrupting = state.md.block.ruler.getRules("paragraph")
    end, parent = state.lineMax, state.parentType
    state.parentType = "paragraph"
    line, closing = start, ""
    while True:
        closing = _open_after(_line(state, line), closing)
        closed = _closing_line(state, line, end, closing) if closing else None
        if closed is not None:
            line = closed
            continue
        closing = ""
        line += 1
        if line >= end or state.isEmpty(line):
            break
        lazy = state.sCount[line] - state.blkIndent > 3 or state.sCount[line] < 0
        if not lazy and any(rule(state, line, end, True) for rule in interrupting):
            break
    state.line = line
    state.push("paragraph_open", "p", 1).map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, False).strip()
    inline.map = [start, line]
    inline.children = []
    state.push("paragraph_close", "p", -1)
    state.parentType = parent
    return True


def _tasks(state: StateCore) -> None:
    """Take `[ ]` and `[x]` off the text of list items; the item's token keeps the box as `meta["task"]`."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type) != ("list_item_open", "paragraph_open") or not inline.children:
            continue
        first = inline.children[0]
        match = _TASK.match(first.content) if first.type == "text" else None
        if match:
            item.meta = {"task": f"[{match[1].lower()}] "}
            first.content = first.content[match.end() :]


def _open_after(text: str, closing: str) -> str:
    """The delimiter that would close the displayed maths still open after this line, or nothing.

    `closing` is the delimiter that was awaited before the line.
    """
    position = 0
    while True:
        if closing:
            found = text.find(closing, position)
            if found < 0:
                return closing
            position, closing = found + 2, ""
        match = _OPENING.search(text, position)
        if not match:
            return ""
        position, closing = match.end(), _CLOSING.get(match[1] or "", "")


def _closing_line(state: StateBlock, line: int, end: int, closing: str) -> int | None:
    for candidate in range(line + 1, min(end, line + _LONGEST)):
        if _OTHER_BLOCK.match(text := _line(state, candidate)):
            return None
        if closing in text:
            return candidate
    return None


def _outside(state: StateBlock, line: int) -> bool:
    """Whether a line cannot belong to the formula above it: it left the list item, or opens another block."""
    if state.isEmpty(line):
        return False
    return state.sCount[line] < state.blkIndent or bool(_OTHER_BLOCK.match(_line(state, line)))


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
