"""The house is as ARCHITECTURE.md says: its rooms, their sizes, the functions and files that it names."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "src" / "cleanplate"
PAGE: Final = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
MOST_SHARE: Final = 0.15
"""Of the lines of source, in one room: a larger one holds several things."""
MOST_STEPS: Final = 12
SAME_MEANING: Final[Mapping[str, str]] = {
    "Result": "a finished picture with its recipe: in a program, and in the native API's schema"
}
OF_THE_INTERPRETER: Final = {"__init__", "__main__"}

_DOTTED = re.compile(r"`((?:[a-z_0-9]+\.)+[A-Za-z_.0-9]+)`")
_FILE = re.compile(r"`((?:[a-z_0-9]+/)*[a-z_0-9]+\.py)\b")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_no_room_is_too_large() -> None:
    lines: Counter[str] = Counter()
    for path in sources():
        lines[room_of(path)] += len(path.read_text("utf-8").splitlines())
    largest, count = lines.most_common(1)[0]
    assert count <= MOST_SHARE * lines.total(), f"{largest}: {count} of {lines.total()} lines"


def test_the_page_lists_every_room() -> None:
    drawing = PAGE.split("```")[1]
    listed = set(re.findall(r"^(\w+)  ", drawing, re.MULTILINE))
    listed |= {name for line in drawing.splitlines() if "·" in line for name in line.split(" · ")}
    listed |= {line for line in drawing.splitlines() if re.fullmatch(r"\w+", line)}
    assert listed == {room_of(path) for path in sources()} - OF_THE_INTERPRETER


def walk() -> tuple[list[str], list[str]]:
    """The steps down and those back."""
    section = PAGE.split("## The walk of a mask", 1)[1].split("\n## ", 1)[0]
    down, back = section.split("\nBack:", 1)
    return re.split(r"^\d+\. ", down, flags=re.MULTILINE)[1:], re.split(r"^\d+\. ", back, flags=re.MULTILINE)[
        1:
    ]


@pytest.mark.parametrize("steps", walk(), ids=["down", "back"])
def test_the_walk_is_short(steps: list[str]) -> None:
    assert 0 < len(steps) <= MOST_STEPS
    assert all(_DOTTED.search(step) for step in steps)


@pytest.mark.parametrize("steps", walk(), ids=["down", "back"])
def test_nothing_passes_a_room_twice(steps: list[str]) -> None:
    rooms = [_DOTTED.findall(step)[0].split(".")[0] for step in steps]
    visits = [room for room, before in zip(rooms, ["", *rooms], strict=False) if room != before]
    assert len(visits) == len(set(visits)), visits


@pytest.mark.parametrize(
    "name", sorted({name for steps in walk() for step in steps for name in _DOTTED.findall(step)})
)
def test_what_the_walk_names_is_there(name: str) -> None:
    *folders, last = name.split(".")
    for depth in range(len(folders), 0, -1):
        module = PACKAGE.joinpath(*folders[:depth]).with_suffix(".py")
        if module.is_file():
            assert ".".join([*folders[depth:], last]) in set(_definitions(module)), name
            return
    assert PACKAGE.joinpath(*folders, last).with_suffix(".py").is_file(), name


def _definitions(module: Path) -> Iterator[str]:
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield node.name
            yield from (
                f"{node.name}.{inner.name}"
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            )


@pytest.mark.parametrize("name", sorted(set(_FILE.findall(PAGE))))
def test_files_that_the_page_names_are_there(name: str) -> None:
    wanted = Path(name).parts
    assert any(path.parts[-len(wanted) :] == wanted for path in (*sources(), *ROOT.glob("tests/**/*.py")))


def test_no_two_classes_have_one_name() -> None:
    where: defaultdict[str, list[str]] = defaultdict(list)
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(str(path.relative_to(PACKAGE)))
    double = {name: files for name, files in where.items() if len(files) > 1 and name not in SAME_MEANING}
    assert double == {}


def test_no_two_files_have_one_name() -> None:
    """What a file is called says what is inside without its folder; `base` and `catalogue` of theirs."""
    shared = {"__init__", "__main__", "base", "catalogue"}
    files = (path for path in sources() if room_of(path) != "cli")  # a file there is named as its command
    names = Counter(path.stem for path in files if path.stem not in shared)
    assert [name for name, count in names.items() if count > 1] == []
