"""What the control groups of Linux allow this process: those of its container, or of its unit in systemd."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

_PROCESS: Final = Path("/proc/self")
_UNIFIED: Final = ""
"""Version 2 has one tree for all controllers, and its line in `/proc/self/cgroup` names none."""


def memory_limit(process: Path = _PROCESS) -> int | None:
    """Bytes: the least of the limits on the process's own group and on those round it; None without one."""
    found = (*_values(process, _UNIFIED, "memory.max"), *_values(process, "memory", "memory.limit_in_bytes"))
    return min((int(text) for text in found if text.isdigit()), default=None)


def cpu_limit(process: Path = _PROCESS) -> float | None:
    """The same of processors at work at once, 0.5 being half of one."""
    shares = [text.split() for text in _values(process, _UNIFIED, "cpu.max")]
    quotas = _values(process, "cpu", "cpu.cfs_quota_us")
    shares += [[*pair] for pair in zip(quotas, _values(process, "cpu", "cpu.cfs_period_us"), strict=False)]
    return min((int(quota) / int(period) for quota, period in shares if quota.isdigit()), default=None)


def _values(process: Path, controller: str, name: str) -> Iterator[str]:
    """What this file says, in the process's own group first, then in each one round it."""
    for group in _groups(process, controller):
        try:
            yield (group / name).read_text().strip()
        except OSError:  # the outermost has no limits, and not every group has each controller
            continue


def _groups(process: Path, controller: str) -> Iterator[Path]:
    try:
        own = _own_group(process, controller)
        root, mounted_at = _mount(process, controller)
    except (OSError, LookupError, ValueError):  # another system, or one without control groups
        return
    # In a container whose groups have no namespace of their own, the path begins outside of what is mounted
    is_below = own.is_relative_to(root) and ".." not in own.parts
    group = mounted_at / own.relative_to(root) if is_below else mounted_at
    yield group
    while group != mounted_at:
        group = group.parent
        yield group


def _own_group(process: Path, controller: str) -> PurePosixPath:
    """Its path in the tree of this controller; see cgroups(7)."""
    for line in (process / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return PurePosixPath(path)
    raise LookupError(controller)


def _mount(process: Path, controller: str) -> tuple[PurePosixPath, Path]:
    """Which group is mounted, and where; see proc(5), mountinfo."""
    for line in (process / "mountinfo").read_text().splitlines():
        place, _, kind = line.partition(" - ")
        file_system, _, options = kind.split(" ", 2)
        wanted = "cgroup" if controller else "cgroup2"
        if file_system == wanted and (not controller or controller in options.split(",")):
            _, _, _, root, mounted_at, *_ = place.split(" ")
            return PurePosixPath(root), Path(mounted_at)
    raise LookupError(controller)
