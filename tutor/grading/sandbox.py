"""What a worker may do: the policy that the parent works out and the worker applies to itself.

Its purpose is to protect the machine from accidents and pasted code. Two tiers: the portable one is resource
limits, a scrubbed environment, a private folder and a parent that kills; on Linux Landlock (files, sockets,
signals) and seccomp (system calls) come on top. A part that was never run on a kind of machine is off there.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.content.places import content_root, home
from tutor.domain.errors import DlcsError, GraderError

MEMORY = 2 << 30  #: bytes a worker may use
CPU_SECONDS = 600  #: the backstop; the parent's deadline comes first
FILE_SIZE = 16 << 20  #: bytes of any one file it writes
OPEN_FILES = 64
PROCESSES = 128  #: threads and processes, beyond those that the user runs when the worker starts

_LANDLOCK_CREATE = 444
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15


@dataclass(frozen=True)
class Policy:
    """The limits on one worker. `missing` says which parts are off here, and why."""

    limits: dict[str, int]
    landlock_abi: int = 0  #: 0: off
    seccomp: bytes | None = None
    poll_memory: bool = False  #: the parent watches the memory, because the system's limit may not hold
    memory: int = MEMORY
    missing: tuple[str, ...] = ()

    def message(self, folder: Path) -> dict[str, Any]:
        """The policy as the worker receives it; `folder` is the one place it may write to."""
        import numpy as np

        landlock = None
        if self.landlock_abi:
            attributes, rules = landlock_rules(self.landlock_abi, folder)
            landlock = {"attributes": np.frombuffer(attributes, np.uint8), "rules": rules}
        seccomp = None if self.seccomp is None else np.frombuffer(self.seccomp, np.uint8)
        limits = {**self.limits, "RLIMIT_NPROC": _tasks() + PROCESSES}
        return {"limits": limits, "landlock": landlock, "seccomp": seccomp}


def portable_policy(memory: int = MEMORY) -> Policy:
    """What works on every Unix: resource limits, and memory watched by the parent where they may not hold."""
    limits = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_FSIZE": FILE_SIZE,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    return Policy(limits, poll_memory=sys.platform != "linux", memory=memory, missing=("landlock", "seccomp"))


def best_policy(memory: int = MEMORY) -> Policy:
    """Everything that this machine offers and that was proven on its kind."""
    portable = portable_policy(memory)
    if sys.platform != "linux":
        return Policy(**{**vars(portable), "missing": ("landlock and seccomp: only on Linux",)})
    if platform.machine() != "x86_64":
        reason = f"landlock and seccomp: not yet proven on {platform.machine()}"
        return Policy(**{**vars(portable), "missing": (reason,)})
    abi = landlock_abi()
    missing = () if abi else ("landlock: not in this kernel",)
    return Policy(**{**vars(portable), "landlock_abi": abi, "seccomp": seccomp_program(), "missing": missing})


def describe_sandbox(active: Iterable[str]) -> str:
    """The verdict's `sandbox`: the tier and the parts that the worker says took effect."""
    parts = list(active)
    tier = "linux" if {"landlock", "seccomp"} & set(parts) else "portable"
    return f"{tier}: {', '.join(parts)}" if parts else tier


def environment() -> dict[str, str]:
    """The worker's whole environment: one thread for linear algebra, and nothing of the learner's."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **dict.fromkeys(threads, "1")}


def numpy_site() -> Path:
    """The folder that NumPy is installed in. Raises GraderError when it is not."""
    found = importlib.util.find_spec("numpy")
    if found is None or not found.origin:
        raise GraderError("NumPy is not installed beside this program; install the program anew.")
    return Path(found.origin).parent.parent


def _tasks() -> int:
    """Threads of this user now: the limit counts them all."""
    if not Path("/proc/self/status").exists():
        return 4096
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                if entry.stat().st_uid == os.getuid():
                    count += len(os.listdir(f"/proc/{entry.name}/task"))
            except OSError:
                continue
    return count


# --- landlock


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_LANDLOCK_CREATE, None, 0, 1)))


def landlock_rules(abi: int, folder: Path) -> tuple[bytes, dict[str, int]]:
    """The ruleset's attributes, and the access that each path gets; all else is refused.

    The standard library, NumPy and the system's libraries can be read, `folder` can be written.
    """
    rights = (1 << 13) - 1
    for since, right in ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL)):
        if abi >= since:
            rights |= right
    network = 0b11 if abi >= 4 else 0
    scopes = 0b11 if abi >= 6 else 0
    attributes = struct.pack("QQQ", rights, network, scopes)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    rules: dict[str, int] = {}
    for path, listed in _readable():
        rules[str(path)] = _LIST if listed else _READ | (_LIST if path.is_dir() else 0)
    rules["/dev/null"] = _READ | _WRITE
    rules[str(folder)] = rights & ~_EXECUTE
    return attributes, rules


def _readable() -> Iterator[tuple[Path, bool]]:
    """Paths that the worker may read, and folders that it may only list."""
    site = numpy_site()
    bases = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", f"{sys.base_prefix}/lib"]
    bases += [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    hidden = [path.resolve() for path in _hidden()]
    for base in dict.fromkeys(Path(base).resolve() for base in bases):
        if base.exists():
            yield from _around(base, hidden)
    for path in (site / "numpy", site / "numpy.libs", *map(Path, ("/dev/urandom", "/etc/ld.so.cache"))):
        if path.exists():
            yield path, False


def _hidden() -> Iterator[Path]:
    """Where answers or the learner's data may lie."""
    for package in ("tutor", "engine"):
        found = importlib.util.find_spec(package)
        if found is not None and found.origin:
            yield Path(found.origin).parent
    for place in (content_root, home):
        try:
            folder = place()
        except DlcsError:
            continue
        yield from (folder / "exercises", folder / "cheatsheets") if place is content_root else (folder,)


def _around(base: Path, hidden: list[Path]) -> Iterator[tuple[Path, bool]]:
    """`base`, or where something hidden lies inside it, everything in it but that."""
    if base in hidden:
        return
    if not any(base in path.parents for path in hidden):
        yield base, False
        return
    yield base, True
    for child in base.iterdir():
        if not child.is_symlink():
            yield from _around(child, hidden)


# --- seccomp

_X86_64 = 0xC000003E
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_CLONE, _CLONE3, _CLONE_THREAD = 56, 435, 0x10000
#: System calls of x86_64 that no exercise needs and that reach beyond the process.
_REFUSED = {
    "fork": 57,
    "vfork": 58,
    "execve": 59,
    "execveat": 322,
    "socket": 41,
    "connect": 42,
    "accept": 43,
    "bind": 49,
    "listen": 50,
    "socketpair": 53,
    "kill": 62,
    "tkill": 200,
    "tgkill": 234,
    "rt_sigqueueinfo": 129,
    "rt_tgsigqueueinfo": 297,
    "pidfd_send_signal": 424,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "ptrace": 101,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "setsid": 112,
    "setpgid": 109,
    "setrlimit": 160,
    "prlimit64": 302,
    "shmget": 29,
    "semget": 64,
    "msgget": 68,
    "mq_open": 240,
    "memfd_create": 319,
    "memfd_secret": 447,
    "userfaultfd": 323,
    "chmod": 90,
    "fchmod": 91,
    "fchmodat": 268,
    "fchmodat2": 452,
    "chown": 92,
    "fchown": 93,
    "lchown": 94,
    "fchownat": 260,
    "utime": 132,
    "utimes": 235,
    "futimesat": 261,
    "utimensat": 280,
    "setxattr": 188,
    "lsetxattr": 189,
    "fsetxattr": 190,
    "removexattr": 197,
    "lremovexattr": 198,
    "fremovexattr": 199,
    "truncate": 76,
    "mknod": 133,
    "mknodat": 259,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsmount": 432,
    "mount_setattr": 442,
    "open_by_handle_at": 304,
    "unshare": 272,
    "setns": 308,
    "bpf": 321,
    "perf_event_open": 298,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "init_module": 175,
    "delete_module": 176,
    "finit_module": 313,
    "kexec_load": 246,
    "kexec_file_load": 320,
    "reboot": 169,
    "swapon": 167,
    "swapoff": 168,
    "iopl": 172,
    "ioperm": 173,
    "settimeofday": 164,
    "clock_settime": 227,
    "adjtimex": 159,
    "clock_adjtime": 305,
    "sethostname": 170,
    "setdomainname": 171,
    "syslog": 103,
    "acct": 163,
    "quotactl": 179,
}


def seccomp_program() -> bytes:
    """A filter for x86_64: the refused calls fail with EPERM, threads and everything else pass."""
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06

    def step(code: int, if_true: int, if_false: int, value: int) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    refused = sorted(_REFUSED.values())
    program = [
        step(load, 0, 0, 4),  # the architecture
        step(equal, 1, 0, _X86_64),
        step(give, 0, 0, _KILL),
        step(load, 0, 0, 0),  # the call's number
        step(at_least, 0, 1, 0x40000000),  # the x32 numbering would slip past the list
        step(give, 0, 0, _ERROR | _EPERM),
        # The C library tries clone3, whose flags no filter can see, and falls back to clone.
        step(equal, 0, 1, _CLONE3),
        step(give, 0, 0, _ERROR | _ENOSYS),
        step(equal, 0, 4, _CLONE),
        step(load, 0, 0, 16),  # its flags
        step(any_bit, 0, 1, _CLONE_THREAD),
        step(give, 0, 0, _ALLOW),
        step(give, 0, 0, _ERROR | _EPERM),
        *(step(equal, len(refused) - index, 0, number) for index, number in enumerate(refused)),
        step(give, 0, 0, _ALLOW),
        step(give, 0, 0, _ERROR | _EPERM),
    ]
    return b"".join(program)
