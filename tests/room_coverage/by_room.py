"""What of each room the tests run, from the data that `coverage run` has left; `make coverage` calls it.

Fails when a room, a top-level package of `cleanplate`, is below `LEAST`, and when README.md promises more
than is so.
"""

import json
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from coverage import Coverage
from coverage.exceptions import CoverageWarning

ROOT = Path(__file__).parents[2]
PACKAGE = "src/cleanplate/"
OWN_FILES = "(its own files)"
LEAST = 85
"""Percent of the lines of each room."""
README = re.compile(r"(\d+) % of its lines are run by its tests")
SLACK = 1
"""Points by which the README may be wrong: the parts that depend on the machine differ a little."""


@dataclass(frozen=True, slots=True)
class Room:
    """Lines that can run, and those that did."""

    lines: int = 0
    run: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.run / self.lines if self.lines else 100.0

    def __add__(self, other: "Room") -> "Room":
        return Room(self.lines + other.lines, self.run + other.run)


def room_of(path: PurePosixPath) -> str:
    """The top-level package that a file is in."""
    inside = PurePosixPath(str(path).rpartition(PACKAGE)[2])
    return inside.parts[0] if len(inside.parts) > 1 else OWN_FILES


def rooms(files: Mapping[str, Any]) -> dict[str, Room]:
    """Sums over the `files` of coverage's JSON report, by name."""
    found: defaultdict[str, Room] = defaultdict(Room)
    for path, file in files.items():
        summary = file["summary"]
        room = room_of(PurePosixPath(path.replace("\\", "/")))
        found[room] += Room(summary["num_statements"], summary["covered_lines"])
    return dict(sorted(found.items()))


def table(found: Mapping[str, Room]) -> str:
    """One line a room, and one for all."""
    rows = [*found.items(), ("all", total(found.values()))]
    return "\n".join(f"{name:<20} {room.lines:>6} lines {room.percent:>6.1f} %" for name, room in rows)


def total(found: Iterable[Room]) -> Room:
    """All rooms together."""
    return sum(found, Room())


def complaints(found: Mapping[str, Room], readme: str) -> Iterator[str]:
    """What is below what it must be."""
    for name, room in found.items():
        if room.percent < LEAST:
            yield f"{name}: {room.percent:.1f} % are below {LEAST} %"
    promised = README.search(readme)
    if promised is None:
        yield "README.md: no line says how much the tests run"
    elif total(found.values()).percent < int(promised[1]) - SLACK:
        yield f"README.md: {promised[1]} % are more than {total(found.values()).percent:.1f} %"


def measured() -> dict[str, Any]:
    """The `files` of the report over all processes of the run."""
    coverage = Coverage(config_file=str(ROOT / "pyproject.toml"), data_file=str(ROOT / ".coverage"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)  # of processes that a test killed as they wrote
        coverage.combine()
    with TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report))
        return dict(json.loads(report.read_text())["files"])


def main() -> None:
    found = rooms(measured())
    print(table(found))
    if wrong := list(complaints(found, (ROOT / "README.md").read_text())):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
