"""Whatever is written, the renderer neither raises nor hangs, and yields clean lines."""

from __future__ import annotations

import random
import time

import pytest

from tutor.content.render import SGR, ansi, code_blocks, formulas, plain, render

SAMPLE = r"""# Title $x$

Some *text* with **bold $a_1$**, `code`, [link](u) and \(b\), $5 or $7, a gap [...] and a note[^1].

$$
\frac{1}{m} \sum_{i=1}^{m} x_i
$$

1. one \[ y = \frac{a}{b} \]
   - two
     > quote

- [ ] task

| a | $b$ |
|:--|--:|
| `c` | 日本語 <br> d |

```python
def f(x): return "s"  # comment
```

<!-- hidden --> <b>tag</b> &amp; e&#769;

[^1]: note
"""

PIECES = [
    *(
        "$",
        "$$",
        "\\[",
        "\\]",
        "\\(",
        "\\)",
        "`",
        "```\n",
        "<!--",
        "-->",
        "|",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
    ),
    *(
        "    ",
        "\t",
        "*",
        "**",
        "_",
        "~~",
        "[",
        "](",
        "[^1]",
        "[^1]: ",
        "# ",
        "---\n",
        "===\n",
        "\\",
        "{",
        "}",
    ),
    *(
        "<br>",
        "&#27;",
        "\x1b[31m",
        "\0",
        "日",
        "e\u0301",
        "😀",
        "\u200d",
        "\ud800",
        "\r",
        "\u2028",
        "|-|-|\n",
    ),
    *("[...]", "[x] ", "![", ")", "\\frac", "^", "+ ", "&", "\\\\", "word ", "a"),
]


def mutated(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return "".join(rng.choices(PIECES, k=rng.randrange(150)))
    begin = rng.randrange(len(SAMPLE))
    text = list(SAMPLE[begin : begin + rng.randrange(40, 900)])
    for _ in range(rng.randrange(1, 25)):
        at = rng.randrange(len(text) + 1)
        text[at : at + rng.choice([0, 0, 1, 3, 12])] = [rng.choice(PIECES)]
    return "".join(text)


@pytest.mark.parametrize("seed", range(8))
def test_mutated_pages_yield_clean_lines(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        source = mutated(rng)
        lines = render(source, rng.choice([1, 20, 33, 80]), flat=rng.random() < 0.5, ascii=rng.random() < 0.3)
        for line in lines:
            for span in line:
                assert span.text, repr(source)
                assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u2028" for c in span.text), repr(source)
                assert span.style in {"", *SGR}, repr(source)
        ansi(lines).encode()
        assert all(found.line <= source.count("\n") + source.count("\r") + 1 for found in formulas(source))
        code_blocks(source)


@pytest.mark.parametrize(
    "source",
    [
        "$" * 10_000,
        "$a " * 5_000,
        "$$ x\n" * 2_000,
        "\\[" * 5_000,
        "a \\[ b\n" * 1_000,
        "<!-- " * 5_000,
        "*" * 2_000 + "a" + "*" * 2_000,
        "[" * 3_000,
        ">" * 3_000 + " a",
        "".join("  " * level + "- a\n" for level in range(100)),
        "`" * 5_000 + " " + "`\\[" * 2_000,
        "\\" * 10_001 + "$x$",
        "```python\n" + '"' * 10_000,
        "[^1]: > - a\n    [^2]: b\n\n[^1] [^2]",
        "日" * 5_000,
    ],
    ids=lambda source: repr(source[:8]),
)
def test_monotonous_input_is_rendered_in_reasonable_time(source: str) -> None:
    begin = time.perf_counter()
    plain(render(source, 40))
    formulas(source)
    assert time.perf_counter() - begin < 5


def test_a_long_page_is_rendered_in_well_under_half_a_second() -> None:
    paragraph = "Words around $z_{0} = w^T x + b$ and $\\frac{{1}}{{m_{0}}}$,\nand `code` in a line, $a_{0}$.\n\n"
    page = "".join(paragraph.format(number) + "$$\nJ = x\n$$\n\n- item\n- other\n\n" for number in range(48))
    assert page.count("\n") > 430
    render("$x$\n\n```python\nx\n```", 80)
    begin = time.process_time()
    render(page, 80)
    assert time.process_time() - begin < 0.5
