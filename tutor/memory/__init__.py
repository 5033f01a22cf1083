"""The schedule: what events imply about how well an item is remembered. The one place that knows fsrs."""

from tutor.memory.forgetting import retrievability
from tutor.memory.intervals import interval_text
from tutor.memory.model import Memory, State
from tutor.memory.parameters import DEFAULT_WEIGHTS, Parameters, parameters_from
from tutor.memory.replay import REPLAY_VERSION, preview, replay

__all__ = [
    "DEFAULT_WEIGHTS",
    "REPLAY_VERSION",
    "Memory",
    "Parameters",
    "State",
    "interval_text",
    "parameters_from",
    "preview",
    "replay",
    "retrievability",
]
