"""Workers: started ahead of time, used once, always gone in the end."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tutor.domain.errors import GraderError
from tutor.grading import worker as worker_program
from tutor.grading.folders import make_folder, remove_folder, sweep_folders
from tutor.grading.protocol import End, Reason, number_of
from tutor.grading.sandbox import Policy, environment, numpy_site
from tutor.grading.wire import Frame, WireError, frame_size, pack
from tutor.grading.worker import STACK_FILE

START_LIMIT = 30.0  #: seconds until a worker must be ready
OUTPUT_LIMIT = 16 << 10  #: bytes kept of what the learner's code prints
RECEIVE_LIMIT = 512 << 20  #: bytes of replies kept from one worker
_TICK = 0.05  #: seconds between looks at a silent worker
_STACK_LINE = re.compile(r'File "solution\.py", line (\d{1,6})\b')


class WorkerEnded(Exception):
    """The worker is gone; `end` says why."""

    def __init__(self, end: End) -> None:
        self.end = end
        super().__init__(f"{end.reason} {end.detail}")


class Worker:
    """One worker process in a session, and a folder, of its own."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.active: tuple[str, ...] = ()
        self._ready = False
        site = numpy_site()
        try:
            self.folder, self._folder_lock = make_folder()
        except OSError as error:
            raise _not_started(error) from None
        self._outgoing: list[memoryview] = []
        self._incoming = bytearray()
        self._received = 0
        self._printed = bytearray()
        self._output_open = True
        self._printed_size = 0
        self._memory_looked_at = 0.0
        descriptors: list[int] = []
        try:
            for _ in range(3):
                descriptors += os.pipe()
            theirs_in, self._requests, self._replies, theirs_out, self._output, printed = descriptors
            arguments = [str(site), str(theirs_in), str(theirs_out), str(os.getpid())]
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", worker_program.__file__, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=(theirs_in, theirs_out),
                cwd=self.folder,
                env=environment(),
                start_new_session=True,
            )
        except OSError as error:
            for descriptor in (*descriptors, self._folder_lock):
                os.close(descriptor)
            remove_folder(self.folder)
            raise _not_started(error) from None
        for descriptor in (theirs_in, theirs_out, printed):
            os.close(descriptor)
        for descriptor in (self._requests, self._replies, self._output):
            os.set_blocking(descriptor, False)
        self._started = time.monotonic()
        self._send({"op": "confine", "policy": policy.message(self.folder)})

    def wait_until_ready(self) -> None:
        """Raises GraderError, with what the worker said, when it does not start."""
        if self._ready:
            return
        try:
            reply = self._reply(self._started + START_LIMIT, ()).value()
            self.active = tuple(str(part) for part in reply["active"])
            self._ready = True
        except (WorkerEnded, WireError, TypeError, KeyError) as error:
            said = self.output.strip().splitlines()
            reason = said[-1] if said else str(error)
            raise GraderError(f"The worker that runs your code did not start: {reason}.") from None

    def ask(
        self, request: dict[str, Any], deadline: float, callables: tuple[Callable[..., Any], ...] = ()
    ) -> dict[str, Any]:
        """Sends a request and waits for its reply, answering calls of the functions in it meanwhile.

        - deadline: on the monotonic clock
        - callables: the functions by number, as `pack` found them in the request

        Raises WorkerEnded when the worker ends, overruns or talks nonsense; it is gone then.
        """
        self._send(request)
        try:
            while True:
                message = self._reply(deadline, callables).value()
                if not isinstance(message, dict):
                    raise WireError("a reply that is no message")
                if message.get("kind") != "call":
                    return message
                self._send(_answer(message, callables))
        except WireError as error:
            raise self._ended(Reason.WIRE, str(error)) from None

    @property
    def output(self) -> str:
        """What the code has printed so far, shortened."""
        self._drain()
        text = self._printed.decode("utf-8", "replace")
        more = self._printed_size - len(self._printed)
        return f"{text}\n... ({more:,} more bytes)" if more else text

    def close(self) -> None:
        """Kills the worker and everything in its group, and removes its folder."""
        self._kill()
        remove_folder(self.folder)
        for descriptor in (self._requests, self._replies, self._output, self._folder_lock):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _send(self, message: dict[str, Any]) -> None:
        self._outgoing += [memoryview(chunk) for chunk in pack(message).chunks]
        self._write()

    def _reply(self, deadline: float, callables: tuple[Callable[..., Any], ...]) -> Frame:
        while (size := frame_size(self._incoming)) is None or len(self._incoming) < size:
            now = time.monotonic()
            if now >= deadline:
                raise self._ended(Reason.TIME)
            alive = self._exchange(min(deadline - now, _TICK))
            if not alive and ((size := frame_size(self._incoming)) is None or len(self._incoming) < size):
                raise self._ended(Reason.EXIT)
            if self.policy.poll_memory and self._uses_too_much():
                raise self._ended(Reason.MEMORY)
        frame = Frame.parse(self._incoming[:size])
        del self._incoming[:size]
        return frame

    def _exchange(self, timeout: float) -> bool:
        """Moves bytes in all directions, waiting up to `timeout` seconds. False when the worker has gone."""
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        if self._output_open:
            poll.register(self._output, select.POLLIN)
        if self._outgoing:
            poll.register(self._requests, select.POLLOUT)
        ready = {descriptor for descriptor, _ in poll.poll(max(1, int(timeout * 1000)))}
        if self._output in ready:
            self._drain()
        if self._requests in ready:
            self._write()
        if self._replies in ready:
            return self._read()
        # A child that outlived the worker may hold the pipe open: that it does not close is no sign of life.
        return self.process.poll() is None or self._read()

    def _write(self) -> None:
        try:
            while self._outgoing:
                chunk = self._outgoing[0]
                self._outgoing[0] = chunk[os.write(self._requests, chunk) :]
                if not self._outgoing[0]:
                    del self._outgoing[0]
        except BlockingIOError:
            return
        except OSError:
            self._outgoing.clear()  # nobody reads any more; the end shows on the other pipe

    def _read(self) -> bool:
        """Whether something came."""
        try:
            chunk = os.read(self._replies, 1 << 20)
        except BlockingIOError:
            return False
        self._incoming += chunk
        self._received += len(chunk)
        if self._received > RECEIVE_LIMIT:
            raise WireError(f"more than {RECEIVE_LIMIT >> 20} MB of results")
        return bool(chunk)

    def _drain(self) -> None:
        for _ in range(64):  # a code that prints for ever must not keep the parent here
            try:
                chunk = os.read(self._output, 1 << 16)
            except OSError:
                return
            if not chunk:
                self._output_open = False
                return
            self._printed_size += len(chunk)
            self._printed += chunk[: max(0, OUTPUT_LIMIT - len(self._printed))]

    def _uses_too_much(self) -> bool:
        now = time.monotonic()
        if now - self._memory_looked_at < 5 * _TICK:
            return False
        self._memory_looked_at = now
        return resident_memory(self.process.pid) > self.policy.memory

    def _ended(self, reason: Reason, detail: str = "") -> WorkerEnded:
        self._kill()
        self._drain()
        code = self.process.returncode
        if reason is Reason.EXIT:
            reason, detail = (Reason.SIGNAL, str(-code)) if code < 0 else (Reason.EXIT, str(code))
        try:
            found = _STACK_LINE.search((self.folder / STACK_FILE).read_text("utf-8", "replace")[:100_000])
        except OSError:
            found = None
        return WorkerEnded(End(reason, detail, int(found[1]) if found else 0))

    def _kill(self) -> None:
        if self.process.poll() is None and self._exiting():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _exiting(self) -> bool:
        """Whether the worker closed its pipe, so that its own exit code is about to come."""
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        return any(event & (select.POLLHUP | select.POLLIN) == select.POLLHUP for _, event in poll.poll(0))


def _not_started(error: OSError) -> GraderError:
    return GraderError(f"The worker that runs your code cannot be started: {error.strerror}.")


def _answer(call: dict[str, Any], callables: tuple[Callable[..., Any], ...]) -> dict[str, Any]:
    """Calls the parent's function that the learner's code called. Its errors travel to the learner's code."""
    try:
        function = dict(enumerate(callables))[number_of(call, "number")]
        args, kwargs = tuple(call["args"]), dict(call["kwargs"])
    except (KeyError, TypeError) as error:
        raise WireError("a malformed call") from error
    try:
        return {"kind": "returned", "value": function(*args, **kwargs)}
    except Exception as error:
        return {"kind": "raised", "type": type(error).__name__, "message": str(error)[:2000]}


def resident_memory(pid: int, proc: Path = Path("/proc")) -> int:
    """Bytes of memory that a process occupies now; 0 when it is gone."""
    try:
        return int((proc / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        pass
    asked = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(asked.stdout) * 1024 if asked.stdout.strip().isdecimal() else 0


class Spares:
    """Keeps one worker started ahead of its use.

    One thread starts them all and lives as long as they may be needed: Linux kills a worker when the thread
    that started it ends.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._started: queue.SimpleQueue[Worker | GraderError] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="dlcs-workers", daemon=True)
        self._thread.start()
        self.prepare()

    def prepare(self) -> None:
        """Asks for one more worker, without waiting for it."""
        self._wanted.put(True)

    def take(self) -> Worker:
        """A worker that is ready. Raises GraderError when none can be started."""
        for attempt in (1, 2):
            try:
                started = self._started.get(timeout=START_LIMIT)
            except queue.Empty:
                raise GraderError("The worker that runs your code did not start in time; try again.") from None
            try:
                if isinstance(started, GraderError):
                    raise started
                started.wait_until_ready()
                return started
            except GraderError:
                if isinstance(started, Worker):
                    started.close()
                self.prepare()
                # A spare may have been killed while it waited; a fresh one tells.
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._wanted.put(False)
        self._thread.join()
        while not self._started.empty():
            if isinstance(left := self._started.get(), Worker):
                left.close()

    def _serve(self) -> None:
        sweep_folders()
        while self._wanted.get():
            try:
                self._started.put(Worker(self.policy))
            except GraderError as error:
                self._started.put(error)
