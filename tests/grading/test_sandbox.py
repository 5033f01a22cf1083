"""What code under grading can reach, and what is left of it afterwards."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tutor.domain.errors import GraderError
from tutor.grading import Grader, probe
from tutor.grading.folders import GRACE, PREFIX, remove_folder
from tutor.grading.runner import Worker, resident_memory
from tutor.grading.sandbox import (
    best_policy,
    describe_sandbox,
    environment,
    landlock_abi,
    landlock_rules,
    portable_policy,
)

ON_LINUX = sys.platform == "linux"


def run(grader, package, body, arguments="X, k"):
    return grader.grade(package, f"import os\ndef scale({arguments}):\n    " + body.replace("\n", "\n    "), seed=1)


def failure(verdict):
    assert not verdict.passed
    return verdict.first_failure.message


def test_the_probe_finds_every_attack_stopped_where_the_tier_is_complete():
    report = probe()
    assert len(report.attacks) == 12
    if ON_LINUX and not report.missing:
        assert report.sandbox == "linux: rlimits, landlock, seccomp"
        assert [attack.name for attack in report.attacks if not attack.stopped] == []


def test_the_probe_is_honest_about_the_portable_tier():
    report = probe(portable_policy())
    assert report.sandbox == "portable: rlimits"
    assert not report.all_stopped
    by_name = {attack.name: attack.stopped for attack in report.attacks}
    assert not by_name["running another program"]
    assert not by_name["writing a file outside its folder"]
    assert by_name["running without end"]
    assert by_name["taking more memory than allowed"]
    assert by_name["reading the environment"]


@pytest.mark.parametrize(
    ("part", "stopped"),
    [
        ("landlock", {"writing a file outside its folder", "reading a file of the learner", "reading the engine"}),
        ("seccomp", {"starting a child process", "running another program", "connecting to a port"}),
    ],
)
def test_each_part_of_the_linux_tier_stops_attacks_by_itself(part, stopped):
    policy = best_policy()
    alone = replace(policy, seccomp=None) if part == "landlock" else replace(policy, landlock_abi=0)
    report = probe(alone)
    if part in report.active:
        assert {attack.name for attack in report.attacks if attack.stopped} >= stopped


def test_answers_are_out_of_reach(grader, make_exercise, monkeypatch):
    package = make_exercise()
    for body in (
        "import engine.basics",
        "import tutor.grading.package",
        f"open({str(package.folder / 'reference.py')!r})",
        f"open({str(Path(__file__).parents[2] / 'engine' / 'basics.py')!r})",
        f"os.listdir({str(package.folder)!r})",
    ):
        said = failure(run(grader, package, body))
        if ON_LINUX or body.startswith("import"):
            assert "PermissionError" in said or "ModuleNotFoundError" in said


def test_the_learners_environment_and_arguments_do_not_reach_the_code(grader, make_exercise, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    body = "import sys\nassert not {'SECRET_TOKEN', 'HOME'} & set(os.environ)\n"
    body += "assert sys.argv == ['solution.py']\nreturn X * k"
    assert run(grader, make_exercise(), body).passed
    for ours in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # set for the tests, and by the grader itself
        monkeypatch.delenv(ours)
    assert set(environment()) & set(os.environ) <= {"PATH", "LC_ALL"}


def test_the_code_may_use_its_own_folder(grader, make_exercise):
    body = "import numpy as np\nnp.save('x.npy', X)\nreturn np.load('x.npy') * k"
    assert run(grader, make_exercise(), body).passed


def test_the_standard_library_and_numpys_parts_can_be_imported(grader, make_exercise):
    body = (
        "import collections, dataclasses, decimal, functools, hashlib, heapq, itertools, math, statistics\n"
        "import numpy.fft, numpy.linalg, numpy.polynomial, numpy.testing\n"
        "from numpy.lib import stride_tricks\nreturn X * k"
    )
    assert run(grader, make_exercise(), body).passed


@pytest.mark.parametrize("tier", ["grader", "portable_grader"])
def test_a_daemon_thread_neither_delays_the_verdict_nor_survives(tier, request, make_exercise):
    body = """import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=False).start()
return X * k"""
    started = time.monotonic()
    assert run(request.getfixturevalue(tier), make_exercise(), body).passed
    assert time.monotonic() - started < 3


def test_a_forked_child_neither_delays_the_verdict_nor_survives(portable_grader, make_exercise, tmp_path):
    note = tmp_path / "child"
    body = f"""import time
if os.fork() == 0:
    open({str(note)!r}, 'a').write(str(os.getpid()) + ' ')
    time.sleep(60)
return X * k"""
    started = time.monotonic()
    assert run(portable_grader, make_exercise(), body).passed
    assert time.monotonic() - started < 3
    assert _gone(map(int, note.read_text().split()))


def test_a_child_that_outlives_an_exit_does_not_delay_the_verdict(portable_grader, make_exercise):
    body = "import time\nif os.fork() == 0:\n    time.sleep(60)\nos._exit(3)"
    started = time.monotonic()
    assert "exit code 3" in failure(run(portable_grader, make_exercise(), body))
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("body", ["os.fork()", "os.system('true')", "os.execv('/bin/true', ['true'])", "os.kill(1, 0)"])
def test_processes_are_refused_in_one_sentence(grader, make_exercise, body):
    if "seccomp" in grader.policy.missing or not ON_LINUX:
        return
    said = failure(run(grader, make_exercise(), body))
    assert "PermissionError" in said or "None" in said  # os.system swallows the error
    assert "Traceback" not in said


def test_a_socket_is_refused_in_one_sentence(grader, make_exercise):
    said = failure(run(grader, make_exercise(), "import socket\nsocket.socket()"))
    if ON_LINUX:
        assert "Code under grading may not start programs, use the network or touch files" in said


def test_memory_is_watched_where_the_systems_limit_does_not_hold(make_exercise):
    policy = portable_policy(memory=300 << 20)
    limits = {name: value for name, value in policy.limits.items() if name != "RLIMIT_AS"}
    with Grader(replace(policy, limits=limits, poll_memory=True)) as grader:
        body = "blocks = []\nwhile True:\n    blocks.append(b'x' * (8 << 20))"
        assert "used more memory than the 0.292969 GiB" in failure(run(grader, make_exercise(), body))


def test_a_flood_of_memory_is_told_by_the_limit(make_exercise):
    body = "blocks = []\nwhile True:\n    blocks.append(bytearray(64 << 20))"
    with Grader(portable_policy(memory=1 << 29)) as grader:
        assert "MemoryError. Your code may use 0.5 GiB." in failure(run(grader, make_exercise(), body))


def test_resident_memory_is_found_with_and_without_proc(tmp_path):
    here = resident_memory(os.getpid())
    assert here > 10 << 20
    assert 0.5 < resident_memory(os.getpid(), proc=tmp_path) / here < 2
    assert resident_memory(99_999_999, proc=tmp_path) == 0


def test_folders_made_unreadable_inside_are_removed(tmp_path):
    folder = tmp_path / "worker"
    (folder / "inside" / "deep").mkdir(parents=True)
    (folder / "inside").chmod(0)
    remove_folder(folder)
    assert not folder.exists()


def test_thirty_gradings_leave_no_process_descriptor_or_folder(make_exercise, tmp_path, monkeypatch):
    if not ON_LINUX:
        return
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    package = make_exercise()
    gc.collect()  # what earlier tests left open must not be closed while this one counts
    before = _descriptors(), _children()
    programs = ["scale = lambda X, k: X * k", "import os; os._exit(1)", "def scale(X, k):\n    print('x' * 10**6)"]
    with Grader() as grader:
        for index in range(30):
            grader.grade(package, programs[index % 3], seed=index)
        assert len(list((tmp_path / "temporary").iterdir())) <= 1
    assert (_descriptors(), _children()) == before
    assert list((tmp_path / "temporary").iterdir()) == []


KILLED = """
import time
from tutor.grading.runner import Worker
from tutor.grading.sandbox import best_policy

worker = Worker(best_policy())
worker.wait_until_ready()
source = "open('loops', 'w').close()\\nwhile True: pass"
load = {"op": "load", "source": source, "entries": [], "utilities": {}, "drive": None, "hang_after": 60.0}
print(worker.process.pid, worker.folder, flush=True)
worker.ask(load, time.monotonic() + 60)
"""


def test_a_worker_ends_with_its_killed_parent_and_the_next_start_removes_its_folder(tmp_path, monkeypatch):
    if not ON_LINUX:
        return
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=environ) as parent:
        pid, name = parent.stdout.readline().split()
        left = Path(name)
        assert _comes(lambda: (left / "loops").exists())
        parent.kill()
    assert _gone([int(pid)])

    living = Worker(portable_policy())
    link, other = tmp_path / f"{PREFIX}link", tmp_path / "dlcs-other"
    other.mkdir(mode=0o500)
    link.symlink_to(other)
    fresh = tmp_path / f"{PREFIX}fresh"
    fresh.mkdir()
    for path in (left, living.folder, other, link):
        os.utime(path, (time.time() - 2 * GRACE,) * 2, follow_symlinks=False)
    try:
        with Grader():
            assert _comes(lambda: not left.exists())
        assert living.folder.is_dir()
        assert link.is_symlink()
        assert fresh.is_dir()
        assert other.stat().st_mode & 0o777 == 0o500
    finally:
        living.close()


def test_a_spare_that_was_killed_is_replaced(make_exercise):
    with Grader() as grader:
        spare = grader._spares.take()
        spare.process.kill()
        grader._spares._started.put(spare)
        spare._ready = False
        assert grader.grade(make_exercise(), "scale = lambda X, k: X * k", seed=1).passed


def test_a_worker_that_cannot_start_is_the_graders_fault(make_exercise, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Grader() as grader, pytest.raises(GraderError, match="cannot be started: No such file or directory"):
        grader.grade(make_exercise(), "scale = 1", seed=1)


def test_a_worker_without_a_place_for_its_folder_is_told_at_once(make_exercise, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with Grader() as grader, pytest.raises(GraderError, match="cannot be started: No such file or directory"):
        grader.grade(make_exercise(), "scale = 1", seed=1)


def test_a_worker_that_dies_at_its_start_says_why(make_exercise, monkeypatch, tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with Grader() as grader, pytest.raises(GraderError, match="did not start: no such module"):
        grader.grade(make_exercise(), "scale = 1", seed=1)


def test_a_closed_grader_says_so(make_exercise):
    with pytest.raises(GraderError, match="use it in a with statement"):
        Grader().grade(make_exercise(), "scale = 1")


def test_a_grader_can_be_used_from_short_lived_threads(make_exercise):
    import threading

    package, verdicts = make_exercise(), []
    with Grader() as grader:
        for _ in range(2):
            thread = threading.Thread(
                target=lambda: verdicts.append(grader.grade(package, "scale = lambda X, k: X * k", seed=1))
            )
            thread.start()
            thread.join()
    assert [verdict.passed for verdict in verdicts] == [True, True]


def test_hidden_places_inside_readable_ones_are_left_out(tmp_path, monkeypatch):
    (tmp_path / "lib" / "answers").mkdir(parents=True)
    (tmp_path / "lib" / "open").mkdir()
    monkeypatch.setattr("sys.base_prefix", str(tmp_path))
    monkeypatch.setattr("tutor.grading.sandbox._hidden", lambda: iter([tmp_path / "lib" / "answers"]))
    _, rules = landlock_rules(6, tmp_path / "own")
    assert rules[str(tmp_path / "lib")] == 8  # may be listed, no more
    assert rules[str(tmp_path / "lib" / "open")] == 12
    assert str(tmp_path / "lib" / "answers") not in rules


def test_an_unproven_architecture_falls_back_to_the_portable_tier(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    policy = best_policy()
    assert policy.landlock_abi == 0
    assert policy.seccomp is None
    assert policy.missing == ("landlock and seccomp: not yet proven on riscv64",)
    monkeypatch.setattr("sys.platform", "darwin")
    assert best_policy().missing == ("landlock and seccomp: only on Linux",)
    assert best_policy().poll_memory


def test_the_sandbox_is_described_by_what_took_effect():
    assert describe_sandbox(["rlimits", "landlock", "seccomp"]) == "linux: rlimits, landlock, seccomp"
    assert describe_sandbox(["rlimits"]) == "portable: rlimits"
    assert describe_sandbox([]) == "portable"
    assert landlock_abi() >= 0


def test_importing_the_package_costs_no_numpy():
    source = (
        "import sys, tutor.grading, tutor.content.exercises; print('numpy' in sys.modules, 'engine' in sys.modules)"
    )
    asked = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["False", "False"]


def test_a_worker_reports_its_parts(tmp_path):
    worker = Worker(portable_policy())
    try:
        worker.wait_until_ready()
        assert worker.active == ("rlimits",)
        assert json.dumps(worker.output) == '""'
    finally:
        worker.close()
    assert not worker.folder.exists()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if ON_LINUX else os.kill(pid, 0) is None
    except (OSError, IndexError):
        return False


def _gone(pids: Iterable[int]) -> bool:
    """Whether all of them end soon: a kill takes a moment to arrive."""
    left = list(pids)
    return _comes(lambda: not any(map(_alive, left)))


def _comes(happened: Callable[[], bool]) -> bool:
    """Whether something happens soon."""
    deadline = time.monotonic() + 5
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)
    return happened()


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _children() -> int:
    return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
