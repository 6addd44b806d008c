import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from cleanplate.discovery import discover, load_plugins
from cleanplate.errors import SetupError


@dataclass(frozen=True)
class Thing:
    name: str


Folder = Callable[..., ModuleType]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A package made of the given modules' texts."""

    def make(**modules: str) -> ModuleType:
        package = tmp_path / "things_in_a_test"
        package.mkdir()
        (package / "__init__.py").touch()
        for name, text in modules.items():
            (package / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        return importlib.import_module("things_in_a_test")

    yield make
    for name in [name for name in sys.modules if name.startswith("things_in_a_test")]:
        del sys.modules[name]


def source(name: str) -> str:
    return f"from types import SimpleNamespace\nTHING = SimpleNamespace(name={name!r})\n"


def test_finds_constants_by_name_and_skips_other_modules(folder: Folder) -> None:
    from types import SimpleNamespace

    found = discover(folder(a=source("first"), b="", c=source("third")), "THING", SimpleNamespace)
    assert list(found) == ["first", "third"]


def test_a_constant_of_another_kind_is_an_error(folder: Folder) -> None:
    with pytest.raises(TypeError, match=r"things_in_a_test\.a\.THING is no Thing"):
        discover(folder(a=source("first")), "THING", Thing)


def test_two_of_one_name_are_an_error(folder: Folder) -> None:
    from types import SimpleNamespace

    with pytest.raises(ValueError, match="'same'"):
        discover(folder(a=source("same"), b=source("same")), "THING", SimpleNamespace)


@pytest.mark.parametrize(
    ("text", "said"), [(source("own"), "THING is no Thing"), (source("first"), "another")]
)
def test_a_plug_in_that_does_not_fit_is_told_by_its_file(
    folder: Folder, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wrote it sees one line, not the inside of this program."""
    from types import SimpleNamespace

    (tmp_path / "plug-ins").mkdir()
    (tmp_path / "plug-ins" / "own.py").write_text(text)
    plugins = load_plugins(tmp_path / "plug-ins")
    kind = Thing if said == "THING is no Thing" else SimpleNamespace
    package = folder() if kind is Thing else folder(a=source("first"))
    with pytest.raises(SetupError, match=f"plug-in .*own.py cannot be used: .*{said}"):
        discover(package, "THING", kind, plugins)
