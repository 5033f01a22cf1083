"""The program that runs a learner's code. It needs the standard library, NumPy and wire.py beside it.

Started as `python -I -S -B worker.py SITE IN OUT PARENT`: the folder that holds NumPy, the pipe that requests
come in on, the pipe that replies go out on, the process that must outlive this one. It confines itself, says
ready, then answers one request at a time (`load`, `case`, `count`) until it is killed. It never holds an
answer.

The parent runs the reference with the same `run_case`, so that both sides of a comparison come about in the
same way; importing this file has no side effects.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import inspect
import linecache
import os
import random
import struct
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

if __name__ == "__main__":
    # The tutor itself, and what is installed beside NumPy, stay out of reach of the learner's imports.
    sys.path[:0] = [sys.argv[1], os.path.dirname(os.path.abspath(__file__))]
    sys.modules["tutor.grading.wire"] = importlib.import_module("wire")
    del sys.path[:2], sys.modules["wire"]

import numpy as np

from tutor.grading.wire import PREFIX, Frame, Packed, WireError, frame_size, pack

FILE = "solution.py"  #: the name that the learner's code runs under
STACK_FILE = "stack.txt"  #: in the worker's folder: where the code was when it hung or crashed

# --- running one case


def run_case(
    call: Callable[..., Any],
    arguments: Callable[[], tuple[tuple[Any, ...], dict[str, Any]]],
    seed: int,
    lines: Sequence[str] = (),
    caught: type[BaseException] = BaseException,
) -> dict[str, Any]:
    """Calls a function once and describes what happened, as a message.

    - arguments: gives the positional and named arguments, built anew each time it is called
    - seed: of the global random generators, so that both sides of a comparison draw the same numbers
    - lines: of the learner's file, to quote from
    - caught: what counts as raised by the code; anything else passes through
    - returns: `kind` is `returned` (with `value`), `raised` (with `type`, `bases`, `message`, `line`, `text`)
      or `signature` (with `yours`); `changed`: arguments that it changed; `warnings`: (type, message, line)
    """
    args, kwargs = arguments()
    try:
        signature = inspect.signature(call)
    except (ValueError, TypeError):
        signature = None
    if signature is not None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError:
            shown = signature.replace(return_annotation=inspect.Signature.empty)
            yours = f"{getattr(call, '__name__', 'function')}{shown}"
            return {"kind": "signature", "yours": yours, "changed": [], "warnings": []}
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            value = call(*args, **kwargs)
            outcome = {"kind": "returned", "value": value}
        except caught as error:
            outcome = describe(error, lines)
    names = list(signature.parameters) if signature is not None else []
    outcome["changed"] = list(_changed_arguments(names, arguments(), (args, kwargs)))
    outcome["warnings"] = [
        (each.category.__name__, str(each.message)[:300], each.lineno if each.filename == FILE else 0)
        for each in seen[:20]
    ]
    return outcome


def describe(error: BaseException, lines: Sequence[str] = ()) -> dict[str, Any]:
    """An exception as a message, with the innermost line of the learner's file that it passed through."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        message = str(error)[:2000]
    except BaseException:
        message = ""
    return {
        "kind": "raised",
        "type": type(error).__name__,
        "bases": [base.__name__ for base in type(error).__mro__],
        "message": message,
        "line": line,
        "text": lines[line - 1].strip()[:200] if 0 < line <= len(lines) else "",
    }


def _changed_arguments(names: list[str], before: tuple[Any, Any], after: tuple[Any, Any]) -> Iterator[str]:
    for index, (old, new) in enumerate(zip(before[0], after[0], strict=True)):
        yield from _changes(names[index] if index < len(names) else f"argument {index + 1}", old, new)
    for name, old in before[1].items():
        yield from _changes(name, old, after[1].get(name))


def _changes(path: str, old: Any, new: Any) -> Iterator[str]:
    """The paths, such as `parameters['W1']`, at which `new` is no longer `old`."""
    if isinstance(old, np.ndarray):
        same = type(new) is np.ndarray and new.dtype == old.dtype and new.shape == old.shape
        if not same or new.tobytes() != old.tobytes():
            yield path
    elif isinstance(old, dict) and isinstance(new, dict):
        if list(old) != list(new):
            yield path
        else:
            for key in old:
                yield from _changes(f"{path}[{key!r}]", old[key], new[key])
    elif isinstance(old, list | tuple) and type(new) is type(old):
        if len(old) != len(new):
            yield path
        else:
            for index, part in enumerate(old):
                yield from _changes(f"{path}[{index}]", part, new[index])
    elif isinstance(old, set) and old != new:
        yield path


def count_events(call: Callable[[], Any], limit: int) -> int:
    """How many Python lines and calls run during `call()`; stops soon after `limit`."""
    events = 0

    class Enough(BaseException):
        pass

    def trace(frame: types.FrameType, event: str, argument: Any) -> Any:
        nonlocal events
        events += event == "line"
        if events > limit:
            raise Enough
        return trace

    def profile(frame: types.FrameType, event: str, argument: Any) -> None:
        nonlocal events
        events += event in ("call", "c_call")

    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        call()
    except Enough:
        pass
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    return events


# --- confinement


def confine(policy: dict[str, Any]) -> list[str]:
    """Applies limits and filters to this process and names the parts that took effect.

    - policy: `limits` (resource name -> value), `landlock` (None, or `attributes`: bytes, `rules`: path ->
      access mask), `seccomp` (None, or the filter program: bytes)
    """
    active = []
    if _limit_resources(policy["limits"]):
        active.append("rlimits")
    if policy["landlock"] is None and policy["seccomp"] is None:
        return active
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS: without it both parts need privileges
        return active
    if policy["landlock"] is not None and _landlock(libc, **policy["landlock"]):
        active.append("landlock")
    if policy["seccomp"] is not None:
        program = policy["seccomp"].tobytes()
        buffer = ctypes.create_string_buffer(program, len(program))
        filters = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
        if libc.prctl(22, 2, ctypes.create_string_buffer(filters), 0, 0) == 0:  # PR_SET_SECCOMP, a filter
            active.append("seccomp")
    return active


def _limit_resources(limits: dict[str, int]) -> bool:
    import resource

    applied = 0
    for name, value in limits.items():
        try:
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
            applied += 1
        except (AttributeError, ValueError, OSError):
            continue
    return applied == len(limits)


def _landlock(libc: Any, attributes: Any, rules: dict[str, int]) -> bool:
    ruleset = libc.syscall(444, attributes.tobytes(), len(attributes), 0)
    if ruleset < 0:
        return False
    for path, access in rules.items():
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        libc.syscall(445, ruleset, 1, struct.pack("=Qi", access, handle), 0)
        os.close(handle)
    done = bool(libc.syscall(446, ruleset, 0) == 0)
    os.close(ruleset)
    return done


# --- the server


class Server:
    """Answers requests on a pair of pipes, until the first pipe closes."""

    def __init__(self, requests: int, replies: int) -> None:
        self.requests, self.replies = requests, replies
        self.module = types.ModuleType("solution")
        self.lines: list[str] = []
        self.drive: Callable[..., Any] | None = None

    def run(self) -> None:
        handlers = {"confine": self.confine, "load": self.load, "case": self.case, "count": self.count}
        while (frame := self._receive()) is not None:
            request = frame.value(self._proxy)
            reply = handlers[request["op"]](request, frame)
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except Exception:  # the learner may have closed or replaced it
                    continue
            self._send(reply)

    def confine(self, request: dict[str, Any], frame: Frame) -> dict[str, Any]:
        return {"kind": "ready", "active": confine(request["policy"])}

    def load(self, request: dict[str, Any], frame: Frame) -> dict[str, Any]:
        """Runs the learner's file as the module `solution`, the utilities already in its namespace."""
        import faulthandler

        # The traceback that the watchdog writes is how a hang can be told its line.
        stack = open(STACK_FILE, "w")  # noqa: SIM115 - stays open as long as the process
        faulthandler.enable(stack, all_threads=False)
        with contextlib.suppress(RuntimeError):  # its thread cannot start when the user runs too many
            faulthandler.dump_traceback_later(request["hang_after"], file=stack)
        source, names = request["source"], request["entries"]
        self.lines = source.split("\n")
        linecache.cache[FILE] = (len(source), None, [f"{line}\n" for line in self.lines], FILE)
        sys.modules["solution"] = self.module
        namespace = self.module.__dict__
        namespace["__file__"] = FILE
        for name, text in request["utilities"].items():
            space: dict[str, Any] = {"__name__": "utilities"}
            exec(compile(text, "utilities", "exec", dont_inherit=True), space)
            namespace[name] = space[name]
        if request["drive"]:
            space = {"__name__": "drive"}
            exec(compile(request["drive"], "drive.py", "exec", dont_inherit=True), space)
            self.drive = space["drive"]
        try:
            exec(compile(source, FILE, "exec", dont_inherit=True), namespace)
        except SyntaxError as error:
            if error.filename == FILE:
                return {
                    "kind": "syntax",
                    "message": error.msg,
                    "line": error.lineno or 0,
                    "text": (error.text or "").rstrip("\n")[:200],
                    "offset": error.offset or 0,
                }
            return describe(error, self.lines)
        except BaseException as error:
            return describe(error, self.lines)
        defined = [name for name, value in namespace.items() if callable(value) and name not in request["utilities"]]
        faults = {
            name: type(namespace[name]).__name__ if name in namespace else "" for name in names if name not in defined
        }
        return {
            "kind": "loaded",
            "faults": faults,
            "defined": [name for name in defined if not name.startswith("__")][:200],
        }

    def case(self, request: dict[str, Any], frame: Frame) -> dict[str, Any]:
        return run_case(self._callable(request["entry"]), lambda: self._arguments(frame), request["seed"], self.lines)

    def count(self, request: dict[str, Any], frame: Frame) -> dict[str, Any]:
        """Counts once uncounted calls have had their first-time effects (imports, caches)."""
        call = self._callable(request["entry"])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if request["warm_up"]:
                    args, kwargs = self._arguments(frame)
                    call(*args, **kwargs)
                args, kwargs = self._arguments(frame)
                events = count_events(lambda: call(*args, **kwargs), request["limit"])
            return {"kind": "counted", "events": events}
        except BaseException as error:
            return describe(error, self.lines)

    def _callable(self, entry: str) -> Callable[..., Any]:
        if self.drive is None:
            function: Callable[..., Any] = self.module.__dict__[entry]
            return function
        drive, namespace = self.drive, self.module.__dict__

        def driven(**inputs: Any) -> Any:
            return drive(namespace, inputs)

        return driven

    def _arguments(self, frame: Frame) -> tuple[tuple[Any, ...], dict[str, Any]]:
        request = frame.value(self._proxy)
        return request["args"], request["kwargs"]

    def _proxy(self, number: int, name: str) -> Callable[..., Any]:
        """A function that lives in the parent: sends the arguments, waits for what it returned."""

        def remote(*args: Any, **kwargs: Any) -> Any:
            packed = pack({"kind": "call", "number": number, "args": args, "kwargs": kwargs})
            if packed.unsendable or packed.callables:
                raise TypeError("this function can be given numbers, arrays, text and containers of these")
            self._write(packed)
            frame = self._receive()
            if frame is None:
                os._exit(0)
            reply = frame.value(self._proxy)
            if reply["kind"] == "raised":
                kind = getattr(builtins, reply["type"], RuntimeError)
                raise kind(reply["message"])
            return reply["value"]

        remote.__name__ = remote.__qualname__ = name
        return remote

    def _receive(self) -> Frame | None:
        buffer = bytearray()
        while (size := frame_size(buffer)) is None or len(buffer) < size:
            chunk = os.read(self.requests, (size or PREFIX.size) - len(buffer))
            if not chunk:
                return None
            buffer += chunk
        return Frame.parse(buffer)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            packed = pack(message)
        except WireError as error:
            packed = pack({"kind": "too-large", "message": str(error), "warnings": [], "changed": []})
        self._write(packed)

    def _write(self, packed: Packed) -> None:
        for chunk in packed.chunks:
            view = memoryview(chunk)
            while view:
                view = view[os.write(self.replies, view) :]


def _main() -> None:
    requests, replies, parent = sys.argv[2:]
    sys.argv[:] = [FILE]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: killed when the parent ends
    if os.getppid() != int(parent):
        return
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    Server(int(requests), int(replies)).run()


if __name__ == "__main__":
    _main()
    os._exit(0)  # a thread that the learner left running must not delay the end
