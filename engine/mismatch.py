"""Error analysis, and training data that differ from those of the task (course 3, week 2)."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_count, as_floats, as_number


def error_table(tags: Sequence[Collection[str]], dev_error: float) -> dict[str, tuple[float, float]]:
    """For each kind of mistake: its share of the mistakes looked at, and by how much mending it could help at most.

        share_k = mistakes tagged k / mistakes looked at        ceiling_k = dev_error share_k

    A mistake may have several tags, so the shares need not add up to 1.

    - tags: for each misclassified dev example its set of tags, which may be empty; dev_error: the error rate
    - returns: tag -> (share, ceiling), the largest first

    Raises EngineError when no mistake is given or the rate is outside [0, 1]. Source: course 3, week 2.

    >>> error_table([{"blurry"}, {"blurry", "dog"}, {"dog"}, {"blurry"}], dev_error=0.1)
    {'blurry': (0.75, 0.07500000000000001), 'dog': (0.5, 0.05)}
    """
    as_number("dev_error", dev_error, "[0, 1]")
    if not tags:
        raise EngineError("tags", "a list with at least one mistake", "empty")
    names = sorted({name for one in tags for name in one})
    shares = {name: sum(name in one for one in tags) / len(tags) for name in names}
    ordered = sorted(names, key=lambda name: -shares[name])
    return {name: (shares[name], dev_error * shares[name]) for name in ordered}


def error_breakdown(dev_err: float, frac_label: float) -> tuple[float, float]:
    """How much of the dev error comes from wrong labels, and how much from all else.

        label error = dev_err frac_label        the rest = dev_err (1 - frac_label)

    At 8 % error, 0.4 % from labels hardly matter; at 1 % they decide which of two models is better.

    - dev_err: the error rate; frac_label: the share of the mistakes looked at whose label was wrong
    - returns label_err, other_err: floats

    Raises EngineError when a number is outside [0, 1]. Source: course 3, week 2.

    >>> [round(part, 3) for part in error_breakdown(0.08, 0.05) + error_breakdown(0.01, 0.40)]
    [0.004, 0.076, 0.004, 0.006]
    """
    as_number("dev_err", dev_err, "[0, 1]")
    as_number("frac_label", frac_label, "[0, 1]")
    return dev_err * frac_label, dev_err * (1 - frac_label)


def split_with_target(
    m_other: int, m_target: int, frac_target_train: float = 0.5, frac_train_dev: float = 0.02
) -> dict[str, dict[str, int]]:
    """Where the examples of two sources belong when only one of them is what the users will bring.

    Dev and test hold target data alone, half of the rest each. Training takes all other data and some target data;
    a piece of the training data is put aside, not trained on, to tell variance from mismatch (train-dev).

    - m_other, m_target: numbers of examples; frac_target_train: share of the target data that go into training
    - frac_train_dev: share of the training data put aside
    - returns: {"train", "train_dev", "dev", "test"}, each {"other": count, "target": count}; they add up

    Raises EngineError when m_other is below 0, m_target below 1, or a share outside [0, 1). Source: course 3, week 2.

    >>> split = split_with_target(50_000, 8_000)
    >>> split["dev"], split["test"], split["train"]
    ({'other': 0, 'target': 2000}, {'other': 0, 'target': 2000}, {'other': 49000, 'target': 3920})
    """
    as_count("m_other", m_other, 0)
    as_count("m_target", m_target)
    as_number("frac_target_train", frac_target_train, "[0, 1)")
    as_number("frac_train_dev", frac_train_dev, "[0, 1)")
    target = round(frac_target_train * m_target)
    aside_other, aside_target = round(frac_train_dev * m_other), round(frac_train_dev * target)
    dev = (m_target - target) // 2
    return {
        "train": {"other": m_other - aside_other, "target": target - aside_target},
        "train_dev": {"other": aside_other, "target": aside_target},
        "dev": {"other": 0, "target": dev},
        "test": {"other": 0, "target": m_target - target - dev},
    }


def source_weights(counts: Sequence[int], target: ArrayLike) -> Array:
    """One weight for the examples of each source that makes the training set look like the target mixture.

        w_k = target_k / (counts_k / sum of counts)        then the mean weight of an example is 1

    - counts: number of training examples of each source; target: the wanted shares, which sum to 1
    - returns: (k,)

    Raises EngineError when a wanted source has no example, or the shares do not sum to 1. Source: course 3, week 2.

    >>> source_weights([900, 100], [0.5, 0.5])
    array([0.55555556, 5.        ])
    """
    shares = as_floats("target", target, (len(counts),))
    sizes = as_floats("counts", np.asarray(counts), ("k",))
    if np.any(shares < 0) or not math.isclose(shares.sum(), 1, abs_tol=1e-9):
        raise EngineError("target", "shares of 0 or more that sum to 1", f"shares that sum to {shares.sum():g}")
    lacking = np.flatnonzero((sizes == 0) & (shares > 0))
    if lacking.size:
        raise EngineError("counts", "at least 1 for each source that is wanted", f"0 for source {lacking[0]}")
    weights: Array = np.divide(shares * sizes.sum(), sizes, out=np.zeros_like(shares), where=sizes > 0)
    return weights


def mix_noise(clean: ArrayLike, noise: ArrayLike, snr_db: float, rng: np.random.Generator | int | None = None) -> Array:
    """Sound with background noise of a given strength, from a random place of a longer recording of noise.

        SNR = 10 log10(mean of s^2 / (k^2 mean of n^2))        k = sqrt(mean s^2 / (mean n^2 10^(SNR / 10)))
        mix = s + k n

    A hundred clips over the same minute of noise sound fine to us, and a network learns that minute by heart.

    - clean: (T,); noise: (T_n,), T_n >= T; snr_db: in decibels; rng: a Generator or a seed
    - returns: (T,), the dtype of clean

    Raises EngineError when the noise is shorter than the sound, or silent. Source: course 3, week 2.

    >>> mixed = mix_noise([1.0, -1.0, 1.0, -1.0], [0.1, 0.1, 0.1, 0.1], snr_db=20, rng=0)
    >>> mixed
    array([ 1.1, -0.9,  1.1, -0.9])
    """
    clean = as_floats("clean", clean, ("T",))
    noise = as_floats("noise", noise, ("T_n",)).astype(clean.dtype, copy=False)
    if len(noise) < len(clean):
        raise EngineError("noise", f"an array of at least {len(clean)} samples", f"one of {len(noise)}")
    start = int(np.random.default_rng(rng).integers(len(noise) - len(clean) + 1))
    window = noise[start : start + len(clean)]
    power = float(np.mean(window * window))
    if power == 0:
        raise EngineError("noise", "a sound", "silent where it is used")
    k = math.sqrt(float(np.mean(clean * clean)) / (power * 10 ** (snr_db / 10)))
    mixed: Array = clean + clean.dtype.type(k) * window
    return mixed
