"""Is it vectorized? Executed lines and calls are counted at two sizes: those of a loop grow."""

from __future__ import annotations

import time

from tutor.grading.package import ExercisePackage
from tutor.grading.protocol import number_of
from tutor.grading.runner import Worker, WorkerEnded
from tutor.grading.wire import WireError

SMALL, LARGE = 64, 1024
GROWTH = 4  #: from here on it counts as a loop
SECONDS = 5.0  #: for the count at the large size; what takes longer is a loop
_MOST = 2_000_000  #: events at the small size


def measure(package: ExercisePackage, worker: Worker, seed: int) -> bool | None:
    """Whether the code loaded in `worker` is vectorized; None where it cannot be told.

    The worker may be gone afterwards.
    """
    if package.manifest.vectorized == "off" or not package.has_scale:
        return None
    small, large = package.scale(seed, SMALL), package.scale(seed, LARGE)
    deadline = time.monotonic() + package.manifest.time_limit
    try:
        request = {**small.request, "op": "count", "warm_up": True, "limit": _MOST}
        reply = worker.ask(request, deadline, small.callables)
        if reply.get("kind") != "counted":
            return None
        few = max(1, number_of(reply, "events"))
    except (WorkerEnded, WireError):
        return None
    try:
        request = {**large.request, "op": "count", "warm_up": False, "limit": GROWTH * few + 1}
        reply = worker.ask(request, time.monotonic() + SECONDS, large.callables)
        return number_of(reply, "events") < GROWTH * few if reply.get("kind") == "counted" else None
    except WorkerEnded:
        return False
    except WireError:
        return None
