from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tutor.domain.answers import (
    Judgement,
    judge_choice,
    judge_numeric,
    judge_ordering,
    judge_output,
    judge_value,
    rating,
)
from tutor.domain.errors import UsageError

# Ratings


@pytest.mark.parametrize("hinted", [False, True])
@pytest.mark.parametrize("changed", [False, True])
def test_a_wrong_answer_is_rated_again_whatever_went_before(hinted, changed):
    assert rating(False, hinted=hinted, changed=changed) == 1


def test_a_right_answer_is_rated_good_and_never_easy():
    assert rating(True, hinted=False, changed=False) == 3


def test_a_right_answer_after_a_hint_or_a_change_is_rated_hard():
    assert rating(True, hinted=True, changed=False) == 2
    assert rating(True, hinted=False, changed=True) == 2
    assert rating(True, hinted=True, changed=True) == 2


# Numbers


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("0.5", 0.5),
        (" .5 ", 0.5),
        ("5.", 5),
        ("+5", 5),
        ("-5", -5),
        ("−5", -5),
        ("1/2", 0.5),
        ("-1/3", -1 / 3),
        ("0.333333333333", 1 / 3),
        ("1e-3", 0.001),
        ("1E3", 1000),
        ("10^-7", 1e-7),
        ("10⁻⁷", 1e-7),
        ("10^(-7)", 1e-7),
        ("2**10", 1024),
        ("-2^2", -4),
        ("3×10⁻⁴", 3e-4),
        ("3 x 10^4", 30_000),
        ("3*10^-4", 3e-4),
        ("1e-8 / 2", 5e-9),
        ("5,511", 5511),
        ("1,234,567.5", 1_234_567.5),
        ("≈ 0.25", 0.25),
        ("= 7", 7),
        ("50%", 0.5),
        ("0", 0),
    ],
)
def test_a_number_may_be_written_in_many_ways(typed, answer):
    assert judge_numeric(typed, answer, 0.0) == Judgement(True)


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("12", "ms"),
        ("12 ms", "ms"),
        ("12ms", "ms"),
        ("12 %", "%"),
        ("12 percent", "%"),
        ("12 parameter", "parameters"),
        ("12 Parameters", "parameters"),
    ],
)
def test_the_unit_is_optional_and_must_match(typed, unit):
    assert judge_numeric(typed, 12, 0.0, unit).correct


@pytest.mark.parametrize(
    ("typed", "unit", "sentence"),
    [
        ("12 s", "ms", "Expected a number in ms, but got '12 s'."),
        ("12 MS", "ms", "Expected a number in ms, but got '12 MS'."),
        ("12%", "ms", "Expected a number in ms, but got '12%'."),
        ("12 ms", "", "Expected a number without a unit, but got '12 ms'."),
        ("0,5", "", "Expected a number with a decimal point, but got '0,5'."),
        ("1.2.3", "", "Expected a number with a decimal point, but got '1.2.3'."),
        ("", "", "Expected a number such as 0.5, 1/2 or 1e-3, but got ''."),
        ("about five", "", "Expected a number such as 0.5, 1/2 or 1e-3, but got 'about five'."),
        ("nan", "", "Expected a number such as 0.5, 1/2 or 1e-3, but got 'nan'."),
        ("1/0", "", "Expected a finite number, but got '1/0'."),
        ("1e999", "", "Expected a finite number, but got '1e999'."),
        ("9^999", "", "Expected a finite number, but got '9^999'."),
        ("9" * 300, "", f"Expected a number such as 0.5, 1/2 or 1e-3, but got '{'9' * 57}...'."),
    ],
)
def test_what_is_no_number_is_refused_rather_than_counted_as_wrong(typed, unit, sentence):
    with pytest.raises(UsageError) as caught:
        judge_numeric(typed, 12, 0.5, unit)
    assert str(caught.value) == sentence


def test_the_tolerance_is_relative():
    assert judge_numeric("1009", 1000, 0.01).correct
    assert not judge_numeric("1011", 1000, 0.01).correct
    assert judge_numeric("-0.00991", -0.01, 0.01).correct


def test_without_a_tolerance_only_rounding_is_forgiven():
    assert judge_numeric("0.30000000000000004", 0.3, 0.0).correct
    assert not judge_numeric("0.3000001", 0.3, 0.0).correct
    assert not judge_numeric("2e-10", 1e-10, 0.0).correct
    assert not judge_numeric("1e-9", 0.0, 0.0).correct


@pytest.mark.parametrize(
    ("typed", "answer", "tolerance", "unit", "message"),
    [
        ("-0.5", 0.5, 0.01, "", "Expected 0.5, got -0.5: the sign is wrong."),
        ("5000", 5, 0.0, "s", "Expected 5 s, got 5000 s: too large by a factor of 1000."),
        ("0.05", 5, 0.0, "", "Expected 5, got 0.05: too small by a factor of 100."),
        (
            "0.5",
            50,
            0.0,
            "%",
            "Expected 50 %, got 0.5 %: that is the fraction, but the answer is asked in percent.",
        ),
        (
            "50",
            0.5,
            0.0,
            "",
            "Expected 0.5, got 50: that is the percentage, but the answer is asked as a fraction.",
        ),
        ("0.69", 0.6931, 0.001, "", "Expected 0.6931, got 0.69: close, but more digits are needed."),
        ("1376", 1375, 0.0, "", "Expected 1375, got 1376: close, but the exact number is needed."),
        ("7", 5, 0.01, "", "Expected 5, got 7."),
        ("7", 0, 0.01, "", "Expected 0, got 7."),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong_with_it(typed, answer, tolerance, unit, message):
    assert judge_numeric(typed, answer, tolerance, unit) == Judgement(False, message)


NUMBERS = st.floats(1e-6, 1e9).flatmap(lambda size: st.sampled_from([size, -size]))


@given(NUMBERS, st.sampled_from(["{!r}", "{:.17e}", " {!r} ", "{!r} ms", "{!r}/1", "{!r}*10^0"]))
def test_any_number_equals_itself_however_it_is_written(number, style):
    assert judge_numeric(style.format(number), number, 0.0, "ms").correct


@given(NUMBERS, st.floats(1e-6, 0.5), st.floats(-2, 2))
def test_a_number_is_right_exactly_within_the_tolerance(number, tolerance, share):
    assume(abs(abs(share) - 1) > 1e-3)
    typed = repr(number * (1 + share * tolerance))
    assert judge_numeric(typed, number, tolerance).correct == (abs(share) < 1)


@given(st.text(max_size=250) | st.text(alphabet="0123456789.,/e+-*^% x()", max_size=30))
def test_any_text_is_judged_or_refused(text):
    for judge in (lambda: judge_numeric(text, 12, 0.01), lambda: judge_value(text, "(3, 1)")):
        try:
            judgement = judge()
        except UsageError:
            continue
        assert judgement.correct == (judgement.message == "")


# Choices and orderings


def test_choices_are_right_when_they_are_the_right_ones_in_any_order():
    assert judge_choice([2], [2]) == Judgement(True)
    assert judge_choice([3, 0], [0, 3]) == Judgement(True)


@pytest.mark.parametrize(
    ("chosen", "right", "message"),
    [
        ([1], [2], "That is not the right option."),
        ([0, 1], [0], "1 chosen option is wrong."),
        ([0, 1, 2], [0], "2 chosen options are wrong."),
        ([0], [0, 1], "1 right option is missing."),
        ([3], [0, 1], "1 chosen option is wrong and 2 right options are missing."),
    ],
)
def test_wrong_choices_are_counted(chosen, right, message):
    assert judge_choice(chosen, right) == Judgement(False, message)


def test_choosing_nothing_is_no_answer():
    with pytest.raises(UsageError, match="Expected at least one option"):
        judge_choice([], [1])


def test_the_right_order_is_right():
    assert judge_ordering([0, 1, 2, 3], 4) == Judgement(True)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([1, 0, 2, 3], "Steps 1 and 2 have to change places."),
        ([0, 3, 2, 1], "Steps 2 and 4 have to change places."),
        ([0, 2, 3, 1], "Step 2 is the first in the wrong place."),
        ([3, 0, 1, 2], "Step 1 is the first in the wrong place."),
    ],
)
def test_a_wrong_order_is_told_where(order, message):
    assert judge_ordering(order, 4) == Judgement(False, message)


@pytest.mark.parametrize("order", [[], [0, 1], [0, 0, 1], [1, 2, 3], [0, 1, 2, 3], [0, 1, -1]])
def test_an_ordering_that_does_not_place_each_step_once_is_no_answer(order):
    with pytest.raises(UsageError, match="Expected each of the 3 steps once"):
        judge_ordering(order, 3)


# Printed output


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("1 2\n3", "1  2 \n3\n"),
        ("\n\n 5\n", "5"),
        ("(3,1)", "(3, 1)"),
        ("[1. 2.]", "[ 1.   2. ]"),
        ("0.3", "0.30000000000000004"),
        ("loss: 0.69314718056", "loss: 0.6931471805599453"),
        ("1e-3", "0.001"),
        ("", ""),
        ("1\r\n2", "1\n2"),
    ],
)
def test_white_space_and_the_last_digits_of_numbers_do_not_count_in_output(typed, printed):
    assert judge_output(typed, printed) == Judgement(True)


@pytest.mark.parametrize(
    ("typed", "printed", "message"),
    [
        ("1\n2", "1\n3", "Line 2 differs: expected '3', got '2'."),
        ("1", "1\n2", "Line 2 is missing: expected '2'."),
        ("1\n2", "1", "Line 2 is one too many: '2'."),
        ("true", "True", "Line 1 differs: expected 'True', got 'true'."),
        ("12", "1 2", "Line 1 differs: expected '1 2', got '12'."),
        ("0.0", "5.6e-17", "Line 1 differs: expected '5.6e-17', got '0.0'."),
        ("1000000001", "1000000002", "Line 1 differs: expected '1000000002', got '1000000001'."),
        ("a" * 70, "b", f"Line 1 differs: expected 'b', got '{'a' * 57}...'."),
    ],
)
def test_the_first_line_that_differs_is_named(typed, printed, message):
    assert judge_output(typed, printed) == Judgement(False, message)


def test_typing_nothing_is_no_prediction_of_output():
    with pytest.raises(UsageError, match="nothing was typed"):
        judge_output(" \n", "1")


LINES = st.lists(st.text(alphabet="ab 01.-[](),=", min_size=1, max_size=20), min_size=1, max_size=6)


@given(LINES, st.randoms(use_true_random=False))
def test_output_equals_itself_with_other_white_space(lines, style):
    text = "\n".join(lines)
    assume(text.strip())
    assert judge_output("".join(respaced(character, style) for character in text), text).correct


def respaced(character: str, style: random.Random) -> str:
    return style.choice([" ", "  ", "\t"]) if character == " " else character


@given(LINES, st.integers(0, 5))
def test_a_word_added_to_a_line_of_output_is_noticed(lines, number):
    changed = list(lines)
    number %= len(lines)
    changed[number] += " oops"
    judgement = judge_output("\n".join(changed), "\n".join(lines))
    assert not judgement.correct


# Values and shapes


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("(3, 1)", "(3, 1)"),
        ("3,1", "(3, 1)"),
        ("(3,1,)", "(3, 1)"),
        ("((3), 1)", "(3, 1)"),
        ("3,", "(3,)"),
        ("()", "()"),
        ("(3)", "3"),
        ("3.0", "3"),
        ("0.30000000000000004", "0.3"),
        ("-1e-3", "-0.001"),
        ("[1 2]", "[1, 2]"),
        ("[[1, 2], [3, 4]]", "[[1 2]\n [3 4]]"),
        ("np.array([1., 2.])", "[1, 2]"),
        ("np.float64(0.5)", "0.5"),
        ("'relu'", "relu"),
        ("relu", '"relu"'),
        ("true", "True"),
        ("NONE", "None"),
        ("inf", "inf"),
        ("'a  b'", "a b"),
        ("(3, 1)  float64", "(3,1) float64"),
    ],
)
def test_values_are_equal_however_they_are_written(typed, value):
    assert judge_value(typed, value) == Judgement(True)


@pytest.mark.parametrize(
    ("typed", "value", "message"),
    [
        ("(3,)", "(3, 1)", "Expected (3, 1), got (3,): it should have 2 entries, not 1."),
        ("(1, 3)", "(3, 1)", "Expected (3, 1), got (1, 3): the order is reversed."),
        ("[3, 1]", "(3, 1)", "Expected (3, 1), got [3, 1]: the brackets should be ()."),
        ("3", "(3,)", "Expected (3,), got 3."),
        ("(3,)", "3", "Expected 3, got (3,)."),
        ("(3, 2)", "(3, 1)", "Expected (3, 1), got (3, 2)."),
        ("1", "True", "Expected True, got 1."),
        ("valueerror", "ValueError", "Expected ValueError, got valueerror: upper and lower case matter."),
        ("an error", "(3, 1)", "Expected (3, 1), got an error."),
        ("(3 1)", "(3, 1)", "Expected (3, 1), got (3 1)."),
        ("3,,1", "(3, 1)", "Expected (3, 1), got 3,,1."),
        ("31", "(3, 1)", "Expected (3, 1), got 31."),
    ],
)
def test_a_wrong_value_is_told_what_was_expected(typed, value, message):
    assert judge_value(typed, value) == Judgement(False, message)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Expected a value or a shape such as (3, 1), but nothing was typed."),
        ("(3, 1", "Expected a ')' at the end, but got '(3, 1'."),
        ("3, 1)", "Expected every bracket to have its partner, but got '3, 1)'."),
        ("(3, 1]", "Expected every bracket to have its partner, but got '(3, 1]'."),
        (
            "(" * 21 + ")" * 21,
            f"Expected at most 20 brackets in one another, but got '{'(' * 21}{')' * 21}'.",
        ),
    ],
)
def test_a_value_that_cannot_be_read_is_no_answer(typed, sentence):
    with pytest.raises(UsageError) as caught:
        judge_value(typed, "(3, 1)")
    assert str(caught.value) == sentence


VALUES = st.recursive(
    st.integers(-99, 99) | st.floats(-9, 9) | st.booleans() | st.text("abc", min_size=1),
    lambda values: st.lists(values, max_size=3) | st.lists(values, max_size=3).map(tuple),
    max_leaves=8,
)


@given(VALUES)
def test_any_python_value_equals_its_own_text_without_blanks(value):
    assert judge_value(repr(value).replace(" ", ""), repr(value)).correct


@given(VALUES, VALUES)
def test_two_values_are_equal_exactly_when_python_says_so(one, other):
    assume(not any(isinstance(value, bool | float) for value in (*flat(one), *flat(other))))
    assert judge_value(repr(one), repr(other)).correct == (one == other)


def flat(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return [leaf for part in value for leaf in flat(part)]
    return [value]
