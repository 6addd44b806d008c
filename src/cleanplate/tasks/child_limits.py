"""What a process that edits may use, and how the system is told. What a system cannot do is left out."""

import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import fcntl
    import resource

_FIRST_TO_GO: Final = "500"
"""When memory runs out, Linux ends the process of the highest score, 0 being usual; see proc(5)."""
_NICENESS: Final = 5
"""Edits take all cores that there are for seconds; who only asks how far they are waits for none of them."""
_CPU_MARGIN_S: Final = 10
"""More than the clock allows: the parent's words are better than the system's signal."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """Of one process that edits.

    Attributes:
        decode_s: seconds that reading the files of a task may take.
        task_s: seconds that all results of a task may take.
        memory_bytes: of private memory; None where networks use a GPU, whose driver reserves without taking.
    """

    decode_s: float
    task_s: float
    memory_bytes: int | None


def confine(memory_bytes: int | None = None) -> None:
    """Let this process take no more memory than that, die with its parent, and leave no core file."""
    # Ctrl-C goes to all processes of a terminal, systemd's SIGTERM to all of a service: their parent decides
    # when a child ends.
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, name="parent-watch", daemon=True).start()
    if sys.platform == "linux":
        _die_at_once_with_parent()
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    if sys.platform != "win32":
        os.nice(_NICENESS)
        _set_soft(resource.RLIMIT_CORE, 0)
        if memory_bytes is not None:
            _set_soft(resource.RLIMIT_DATA, memory_bytes)


def allow_seconds(limits: ChildLimits, count: int) -> None:
    """From now on, this process may use as much CPU as one task: what holds every lock ends all the same.

    Args:
        count: cores that it may use at once.
    """
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed_s = (limits.decode_s + limits.task_s) * count
        _set_soft(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + allowed_s) + _CPU_MARGIN_S)


def resident_bytes(pid: int) -> int:
    """Memory that a process takes now; 0 when it is gone, or where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def private_bytes() -> int:
    """Of this process, used or not, as `confine` limits it; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _set_soft(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _die_at_once_with_parent() -> None:
    """The same, of code that holds the interpreter's lock: the kernel signals that the pipe of the parent is
    closed, and SIGIO ends who does not handle it; see fcntl(2), O_ASYNC. The death of the process that forked
    this one, which is another, means nothing.
    """
    parent = parent_process()
    if parent is not None:
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC)


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
