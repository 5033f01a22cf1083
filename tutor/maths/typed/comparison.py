"""Whether a typed formula equals the answer: compared at random points, and if not, how they differ."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tutor.domain.errors import suggest
from tutor.domain.items import FormulaKey
from tutor.maths.typed.notation import FormulaError
from tutor.maths.typed.parser import parse
from tutor.maths.typed.tokens import Vocabulary, listed
from tutor.maths.typed.tree import FUNCTIONS, Call, Formula, Name, evaluate, names_in, show, walk

_POINTS = 60
_SEED = 20
_RELATIVE = 1e-9
_ROUNDING = 1e-12  # of the largest terms added: what is left where they cancel
_ALIKE = 1e-7  # relative, for ratios and differences that are constant


@dataclass(frozen=True)
class Comparison:
    """`understood`: how the formula was read, on one line; `message`: how it differs, empty when equal."""

    equal: bool
    understood: str
    message: str


@dataclass(frozen=True)
class _Sample:
    """The two formulas at one point. `rounding` is the absolute difference that proves nothing."""

    point: Mapping[str, float]
    given: float
    answer: float
    rounding: float

    @property
    def equal(self) -> bool:
        return abs(self.given - self.answer) <= _RELATIVE * abs(self.answer) + self.rounding


def compare(given: str, key: FormulaKey) -> Comparison:
    """Compare a typed formula with the answer at random points of the declared domains, the same every time.

    Raises FormulaError when what was typed cannot be read, or uses a function that the key rules out: that is not
    a wrong answer.
    """
    formula, answer = parse(given, key.domains), _answer(key)
    if circular := _functions(formula) & set(key.without):
        raise FormulaError(f"Write it without {listed(sorted(circular))}: other functions are asked for.")
    points = _points(answer, key.domains)
    rights = [evaluate(answer, point) for point in points]
    # Terms without bound that cancel, x + 1e30 - 1e30, must not excuse every difference.
    most = _RELATIVE * max(abs(right) for right, _ in rights)
    samples = []
    for point, (right, right_added) in zip(points, rights, strict=True):
        value, added = evaluate(formula, point)
        samples.append(_Sample(point, value, right, min(most, _ROUNDING * max(added, right_added))))
    equal = all(sample.equal for sample in samples)
    return Comparison(equal, show(formula), "" if equal else _difference(samples, formula, answer))


def _answer(key: FormulaKey) -> Formula:
    try:
        return parse(key.answer, key.domains)
    except FormulaError as error:
        raise FormulaError(f"The answer '{key.answer}' cannot be read: {error}") from None


def _functions(formula: Formula) -> set[str]:
    return {node.function for node in walk(formula) if isinstance(node, Call)}


def check_key(key: FormulaKey) -> str | None:
    """What is wrong with a question's formula and domains, in one sentence, or None."""
    for name, (low, high) in key.domains.items():
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            return f"The domain of '{name}' should be a finite interval, but it is ({low:g}, {high:g})."
        try:
            if parse(name, [name]) != Name(name):
                return f"The name '{name}' cannot be typed as one name."
        except FormulaError as error:
            return f"The name '{name}' cannot be typed: {error}"
    if len(Vocabulary(key.domains).names) < len(key.domains):
        return f"Two of the names {', '.join(key.domains)} are spellings of the same name."
    try:
        answer = _answer(key)
    except FormulaError as error:
        return str(error)
    if unused := sorted(set(key.domains) - names_in(answer)):
        return f"The answer '{key.answer}' does not use '{unused[0]}', which has a domain."
    if unknown := sorted(set(key.without) - set(FUNCTIONS)):
        return f"There is no function '{unknown[0]}' to be left out.{suggest(unknown[0], FUNCTIONS)}"
    if used := sorted(set(key.without) & _functions(answer)):
        return f"The answer '{key.answer}' itself uses '{used[0]}', which is to be left out."
    for point in _draws(key.domains):
        if not math.isfinite(evaluate(answer, point)[0]):
            return f"The answer '{key.answer}' has no finite value{_at(point)}; narrow the domains."
    return None


def _draws(domains: Mapping[str, tuple[float, float]]) -> Iterator[dict[str, float]]:
    generator = random.Random(_SEED)
    for _ in range(_POINTS if domains else 1):
        yield {name: generator.uniform(low, high) for name, (low, high) in sorted(domains.items())}


def _points(answer: Formula, domains: Mapping[str, tuple[float, float]]) -> list[dict[str, float]]:
    """Points where the answer is finite; the others are left out."""
    points = [point for point in _draws(domains) if math.isfinite(evaluate(answer, point)[0])]
    if len(points) < (_POINTS / 4 if domains else 1):
        raise FormulaError("The question's own formula has too few finite values to compare with; please report it.")
    return points


def _difference(samples: list[_Sample], formula: Formula, answer: Formula) -> str:
    """In one sentence, how the formula differs from the answer; the most telling way first."""
    wrong = next(sample for sample in samples if not sample.equal)
    undefined = next((sample for sample in samples if not math.isfinite(sample.given)), None)
    if undefined:
        right = f"{undefined.answer:.4g}"
        return f"It has no finite value{_at(undefined.point)}, where the right formula gives {right}."

    def everywhere(values: Iterable[float]) -> bool:
        """Whether the formula has these values at the samples."""
        return all(
            math.isclose(sample.given, value, rel_tol=_ALIKE, abs_tol=sample.rounding)
            for sample, value in zip(samples, values, strict=True)
        )

    if everywhere(-sample.answer for sample in samples):
        return "It is the negative of the right formula: check the sign."
    divisible = all(sample.answer != 0 for sample in samples)
    if divisible and everywhere(1 / sample.answer for sample in samples):
        return "It is the reciprocal of the right formula: numerator and denominator are swapped."
    for name in sorted(names_in(formula) | names_in(answer)):
        for sign, minus in ((1, ""), (-1, "minus ")):
            if everywhere(sign * sample.answer * sample.point[name] for sample in samples):
                return f"It is {minus}{name} times the right formula."
            if everywhere(sign * sample.answer / sample.point[name] for sample in samples):
                return f"It is {minus}the right formula divided by {name}."
    factor = samples[0].given / samples[0].answer if divisible else 0.0
    if factor and everywhere(sample.answer * factor for sample in samples):
        return f"It is {_times(factor)} the right formula."
    offset = samples[0].given - samples[0].answer
    if everywhere(sample.answer + offset for sample in samples):
        return f"It is too {'large' if offset > 0 else 'small'} by {_nice(abs(offset))} everywhere."
    if missing := sorted(names_in(answer) - names_in(formula)):
        return f"The right formula also depends on {listed(missing)}."
    return f"It gives {wrong.given:.4g}{_at(wrong.point)}, where the right formula gives {wrong.answer:.4g}."


def _times(factor: float) -> str:
    if math.isclose(factor, 2, rel_tol=_ALIKE):
        return "twice"
    return "half" if math.isclose(factor, 0.5, rel_tol=_ALIKE) else f"{_nice(factor)} times"


def _nice(number: float) -> str:
    """A simple fraction where `number` is one, otherwise four digits."""
    fraction = Fraction(number).limit_denominator(12)
    close = math.isclose(float(fraction), number, rel_tol=_ALIKE)
    return str(fraction) if close and abs(fraction.numerator) <= 1000 else f"about {number:.4g}"


def _at(point: Mapping[str, float]) -> str:
    """` at a = 0.25, y = 0.5`, or nothing where there is no name."""
    return " at " + ", ".join(f"{name} = {value:.4g}" for name, value in point.items()) if point else ""
