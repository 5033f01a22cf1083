"""Cards, questions and sheets: what is read, and the sentence for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tutor.content.cards import gaps_of, parse_cards
from tutor.content.generators import pose, right_order
from tutor.content.library import ContentFile, from_body, load_file, to_body
from tutor.content.questions import parse_questions
from tutor.content.sheets import parse_sheet
from tutor.domain.errors import ContentError
from tutor.domain.items import Card, CardForm, Question, QuestionForm

TOPIC = "## A topic\n<!-- topic: sigmoid-model -->\n\n"


def card(body: str, form: str = "basic") -> list[Card]:
    return parse_cards(f"{TOPIC}### a-card\n<!-- card: {form} -->\n\n{body}\n", "cards.md")


def question(body: str, form: str, generator: str = "") -> Question:
    return parse_questions(f"{TOPIC}### a-question\n<!-- question: {form} -->\n\n{body}\n", "q.md", generator)[0]


def test_a_basic_card_has_a_front_and_a_back_and_knows_its_line() -> None:
    (only,) = card("Front?\n\n---\n\nBack.")
    assert (only.id, only.front, only.back, only.topic) == ("card:a-card", "Front?", "Back.", "sigmoid-model")
    assert only.source.line == 4


def test_a_reversed_card_makes_two_items_that_swap_sides() -> None:
    there, back = card("one\n\n---\n\ntwo", "reversed")
    assert (there.id, back.id) == ("card:a-card", "card:a-card/back")
    assert (back.front, back.back) == ("two", "one")


def test_a_cloze_makes_one_item_for_each_number_and_hides_only_that_one() -> None:
    first, second = card(r"The {{c1::mean}} is $\mu = {{c2::\frac{1}{m}\sum_i x_{i}}}$.", "cloze")
    assert first.front == r"The [...] is $\mu = \frac{1}{m}\sum_i x_{i}$."
    assert second.front == r"The mean is $\mu = [\ldots]$."
    assert second.back == r"The mean is $\mu = \frac{1}{m}\sum_i x_{i}$."


def test_a_gap_may_close_right_after_nested_braces() -> None:
    (gap,) = gaps_of(r"{{c1::\frac{1}{1+e^{-z}}}} rest")
    assert gap.text == r"\frac{1}{1+e^{-z}}"


def test_a_gap_in_code_is_hidden_as_text_even_when_dollars_came_before() -> None:
    (only,) = card("A price of $5.\n\n```python\nX.{{c1::reshape}}(3)\n```", "cloze")
    assert "X.[...](3)" in only.front


def test_a_typed_card_carries_its_answer_and_domains() -> None:
    (only,) = card("Derivative?\n\n---\n\n- answer: a*(1-a)\n- where: a in (0.1, 0.9)\n\nBecause.", "formula")
    assert only.form is CardForm.FORMULA
    assert (only.answer, only.domains, only.back) == ("a*(1-a)", {"a": (0.1, 0.9)}, "Because.")


def test_a_formula_may_rule_out_functions_and_keeps_them_in_the_index() -> None:
    fields = "- answer: 1/(1 + exp(-z))\n- where: z in (-1, 1)\n- without: sigmoid, tanh\n\nSo."
    (made,) = card(f"Sigmoid?\n\n---\n\n{fields}", "formula")
    asked = question(f"Sigmoid?\n\n---\n\n{fields}", "formula")
    for entry in (made, asked):
        assert entry.without == ("sigmoid", "tanh")
        assert from_body(entry.id, json.loads(json.dumps(to_body(entry)))) == entry


CHOICE = "Which?\n\n- [x] right\n- [ ] wrong\n  It is wrong\n  for a reason.\n\n---\n\nSo it is."


def test_a_wrong_option_has_its_reason_below_it() -> None:
    found = question(CHOICE, "single")
    assert [(o.text, o.right, o.reason) for o in found.options] == [
        ("right", True, ""),
        ("wrong", False, "It is wrong for a reason."),
    ]


def test_the_same_seed_poses_the_same_order_and_another_seed_another() -> None:
    many = "Which?\n\n- [x] a\n" + "".join(f"- [ ] {c}\n  No.\n" for c in "bcdefg") + "\n---\n\nSo."
    found = question(many, "single")
    shown = [[o.text for o in pose(found, seed, Path()).options] for seed in (1, 1, 2)]
    assert shown[0] == shown[1] != shown[2]


def test_an_ordering_is_never_shown_in_its_right_order_and_can_be_put_right() -> None:
    found = question("Order.\n\n1. first\n2. second\n3. third\n\n---\n\nSo.", "ordering")
    for seed in range(40):
        posed = pose(found, seed, Path())
        texts = [option.text for option in posed.options]
        assert texts != ["first", "second", "third"]
        assert [texts[i] for i in right_order(posed)] == ["first", "second", "third"]


def test_a_generated_question_fills_its_placeholders_and_keeps_the_answer_exact(tmp_path: Path) -> None:
    (tmp_path / "q.py").write_text("def a_question(rng):\n    return {'n': 3, 'third': 1 / 3}\n")
    found = question("One in {{n}}?\n\n---\n\n- answer: {{third}}\n\nIt is {{third}}.", "numeric, generated", "q.py")
    posed = pose(found, 1, tmp_path)
    assert (posed.prompt, posed.explanation) == ("One in 3?", "It is 0.333333.")
    assert float(posed.answer) == 1 / 3


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def other(rng):\n    return {}\n", "has no generator 'a_question'"),
        ("def a_question(rng):\n    return {}\n", "does not return"),
        ("def a_question(rng):\n    return 1 / 0\n", "fails with seed 1: ZeroDivisionError"),
        ("def a_question(rng):\n    return {'n': float('nan')}\n", "computed nan"),
        ("def a_question(rng:\n", "q.py:1: this generator file is not valid Python"),
    ],
)
def test_a_faulty_generator_is_named(tmp_path: Path, code: str, says: str) -> None:
    (tmp_path / "q.py").write_text(code)
    found = question("N?\n\n---\n\n- answer: {{n}}\n\nSo.", "numeric, generated", "q.py")
    with pytest.raises(ContentError, match="q") as caught:
        pose(found, 1, tmp_path)
    assert says in str(caught.value)


def test_an_output_question_keeps_program_and_printed_text_apart() -> None:
    found = question("What?\n\n```python\nprint(1)\n```\n\n---\n\n```text\n1\n```\n\nIt prints.", "output")
    assert (found.form, found.answer, found.explanation) == (QuestionForm.OUTPUT, "1", "It prints.")


IDEA = "The idea in words: " + "a unit adds up what it hears and then decides how loudly to speak, " * 3


def test_a_sheet_gives_a_section_for_each_topic() -> None:
    one_text = f"### One\n<!-- topic: one -->\n\n{IDEA}\n\n$$a$$\n\n"
    text = f"# S\n\n## Week 1\n\n{one_text}### Two\n<!-- topic: two -->\n\n{IDEA}\n"
    one, two = parse_sheet(text, "dlCS1.md")
    assert (one.topic, one.title, one.sheet, one.source.line) == ("one", "One", "dlCS1", 5)
    assert one.body.endswith("$$a$$")
    assert two.id == "section:two"


def test_every_entry_survives_the_index() -> None:
    entries = [*card("F?\n\n---\n\nB."), question(CHOICE, "single")]
    for entry in entries:
        assert from_body(entry.id, to_body(entry)) == entry


BAD_CARDS = [
    ("### a-card\n<!-- card: basic -->\n\nx\n", 1, "before the first topic"),
    ("## T\n\n### a-card\n", 1, "names no topic"),
    (TOPIC + "### a-card\n\nx\n", 4, "does not say what it is"),
    (TOPIC + "### A Card\n<!-- card: basic -->\n", 4, "lower-case words"),
    (TOPIC + "### a-card\n<!-- card: basik -->\n\nx\n", 5, "Did you mean 'basic'?"),
    (TOPIC + "### a-card\n<!-- card: basic -->\n\nx\n", 4, "has no back"),
    (TOPIC + "### a-card\n<!-- card: basic -->\n\n---\n\nx\n", 4, "asks nothing"),
    (TOPIC + "### a-card\n<!-- card: basic -->\n\nx\n\n---\n\ny\n\n---\n\nz\n", 13, "second '---'"),
    (TOPIC + "### a-card\n<!-- card: cloze -->\n\nno gap\n", 4, "needs gaps"),
    (TOPIC + "### a-card\n<!-- card: cloze -->\n\n{{c1::open\n", 4, "never closes"),
    (TOPIC + "### a-card\n<!-- card: formula -->\n\nx\n\n---\n\ny\n", 4, "has no answer"),
    (TOPIC + "### a-card\n<!-- card: formula -->\n\nx\n\n---\n\n- answer: a\n", 4, "where its names lie"),
    (
        TOPIC + "### a-card\n<!-- card: formula -->\n\nx\n\n---\n\n- answer: a\n- where: a = 1\n",
        12,
        "cannot be read",
    ),
    (TOPIC + "### a-card\n<!-- card: code -->\n\nx\n\n---\n\n- anser: 3\n", 11, "unknown field 'anser'"),
    (TOPIC + "### a-card\n<!-- card: basic -->\n\n```python\nx\n", 7, "never closed"),
    (
        TOPIC + "### a-card\n<!-- card: basic -->\n\nx\n\n---\n\ny\n\n### a-card\n<!-- card: basic -->\n",
        13,
        "already used at line 4",
    ),
]


@pytest.mark.parametrize(("text", "line", "says"), BAD_CARDS)
def test_a_malformed_card_names_file_line_and_remedy(text: str, line: int, says: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_cards(text, "cards/w1.md")
    assert str(caught.value).startswith(f"cards/w1.md:{line}: ")
    assert says in str(caught.value)


BAD_QUESTIONS = [
    ("single", "Q?\n\n- [x] a\n- [ ] b\n\n---\n\nSo.", 10, "has no reason"),
    ("single", "Q?\n\n- [x] a\n- [x] b\n\n---\n\nSo.", 4, "exactly one right option"),
    ("single", "Q?\n\n- [x] a\n- [ ] a\n  No.\n\n---\n\nSo.", 4, "same text"),
    ("multiple", "Q?\n\n- [ ] a\n  No.\n- [ ] b\n  No.\n\n---\n\nSo.", 4, "a right option"),
    ("single", "Q?\n\n- [x] a\n- [ ] b\n  No.\nStray.\n\n---\n\nSo.", 12, "Indent it"),
    ("numeric", "Q?\n\n---\n\n- answer: many\n\nSo.", 11, "should have a number"),
    ("numeric", "Q?\n\n---\n\n- answer: 3\n- tolerance: 5\n\nSo.", 12, "It is relative"),
    ("numeric", "Q?\n\n---\n\nSo.", 4, "has no answer"),
    ("numeric", "Q?\n\n---\n\n- answer: 3\n", 4, "does not explain"),
    ("numeric, generated", "Q?\n\n---\n\n- answer: {{n}}\n\nSo.", 5, "no generator file"),
    ("numeric", "Q {{n}}?\n\n---\n\n- answer: 3\n\nSo.", 4, "not generated"),
    ("numeric, hard", "Q?\n\n---\n\n- answer: 3\n\nSo.", 5, "unknown attribute 'hard'"),
    ("ordering", "Q?\n\n1. a\n2. b\n\n---\n\nSo.", 4, "three or more"),
    ("output", "Q?\n\n---\n\nSo.", 4, "```python block"),
    ("numerik", "Q?\n\n---\n\nSo.", 5, "Did you mean 'numeric'?"),
]


@pytest.mark.parametrize(("form", "body", "line", "says"), BAD_QUESTIONS)
def test_a_malformed_question_names_file_line_and_remedy(form: str, body: str, line: int, says: str) -> None:
    with pytest.raises(ContentError) as caught:
        question(body, form)
    assert str(caught.value).startswith(f"q.md:{line}: ")
    assert says in str(caught.value)


BAD_SHEETS = [
    ("### One\n\ntext\n", 1, "names no topic"),
    ("### One\n<!-- topic: one -->\n\n$$a = b$$\n", 4, "after only 0 words"),
    ("### One\n<!-- topic: one -->\n\nShort.\n", 1, "has only 1 words"),
    (f"### One\n<!-- topic: one -->\n{IDEA}\n### Two\n<!-- topic: one -->\n", 5, "already has a section"),
]


@pytest.mark.parametrize(("text", "line", "says"), BAD_SHEETS)
def test_a_malformed_sheet_names_file_line_and_remedy(text: str, line: int, says: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_sheet(text, "dlCS1.md")
    assert str(caught.value).startswith(f"dlCS1.md:{line}: ")
    assert says in str(caught.value)


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "w1.md").write_bytes(b"# ok\n\xff\xfe\n")
    with pytest.raises(ContentError, match=r"w1\.md:2: this file is not UTF-8"):
        load_file(ContentFile("cards/w1.md", tmp_path / "w1.md", "cards"))
