"""Connectionist temporal classification: a short text from many frames of sound, without knowing which frame says what.

A network gives each frame probabilities over the letters and a blank. Paths of letters and blanks, one a frame, that
collapse to the same text count for it together (course 5, week 3; Graves et al., 2006).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import Array, EngineError, as_floats, as_ids

#: What float64 still holds with all its digits, far above the smallest number there is.
_LEAST = 1e-290

#: After how many frames the sums are divided by their total.
_RESCALE = 4


def ctc_collapse(path: Iterable[int], blank: int = 0) -> list[int]:
    """The text of a path: repeats are merged first, blanks are dropped then.

    Two equal letters in a row need a blank between them in the path.

    - path: one id a frame; blank: the id of the blank
    - returns text: a list of ids

    Source: course 5, week 3.

    >>> ctc_collapse([0, 8, 8, 0, 5, 0, 12, 12, 0, 12, 15])  # _hh_e_ll_lo with a = 1
    [8, 5, 12, 12, 15]
    """
    text: list[int] = []
    previous = None
    for symbol in path:
        if symbol != previous and symbol != blank:
            text.append(int(symbol))
        previous = symbol
    return text


def ctc_greedy_decode(log_probs: ArrayLike, blank: int = 0) -> list[int]:
    """The text of the likeliest path; not always the likeliest text, which many paths may share.

    - log_probs: (T, V), log-probabilities of each frame; blank: the id of the blank
    - returns text: a list of ids

    Raises EngineError when the shape differs or the blank is no id. Source: course 5, week 3.

    >>> ctc_greedy_decode(np.log([[0.1, 0.9], [0.1, 0.9], [0.8, 0.2], [0.4, 0.6]]))
    [1, 1]
    """
    log_probs = as_floats("log_probs", log_probs, ("T", "V"))
    as_ids("blank", blank, log_probs.shape[1])
    return ctc_collapse(log_probs.argmax(axis=1), blank)


def ctc_loss(log_probs: ArrayLike, target: ArrayLike, blank: int = 0) -> tuple[float, Array]:
    """The loss of one utterance, and its gradient with respect to the LOGITS, before the softmax.

        L = -log P(target)        P = sum over all paths that collapse to target of prod_t p_t(symbol t)
        dlogits_t = p_t - the share of P that goes through each symbol at frame t

    P is summed over the states s of l' = blank, l_1, blank, l_2, ..., blank, frame by frame:

        a_t(s) = (a_(t-1)(s) + a_(t-1)(s - 1) + [l'_s is a letter other than l'_(s-2)] a_(t-1)(s - 2)) p_t(l'_s)

    - log_probs: (T, V), a log-softmax; target: (L,), ids without the blank, L may be 0; blank: its id
    - returns loss: a float; dlogits: (T, V). A target that no path gives costs infinity and has a gradient of 0

    Raises EngineError when a shape differs, an id is unknown, or log_probs are none, such as logits.
    Source: course 5, week 3; Graves et al. (2006).

    >>> loss, dlogits = ctc_loss(np.log([[0.5, 0.5], [0.5, 0.5]]), [1])
    >>> round(float(np.exp(-loss)), 6), dlogits  # three of four paths, a_, _a and aa; two of these start with a
    (0.75, array([[ 0.16666667, -0.16666667],
           [ 0.16666667, -0.16666667]]))
    """
    log_probs = as_floats("log_probs", log_probs, ("T", "V"))
    losses, dlogits = ctc_losses(log_probs[np.newaxis], [target], blank)
    return float(losses[0]), dlogits[0]


def ctc_losses(
    log_probs: ArrayLike, targets: Sequence[ArrayLike], blank: int = 0, lengths: ArrayLike | None = None
) -> tuple[Array, Array]:
    """The same for a batch of utterances of different lengths.

    The sums run through all utterances at once, forward and backward together: the backward sums are the forward
    ones of the reversed text over the reversed frames. They are divided by their total every few frames, so that
    products of hundreds of probabilities stay in range. An utterance in which a state falls out of range all the
    same is summed again with logarithms, which takes longer.

    - log_probs: (m, T, V), a log-softmax; targets: m of them, (L,) each, ids without the blank; blank: its id
    - lengths: (m,), how many frames of each are real; None when all are
    - returns losses: (m,); dlogits: (m, T, V), 0 after the last real frame

    Raises EngineError when a shape differs, a length lies outside, an id is unknown, or log_probs are none, such as
    logits. Source: course 5, week 3.

    >>> losses, dlogits = ctc_losses(np.log(np.full((2, 3, 4), 0.25)), [[1, 2], [3]], lengths=[3, 2])
    >>> np.exp(-losses) * [4**3, 4**2]  # the number of paths: 12 122 112 1_2 _12, and 3_ _3 33
    array([5., 3.])
    """
    log_probs = as_floats("log_probs", log_probs, ("m", "T", "V"))
    m, T, V = log_probs.shape
    as_ids("blank", blank, V)
    texts = _texts(targets, m, V, blank)
    if lengths is None:
        lengths = np.full(m, T)
    frames = as_ids("lengths", lengths, T + 1, (m,))
    if frames.min() < 1:
        raise EngineError("lengths", f"from 1 to {T}", "an array that holds 0")

    states = [_states(text, blank) for text in texts]
    lattices = [_reachable(l_ext, int(n), blank) for l_ext, n in zip(states, frames, strict=True)]
    logs = log_probs.astype(np.float64, copy=False)
    # Written so that NaN is told, too; a log-softmax may round to a little above 0.
    if not logs.max() <= 1e-5:
        raise EngineError("log_probs", "logarithms of probabilities, 0 or below", f"up to {logs.max():g}")
    probabilities = np.exp(logs)
    A, skips = _emissions(probabilities, states, lattices, blank)
    totals = _sum_paths(A, skips)

    losses = np.full(m, np.inf)
    dlogits = np.zeros_like(logs)
    for i, (l_ext, lattice) in enumerate(zip(states, lattices, strict=True)):
        n, S = lattice.shape
        ahead, back = A[i, :n, : S + 2], A[m + i, :n, : S + 2]
        loss, shares = _scaled_result(ahead, back, totals[:n, i], lattice, skips[m + i, :S])
        if shares is None:
            loss, shares = _log_result(np.where(lattice, logs[i, :n][:, l_ext], -np.inf), l_ext, blank)
        if np.isfinite(loss):
            losses[i] = loss
            # The states of one symbol are added up by a product with their one-hot rows.
            dlogits[i, :n] = probabilities[i, :n] - shares @ np.eye(V)[l_ext]
    return losses.astype(log_probs.dtype), dlogits.astype(log_probs.dtype, copy=False)


def _texts(targets: Sequence[ArrayLike], m: int, V: int, blank: int) -> list[Array]:
    if len(targets) != m:
        raise EngineError("targets", f"a list of {m} texts, one for each utterance", f"one of {len(targets)}")
    texts = []
    for target in targets:
        text = np.zeros(0, np.intp) if np.size(target) == 0 else as_ids("target", target, V, ("L",))
        if np.any(text == blank):
            raise EngineError("target", f"a text without the blank {blank}", "one that holds it")
        texts.append(text)
    return texts


def _states(text: Array, blank: int) -> Array:
    """l' = blank, l_1, blank, ..., l_L, blank: (2 L + 1,)."""
    l_ext = np.full(2 * len(text) + 1, blank)
    l_ext[1::2] = text
    return l_ext


def _skips(l_ext: Array, blank: int) -> Array:
    """Where a state may be entered from two before: at a letter that differs from the letter before."""
    skips = np.zeros(len(l_ext), bool)
    skips[2:] = (l_ext[2:] != blank) & (l_ext[2:] != l_ext[:-2])
    return skips


def _reachable(l_ext: Array, n: int, blank: int) -> Array:
    """(n, S): which states a path can be in at each frame, coming from the start and still reaching the end.

    All others are left out of the sums. Otherwise states from which the end is too far would hold nearly all of the
    total, and those that matter would fall out of range next to them.
    """
    frame = np.arange(n)[:, np.newaxis]
    from_start = frame >= _first_frames(l_ext, blank)
    to_end = (frame >= _first_frames(l_ext[::-1], blank))[::-1, ::-1]
    return from_start & to_end


def _first_frames(l_ext: Array, blank: int) -> Array:
    """The first frame at which a path can be in each state: each letter takes one, a repeated letter two."""
    frames = np.where(_skips(l_ext, blank), 1, 2)[1::2]
    frames[:1] = 0
    first = np.zeros(len(l_ext), np.intp)
    first[1::2] = np.cumsum(frames)
    first[2::2] = first[1::2] + 1
    return first


def _emissions(probabilities: Array, states: list[Array], lattices: list[Array], blank: int) -> tuple[Array, Array]:
    """p_t(l'_s) of all utterances, then of all of them reversed, (2 m, T, 2 + S); and where they may skip, (2 m, S).

    Two columns of zeros in front stand for the states -2 and -1, so that one slice serves all states.
    """
    m, T, _ = probabilities.shape
    S = max(len(l_ext) for l_ext in states)
    # Memory that was used before is faster than the fresh zeros of np.zeros.
    A = np.empty((2 * m, T, 2 + S))
    A.fill(0)
    skips = np.zeros((2 * m, S))
    for i, (l_ext, lattice) in enumerate(zip(states, lattices, strict=True)):
        n, size = lattice.shape
        ahead = A[i, :n, 2 : 2 + size]
        np.multiply(probabilities[i, :n][:, l_ext], lattice, out=ahead)
        A[m + i, :n, 2 : 2 + size] = ahead[::-1, ::-1]
        skips[i, :size] = _skips(l_ext, blank)
        skips[m + i, :size] = _skips(l_ext[::-1], blank)
    return A, skips


def _sum_paths(A: Array, skips: Array) -> Array:
    """Turn the emissions A into the sums a_t(s), in place; the totals by which each frame was divided, (T, rows)."""
    rows, T, _ = A.shape
    two_before, one_before, here = A[:, :, :-2], A[:, :, 1:-1], A[:, :, 2:]
    here[:, 0, 2:] = 0
    entered = np.empty(skips.shape)
    totals = np.ones((T, rows))
    for t in range(1, T):
        np.multiply(two_before[:, t - 1], skips, out=entered)
        entered += one_before[:, t - 1]
        entered += here[:, t - 1]
        a = here[:, t]
        a *= entered
        if t % _RESCALE == 0:
            total = a.sum(axis=1)
            # A total of 0, as after an utterance's end, would make NaN; so zeros stay zeros.
            total[total == 0] = 1
            a /= total[:, np.newaxis]
            totals[t] = total
    return totals


def _scaled_result(
    ahead: Array, back: Array, totals: Array, lattice: Array, back_skips: Array
) -> tuple[float, Array | None]:
    """Loss and shares of one utterance from its sums, or None for the shares if something fell out of range.

    - ahead, back: (n, 2 + S), forward and backward sums; totals: (n,), forward; lattice: (n, S)
    """
    reachable = np.count_nonzero(lattice)
    if reachable == 0 or any(np.count_nonzero(sums > _LEAST) < reachable for sums in (ahead, back)):
        return np.inf, None
    # The backward sums without the emission of their own frame, which the forward sums hold already.
    rest = _entered(back, back_skips)[::-1, ::-1]
    shares = ahead[:, 2:] * rest
    through = shares.sum(axis=1, keepdims=True)
    if through.min() <= _LEAST:
        return np.inf, None
    shares /= through
    loss = -float(np.log(totals).sum() + np.log(ahead[-1, 2:][-2:].sum()))
    return loss, shares


def _entered(sums: Array, skips: Array) -> Array:
    """What enters each state at each frame, (n, S), from sums with two columns of zeros in front, (n, 2 + S)."""
    entered = np.zeros((len(sums), len(skips)))
    entered[0, :2] = 1
    entered[1:] = sums[:-1, 2:] + sums[:-1, 1:-1] + skips * sums[:-1, :-2]
    return entered


def _log_result(log_e: Array, l_ext: Array, blank: int) -> tuple[float, Array]:
    """Loss and shares of one utterance with logarithms throughout; log_e: (n, S), -inf at states out of reach."""
    n, S = log_e.shape
    log_E = np.stack([log_e, log_e[::-1, ::-1]], axis=1)
    log_skips = np.where([_skips(l_ext, blank), _skips(l_ext[::-1], blank)], 0.0, -np.inf)
    A = np.full((n, 2, S + 2), -np.inf)
    entered = np.full((n, 2, S), -np.inf)
    entered[0, :, :2] = 0
    A[0, :, 2:] = entered[0] + log_E[0]
    for t in range(1, n):
        before = A[t - 1]
        stay_or_move = np.logaddexp(before[:, 2:], before[:, 1:-1])
        np.logaddexp(stay_or_move, before[:, :-2] + log_skips, out=entered[t])
        np.add(entered[t], log_E[t], out=A[t, :, 2:])
    log_p = np.logaddexp.reduce(A[-1, 0, 2:][-2:])
    if log_p == -np.inf:
        return np.inf, np.zeros((n, S))
    return -float(log_p), np.exp(A[:, 0, 2:] + entered[::-1, 1, ::-1] - log_p)
