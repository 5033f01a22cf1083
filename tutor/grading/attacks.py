"""The sandbox's proof: real attacks, run in a worker, each reported as stopped or not."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.grading.protocol import Kind, Outcome
from tutor.grading.runner import Worker, WorkerEnded
from tutor.grading.sandbox import Policy, best_policy, describe_sandbox
from tutor.grading.wire import WireError

_HANG = 1.0  #: seconds that the endless loop is given

#: Runs in the worker. Each function returns True when the attack went through.
_PROGRAM = """
import os


def write_outside(path):
    with open(path, "w") as file:
        file.write("written")
    return True


def read_answers(path):
    with open(path) as file:
        return len(file.read()) > 0


def list_folder(path):
    return len(os.listdir(path)) > 0


def read_environment(name):
    return name in os.environ


def connect(port):
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def run_program():
    import subprocess

    return subprocess.run(["/bin/sh", "-c", "true"]).returncode == 0


def kill(pid):
    os.kill(pid, 9)
    return True


def fill_disk(size):
    with open("large", "wb") as file:
        file.truncate(size)
        file.seek(size - 1)
        return file.write(b"x") == 1


def take_memory(size):
    block = bytearray(size)
    return len(block) > 0


def hang():
    while True:
        pass
"""


@dataclass(frozen=True)
class Attack:
    """One attack and whether it was stopped; `detail` is what stopped it."""

    name: str
    stopped: bool
    detail: str = ""


@dataclass(frozen=True)
class SandboxReport:
    """Which parts of the sandbox are active here, which are off and why, and how the attacks fared."""

    sandbox: str
    active: tuple[str, ...]
    missing: tuple[str, ...]
    attacks: tuple[Attack, ...]

    @property
    def all_stopped(self) -> bool:
        return all(attack.stopped for attack in self.attacks)


def probe(policy: Policy | None = None) -> SandboxReport:
    """Attacks a worker and reports. Only files, a process and a port of the probe's own are put at risk.

    - policy: the limits to try; default: the best that this machine offers

    Raises GraderError when no worker starts.
    """
    policy = policy or best_policy()
    with ExitStack() as stack:
        worker = Worker(policy)
        stack.callback(worker.close)
        worker.wait_until_ready()
        attacks = tuple(_attack(worker, stack))
        return SandboxReport(describe_sandbox(worker.active), worker.active, policy.missing, attacks)


def _attack(worker: Worker, stack: ExitStack) -> list[Attack]:
    outside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlcs-probe-")))
    (outside / "secret.txt").write_text("secret")
    victim = stack.enter_context(subprocess.Popen(["sleep", "60"]))
    stack.callback(victim.kill)
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    mark = next((name for name in os.environ if name not in ("PATH", "LC_ALL") and "THREADS" not in name), "HOME")
    found = importlib.util.find_spec("engine")
    engine = Path(found.origin) if found is not None and found.origin else outside / "secret.txt"
    plan: list[tuple[str, str, Any, Callable[[], bool] | None]] = [
        (
            "writing a file outside its folder",
            "write_outside",
            str(outside / "written"),
            (outside / "written").exists,
        ),
        ("reading a file of the learner", "read_answers", str(outside / "secret.txt"), None),
        ("reading the engine", "read_answers", str(engine), None),
        ("listing a folder of the learner", "list_folder", str(outside), None),
        ("reading the environment", "read_environment", mark, None),
        ("connecting to a port", "connect", listener.getsockname()[1], None),
        ("starting a child process", "fork", None, None),
        ("running another program", "run_program", None, None),
        ("killing another process", "kill", victim.pid, lambda: victim.poll() is not None),
        ("writing a file without end", "fill_disk", 1 << 30, None),
        ("taking more memory than allowed", "take_memory", 2 * worker.policy.memory, None),
        ("running without end", "hang", None, None),
    ]
    _load(worker, sorted({function for _, function, _, _ in plan}))
    return [_try(worker, *step) for step in plan]


def _load(worker: Worker, entries: list[str]) -> None:
    request: dict[str, Any] = {
        "op": "load",
        "source": _PROGRAM,
        "entries": entries,
        "utilities": {},
        "drive": None,
        "hang_after": 30.0,
    }
    worker.ask(request, time.monotonic() + 30)


def _try(worker: Worker, name: str, function: str, argument: Any, happened: Callable[[], bool] | None) -> Attack:
    args = () if argument is None else (argument,)
    request: dict[str, Any] = {"op": "case", "entry": function, "args": args, "kwargs": {}, "seed": 0}
    seconds = _HANG if function == "hang" else 10.0
    try:
        outcome = Outcome.from_message(worker.ask(request, time.monotonic() + seconds))
    except WorkerEnded as error:
        return Attack(name, True, f"the worker was ended ({error.end.reason} {error.end.detail})".replace(" )", ")"))
    except WireError as error:
        return Attack(name, False, str(error))
    detail = f"{outcome.raised.type}: {outcome.raised.message}" if outcome.raised is not None else ""
    went_through = outcome.kind is Kind.RETURNED and bool(outcome.value)
    if happened is not None:
        time.sleep(0.05)  # a signal takes a moment to arrive
        went_through = happened()
    return Attack(name, not went_through, detail)
