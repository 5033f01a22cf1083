"""The questions of course 1, week 2: enough of every kind, sound under every seed, and true.

What a question claims is computed again here from the text that the learner sees, by loops, differences or
NumPy itself, never by the call that its generator made.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tutor.content.check import check_content, code_in, run_program
from tutor.content.generators import pose, right_order
from tutor.content.places import content_root
from tutor.content.questions import parse_questions
from tutor.content.render import formulas
from tutor.content.source import split_items
from tutor.domain.answers import judge_numeric, judge_output
from tutor.domain.items import FormulaKey, Posed, Question, QuestionForm
from tutor.maths.typed import FormulaError, check_key, compare

ROOT = content_root()
PATH = "cheatsheets/quizzes/dlCS1/w2.md"
GENERATORS = "cheatsheets/quizzes/dlCS1/w2.py"
TEXT = (ROOT / PATH).read_text(encoding="utf-8")
QUESTIONS = {question.slug: question for question in parse_questions(TEXT, PATH, GENERATORS)}
TOPICS = (
    "data-layout",
    "sigmoid-model",
    "loss-and-cost",
    "gradient-descent",
    "computation-graph",
    "logistic-gradients",
    "vectorization",
)
PUBLISHED = ("logistic-score-to-probability", "sigmoid-of-minus-z")
SEEDS = range(200)
CHOICES = (QuestionForm.SINGLE, QuestionForm.MULTIPLE)


def of_form(*forms: QuestionForm) -> list[Question]:
    return [question for question in QUESTIONS.values() if question.form in forms]


def each(questions: list[Question]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("question", [pytest.param(question, id=question.slug) for question in questions])


GENERATED = [question for question in QUESTIONS.values() if question.generated]


@cache
def posed(slug: str, seed: int) -> Posed:
    return pose(QUESTIONS[slug], seed, ROOT)


# How many of what


def test_every_topic_of_the_week_has_five_questions_or_more() -> None:
    counts = Counter(question.topic for question in QUESTIONS.values())
    assert tuple(counts) == TOPICS
    assert min(counts.values()) >= 5
    assert 36 <= len(QUESTIONS) <= 42


def test_every_form_occurs_three_times_or_more_and_no_topic_has_less_than_three_forms() -> None:
    counts = Counter(question.form for question in QUESTIONS.values())
    assert all(counts[form] >= 3 for form in QuestionForm), counts
    for topic in TOPICS:
        assert len({question.form for question in QUESTIONS.values() if question.topic == topic}) >= 3, topic


def test_almost_half_of_the_questions_or_more_are_generated() -> None:
    assert len(GENERATED) >= 0.45 * len(QUESTIONS)


def test_every_question_states_its_difficulty() -> None:
    tags = [raw.tag.value for raw in split_items(TEXT, PATH, "question")]
    assert [tag for tag in tags if not re.search(r"difficulty [123]\b", tag)] == []
    counts = Counter(question.difficulty for question in QUESTIONS.values())
    assert all(counts[difficulty] >= 5 for difficulty in (1, 2, 3)), counts


def test_published_questions_are_still_there() -> None:
    assert set(PUBLISHED) <= set(QUESTIONS)


def test_no_generator_is_left_over() -> None:
    tree = ast.parse((ROOT / GENERATORS).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"}
    assert names == {question.slug.replace("-", "_") for question in GENERATED}


def test_the_content_check_finds_nothing() -> None:
    assert [str(problem) for problem in check_content(ROOT, seeds=3) if problem.path == PATH] == []


# Form


@each(of_form(QuestionForm.SINGLE))
def test_a_single_choice_has_four_or_five_options(question: Question) -> None:
    assert len(question.options) in (4, 5)


@each(of_form(QuestionForm.MULTIPLE))
def test_a_multiple_choice_has_two_or_three_right_options_of_four_or_five(question: Question) -> None:
    assert len(question.options) in (4, 5)
    assert sum(option.right for option in question.options) in (2, 3)
    assert all(option.reason for option in question.options)


def test_the_number_of_right_options_does_not_stay_the_same() -> None:
    rights = {sum(option.right for option in question.options) for question in of_form(QuestionForm.MULTIPLE)}
    assert rights == {2, 3}


@each(of_form(QuestionForm.ORDERING))
def test_an_ordering_has_four_to_six_steps(question: Question) -> None:
    assert 4 <= len(question.options) <= 6
    shown = posed(question.slug, 1)
    assert [shown.options[place].text for place in right_order(shown)] == [step.text for step in question.options]


def test_the_right_option_is_seldom_the_longest() -> None:
    longest = 0
    for question in of_form(QuestionForm.SINGLE):
        options = posed(question.slug, 0).options
        right = next(len(option.text) for option in options if option.right)
        longest += all(len(option.text) < right for option in options if not option.right)
    assert longest <= len(of_form(QuestionForm.SINGLE)) / 3


@each(list(QUESTIONS.values()))
def test_explanations_teach_and_prose_is_plain_ascii(question: Question) -> None:
    assert len(question.explanation.split()) >= 15
    options = [option.text + option.reason for option in question.options]
    assert "".join([question.prompt, question.explanation, *options]).isascii()


@each(list(QUESTIONS.values()))
def test_every_formula_can_be_shown(question: Question) -> None:
    for seed in range(5 if question.generated else 1):
        shown = posed(question.slug, seed)
        options = [text for option in shown.options for text in (option.text, option.reason)]
        for text in (shown.prompt, shown.explanation, *options):
            assert [formula.latex for formula in formulas(text) if not formula.rendered] == []
            bare = re.sub(r"```.*?```|`[^`]+`", "", text, flags=re.S)
            assert bare.count("$") % 2 == 0


# Every seed


@each(GENERATED)
def test_every_seed_gives_a_sound_question(question: Question) -> None:
    for seed in SEEDS:
        shown = posed(question.slug, seed)
        texts = [option.text for option in shown.options]
        everything = "\n".join([shown.prompt, shown.explanation, shown.answer, *texts])
        assert "{{" not in everything
        assert not re.search(r"-0(?![.\d])|-0\.0+(?!\d)|\bnan\b(?!`)|[+-] -|\de-\d", everything), everything
        assert len(set(texts)) == len(texts)
        if question.form is QuestionForm.SINGLE:
            assert sum(option.right for option in shown.options) == 1
        if question.form is QuestionForm.NUMERIC:
            assert math.isfinite(float(shown.answer))
            assert float(shown.answer) != 0
        assert all(option.right or option.reason for option in shown.options)


@each(GENERATED)
def test_a_seed_always_gives_the_same_question_and_other_seeds_give_others(question: Question) -> None:
    for seed in range(20):
        assert pose(question, seed, ROOT) == posed(question.slug, seed)
    shown = [posed(question.slug, seed) for seed in SEEDS]
    assert len({(one.prompt, one.answer, frozenset(option.text for option in one.options)) for one in shown}) >= 20


@each([question for question in GENERATED if question.form is QuestionForm.SINGLE])
def test_numbers_to_choose_from_have_the_same_form(question: Question) -> None:
    for seed in SEEDS:
        texts = [option.text.strip("$") for option in posed(question.slug, seed).options]
        if all(re.fullmatch(r"-?\d+(\.\d+)?", text) for text in texts):
            assert len({len(text.partition(".")[2]) for text in texts}) == 1
            # Options closer than this would punish a rounded intermediate result.
            assert min(np.diff(sorted(map(float, texts)))) >= 0.0095


@each(of_form(QuestionForm.NUMERIC))
def test_an_answer_rounded_as_asked_is_right_and_a_coarser_one_is_not(question: Question) -> None:
    for seed in SEEDS:
        shown = posed(question.slug, seed)
        answer = float(shown.answer)
        typed = f"{answer:.10g}"
        if "three decimals" in shown.prompt:
            typed = f"{answer:.3f}"
        elif "three significant digits" in shown.prompt:
            typed = f"{answer:.3g}"
        assert judge_numeric(typed, answer, question.tolerance).correct, (typed, answer)
        assert not judge_numeric(repr(answer * 1.03), answer, question.tolerance).correct


@each(of_form(QuestionForm.OUTPUT))
def test_a_program_prints_what_is_said(question: Question) -> None:
    for seed in range(50):
        shown = posed(question.slug, seed)
        assert judge_output(run_program(code_in(shown.prompt)), shown.answer).correct


@each(of_form(QuestionForm.FORMULA))
def test_the_answer_of_a_formula_question_is_valid(question: Question) -> None:
    key = FormulaKey(question.answer, question.domains, question.without)
    assert check_key(key) is None
    assert compare(question.answer, key).equal
    assert not compare(f"-({question.answer})", key).equal


@pytest.mark.parametrize(
    ("slug", "right", "wrong"),
    [
        ("score-from-probability", "ln p - ln(1 - p)", "log((1 - p)/p)"),
        ("loss-for-label-zero", "ln(1 + e^z)", "log(1 + exp(-z))"),
        ("two-path-formula", "y(2x + y)", "x y"),
        ("loss-by-activation", "(a - y)/(a(1 - a))", "-y/a - (1 - y)/(1 - a)"),
    ],
)
def test_other_spellings_are_right_and_typical_mistakes_are_not(slug: str, right: str, wrong: str) -> None:
    key = FormulaKey(QUESTIONS[slug].answer, QUESTIONS[slug].domains, QUESTIONS[slug].without)
    assert compare(right, key).equal
    assert not compare(wrong, key).equal


def test_the_loss_of_label_zero_cannot_be_typed_with_the_sigmoid_it_is_to_be_freed_of() -> None:
    question = QUESTIONS["loss-for-label-zero"]
    with pytest.raises(FormulaError, match="Write it without sigmoid"):
        compare("-log(1 - sigmoid(z))", FormulaKey(question.answer, question.domains, question.without))


# True: computed again from what the learner sees

NUMBER = r"-?\d+(?:\.\d+)?"


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(NUMBER, text)]


def found(pattern: str, text: str) -> list[float]:
    """The numbers that stand for the `#` signs of a pattern."""
    match = re.search(re.escape(pattern).replace(r"\#", f"({NUMBER})"), " ".join(text.split()))
    assert match, text
    return [float(group) for group in match.groups()]


def right_text(shown: Posed) -> str:
    (text,) = (option.text for option in shown.options if option.right)
    return text


def sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def slope(f: Callable[[float], float], x: float) -> float:
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def log_loss(a: float, y: float) -> float:
    return -math.log(a if y else 1 - a)


def row_of_a_pixel(text: str) -> float:
    h, w, p, q, c = found("`(#, #, 3)`", text) + found("`image[#, #, #]`", text)
    pixels = [(i, j, k) for i in range(int(h)) for j in range(int(w)) for k in range(3)]
    return pixels.index((p, q, c))


def unit_row(text: str) -> float:
    x, y = found(r"{bmatrix} # & #", text)
    return x / math.sqrt(x * x + y * y)


def score_to_probability(text: str) -> float:
    w1, w2, b, x1, x2 = found("$w = (#, #)^T$ and $b = #$", text) + found("$x = (#, #)^T$", text)
    return sigma(w1 * x1 + w2 * x2 + b)


def odds_multiply(text: str) -> float:
    (p,), (k,) = found("the probability #.", text), found("grows by #,", text)
    sign, f = re.search(r"w = (-?)\\log (\d)", text).groups()
    odds = p / (1 - p)
    for _ in range(int(k)):
        odds = odds / int(f) if sign else odds * int(f)
    return odds / (1 + odds)


def slope_from_activation(text: str) -> float:
    return slope(sigma, *found("$z = #$", text))


def cost_of_three(text: str) -> float:
    A, Y = found("$A = (#, #, #)$", text), found("$Y = (#, #, #)$", text)
    return sum(log_loss(a, y) for a, y in zip(A, Y, strict=True)) / 3


def saturated_scores(text: str) -> float:
    Z, Y = found("$Z = (#, #)$", text), found("$Y = (#, #)$", text)
    return sum(math.log(1 + math.exp(-z if y else z)) for z, y in zip(Z, Y, strict=True)) / 2


def two_steps_downhill(text: str) -> float:
    c, sign, t = re.search(r"J\(w\) = (\d?)\(w ([+-]) (\d)\)", text).groups()
    minimum, factor = (-float(t) if sign == "+" else float(t)), 2 * int(c or 1)
    (alpha,), (w0,) = found("learning rate #.", text), found("$w = #$", text)
    return minimum + (w0 - minimum) * (1 - alpha * factor) ** 2


def two_paths(text: str) -> float:
    a, b, c = found("$a = #$, $b = #$ and $c = #$", text)
    return slope(lambda b: (b * c) * (a + b), b)


def nudge(text: str) -> float:
    a, b, h = found("$a = #$ and $b = #$. Then $b$ grows by #,", text)
    return h * slope(lambda b: a * b * b, b)


def chain_of_three(text: str) -> float:
    sign, q = re.search(r"v = u ([+-]) (\d)", text).groups()
    x, y = found("$x = #$, $y = #$", text)
    return slope(lambda x: (x * y + float(sign + q)) ** 2, x)


def error_of_one_example(text: str) -> float:
    (z,), (y,) = found("$z = #$", text), found("$y = #$", text)
    return slope(lambda z: log_loss(sigma(z), y), z)


def share_of_column(text: str) -> float:
    (above, _, _), (below,) = found("{bmatrix} # & # & #", text), found(r"\\ # &", text)
    return above / (above + below) * 100


RECOMPUTED = {
    "row-of-a-pixel": row_of_a_pixel,
    "unit-row": unit_row,
    "logistic-score-to-probability": score_to_probability,
    "odds-multiply": odds_multiply,
    "slope-from-activation": slope_from_activation,
    "cost-of-three": cost_of_three,
    "loss-of-saturated-scores": saturated_scores,
    "two-steps-downhill": two_steps_downhill,
    "two-paths": two_paths,
    "nudge": nudge,
    "chain-of-three": chain_of_three,
    "error-of-one-example": error_of_one_example,
    "share-of-column": share_of_column,
}


@pytest.mark.parametrize("slug", RECOMPUTED)
def test_an_answer_agrees_with_an_independent_computation(slug: str) -> None:
    for seed in SEEDS:
        shown = posed(slug, seed)
        value = RECOMPUTED[slug](shown.prompt)
        answer, rounding = shown.answer, 1e-6
        if shown.question.form is QuestionForm.SINGLE:
            answer = right_text(shown).strip("$")
            rounding = 0.501 * 10.0 ** -len(answer.partition(".")[2])
        assert float(answer) == pytest.approx(value, abs=rounding, rel=1e-7), shown.prompt


def test_every_numeric_answer_is_computed_independently() -> None:
    assert {question.slug for question in of_form(QuestionForm.NUMERIC)} <= set(RECOMPUTED)


def test_shape_of_x_counts_every_number_of_a_photo() -> None:
    for seed in SEEDS:
        shown = posed("shape-of-x", seed)
        m, h, w = found("holds # colour photos of # by # pixels", shown.prompt)
        assert numbers(right_text(shown)) == [sum(3 for _ in range(int(h * w))), m]


def test_one_update_subtracts_the_rate_times_the_gradient() -> None:
    for seed in SEEDS:
        shown = posed("one-update", seed)
        *point, dw1, dw2, db, alpha = numbers(shown.prompt.replace("$dw", " ").replace("$db", " "))
        after = [value - alpha * rate for value, rate in zip(point, (dw1, dw2, db), strict=True)]
        assert numbers(right_text(shown)) == pytest.approx(after)


def test_the_learning_rates_behave_as_they_are_said_to() -> None:
    def behaviour(k: float, alpha: float) -> str:
        path = [1.0]
        for _ in range(30):
            path.append(path[-1] - alpha * 2 * k * path[-1])
        if abs(path[1]) < 1e-9:
            return "land on the minimum in one step"
        if path[1] > 0:
            return "approach the minimum from one side, step by step"
        return f"change sides at every step{', yet converge' if abs(path[-1]) < 1 else ' and diverge'}"

    for seed in SEEDS:
        shown = posed("learning-rate-regimes", seed)
        k = float(re.search(r"J\(w\) = (\d*)w\^2|J\(w\) = (\d*) w\^2", shown.prompt)[2] or 1)
        asked = re.search(r"does \$w\$ (.*)\?", " ".join(shown.prompt.split()))[1]
        for option in shown.options:
            assert (behaviour(k, numbers(option.text)[0]) == asked) == option.right


def test_each_mistake_in_the_cost_would_print_what_is_said() -> None:
    def printed(mistake: str, A: list[float], Y: list[float]) -> float:
        total = 0.0
        for a, y in zip(A, Y, strict=True):
            first, second = y * math.log(a), (1 - y) * math.log(1 - a)
            total -= (0 if r"$y \log" in mistake else first) + (0 if r"(1 - y)" in mistake else second)
        total /= 1 if "division" in mistake else len(A)
        total /= math.log(10) if "base 10" in mistake else 1
        return -total if "sign" in mistake else total

    for seed in SEEDS:
        shown = posed("which-cost-mistake", seed)
        A, Y = found("$A = (#, #, #)$", shown.prompt), found("$Y = (#, #, #)$", shown.prompt)
        for option in shown.options:
            said = found("prints $#$", shown.prompt) if option.right else found("print $#$", option.reason)
            assert said == pytest.approx([printed(option.text, A, Y)], abs=6e-4)


def test_saturated_scores_do_break_logarithms_of_activations() -> None:
    for seed in SEEDS:
        prompt = posed("loss-of-saturated-scores", seed).prompt
        Z, Y = (np.array(found(f"${name} = (#, #)$", prompt)) for name in "ZY")
        A = 1 / (1 + np.exp(-Z))
        with np.errstate(divide="ignore", invalid="ignore"):
            assert not np.isfinite(-np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)))


def test_the_gradient_by_hand_is_the_slope_of_the_cost() -> None:
    for seed in SEEDS:
        shown = posed("gradient-by-hand", seed)
        rows = re.findall(rf"({NUMBER}) & ({NUMBER}) & ({NUMBER}) & ({NUMBER})", shown.prompt)
        x1, x2, Y = ([float(value) for value in row] for row in rows)

        def cost(w1: float, w2: float, x1=x1, x2=x2, Y=Y) -> float:
            return sum(log_loss(sigma(w1 * p + w2 * q), y) for p, q, y in zip(x1, x2, Y, strict=True)) / 4

        gradient = [slope(lambda w: cost(w, 0), 0), slope(lambda w: cost(0, w), 0)]
        assert numbers(right_text(shown).replace("^T", "")) == pytest.approx(gradient, abs=1e-6)


def test_one_expression_alone_is_the_gradient() -> None:
    rng = np.random.default_rng(0)
    for seed in range(40):
        shown = posed("expression-for-dw", seed)
        n, m = (int(size) for size in found("`X` has shape `(#, #)`", shown.prompt))
        X, A, Y = rng.normal(size=(n, m)), rng.random((1, m)), rng.integers(0, 2, (1, m))
        dw = np.zeros((n, 1))
        for i in range(m):
            dw[:, 0] += X[:, i] * (A[0, i] - Y[0, i]) / m
        for option in shown.options:
            value = eval(option.text.strip("`"), {"X": X, "A": A, "Y": Y})
            assert (value.shape == dw.shape and np.allclose(value, dw)) == option.right


def test_one_pair_of_shapes_alone_fails() -> None:
    def total(text: str) -> tuple[int, ...]:
        s, t = (ast.literal_eval(shape) for shape in re.findall(r"`(.*?)`", text))
        return (np.ones(s) + np.ones(t)).shape

    for seed in SEEDS:
        shown = posed("pair-that-fails", seed)
        with pytest.raises(ValueError, match="could not be broadcast"):
            total(right_text(shown))
        for option in shown.options:
            if not option.right:
                assert f"gives {total(option.text)}:" in option.reason


def test_shapes_of_vectors_without_axis_are_as_stated() -> None:
    for seed in SEEDS:
        shown = posed("vector-without-axis", seed)
        r = np.ones(int(found("`(#,)`", shown.prompt)[0]))
        for option in shown.options:
            code, stated = re.findall(r"`(.*?)`", option.text)
            shape = np.shape(eval(code, {"r": r, "c": r.reshape(-1, 1)}))
            assert (shape == ast.literal_eval(stated)) == option.right


def test_the_tests_of_a_scrambled_matrix_notice_it_or_not_as_stated() -> None:
    X_orig = np.random.default_rng(0).integers(0, 256, (5, 3, 2, 3))
    m, h, w, _ = X_orig.shape
    names = {"np": np, "X_orig": X_orig, "m": m, "h": h, "w": w}
    for option in QUESTIONS["unscrambled-test"].options:
        test = option.text.strip("`").removeprefix("assert ")
        assert eval(test, {**names, "X": X_orig.reshape(m, -1).T})
        assert bool(eval(test, {**names, "X": X_orig.reshape(-1, m)})) != option.right


def test_the_changes_to_the_loop_break_it_or_not_as_stated() -> None:
    rng = np.random.default_rng(0)
    names = {"np": np, "X": rng.normal(size=(3, 5)), "Y": rng.integers(0, 2, (1, 5)), "w": rng.normal(size=(3, 1))}
    names |= {"b": 0.3, "n_x": 3, "m": 5, "sigmoid": sigma}
    code = code_in(QUESTIONS["changes-to-the-loop"].prompt)
    first, head, x, dz, dw, db, *last = code.splitlines()
    changed = {
        "Moving the last two lines into the loop": [first, head, x, dz, dw, db, *("    " + line for line in last)],
        "Letting `dw += x * dz` and `db += dz` change places": [first, head, x, dz, db, dw, *last],
        "Moving the first line into the loop": [head, "    " + first, x, dz, dw, db, *last],
        "Letting `i` run from `m - 1` down to 0": [first, "for i in reversed(range(m)):", x, dz, dw, db, *last],
        "Writing `dw = dw + x * dz`": [first, head, x, dz, "    dw = dw + x * dz", db, *last],
    }

    def result(lines: list[str]) -> list[float]:
        namespace = dict(names)
        exec("\n".join(lines), namespace)
        return [*namespace["dw"].ravel(), namespace["db"]]

    options = QUESTIONS["changes-to-the-loop"].options
    assert {option.text for option in options} == set(changed)
    for option in options:
        assert np.allclose(result(changed[option.text]), result(code.splitlines())) != option.right


def test_the_triple_loop_is_one_product() -> None:
    question = QUESTIONS["loops-to-one-product"]
    X, G = np.random.default_rng(0).normal(size=(3, 4)), np.zeros((4, 4))
    exec(code_in(question.prompt), {"X": X, "G": G, "n": 3, "m": 4})
    assert [option.text for option in question.options if option.right] == ["`X.T @ X`"]
    assert np.allclose(X.T @ X, G)
    assert (X @ X.T).shape != G.shape
    assert np.allclose(np.sum(X * X, axis=0), np.diag(G))
