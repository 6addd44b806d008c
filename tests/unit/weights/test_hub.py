"""A commit of the hub: asked once, pinned from then on, and nothing taken on trust."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.runtimes import here
from tests.unit.weights.served import Home, served

from cleanplate.errors import DownloadFailed, SetupError
from cleanplate.settings import HUB
from cleanplate.weights import download, hub
from cleanplate.weights.card import Card
from cleanplate.weights.hub import HubRepo, manifest_files, resolve

COMMIT = "5e67da950fce4a097bc150c22958a05716994cea"
LARGE, SMALL = b"weights" * 1000, b'{"layers": 3}'
HTTP = frozenset({"http"})


def blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def described(path: str, data: bytes, *, large: bool = False) -> dict[str, Any]:
    """A file as the hub's list says it."""
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": blob(data)}
    if large:
        entry["oid"] = "0" * 40
        entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return entry


def put(home: Home, entries: list[dict[str, Any]]) -> None:
    home.files[f"/api/models/o/m/tree/{COMMIT}?recursive=true"] = json.dumps(entries).encode()


@pytest.fixture
def home() -> Iterator[Home]:
    with served() as home:
        files = {"vae/w.safetensors": LARGE, "vae/config.json": SMALL, "README.md": b"hello"}
        for path, data in files.items():
            home.files[f"/o/m/resolve/{COMMIT}/{path}"] = data
        put(
            home,
            [
                {"type": "directory", "path": "vae", "oid": "1" * 40, "size": 0},
                described("vae/w.safetensors", LARGE, large=True),
                described("vae/config.json", SMALL),
                described("README.md", b"hello"),
            ],
        )
        yield home


def repo(home: Home, **fields: Any) -> HubRepo:
    return HubRepo("o/m", COMMIT, ("vae/*",), address=home.address, **fields)


def test_every_wanted_file_is_pinned(weights: Path, home: Home) -> None:
    large, small = resolve("m", [repo(home)], here(), HTTP)
    assert (large.path, large.size_bytes) == ("vae/w.safetensors", len(LARGE))
    assert large.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert large.url == f"{home.address}/o/m/resolve/{COMMIT}/vae/w.safetensors"
    assert small.sha256 == hashlib.sha256(SMALL).hexdigest()
    assert not any("w.safetensors" in path for path, _ in home.asked)


def test_it_is_asked_once(weights: Path, home: Home) -> None:
    repos = [repo(home)]
    assert manifest_files("m", repos, here()) == ()
    first = resolve("m", repos, here(), HTTP)
    before = len(home.asked)
    assert resolve("m", repos, here(), HTTP) == manifest_files("m", repos, here()) == first
    assert len(home.asked) == before
    other = HubRepo("o/m", "a" * 40, ("vae/*",), address=home.address)
    assert manifest_files("m", [other], here()) == ()
    next(weights.rglob("hub-*.json")).write_text("{broken")
    assert manifest_files("m", repos, here()) == ()


def test_a_card_needs_all_of_it(weights: Path, home: Home) -> None:
    card = Card("m", "MIT", hub=(repo(home, folder="a"),))
    assert not card.is_here(here())
    assert "cleanplate models pull m" in card.missing(here())
    files = resolve("m", card.hub, here(), HTTP)
    assert [file.path for file in files] == ["a/vae/w.safetensors", "a/vae/config.json"]
    assert "cleanplate models pull m" in card.missing(here())
    assert download.pull("m", files, lambda done, total: None, here(), HTTP) == 2
    assert card.missing(here()) == ""
    assert card.facts(here()) == {"name": "m", "sha256": hashlib.sha256(LARGE).hexdigest()}
    (weights / "m/a/vae/config.json").unlink()
    assert "cleanplate models pull m" in card.missing(here())


def test_pages(weights: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = f"/api/models/o/m/tree/{COMMIT}?recursive=true"
    pages = {
        first: (json.dumps([described("vae/config.json", SMALL)]), f'<{home.address}/two>; rel="next"'),
        "/two": (json.dumps([described("vae/w.safetensors", LARGE, large=True)]), ""),
    }

    def get(url: str, most: int, asked: object) -> tuple[bytes, str]:
        path = url.removeprefix(home.address)
        return (pages[path][0].encode(), pages[path][1]) if path in pages else (SMALL, "")

    monkeypatch.setattr(hub, "_get", get)
    assert [file.path for file in resolve("m", [repo(home)], here(), HTTP)] == [
        "vae/config.json",
        "vae/w.safetensors",
    ]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([described("vae/config.json", SMALL[::-1])], "not the file of this commit"),
        ([{**described("vae/config.json", SMALL), "size": 1 << 30}], "gives no SHA-256"),
        ([described("vae/../../x", LARGE, large=True)], "outside of the repository"),
        ([{"type": "file", "path": "vae/x"}], "without its size or hash"),
        ([described("other", LARGE, large=True)], "fits the card"),
        ([{"path": "vae/x"}], "something else than a list"),
        ("no list", "something else than a list"),
    ],
)
def test_an_answer_that_does_not_fit(weights: Path, home: Home, entries: Any, said: str) -> None:
    put(home, entries)
    with pytest.raises(DownloadFailed, match=said):
        resolve("m", [repo(home)], here(), HTTP)
    assert manifest_files("m", [repo(home)], here()) == ()


def test_no_such_commit_and_no_network(weights: Path, home: Home) -> None:
    home.files.clear()
    with pytest.raises(DownloadFailed, match="the server answered 404"):
        resolve("m", [repo(home)], here(), HTTP)
    with pytest.raises(DownloadFailed, match="is not https"):
        resolve("m", [repo(home)], here())


def test_a_mirror_is_asked_in_its_place(weights: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its list says goes by the hub's own address, which the manifest keeps: another will do."""
    monkeypatch.setenv("CLEANPLATE_HUB", home.address)
    following = f'<{HUB}/api/models/o/m/tree/two>; rel="next"'
    first = f"/api/models/o/m/tree/{COMMIT}?recursive=true"
    listed_there = json.loads(home.files[first])
    home.files[first] = json.dumps(listed_there[:2]).encode()
    home.files["/api/models/o/m/tree/two"] = json.dumps(listed_there[2:]).encode()
    home.links[first] = following
    files = resolve("m", [HubRepo("o/m", COMMIT, ("vae/*",))], here())
    assert [file.path for file in files] == ["vae/w.safetensors", "vae/config.json"]
    assert all(file.url.startswith(f"{HUB}/o/m/resolve/{COMMIT}/vae/") for file in files)
    assert download.pull("m", files, lambda done, total: None, here()) == 2
    assert (weights / "m/vae/w.safetensors").read_bytes() == LARGE
    assert {path for path, _ in home.asked} == {*home.files} - {f"/o/m/resolve/{COMMIT}/README.md"}


def test_offline(weights: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_OFFLINE", "1")
    with pytest.raises(SetupError, match="CLEANPLATE_OFFLINE"):
        resolve("m", [repo(home)], here(), HTTP)
    assert home.asked == []


def test_a_branch_is_no_pin() -> None:
    with pytest.raises(ValueError, match="40 hexadecimal"):
        HubRepo("o/m", "main", ("*",))
