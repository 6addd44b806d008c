"""Limits of a process's own control group and of those round it, as both versions write them."""

from pathlib import Path

import pytest

from cleanplate.runtime.control_groups import cpu_limit, memory_limit

UNIT = "/system.slice/cleanplate.service"


class Machine:
    """What a process sees of its groups, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.process = folder / "self"
        self.groups = folder / "sys"
        self.process.mkdir()

    def write(self, name: str, text: str) -> None:
        """A file of a group, by its path below where the groups are mounted."""
        path = self.groups / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")

    def unified(self, own: str = UNIT, root: str = "/") -> None:
        """Version 2 alone, as Debian 12 has it."""
        (self.process / "cgroup").write_text(f"0::{own}\n")
        self._mounts(f"{root} {self.groups} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate")

    def split(self, own: str = UNIT) -> None:
        """Version 1, with the tree of version 2 beside it that has no controllers."""
        lines = ("9:name=systemd:/x", f"4:memory:{own}", f"1:cpu,cpuacct:{own}", "0::/")
        (self.process / "cgroup").write_text("\n".join(lines))
        self._mounts(
            f"/ {self.groups / 'cpu'} rw - cgroup cgroup rw,cpu,cpuacct",
            f"/ {self.groups / 'memory'} rw - cgroup cgroup rw,memory",
            f"/ {self.groups / 'unified'} rw - cgroup2 cgroup2 rw",
        )

    def _mounts(self, *lines: str) -> None:
        usual = "23 20 0:22 / /proc rw,relatime shared:5 - proc proc rw\n"
        (self.process / "mountinfo").write_text(
            usual + "".join(f"{31 + number} 23 0:28 {line}\n" for number, line in enumerate(lines))
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_limit_of_a_unit(machine: Machine) -> None:
    machine.unified()
    machine.write(f"{UNIT[1:]}/memory.max", "4294967296")
    machine.write(f"{UNIT[1:]}/cpu.max", "150000 100000")
    assert memory_limit(machine.process) == 2**32
    assert cpu_limit(machine.process) == 1.5


def test_the_least_of_those_round_it(machine: Machine) -> None:
    machine.unified()
    machine.write(f"{UNIT[1:]}/memory.max", "max")
    machine.write("system.slice/memory.max", "1000")
    machine.write("memory.max", "2000")
    machine.write(f"{UNIT[1:]}/cpu.max", "max 100000")
    machine.write("system.slice/cpu.max", "50000 100000")
    assert memory_limit(machine.process) == 1000
    assert cpu_limit(machine.process) == 0.5


@pytest.mark.parametrize(
    ("own", "root"), [("/", "/"), ("/docker/1", "/docker/1"), ("/../other", "/"), ("/a", "/b")]
)
def test_a_container_sees_its_own_as_the_outermost(machine: Machine, own: str, root: str) -> None:
    machine.unified(own, root)
    machine.write("memory.max", "3000")
    machine.write("../memory.max", "1")
    assert memory_limit(machine.process) == 3000


def test_version_1(machine: Machine) -> None:
    machine.split()
    machine.write(f"memory{UNIT}/memory.limit_in_bytes", "5000")
    machine.write("memory/memory.limit_in_bytes", "9223372036854771712")
    machine.write(f"cpu{UNIT}/cpu.cfs_quota_us", "-1")
    machine.write(f"cpu{UNIT}/cpu.cfs_period_us", "100000")
    machine.write("cpu/system.slice/cpu.cfs_quota_us", "300000")
    machine.write("cpu/system.slice/cpu.cfs_period_us", "100000")
    assert memory_limit(machine.process) == 5000
    assert cpu_limit(machine.process) == 3.0


def test_no_limit(machine: Machine) -> None:
    machine.unified()
    machine.write(f"{UNIT[1:]}/memory.max", "max")
    assert memory_limit(machine.process) is None
    assert cpu_limit(machine.process) is None


def test_no_control_groups(machine: Machine) -> None:
    assert memory_limit(machine.process) is None
    (machine.process / "cgroup").write_text("")
    assert cpu_limit(machine.process) is None
    (machine.process / "cgroup").write_text("0::/\n")
    (machine.process / "mountinfo").write_text("23 20 0:22 / /proc rw,relatime - proc proc rw\n")
    assert cpu_limit(machine.process) is None
