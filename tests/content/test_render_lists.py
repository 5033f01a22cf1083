"""The formulas and code blocks of a file, with the lines they stand on."""

from __future__ import annotations

from tutor.content.render import CodeBlock, code_blocks, formulas

SOURCE = r"""# About $a$

Text over
two lines with $b$ and `$no$`,
then \(c\) and [a link with $d$](u).

$$
e
$$

- item $f$
  more $g$
  \[
  h
  \]
- last $$i$$

| head $j$ | x |
|---|---|
| y | $k$ |

> quote
> $l$

```python
x = "$no$"
```

Note[^1], <!-- $no$ --> costs $5.

[^1]: Note $m$.

**bold $n$**
"""


def test_formulas_come_in_the_order_of_the_file_with_their_lines() -> None:
    assert [(found.latex, found.line) for found in formulas(SOURCE)] == [
        ("a", 1),
        ("b", 4),
        ("c", 5),
        ("d", 5),
        ("e", 7),
        ("f", 11),
        ("g", 12),
        ("h", 13),
        ("i", 16),
        ("j", 18),
        ("k", 20),
        ("l", 23),
        ("m", 31),
        ("n", 33),
    ]


def test_formulas_tell_displayed_ones_from_those_in_text() -> None:
    assert [found.latex for found in formulas(SOURCE) if found.display] == ["e", "h", "i"]


def test_formulas_give_their_text_on_one_row() -> None:
    (found,) = formulas("$$\n\\frac{a}{b}\n$$")
    assert found.rendered
    assert "\n" not in found.text
    assert found.text.isprintable()


def test_a_formula_that_is_not_understood_says_so_and_gives_its_source() -> None:
    (found,) = formulas(r"$\frac{1}{$")
    assert not found.rendered
    assert found.latex in found.text


def test_lines_are_counted_alike_with_other_line_endings() -> None:
    unix = [(found.latex, found.line) for found in formulas(SOURCE)]
    assert [(found.latex, found.line) for found in formulas(SOURCE.replace("\n", "\r\n"))] == unix


def test_a_body_that_looks_like_a_list_belongs_to_the_formula_it_stands_in() -> None:
    source = "so \\[\n  a\n  + b\n\n  - c\n\\]\n\n$d$"
    found = formulas(source)
    assert [(entry.latex.split(), entry.line) for entry in found] == [
        (["a", "+", "b", "-", "c"], 1),
        (["d"], 8),
    ]


def test_code_blocks_carry_language_and_the_line_of_their_first_line() -> None:
    source = "a\n\n```Python title\nx = 1\n```\n\n- b\n\n  ~~~\n  y\n  ~~~\n\nc\n\n    z\n\n> ```py\n> w\n> ```\n"
    assert code_blocks(source) == [
        CodeBlock("python", "x = 1\n", 4),
        CodeBlock("", "y\n", 10),
        CodeBlock("", "z\n", 15),
        CodeBlock("py", "w\n", 18),
    ]


def test_unfinished_code_runs_to_the_end() -> None:
    assert code_blocks("```python\nx\n") == [CodeBlock("python", "x\n", 2)]
