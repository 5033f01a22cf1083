"""Runs the trainings of `engine.examples` and compares what they reach with their goals.

    python -m tests.soak.training [--share 1.0] [--seed 0] [--only lenet_digits --only gpt_alice]

With a share below 1 each training has that share of its steps, and missing the goal is no failure: what is shown is
that all of them run. Prints sizes, seed, seconds and figures; exits 1 when a full training misses its goal.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import time
from collections.abc import Sequence
from types import ModuleType

import engine.examples


def examples(only: Sequence[str]) -> list[ModuleType]:
    """The modules that are an example, all or the named ones."""
    names = [module.name for module in pkgutil.iter_modules(engine.examples.__path__)]
    modules = [importlib.import_module(f"engine.examples.{name}") for name in names]
    found = {module.__name__.rpartition(".")[2]: module for module in modules if hasattr(module, "GOAL")}
    if unknown := set(only) - found.keys():
        raise SystemExit(f"--only takes one of {', '.join(found)}, but it is {min(unknown)}.")
    return [module for name, module in found.items() if not only or name in only]


def run(share: float, seed: int, only: Sequence[str]) -> int:
    """Trains; returns how many goals were missed by full trainings."""
    missed = 0
    for module in examples(only):
        steps = max(1, round(module.STEPS * share))
        started = time.monotonic()
        result = module.train(steps, seed)
        seconds = time.monotonic() - started
        figure = result.figures[module.GOAL.figure]
        reached = module.GOAL.reached(figure)
        missed += not reached and share >= 1
        name = module.__name__.rpartition(".")[2]
        verdict = "reached" if reached else "MISSED" if share >= 1 else "not yet"
        print(
            f"{name:18} {steps:5} steps, seed {seed}, {seconds:5.1f} s: {figure:.4f}, {module.GOAL}: {verdict}",
            flush=True,
        )
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="of the steps of each training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", default=[], help="the name of an example; may be repeated")
    arguments = parser.parse_args()
    if not arguments.share > 0 or arguments.seed < 0:
        parser.error("--share should be above 0 and --seed from 0 up")
    raise SystemExit(1 if run(arguments.share, arguments.seed, arguments.only) else 0)
