"""`cleanplate models`, with cards of its own whose home is a server on the loopback interface."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.runtimes import plug_in
from tests.unit.weights.served import Home, served

from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.models.base import Model
from cleanplate.models.roles import INPAINT, Ability
from cleanplate.weights import download
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

Run = Callable[..., Any]
DATA = bytes(range(256)) * 1000


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLEANPLATE_MODELS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def home(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """`net` and `unet` are known, and fetched from there."""
    monkeypatch.setattr(download, "pull", partial(download.pull, schemes=frozenset({"http"})))
    with served() as home:
        for name, rank in (("net", 0), ("unet", -1)):
            home.files[f"/{name}.onnx"] = DATA
            file = WeightFile(
                f"{name}.onnx",
                len(DATA),
                hashlib.sha256(DATA).hexdigest(),
                url=f"{home.address}/{name}.onnx",
            )
            card = Card(name, "MIT", f"what {name} does", files=(file,), memory_bytes=3 << 20)
            model = Model(card, (Ability(INPAINT, lambda job: job.rgb),), rank=rank)
            plug_in(monkeypatch, model, NetworkInpainter(card, lambda job: job.rgb, rank=rank))
        yield home


def line(text: str, name: str) -> str:
    (found,) = (line for line in text.splitlines() if line.split()[:1] == [name])
    return found


@pytest.mark.usefixtures("home")
def test_the_list_says_what_there_is_and_where(run: Run) -> None:
    before = run("models", "list").out
    assert "not pulled" in line(before, "net")
    for part in ("256 kB", "3.1 MB memory", "MIT", "erase, inpaint"):
        assert part in line(before, "net")
    assert "in a package" in line(before, "ppocr-v6")
    assert "what net does" in before
    assert "what unet does (only when it is named)" in before
    run("models", "pull", "net")
    assert "not pulled" not in line(run("models", "list").out, "net")


def test_one_without_summary_has_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, Model(Card("bare", "MIT"), (Ability(INPAINT, lambda job: job.rgb),)))
    plug_in(monkeypatch, Model(Card("shy", "MIT"), (Ability(INPAINT, lambda job: job.rgb),), rank=-1))
    listed = run("models", "list").out
    assert all(line.strip() for line in listed.splitlines())
    assert "\n    (only when it is named)\n" in listed


def test_pull_verify_remove(run: Run, home: Home, weights: Path) -> None:
    pulled = run("models", "pull", "net", "unet")
    assert pulled.code == 0
    assert pulled.out == "net: 256 kB fetched and checked\nunet: 256 kB fetched and checked\n"
    assert run("models", "pull", "net").out == "net: here and unharmed, 256 kB\n"
    assert run("models", "verify", "net").out == "net: ok\n"
    (weights / "net" / "net.onnx").write_bytes(b"x" + DATA[1:])
    spoilt = run("models", "verify")
    assert spoilt.code == 1
    assert "net: net.onnx: its SHA-256 is" in spoilt.out
    assert "cleanplate models pull net" in spoilt.out
    assert "unet: ok" in spoilt.out
    assert run("models", "pull", "net").out == "net: 256 kB fetched and checked\n"
    assert run("models", "remove", "net").out == "net: 256 kB freed\n"
    assert run("models", "remove", "net").out == "net: there was nothing\n"
    gone = run("models", "verify", "net")
    assert (gone.code, "it is not here" in gone.out) == (1, True)


def test_an_interrupted_pull_continues(run: Run, home: Home) -> None:
    home.cut_at = 100_000
    broken = run("models", "pull", "net")
    assert broken.code == 2
    assert broken.err.count("\n") == 1
    assert "the same command continues it" in broken.err
    home.cut_at = None
    assert run("models", "pull", "net").code == 0
    assert home.asked[-1] == ("/net.onnx", "bytes=100000-")


@pytest.mark.usefixtures("home")
def test_an_unknown_name_is_told_the_known_before_anything_is_done(run: Run) -> None:
    for command in ("pull", "verify", "remove"):
        ran = run("models", command, "net", "nut")
        assert ran.code == 2
        assert ran.err.count("\n") == 1
        assert "there is no model 'nut'; choose one of" in ran.err
        assert "net" in ran.err
        assert not ran.out


@pytest.mark.usefixtures("home")
def test_what_arrives_in_a_package_is_not_pulled(run: Run) -> None:
    assert run("models", "pull", "ppocr-v6").out == "ppocr-v6: here and unharmed, 31 MB, of rapidocr 3.10.0\n"
    assert "ppocr-v6 arrived in rapidocr 3.10.0; pip uninstalls it" in run("models", "remove", "ppocr-v6").err
    assert run("models", "verify", "ppocr-v6").out == "ppocr-v6: ok\n"


def test_offline(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_OFFLINE", "1")
    ran = run("models", "pull", "net")
    assert ran.code == 2
    assert ran.err == "cleanplate: CLEANPLATE_OFFLINE is set: net is not downloaded\n"
    assert not home.asked


def test_a_folder_that_cannot_be_written_is_one_line(run: Run, home: Home, weights: Path) -> None:
    weights.write_text("a file")
    ran = run("models", "pull", "net")
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_help_teaches(run: Run) -> None:
    for arguments in (("models",), ("models", "--help")):
        assert "cleanplate models pull lama" in run(*arguments).out
    for command in ("list", "pull", "verify", "remove"):
        assert run("models", command, "--help").code == 0


@pytest.mark.usefixtures("home")
def test_a_bar_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert run("models", "pull", "net").out == "net: 256 kB fetched and checked\n"
