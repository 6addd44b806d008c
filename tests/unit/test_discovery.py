import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

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


def text_of(folder: Path, name: str, text: str) -> Path:
    """A folder of plug-ins with one file."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(text)
    return folder


def test_files_of_one_name_in_two_folders_are_two_modules(tmp_path: Path) -> None:
    loaded = [load_plugins(text_of(tmp_path / which, "own", f"NAME = {which!r}")) for which in "ab"]
    assert [module.NAME for (module,) in loaded] == ["a", "b"]
    assert [sys.modules[module.__name__] for (module,) in loaded] == [module for (module,) in loaded]


def test_a_file_is_imported_once(tmp_path: Path) -> None:
    folder = text_of(tmp_path / "once", "own", "SEEN = []")
    with ThreadPoolExecutor(4) as threads:
        loaded = {id(module) for (module,) in threads.map(lambda _: load_plugins(folder), range(8))}
    assert len(loaded) == 1


def test_one_that_fails_can_be_mended(tmp_path: Path) -> None:
    folder = text_of(tmp_path / "mend", "own", "1 / 0")
    for _ in range(2):
        with pytest.raises(SetupError, match=r"own\.py cannot be loaded: ZeroDivisionError"):
            load_plugins(folder)
    text_of(folder, "own", "NAME = 'mended'")
    (module,) = load_plugins(folder)
    assert module.NAME == "mended"


def test_what_was_found_cannot_be_written_to(folder: Folder) -> None:
    from types import SimpleNamespace

    found: Any = discover(folder(a=source("first")), "THING", SimpleNamespace)
    with pytest.raises(TypeError):
        found["second"] = found["first"]


def test_importing_the_rooms_imports_no_plug_in_and_nothing_heavy(tmp_path: Path) -> None:
    """In a process of its own, for here all is long imported."""
    folder = text_of(tmp_path / "eager", "own", "print('imported')")
    rooms = "cleanplate.app, cleanplate.library, cleanplate.models.catalogue, cleanplate.cli.entry"
    program = (
        f"import sys, {rooms}\n"
        "heavy = ('numba', 'onnxruntime', 'torch', 'ncnn', 'diffusers', 'transformers')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    environment = {**os.environ, "CLEANPLATE_PLUGINS": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("name", ["", "auto", "two words", "-x", "a/b", "ä", "x\n", None, 3])
def test_names_that_nothing_can_have(folder: Folder, name: object) -> None:
    from types import SimpleNamespace

    package = folder(a=f"from types import SimpleNamespace\nTHING = SimpleNamespace(name={name!r})\n")
    with pytest.raises(ValueError, match=r"things_in_a_test\.a\.THING: .*name"):
        discover(package, "THING", SimpleNamespace, reserved=("auto",))
