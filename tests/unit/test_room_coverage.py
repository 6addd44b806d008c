"""Coverage by room: sums, and what is complained of."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from tests.room_coverage.by_room import OWN_FILES, README, ROOT, Room, complaints, room_of, rooms, table

GOOD = "97 % of its lines are run by its tests"


def file(lines: int, run: int) -> dict[str, Any]:
    return {"summary": {"num_statements": lines, "covered_lines": run}}


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("src/cleanplate/app.py", OWN_FILES),
        ("src/cleanplate/tasks/store.py", "tasks"),
        ("src/cleanplate/fill/patchmatch/fill.py", "fill"),
        ("/cleanplate/src/cleanplate/tasks/store.py", "tasks"),
    ],
)
def test_a_room_is_a_top_level_package(path: str, room: str) -> None:
    assert room_of(PurePosixPath(path)) == room


def test_files_add_up() -> None:
    found = rooms(
        {
            "src/cleanplate/tasks/store.py": file(100, 90),
            "src/cleanplate/tasks/task.py": file(50, 50),
            "src/cleanplate/app.py": file(0, 0),
        }
    )
    assert found == {OWN_FILES: Room(0, 0), "tasks": Room(150, 140)}
    assert table(found).splitlines()[-1].split() == ["all", "150", "lines", "93.3", "%"]


@pytest.mark.parametrize(
    ("found", "readme", "said"),
    [
        ({"tasks": Room(1000, 970)}, GOOD, []),
        ({"tasks": Room(1000, 960)}, GOOD, []),
        ({"tasks": Room(1000, 959)}, GOOD, ["README.md: 97 % are more than 95.9 %"]),
        ({"big": Room(9000, 9000), "small": Room(100, 84)}, GOOD, ["small: 84.0 % are below 85 %"]),
        ({"tasks": Room(10, 10)}, "", ["README.md: no line says how much the tests run"]),
    ],
)
def test_what_is_too_little(found: dict[str, Room], readme: str, said: list[str]) -> None:
    assert list(complaints(found, readme)) == said


def test_the_readme_has_its_line() -> None:
    assert README.search((ROOT / "README.md").read_text())
