"""Making a network larger in all directions at once (course 4, week 2)."""

from __future__ import annotations

from engine.errors import EngineError, as_number


def compound_scale(
    phi: float, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15
) -> tuple[float, float, float, float]:
    """Make a network deeper, wider and sharper-sighted at once, as EfficientNet does.

        d = alpha^phi        w = beta^phi        r = gamma^phi        cost: (alpha beta^2 gamma^2)^phi times as much

    Twice the depth costs twice as much. Twice the width costs four times, for a convolution has channels on both sides;
    so does twice the resolution, for an image has two sides. The published numbers give about 1.92^phi, near 2^phi.

    - phi: how much more, 0 for the network as it is; alpha, beta, gamma: above 0
    - returns d, w, r: factors on the layers, the channels, the side of the image; flops: factor on the multiplications

    Raises EngineError when alpha, beta or gamma is not above 0. Source: course 4, week 2; Tan and Le, 2019.

    >>> d, w, r, flops = compound_scale(1)
    >>> d, w, r, round(flops, 4)
    (1.2, 1.1, 1.15, 1.9203)
    """
    phi = as_number("phi", phi, "(-inf, inf)")
    alpha, beta, gamma = (
        as_number(name, value, "(0, inf)") for name, value in (("alpha", alpha), ("beta", beta), ("gamma", gamma))
    )
    return alpha**phi, beta**phi, gamma**phi, (alpha * beta**2 * gamma**2) ** phi


def largest_phi(budget: float, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15) -> int:
    """How far a network can be scaled when the multiplications may grow by a factor.

        the largest whole phi >= 0 with (alpha beta^2 gamma^2)^phi <= budget

    - budget: the factor, at least 1; alpha, beta, gamma: with alpha beta^2 gamma^2 above 1

    Raises EngineError when the budget is below 1 or scaling costs nothing. Source: course 4, week 2; Tan and Le, 2019.

    >>> largest_phi(8), largest_phi(7)  # 1.92^3 is 7.08: three steps cost less than 8
    (3, 2)
    """
    budget = as_number("budget", budget, "[1, inf)")
    step = compound_scale(1, alpha, beta, gamma)[3]
    if step <= 1:
        raise EngineError("alpha, beta and gamma", "such that alpha beta^2 gamma^2 is above 1", f"a product of {step}")
    phi = 0
    while compound_scale(phi + 1, alpha, beta, gamma)[3] <= budget:
        phi += 1
    return phi
