from __future__ import annotations

import math
import random
import re
import subprocess
import sys
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tutor.domain.items import FormulaKey
from tutor.maths.typed import FormulaError, check_key, compare
from tutor.maths.typed.parser import parse
from tutor.maths.typed.tree import Call, Formula, Name, Negative, Number, Operation, evaluate, show

UNIT = (0.01, 0.99)


def key(answer: str, **domains: tuple[float, float]) -> FormulaKey:
    return FormulaKey(answer, domains)


def understood(text: str, *names: str) -> str:
    return show(parse(text, names))


def refusal(text: str, *names: str) -> str:
    with pytest.raises(FormulaError) as caught:
        parse(text, names)
    return str(caught.value)


# Reading


@pytest.mark.parametrize(
    ("text", "names", "reading"),
    [
        ("x²", "x", "x^2"),
        ("x^2", "x", "x^2"),
        ("x**2", "x", "x^2"),
        ("x⁻¹²", "x", "x^(-12)"),
        ("|x|", "x", "abs(x)"),
        ("|x||y|", "x y", "abs(x)*abs(y)"),
        ("||x| - y|", "x y", "abs(abs(x) - y)"),
        ("|x(|y| - 1)|", "x y", "abs(x*(abs(y) - 1))"),
        ("|x(y|z|)|", "x y z", "abs(x*(y*abs(z)))"),
        ("e^-z", "z", "e^(-z)"),
        ("e^(-z)", "z", "e^(-z)"),
        ("a(1-a)", "a", "a*(1 - a)"),
        ("(a)(1-a)", "a", "a*(1 - a)"),
        ("2ab", "a b", "2*a*b"),
        ("2ab", "ab", "2*ab"),
        ("2ab", "a b ab", "2*ab"),
        ("dW1 x", "dW1 x", "dW1*x"),
        ("W_1 x + b_1", "W1 x b1", "W1*x + b1"),
        ("W₁x", "W1 x", "W1*x"),
        ("W^{[1]}x + b^[1]", "W1 x b1", "W1*x + b1"),
        ("A_{prev}", "A_prev", "A_prev"),
        ("x_{ij}", "xij", "xij"),
        ("α·dw", "alpha dw", "alpha*dw"),
        ("alpha dw", "α dw", "α*dw"),
        ("λ/m", "lambda m", "lambda/m"),
        ("2πr", "r", "2*pi*r"),
        ("ŷ − y", "yhat y", "yhat - y"),
        ("y_hat - y", "ŷ y", "ŷ - y"),
        ("x̄", "xbar", "xbar"),
        ("a × b ÷ c", "a b c", "(a*b)/c"),
        ("√v + ε", "v epsilon", "sqrt(v) + epsilon"),
        ("⌊n/2⌋", "n", "floor(n/2)"),
        ("σ(z)", "z", "sigmoid(z)"),
        ("sigma(z)(1-sigma(z))", "z", "sigmoid(z)*(1 - sigmoid(z))"),
        ("σ(1-σ)", "sigma", "sigma*(1 - sigma)"),
        ("ln z", "z", "log(z)"),
        ("y log a", "y a", "y*log(a)"),
        ("ReLU(z)", "z", "relu(z)"),
        ("max(0, z)", "z", "max(0, z)"),
        (r"\frac{1}{1+e^{-z}}", "z", "1/(1 + e^(-z))"),
        (r"$\dfrac{a}{b}c$", "a b c", "(a/b)*c"),
        (r"\sigma(z)\left(1-\sigma(z)\right)", "z", "sigmoid(z)*(1 - sigmoid(z))"),
        (r"-y\log\hat y-(1-y)\log(1-\hat{y})", "y yhat", "-y*log(yhat) - (1 - y)*log(1 - yhat)"),
        (r"\beta_1 v \cdot \sqrt{s}", "beta1 v s", "beta1*v*sqrt(s)"),
        (r"\max\{0, z\}", "z", "max(0, z)"),
        ("-x^2", "x", "-x^2"),
        ("2^-x^2", "x", "2^(-x^2)"),
        ("x^y^z", "x y z", "x^(y^z)"),
        ("a-b-c", "a b c", "a - b - c"),
        ("a/b/c", "a b c", "(a/b)/c"),
        ("-1/2 (y-a)^2", "y a", "(-1/2)*(y - a)^2"),
        ("1e-3x", "x", "0.001*x"),
        ("2e-3", "e", "2*e - 3"),
        (".5 + 1.", "", "0.5 + 1"),
    ],
)
def test_a_formula_is_read_as_it_is_meant_and_shown_without_doubt(text, names, reading):
    assert understood(text, *names.split()) == reading


@pytest.mark.parametrize(
    ("text", "names", "sentence"),
    [
        ("", "x", "Type a formula."),
        ("  ", "x", "Type a formula."),
        ("(x", "x", "A '(' is not closed by ')'."),
        ("x)", "x", "A ')' has no '(' that it closes, or nothing stands before it."),
        ("|x", "x", "A '|' is not closed by another."),
        ("x +", "x", "The formula ends where a number, a name or parentheses should follow."),
        ("x * / x", "x", "There is a '/' where a number, a name or parentheses should stand."),
        ("0,5 x", "x", "There is a ',' outside the arguments of a function; write decimals with a point."),
        ("exp(0,5)", "", "There is a ',' too many in exp; write decimals with a point."),
        ("dz = x", "x", "Write only the expression, without the '=' and what stands before it."),
        ("2 3", "x", "Write an operator such as * before the number 3."),
        ("max(x)", "x", "max takes two or more arguments, such as max(0, z)."),
        ("exp", "x", "exp needs its argument in parentheses, such as exp(z)."),
        ("log^2(x)", "x", "log needs its argument in parentheses, such as log(z)."),
        (r"\frac12", "", r"A fraction is written \frac{numerator}{denominator}."),
        ("q", "a y", "There is no 'q' here; the formula uses a and y."),
        ("X", "x", "There is no 'X' here; the formula uses x. Did you mean 'x'?"),
        (
            "alfa",
            "alpha m y",
            "There is no 'alfa' here; the formula uses alpha, m and y. Did you mean 'alpha'?",
        ),
        ("Exp(x)", "x", "There is no 'Exp' here; the formula uses x. Did you mean 'exp'?"),
        ("x", "", "There is no 'x' here; the answer is a number."),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text, names, sentence):
    assert refusal(text, *names.split()) == sentence


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ("a/2b", "the denominator ends before 'b'"),
        ("1/2(a-b)", "the denominator ends before '('"),
        ("e^2a", "the exponent ends before 'a'"),
        ("log 2a", "the argument of log ends before 'a'"),
        ("log a log b", "the argument of log ends before 'log'"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_rather_than_judged(text, unclear):
    assert unclear in refusal(text, "a", "b")


ATTACKS = [
    '__import__("os").system("touch attacked")',
    "exec('1')",
    "().__class__.__bases__[0]",
    "x.__class__",
    "__builtins__",
    "x._",
    "lambda: x",
    "f'{x}'",
    "(x:=3)",
    "[x for x in x]",
    "x if x else x",
    "x; x",
    "x[0]",
    "{x: x}",
    "x!",
    "factorial(10**7)",
    "9^9^9^9",
    "9**9**9",
    "2^(2^40)",
    "x^100000",
    "10^10^10",
    "1e999",
    "9" * 199,
    "(" * 100 + "x" + ")" * 99,
    "|" * 199,
    "-" * 199 + "x",
    "x^" * 99 + "x",
    "exp(" * 45 + "x",
    r"\frac{" * 30 + "x",
    "x" * 10_000,
    "(" * 10_000,
    "x+" * 5_000 + "x",
    "\\" * 199,
    "_" * 199,
    "q" * 199,
    "\x00",
    "ｘ",
    "x\u202e",
    "import os",
]


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: repr(text[:20]))
def test_an_attack_is_refused_at_once(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seconds = []
    for _ in range(2):  # the better of two: a collection of garbage may fall into one
        start = time.process_time()
        with pytest.raises(FormulaError) as caught:
            compare(text, key("x", x=(0, 1)))
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.1
    assert list(tmp_path.iterdir()) == []
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=210) | st.text(alphabet="xy12.()|^*-+/,e{}\\ σ²₁ŷ_[]", max_size=60))
@settings(deadline=None)
def test_any_text_is_either_read_or_refused(text):
    try:
        formula = parse(text, ["x", "y"])
    except FormulaError:
        return
    assert parse(show(formula), ["x", "y"]) == formula


def test_the_longest_formulas_within_the_bounds_are_read():
    assert compare("x+" * 99 + "x", key("100x", x=(0, 1))).equal
    assert compare("(" * 39 + "x" + ")" * 39, key("x", x=(0, 1))).equal


def test_reading_formulas_imports_no_heavy_package():
    program = "import sys, tutor.maths.typed; print(sorted({'numpy', 'sympy', 'latex2mathml'} & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


# Comparing


@pytest.mark.parametrize(
    ("given", "answer", "domains"),
    [
        ("a - a^2", "a*(1-a)", {"a": UNIT}),
        ("e^-z/(1+e^-z)^2", "sigmoid(z)*(1-sigmoid(z))", {"z": (-6, 6)}),
        ("(e^z - e^-z)/(e^z + e^-z)", "tanh(z)", {"z": (-3, 3)}),
        ("1 - tanh(z)^2", "4/(e^z + e^-z)^2", {"z": (-9, 9)}),
        ("(a-y)/(a(1-a))", "-y/a + (1-y)/(1-a)", {"a": UNIT, "y": UNIT}),
        ("max(0,z) - zy + log(1+e^-|z|)", "-y*log(σ(z)) - (1-y)*log(1-σ(z))", {"z": (-4, 4), "y": UNIT}),
        ("max(z, 0)", "(z + |z|)/2", {"z": (-2, 2)}),
        ("relu(z)", "max(0, z)", {"z": (-2, 2)}),
        ("log2(x)", "ln(x)/ln(2)", {"x": (0.1, 9)}),
        ("⌊(n+2p-f)/s⌋ + 1", "floor((n+2*p-f)/s + 1)", {"n": (20, 40), "p": (0, 3), "f": (1, 5), "s": UNIT}),
        ("0.5", "1/2", {}),
    ],
)
def test_equal_formulas_are_equal_however_they_are_written(given, answer, domains):
    comparison = compare(given, FormulaKey(answer, domains))
    assert comparison.equal
    assert comparison.message == ""


COST = key("(a-y)/m", a=UNIT, y=UNIT, m=(10, 50))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("(y-a)/m", "It is the negative of the right formula: check the sign."),
        ("m/(a-y)", "It is the reciprocal of the right formula: numerator and denominator are swapped."),
        ("a-y", "It is m times the right formula."),
        ("y-a", "It is minus m times the right formula."),
        ("(a-y)/m^2", "It is the right formula divided by m."),
        ("2(a-y)/m", "It is twice the right formula."),
        ("(a-y)/(2m)", "It is half the right formula."),
        ("3(a-y)/(4m)", "It is 3/4 times the right formula."),
        ("-5(a-y)/m", "It is -5 times the right formula."),
        ("(a-y) log(2)/m", "It is about 0.6931 times the right formula."),
        ("(a-y)/m + 1", "It is too large by 1 everywhere."),
        ("(a-y)/m - 1/3", "It is too small by 1/3 everywhere."),
        ("a/m", "The right formula also depends on y."),
        ("0", "The right formula also depends on a, m and y."),
    ],
)
def test_a_wrong_formula_is_told_how_it_differs(given, message):
    comparison = compare(given, COST)
    assert not comparison.equal
    assert comparison.message == message


def test_a_formula_that_differs_otherwise_gets_a_counterexample():
    message = compare("sin(a)", key("a", a=UNIT)).message
    match = re.fullmatch(r"It gives (\S+) at a = (\S+), where the right formula gives (\S+)\.", message)
    assert match is not None
    value, a, right = map(float, match.groups())
    assert value == pytest.approx(math.sin(a), rel=1e-3)
    assert right == a


def test_a_formula_without_a_value_somewhere_is_told_where():
    comparison = compare("log(z)", key("z", z=(-1, 1)))
    assert comparison.message.startswith("It has no finite value at z = -0.")


def test_the_reading_is_shown_for_right_and_wrong_formulas():
    assert compare("a(1-a)", key("a-a^2", a=UNIT)).understood == "a*(1 - a)"
    assert compare("a(2-a)", key("a-a^2", a=UNIT)).understood == "a*(2 - a)"


def test_comparing_twice_gives_the_same_result():
    assert compare("a^3", key("a", a=UNIT)) == compare("a^3", key("a", a=UNIT))


def test_points_where_the_answer_has_no_value_do_not_count():
    assert compare("log(z)", key("ln(z)", z=(-1, 1))).equal


def test_a_small_difference_next_to_a_large_term_is_not_rounded_away():
    assert not compare("e^z + 1e-6", key("e^z", z=(-20, 20))).equal


@pytest.mark.parametrize("huge", ["1e30 - 1e30", "1/(1 + e^999)", "1/(1 + exp(1e9))"])
def test_huge_terms_that_cancel_do_not_excuse_a_difference(huge):
    assert not compare(f"2a + {huge}", key("a", a=UNIT)).equal


def test_a_small_value_is_compared_as_strictly_as_a_large_one():
    assert not compare("(a-y)/m * 1.00001", key("(a-y)/m", a=UNIT, y=UNIT, m=(1e6, 6e6))).equal


# Keys


@pytest.mark.parametrize(
    "good",
    [
        COST,
        key("σ(1-σ)", sigma=UNIT),
        key("ŷ - y", ŷ=UNIT, y=UNIT),
        key("1/2"),
        FormulaKey("λ W_1/m", {"lambda": UNIT, "m": (1, 9), "W1": UNIT}),
    ],
)
def test_a_good_key_has_nothing_to_report(good):
    assert check_key(good) is None
    assert compare(good.answer, good).equal


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (key("a*(1-b)", a=UNIT), "The answer 'a*(1-b)' cannot be read: There is no 'b' here"),
        (key("a*(", a=UNIT), "The answer 'a*(' cannot be read: The formula ends where"),
        (key("a/2b", a=UNIT, b=UNIT), "The answer 'a/2b' cannot be read: It is not clear"),
        (key("a", a=UNIT, b=UNIT), "The answer 'a' does not use 'b', which has a domain."),
        (key("log(z)", z=(-1.0, 1.0)), "The answer 'log(z)' has no finite value at z = -"),
        (key("a", a=(0, math.inf)), "The domain of 'a' should be a finite interval, but it is (0, inf)."),
        (key("a", a=(1, 0)), "The domain of 'a' should be a finite interval, but it is (1, 0)."),
        (FormulaKey("w", {"w^T": UNIT}), "The name 'w^T' cannot be typed"),
        (FormulaKey("a b", {"a b": UNIT}), "The name 'a b' cannot be typed"),
        (key("w1 + w_1", w1=UNIT, w_1=UNIT), "Two of the names w1, w_1 are spellings of the same name."),
        (
            FormulaKey("a", {"a": UNIT}, ("sigmod",)),
            "There is no function 'sigmod' to be left out. Did you mean 'sigmoid'?",
        ),
        (
            FormulaKey("exp(a)", {"a": UNIT}, ("exp",)),
            "The answer 'exp(a)' itself uses 'exp', which is to be left out.",
        ),
    ],
)
def test_a_bad_key_is_reported_in_one_sentence(bad, problem):
    assert str(check_key(bad)).startswith(problem)


@pytest.mark.parametrize("typed", ["sigmoid(z)", "σ(z)", r"\sigma(z)", "1 - sigma(-z)", "2 sigmoid(z) - sigmoid(z)"])
def test_a_function_that_the_key_rules_out_is_refused_and_does_not_count_as_an_answer(typed):
    definition = FormulaKey("1/(1 + exp(-z))", {"z": (-4, 4)}, ("sigmoid",))
    with pytest.raises(FormulaError, match=r"^Write it without sigmoid: other functions are asked for\.$"):
        compare(typed, definition)
    assert compare("e^z/(1 + e^z)", definition).equal


def test_a_broken_key_is_not_blamed_on_what_was_typed():
    with pytest.raises(FormulaError, match=r"^The answer 'a\+' cannot be read"):
        compare("a", key("a+", a=UNIT))
    with pytest.raises(FormulaError, match="too few finite values"):
        compare("a", key("log(-a)", a=UNIT))


# Random formulas

NAMES = ["x", "w1", "alpha", "yhat"]
SPELLINGS = {
    "x": ["x"],
    "w1": ["w1", "w_1", "w₁", "w_{1}", "w^{[1]}"],
    "alpha": ["alpha", "α", r"\alpha "],
    "yhat": ["yhat", "ŷ", "y_hat", r"\hat{y}"],
}
DOMAINS = dict.fromkeys(NAMES, (0.4, 1.9))
PYTHON = {
    **{name: getattr(math, name) for name in ("exp", "log", "sqrt", "tanh", "floor", "ceil")},
    **{"abs": abs, "max": max, "min": min, "relu": lambda z: max(z, 0.0)},
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
}

LEAVES = st.sampled_from([Name(name) for name in NAMES] + [Number(x) for x in (0.5, 1.0, 2.0, 3.0, 0.001)])


def larger(trees: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    exponents = st.sampled_from([Number(2.0), Number(3.0), Negative(Number(1.0)), Name("x")])
    functions = st.sampled_from(["exp", "log", "sqrt", "tanh", "sigmoid", "abs", "relu"])
    return (
        st.builds(Operation, st.sampled_from("+-"), trees, trees)
        | st.builds(Operation, st.sampled_from("*/"), trees, trees)
        | st.builds(Operation, st.just("^"), trees, exponents)
        | st.builds(Negative, trees)
        | st.builds(lambda name, tree: Call(name, (tree,)), functions, trees)
        | st.builds(lambda name, a, b: Call(name, (a, b)), st.sampled_from(["max", "min"]), trees, trees)
        | LEAVES
    )


FORMULAS = larger(larger(larger(LEAVES)))
STYLES = st.randoms(use_true_random=False)


def python(tree: Formula, power: str = "({}**{})") -> str:
    """The formula as Python, to be evaluated by Python itself."""
    match tree:
        case Number(value):
            return repr(value)
        case Negative(operand):
            return f"(-{python(operand, power)})"
        case Operation("^", base, exponent):
            return power.format(python(base, power), python(exponent, power))
        case Operation(sign, left, right):
            return f"({python(left, power)}{sign}{python(right, power)})"
        case Call(function, arguments):
            return f"{function}({', '.join(python(argument, power) for argument in arguments)})"
    return tree.name


def written(tree: Formula, style: random.Random) -> str:
    """The formula in one of the many ways a learner may type it."""

    def factor(part: Formula) -> str:
        text = written(part, style)
        return text if isinstance(part, Number | Name | Call) else f"({text})"

    match tree:
        case Number(value):
            return f"{value:g}"
        case Name(name):
            return style.choice(SPELLINGS[name])
        case Negative(operand):
            return style.choice("-−") + factor(operand)
        case Operation("^", base, Number(value)) if value in (2, 3) and style.random() < 0.5:
            return factor(base) + "²³"[int(value) - 2]
        case Operation("^", base, exponent):
            power = written(exponent, style)
            return factor(base) + style.choice(["^({})", "**({})", "^{{{}}}", "^{}"]).format(power)
        case Operation("/", top, bottom) if style.random() < 0.5:
            return rf"\frac{{{written(top, style)}}}{{{written(bottom, style)}}}"
        case Operation("*", Number() | Name() as left, Name() as right) if style.random() < 0.5:
            return written(left, style) + style.choice(["", " "]) + written(right, style)
        case Operation("*", left, right) if style.random() < 0.5:
            return f"({written(left, style)})({written(right, style)})"
        case Operation(sign, left, right):
            signs = {"*": ["*", " · ", "×", r"\cdot "], "/": ["/", " ÷ "], "-": ["-", " − "], "+": ["+"]}
            return factor(left) + style.choice(signs[sign]) + factor(right)
        case Call("abs", (argument,)) if style.random() < 0.7:
            return f"|{written(argument, style)}|"
        case Call(function, arguments):
            names = {"sigmoid": ["sigmoid", "σ", r"\sigma"], "log": ["log", "ln"], "sqrt": ["sqrt", "√"]}
            inner = ", ".join(written(argument, style) for argument in arguments)
            return f"{style.choice(names.get(function, [function]))}({inner})"
    raise AssertionError(tree)


def points(seed: int = 1) -> list[dict[str, float]]:
    generator = random.Random(seed)
    return [{name: generator.uniform(*DOMAINS[name]) for name in NAMES} for _ in range(20)]


def by_python(tree: Formula, point: dict[str, float]) -> float:
    """The value by Python's own arithmetic, NaN where it has no finite one."""
    try:
        # Python's ** would answer with a complex number where there is no real one.
        value = float(eval(python(tree, "pow({}, {})"), {**PYTHON, "pow": math.pow, **point}))
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    return value if math.isfinite(value) else math.nan


@given(FORMULAS)
def test_the_shown_formula_reads_back_as_the_same_tree(tree):
    assert parse(show(tree), NAMES) == tree


@given(FORMULAS, STYLES)
@settings(deadline=None)
def test_a_random_formula_has_the_value_that_python_gives_it_in_every_style(tree, style):
    text = written(tree, style)
    assume(len(text) <= 200)
    formula = parse(text, NAMES)
    for point in points():
        expected = by_python(tree, point)
        if not math.isnan(expected):
            assert evaluate(formula, point)[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(FORMULAS, STYLES)
@settings(deadline=None)
def test_a_random_formula_equals_itself_in_every_style(tree, style):
    text, answer = written(tree, style), python(tree)
    assume(len(text) <= 200 and len(answer) <= 200)
    assume(sum(not math.isnan(by_python(tree, point)) for point in points()) > 10)
    assert compare(text, FormulaKey(answer, DOMAINS)).equal


@given(FORMULAS, STYLES)
@settings(deadline=None)
def test_a_random_formula_differs_once_the_value_of_a_node_changes(tree, style):
    changed = with_changed_node(tree, style)
    text, answer = written(changed, style), python(tree)
    assume(len(text) <= 200 and len(answer) <= 200)
    values = [(by_python(tree, point), by_python(changed, point)) for point in points()]
    finite = [(before, after) for before, after in values if not math.isnan(before)]
    # A change may leave the value of the whole alone, as in max(3, x) or a product with 0.
    assume(len(finite) > 10)
    assume(all(abs(before - after) > 1e-6 * (1 + abs(before)) for before, after in finite))
    assert not compare(text, FormulaKey(answer, DOMAINS)).equal


def with_changed_node(tree: Formula, style: random.Random) -> Formula:
    """The formula with one of its nodes replaced by one of another value."""
    match tree:
        case Negative(operand) if style.random() < 0.7:
            return Negative(with_changed_node(operand, style))
        case Operation(sign, left, right) if style.random() < 0.8:
            if sign == "^" or style.random() < 0.5:
                return Operation(sign, with_changed_node(left, style), right)
            return Operation(sign, left, with_changed_node(right, style))
        case Call(function, (first, *others)) if style.random() < 0.8:
            return Call(function, (with_changed_node(first, style), *others))
    changes = [Operation("+", tree, Number(0.5)), Operation("*", Number(2.0), tree), Negative(tree)]
    return style.choice(changes)
