"""From LaTeX to a box, step by step: normalise, parse, read, lay out."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from latex2mathml.converter import Converter

from tutor.maths.ascii import ascii_text
from tutor.maths.boxes import Box, text_box
from tutor.maths.display import display_box
from tutor.maths.flat import flat_text
from tutor.maths.mathml import read
from tutor.maths.nodes import Kind, Node, Symbol, is_empty, with_symbols
from tutor.maths.normalise import MARKS, Unreadable, normalise


def render(latex: str, flat: bool, ascii: bool) -> Box | str:
    """The formula as a box, or the reason why it cannot be laid out."""
    try:
        tree = parse(latex)
        if ascii:
            tree = with_symbols(tree, _in_ascii)
        box = text_box(flat_text(tree, ascii)) if flat else display_box(tree, ascii)
        if any(mark in line for line in box.lines for mark in MARKS):
            return "a command stands where its argument should"  # the parser took a mark of ours for text
        return box
    except Unreadable as reason:
        return str(reason)
    except RecursionError:
        return "it is nested too deeply"
    except Exception as error:  # the parser has a dozen exceptions and, on broken input, raises others too
        return f"the parser stopped with {type(error).__name__}"


@lru_cache(maxsize=2048)  # a formula is drawn on one row to see whether that will do, and then on several
def parse(latex: str) -> Node:
    """The tree of a formula; raises `Unreadable`, or what the parser raises, when there is none."""
    tree = read(Converter(display="block").convert_to_element(normalise(latex)))
    if is_empty(tree):
        raise Unreadable("it is empty")
    return tree


def _in_ascii(symbol: Symbol) -> Symbol:
    text = ascii_text(symbol.text)
    is_name = symbol.kind is Kind.ORD and len(text) > 1 and text.isalpha()
    return replace(symbol, text=text, kind=Kind.WORD if is_name else symbol.kind)
