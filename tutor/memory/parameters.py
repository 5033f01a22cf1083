"""The weights of the memory model, for each kind of item its own: guessing would spoil those of the cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutor.domain.errors import SettingsError
from tutor.domain.events import Event, EventType, counting
from tutor.domain.items import Kind

#: The 21 weights of FSRS-6, fitted to some hundred million reviews of Anki's users (Ye, J., 2025).
DEFAULT_WEIGHTS: tuple[float, ...] = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """The weights in force: the defaults for every kind that `weights` does not name."""

    weights: Mapping[Kind, tuple[float, ...]] = field(default_factory=dict)

    def of(self, kind: Kind) -> tuple[float, ...]:
        """The 21 weights for items of `kind`; the last one is the decay of the forgetting curve."""
        return self.weights.get(kind, DEFAULT_WEIGHTS)


def valid_weights(payload: Mapping[str, Any]) -> tuple[Kind, tuple[float, ...]]:
    """The kind and weights that the payload of a `parameters` event holds.

    Raises SettingsError when the kind is unknown, or the weights are not 21 numbers within FSRS-6's bounds.
    """
    from fsrs import Scheduler

    kind, weights = payload.get("kind"), payload.get("weights")
    if kind not in list(Kind):
        raise SettingsError(f"Scheduling weights should name one of {', '.join(Kind)} as their kind, not {kind!r}.")
    if not isinstance(weights, Sequence) or not all(type(weight) in (int, float) for weight in weights):
        raise SettingsError(f"The scheduling weights of a {kind} should be a list of 21 numbers, not {weights!r}.")
    try:
        Scheduler(parameters=weights)
    except ValueError as error:
        problem = "; ".join(line.strip().rstrip(":.") for line in str(error).splitlines()[:2])
        raise SettingsError(
            f"The scheduling weights of a {kind} cannot be used ({problem}); keep the defaults or fit them anew."
        ) from None
    return Kind(kind), tuple(float(weight) for weight in weights)


def parameters_from(events: Iterable[Event]) -> Parameters:
    """The parameters in force after `events`: for each kind the newest that count.

    Weights that cannot be used are passed over, so that a damaged log never locks the learner out.
    """
    weights: dict[Kind, tuple[float, ...]] = {}
    for event in counting(events):
        if event.type is EventType.PARAMETERS:
            try:
                kind, values = valid_weights(event.payload)
            except SettingsError:
                continue
            weights[kind] = values
    return Parameters(weights)
