from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tutor.grading import Case

_TANH = re.compile(r"tanh\((\w+)\)")


def cases(rng: np.random.Generator) -> Iterator[Case]:
    yield _case(rng, "a sum", "J = a + b")
    yield _case(rng, "a product", "J = a * b")
    yield _case(rng, "tanh", "J = tanh(a)")
    yield _case(rng, "a number on the right", "u = a * 3; J = u + 2")
    yield _case(rng, "a number on the left of +", "J = 2 + a")
    yield _case(rng, "a number on the left of *", "J = 3 * a")
    yield _case(rng, "one neuron", "u = w * x; z = u + b; J = tanh(z)")
    yield _case(rng, "the same value twice in a sum", "J = a + a")
    yield _case(rng, "a square", "J = a * a")
    yield _case(rng, "a value that nothing uses", "u = a * b; J = tanh(u)", unused="c")
    yield _case(rng, "a diamond", "u = a * b; v = tanh(a); J = u * v")
    yield _case(rng, "a shared value with more behind it", "s = a * b; u = s * c; v = tanh(s); J = u + v")
    yield _case(rng, "a short way and a long one", "s = tanh(a); u = s * b; v = u * c; w = v + a; J = w * s")
    yield _case(rng, "the long way first", "s = a * b; t = s * c; u = tanh(t); v = u * a; J = v + s")
    yield _case(rng, "two values of the same size", "u = a * b; v = b * a; J = u + v")
    yield _case(rng, "from a value in the middle", "u = a * b; v = u * u; J = v + a", output="v")
    yield _case(rng, "from a value that was given", "u = a * b", output="a")
    doublings = "; ".join(["d0 = a + a", *(f"d{i} = d{i - 1} + d{i - 1}" for i in range(1, 5))])
    yield _case(rng, "doubled again and again", f"{doublings}; J = d4 + d4")
    chain = "; ".join(["s0 = a + b", *(f"s{i} = s{i - 1} + b" for i in range(1, 20))])
    yield _case(rng, "20 additions, one after the other", chain)


def _case(rng: np.random.Generator, name: str, program: str, output: str = "", unused: str = "") -> Case:
    """A graph from assignments such as `u = a * b; J = tanh(u)`; the last one is the output."""
    nodes: list[tuple[str, str, tuple[str | float, ...]]] = []
    leaves = [unused] if unused else []
    known: set[str] = set()
    for line in program.split("; "):
        target, expression = line.split(" = ")
        if found := _TANH.fullmatch(expression):
            operation, words = "tanh", [found[1]]
        else:
            left, operation, right = expression.split(" ")
            words = [left, right]
        leaves += [word for word in words if not word.isdigit() and word not in known and word not in leaves]
        nodes.append((target, operation, tuple(float(word) if word.isdigit() else word for word in words)))
        known.add(target)
    # Away from 0 and 1, where a square, a product and a factor that is missing look alike.
    numbers = rng.choice([-1, 1], len(leaves)) * rng.uniform(0.3, 0.9, len(leaves))
    shown = program if len(nodes) <= 5 else f"{'; '.join(program.split('; ')[:2])}; ..."
    return Case(
        f"{name}: {shown}" + (f", from {output}" if output else ""),
        kwargs={
            "leaves": dict(zip(leaves, map(float, numbers), strict=True)),
            "nodes": nodes,
            "output": output or nodes[-1][0],
        },
    )
