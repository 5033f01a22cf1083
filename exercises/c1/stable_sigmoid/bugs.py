from tutor.grading import Bug

BUGS = [
    Bug(
        "exp-overflows",
        old="numerator / (1 + e)",
        new="1 / (1 + np.exp(-z))",
        why="np.exp(-z) overflows for large negative z; use a power of e that never exceeds 1: exp(-|z|).",
        section="sigmoid-model",
    ),
    Bug(
        "positive-form-overflows",
        old="numerator / (1 + e)",
        new="np.exp(z) / (1 + np.exp(z))",
        why="e^z / (1 + e^z) overflows for large positive z and gives nan; use that form below zero only.",
        section="sigmoid-model",
    ),
    Bug(
        "where-computes-both",
        old="numerator / (1 + e)",
        new="np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))",
        why="np.where computes both branches everywhere, so the unsafe power still overflows; use exp(-|z|).",
        section="sigmoid-model",
    ),
    Bug(
        "always-one-above",
        old="np.where(z >= 0, 1, e)",
        new="1",
        why="1 / (1 + exp(-|z|)) is right for z >= 0 only; below zero the numerator is exp(-|z|) too.",
        section="sigmoid-model",
    ),
    Bug(
        "wrong-sign",
        old="z >= 0",
        new="z < 0",
        why="This is sigma(-z): check the sign of the exponent, or which form is used on which side of zero.",
        section="sigmoid-model",
    ),
    Bug(
        "wrong-sign-overflows",
        old="numerator / (1 + e)",
        new="1 / (1 + np.exp(z))",
        why="The sign of the exponent is wrong: this is the sigmoid of -z; with the sign put right, mind large scores.",
        section="sigmoid-model",
    ),
    Bug(
        "derivative",
        old="numerator / (1 + e)",
        new="numerator / (1 + e) * (1 - numerator / (1 + e))",
        why="This is the slope s (1 - s); the sigmoid itself is asked.",
        section="sigmoid-model",
    ),
    Bug(
        "tanh",
        old="numerator / (1 + e)",
        new="np.tanh(z)",
        why="This is tanh, which runs from -1 to 1; the sigmoid runs from 0 to 1.",
        section="sigmoid-model",
    ),
    Bug(
        "clipped",
        old="np.exp(-np.abs(z))",
        new="np.exp(-np.abs(np.clip(z, -20, 20)))",
        why="Clipping the scores stops the overflow but changes values far from 0; use the exponent -|z|.",
        section="sigmoid-model",
    ),
    Bug(
        "sum-over-entries",
        old="(1 + e)",
        new="(1 + np.sum(e))",
        why="The denominator is 1 + e of the same entry, not of all entries together.",
        section="sigmoid-model",
    ),
]
