"""The cards of course 1, week 2: enough of them in every form and topic, true, short and readable."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tutor.content.cards import gaps_of, parse_cards
from tutor.content.check import code_in, run_expression
from tutor.content.places import content_root
from tutor.content.render import code_blocks, formulas
from tutor.content.source import RawItem, markdown, split_items
from tutor.domain.answers import judge_value
from tutor.domain.items import Card, CardForm, FormulaKey
from tutor.maths import rendered
from tutor.maths.typed import FormulaError, check_key, compare
from tutor.maths.typed.parser import parse
from tutor.maths.typed.tree import Call, Formula, Name, Negative, Operation, show

PATH = "cheatsheets/cards/dlCS1/w2.md"
TEXT = (content_root() / PATH).read_text(encoding="utf-8")
CARDS = parse_cards(TEXT, PATH)
NOTES = split_items(TEXT, PATH, "card")
FORMS = {raw.slug: CardForm(raw.tag.value) for raw in NOTES}
TOPICS = (
    "data-layout",
    "sigmoid-model",
    "loss-and-cost",
    "gradient-descent",
    "computation-graph",
    "logistic-gradients",
    "vectorization",
)
PUBLISHED = ("sigmoid-turns-score-into", "sigmoid-derivative-from-a", "odds-are-linear", "score-shape")

LONGEST_FRONT = 34  # words: a front stays under 35
LONGEST_BACK = 45
_VERBS = "is|are|was|were|do|does|did|can|could|will|would|should|must|may|has|have"
YES_OR_NO = re.compile(rf"(?:^|[.:;,]\s+)(?:{_VERBS})\s[^.:?]*\?", re.IGNORECASE)


def of_form(*forms: CardForm) -> list[Card]:
    return [card for card in CARDS if card.form in forms]


def cards(*forms: CardForm) -> pytest.MarkDecorator:
    chosen = of_form(*forms) if forms else CARDS
    return pytest.mark.parametrize("card", [pytest.param(card, id=card.id) for card in chosen])


def key_of(card: Card) -> FormulaKey:
    return FormulaKey(card.answer, card.domains, card.without)


def words(text: str) -> int:
    """The words of a text; a formula or a piece of code counts as one, a block of code not at all."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$|\$[^$]+\$|`[^`]+`", "one", text, flags=re.S)
    return len(text.split())


def test_the_topics_of_the_week_stand_in_their_order() -> None:
    assert tuple(dict.fromkeys(raw.topic for raw in NOTES)) == TOPICS


def test_every_topic_has_about_nine_notes() -> None:
    counts = Counter(raw.topic for raw in NOTES)
    assert all(8 <= counts[topic] <= 12 for topic in TOPICS), counts
    assert 60 <= len(NOTES) <= 75


def test_every_form_occurs_often_enough() -> None:
    counts = Counter(FORMS.values())
    assert counts[CardForm.FORMULA] >= 8
    assert counts[CardForm.CODE] >= 8
    assert counts[CardForm.CLOZE] >= 12
    assert counts[CardForm.REVERSED] >= 6
    assert counts[CardForm.BASIC] >= 20


def test_every_topic_mixes_at_least_three_forms() -> None:
    for topic in TOPICS:
        assert len({FORMS[raw.slug] for raw in NOTES if raw.topic == topic}) >= 3, topic


def test_some_gaps_are_in_code() -> None:
    in_code = [card for card in of_form(CardForm.CLOZE) if code_in(card.back)]
    assert len({card.note for card in in_code}) >= 4


def test_slugs_and_ids_are_unique_and_the_published_ones_stay() -> None:
    assert len(FORMS) == len(NOTES)
    assert len({card.id for card in CARDS}) == len(CARDS)
    assert set(PUBLISHED) <= set(FORMS)


def test_no_two_cards_show_the_same_front() -> None:
    repeated = [front for front, count in Counter(card.front for card in CARDS).items() if count > 1]
    assert not repeated


@cards()
def test_a_front_is_short(card: Card) -> None:
    assert words(card.front) <= LONGEST_FRONT


@cards()
def test_a_back_is_short(card: Card) -> None:
    assert words(card.back) <= LONGEST_BACK


@cards()
def test_a_front_cannot_be_answered_with_yes_or_no(card: Card) -> None:
    assert not YES_OR_NO.search(card.front)


@pytest.mark.parametrize(
    "front",
    ["Is the cost convex?", "The cost is convex. Does it have one minimum?", "With ReLU, can it saturate?"],
)
def test_a_question_for_yes_or_no_would_be_noticed(front: str) -> None:
    assert YES_OR_NO.search(front)


@cards()
def test_every_formula_on_a_card_can_be_shown(card: Card) -> None:
    for text in (card.front, card.back):
        for formula in formulas(text):
            assert formula.rendered, formula.latex
            assert rendered(formula.latex), formula.latex


@cards()
def test_no_dollar_sign_is_left_over(card: Card) -> None:
    for text in (card.front, card.back):
        bare = re.sub(r"```.*?```|`[^`]+`", "", text, flags=re.S)
        assert bare.count("$") % 2 == 0


@cards()
def test_prose_is_plain_ascii(card: Card) -> None:
    assert (card.front + card.back).isascii()


@cards(CardForm.CODE)
def test_the_code_of_a_card_gives_its_answer(card: Card) -> None:
    value = run_expression(code_in(card.front))
    assert judge_value(repr(value), card.answer).correct, repr(value)


@cards(CardForm.FORMULA)
def test_the_answer_of_a_formula_card_is_valid_and_finite(card: Card) -> None:
    key = key_of(card)
    assert check_key(key) is None
    assert compare(card.answer, key).equal
    assert not compare(f"-({card.answer})", key).equal


@pytest.mark.parametrize(
    ("slug", "also_right"),
    [
        ("sigmoid-definition", "e^z / (e^z + 1)"),
        ("sigmoid-derivative-from-a", "a - a²"),
        ("log-loss-of-one-example", "(y - 1) ln(1 - a) - y ln a"),
        ("log-loss-from-the-score", "y log(1 + exp(-z)) + (1 - y) log(1 + exp(z))"),
        ("log-loss-from-the-score", "max(z, 0) - y z + log(1 + exp(-|z|))"),
        ("loss-slope-in-the-activation", "(a - y)/(a (1 - a))"),
        ("gradient-descent-update", "w - α dw"),
        ("backward-through-tanh", "dv - dv v^2"),
        ("index-of-a-flattened-pixel", "p w k + q k + c"),
    ],
)
def test_other_spellings_of_a_right_formula_are_right(slug: str, also_right: str) -> None:
    (card,) = (card for card in CARDS if card.note == slug)
    assert compare(also_right, key_of(card)).equal


@pytest.mark.parametrize(
    ("slug", "wrong"),
    [
        ("index-of-a-flattened-pixel", "(64 p + q) k + c"),
        ("index-of-a-flattened-pixel", "(q w + p) k + c"),
        ("sigmoid-definition", "1/(1 + exp(z))"),
        ("sigmoid-derivative-from-a", "a (a - 1)"),
        ("weight-multiplies-the-odds", "w"),
        ("log-loss-of-one-example", "-y log(a)"),
        ("log-loss-of-one-example", "-(y log a + (1 - y)(1 - log a))"),
        ("squared-error-slope-in-z", "a - y"),
        ("log-loss-from-the-score", "log(1 + exp(-z)) - y z"),
        ("log-loss-from-the-score", "log(1 + exp(z)) + y z"),
        ("gradient-descent-update", "w + alpha dw"),
        ("gradient-descent-update", "w - dw"),
        ("learning-rate-limit-on-a-parabola", "1/c"),
        ("backward-through-tanh", "v (1 - v) dv"),
        ("loss-slope-in-the-activation", "-y/a - (1 - y)/(1 - a)"),
        ("loss-slope-in-the-activation", "a - y"),
        ("loss-slope-in-the-score", "(a - y) a (1 - a)"),
    ],
)
def test_a_typical_mistake_in_a_formula_is_wrong(slug: str, wrong: str) -> None:
    (card,) = (card for card in CARDS if card.note == slug)
    assert not compare(wrong, key_of(card)).equal


@pytest.mark.parametrize(
    ("slug", "circular"),
    [
        ("sigmoid-definition", "σ(z)"),
        ("sigmoid-definition", "1 - sigmoid(-z)"),
        ("sigmoid-definition", "(1 + tanh(z/2))/2"),
        ("log-loss-from-the-score", "-y log(sigmoid(z)) - (1 - y) log(1 - sigmoid(z))"),
    ],
)
def test_what_is_asked_for_cannot_be_typed_as_its_own_answer(slug: str, circular: str) -> None:
    (card,) = (card for card in CARDS if card.note == slug)
    with pytest.raises(FormulaError, match="Write it without"):
        compare(circular, key_of(card))


def slips(formula: Formula, names: list[str]) -> Iterator[Formula]:
    """The formula with one slip: a sign turned, an operand or a function lost, or one name in the place of another."""
    match formula:
        case Name(name):
            yield from (Name(other) for other in names if other != name)
        case Negative(operand):
            yield operand
            yield from (Negative(slip) for slip in slips(operand, names))
        case Call(function, (argument,)):
            yield argument
            yield from (Call(function, (slip,)) for slip in slips(argument, names))
        case Operation(sign, left, right):
            turned = {"+": "-", "-": "+", "*": "/", "/": "*"}.get(sign)
            yield from (Operation(turned, left, right),) if turned else ()
            yield from (left, right)
            yield from (Operation(sign, slip, right) for slip in slips(left, names))
            yield from (Operation(sign, left, slip) for slip in slips(right, names))


@cards(CardForm.FORMULA)
def test_one_slip_anywhere_in_the_answer_makes_it_wrong(card: Card) -> None:
    key = key_of(card)
    formulas = list(slips(parse(card.answer, card.domains), list(card.domains)))
    assert formulas
    assert [show(slip) for slip in formulas if compare(show(slip), key).equal] == []


def clozes() -> list[RawItem]:
    return [raw for raw in NOTES if FORMS[raw.slug] is CardForm.CLOZE]


@pytest.mark.parametrize("raw", [pytest.param(raw, id=raw.slug) for raw in clozes()])
def test_a_cloze_has_at_most_three_gaps_and_leaves_something_to_go_by(raw: RawItem) -> None:
    text = markdown(raw.asked)
    gaps = gaps_of(text)
    assert len(gaps) <= 3
    hidden = sum(gap.end - gap.start for gap in gaps)
    assert hidden < 0.75 * len(text)


@pytest.mark.parametrize("raw", [pytest.param(raw, id=raw.slug) for raw in clozes()])
def test_what_a_cloze_adds_stands_behind_the_rule(raw: RawItem) -> None:
    assert "{{c" in markdown(raw.asked).split("\n\n")[-1]


@pytest.mark.parametrize("raw", [pytest.param(raw, id=raw.slug) for raw in clozes()])
def test_a_cloze_does_not_give_its_answer_away(raw: RawItem) -> None:
    fronts = {card.id: card.front for card in CARDS if card.note == raw.slug}
    for gap in gaps_of(markdown(raw.asked)):
        if len(gap.text) > 2:
            assert gap.text not in fronts[f"card:{raw.slug}/{gap.number}"]


@cards(CardForm.CLOZE)
def test_code_with_its_gaps_filled_is_python(card: Card) -> None:
    for block in code_blocks(card.back):
        ast.parse(block.code)


@cards(CardForm.REVERSED)
def test_both_sides_of_a_reversed_card_name_something(card: Card) -> None:
    assert not card.front.endswith(("?", "."))
    assert words(card.front) >= 2


@cards(CardForm.BASIC)
def test_code_with_an_error_to_find_is_still_python(card: Card) -> None:
    for block in code_blocks(card.front):
        ast.parse(block.code)
