"""How many tasks are done at the same time on this machine, and what each may use."""

import os
from dataclasses import dataclass
from typing import Final

from cleanplate.runtime.control_groups import memory_limit
from cleanplate.runtime.runtime import Runtime
from cleanplate.runtime.threads import cores
from cleanplate.settings import Settings
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_environment import without_secrets
from cleanplate.tasks.child_limits import ChildLimits

_SERVER_BYTES: Final = 2**30
"""For the server itself: request bodies, results, the database."""
_USUAL_BYTES: Final = 3 * 2**30
"""A process with its networks and a picture of 4096 x 4096 pixels; see docs/performance.md."""
_LEAST_BYTES: Final = 2**30
_MOST: Final = 8
"""Of those that nobody asked for."""
_UNKNOWN_BYTES: Final = 8 * 2**30


@dataclass(frozen=True, slots=True)
class WorkerSize:
    """How many processes there are, and what each begins with.

    Attributes:
        together_bytes: of memory that all tasks may have together, where the limits of each do not see to it.
    """

    count: int
    setup: ChildSetup
    together_bytes: int | None = None


def worker_size(settings: Settings, runtime: Runtime) -> WorkerSize:
    """As the settings say; where they do not, by cores and memory.

    A GPU has one process: each has its networks for itself. The memory for networks is shared out too.
    """
    free = max(machine_bytes() - _SERVER_BYTES, _LEAST_BYTES)
    usual = 1 if runtime.has_gpu else max(1, min(cores(), free // _USUAL_BYTES, _MOST))
    count = settings.workers or usual
    share = settings.task_memory_bytes or max(free // count, _LEAST_BYTES)
    limits = ChildLimits(
        decode_s=settings.decode_timeout_s,
        task_s=settings.task_timeout_s,
        memory_bytes=None if runtime.has_gpu and settings.task_memory_bytes is None else share,
    )
    shares: dict[str, int] = {"model_memory_bytes": max(settings.model_memory_bytes // count, 1)}
    if settings.gpu_memory_bytes is not None:
        shares["gpu_memory_bytes"] = max(settings.gpu_memory_bytes // count, 1)
    together = None if limits.memory_bytes is None or count * limits.memory_bytes <= free else free
    return WorkerSize(
        count, ChildSetup(without_secrets(settings).model_copy(update=shares), limits), together
    )


def machine_bytes() -> int:
    """The memory of this machine, or what the container or the unit of systemd leaves of it."""
    try:
        installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # no POSIX system
        return _UNKNOWN_BYTES
    return min(installed, memory_limit() or installed)
