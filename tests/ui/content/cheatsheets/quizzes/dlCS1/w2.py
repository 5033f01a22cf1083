"""Generators of the questions beside this file."""

from __future__ import annotations

import math
from typing import Any


def probability_of_a_score(rng: Any) -> dict[str, object]:
    w, x, b = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(-5, 0))
    z = w * x + b
    return {"w": w, "x": x, "b": b, "z": z, "a": 1 / (1 + math.exp(-z))}
