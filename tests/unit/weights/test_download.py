import hashlib
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.runtimes import here
from tests.unit.weights.served import Home, served

from cleanplate.errors import CleanplateError, DownloadFailed, SetupError, StorageFailed
from cleanplate.weights import download
from cleanplate.weights.download import pull
from cleanplate.weights.files import WeightFile, is_there, path_of, remove, verify
from cleanplate.weights.size_text import size_text

DATA = bytes(range(256)) * 4000
LOOPBACK = frozenset({"http"})


@pytest.fixture
def home() -> Iterator[Home]:
    with served() as home:
        home.files["/net.onnx"] = DATA
        yield home


def file_of(home: Home, data: bytes = DATA, path: str = "net.onnx") -> WeightFile:
    return WeightFile(path, len(data), hashlib.sha256(data).hexdigest(), url=f"{home.address}/{path}")


def fetch(*files: WeightFile) -> list[tuple[int, int]]:
    """What was reported."""
    told: list[tuple[int, int]] = []
    pull("net", files, lambda done, total: told.append((done, total)), here(), LOOPBACK)
    return told


def refusal(*files: WeightFile) -> CleanplateError:
    with pytest.raises(CleanplateError) as raised:
        fetch(*files)
    assert "\n" not in raised.value.public
    return raised.value


def test_a_file_arrives_whole_and_only_once(
    home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CHUNK_BYTES", 100_000)
    file = file_of(home)
    told = fetch(file)
    assert (weights / "net" / "net.onnx").read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert len(told) > 10
    assert told == sorted(told)
    assert is_there("net", file, here())
    assert fetch(file) == []
    assert home.asked == [("/net.onnx", "")]
    assert not list(weights.rglob("*.part"))


def test_a_broken_download_is_continued(home: Home, weights: Path) -> None:
    home.cut_at = 300_000
    failed = refusal(file_of(home))
    assert isinstance(failed, DownloadFailed)
    assert "the same command continues it" in failed.public
    assert not (weights / "net" / "net.onnx").exists()
    home.cut_at = None
    told = fetch(file_of(home))
    assert told[0][0] == 300_000
    assert home.asked[-1] == ("/net.onnx", "bytes=300000-")
    assert (weights / "net" / "net.onnx").read_bytes() == DATA


def test_a_server_without_ranges_begins_again(home: Home, weights: Path) -> None:
    home.cut_at = 300_000
    refusal(file_of(home))
    home.cut_at, home.ranges = None, False
    fetch(file_of(home))
    assert (weights / "net" / "net.onnx").read_bytes() == DATA


@pytest.mark.parametrize("broken_off", [False, True])
@pytest.mark.parametrize("other", [DATA[:-1], DATA + b"x", DATA[:1000]])
def test_another_size_is_refused(home: Home, weights: Path, broken_off: bool, other: bytes) -> None:
    if broken_off:
        home.cut_at = 300_000
        refusal(file_of(home))
        home.cut_at = None
    home.files["/net.onnx"] = other
    assert "it was changed" in refusal(file_of(home)).public
    assert not (weights / "net" / "net.onnx").exists()


def test_other_bytes_are_thrown_away(home: Home, weights: Path) -> None:
    home.files["/net.onnx"] = b"x" + DATA[1:]
    assert "SHA-256" in refusal(file_of(home)).public
    assert not [path for path in (weights / "net").iterdir() if path.is_file()]
    home.files["/net.onnx"] = DATA
    fetch(file_of(home))
    assert not verify("net", [file_of(home)], here())


def test_a_part_that_is_too_long_is_no_part(home: Home, weights: Path) -> None:
    (weights / "net").mkdir(parents=True)
    (weights / "net" / "net.onnx.part").write_bytes(DATA + b"more")
    fetch(file_of(home))
    assert (weights / "net" / "net.onnx").read_bytes() == DATA


def test_a_spoilt_file_is_seen_and_mended(home: Home, weights: Path) -> None:
    file = file_of(home)
    fetch(file)
    path_of("net", file, here()).write_bytes(b"x" + DATA[1:])
    assert is_there("net", file, here()), "its size is right"
    assert "SHA-256" in verify("net", [file], here())["net.onnx"]
    assert fetch(file)[-1] == (len(DATA), len(DATA))
    assert not verify("net", [file], here())


def test_files_of_one_model_are_told_together_and_lie_in_folders(home: Home, weights: Path) -> None:
    home.files["/unet/net.onnx"] = DATA[:500]
    told = fetch(file_of(home), file_of(home, DATA[:500], "unet/net.onnx"))
    assert told[-1] == (len(DATA) + 500, len(DATA) + 500)
    assert (weights / "net" / "unet" / "net.onnx").read_bytes() == DATA[:500]
    assert remove("net", here()) == len(DATA) + 500
    assert not (weights / "net").exists()
    assert remove("net", here()) == 0


def test_no_such_file(home: Home, weights: Path) -> None:
    assert "the server answered 404" in refusal(file_of(home, path="none.onnx")).public


def test_no_server(weights: Path) -> None:
    file = WeightFile("a", 1, "", url="http://127.0.0.1:1/a")
    assert "cannot be reached" in refusal(file).public


def test_only_https(home: Home, weights: Path) -> None:
    with pytest.raises(DownloadFailed, match="is not https"):
        pull("net", [file_of(home)], lambda done, total: None, here())
    assert not home.asked
    home.moved["/net.onnx"] = "ftp://127.0.0.1/net.onnx"
    assert "is not http" in refusal(file_of(home)).public


def test_redirects_are_followed(home: Home, weights: Path) -> None:
    home.files["/there"] = home.files.pop("/net.onnx")
    home.moved["/net.onnx"] = f"{home.address}/there"
    fetch(file_of(home))
    assert (weights / "net" / "net.onnx").read_bytes() == DATA


def test_offline_nothing_is_asked(home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_OFFLINE", "1")
    failed = refusal(file_of(home))
    assert isinstance(failed, SetupError)
    assert "CLEANPLATE_OFFLINE" in failed.public
    assert not home.asked


def test_offline_what_is_here_is_here(home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(file_of(home))
    monkeypatch.setenv("CLEANPLATE_OFFLINE", "1")
    assert fetch(file_of(home)) == []


def test_no_space_is_said_before(home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=download.SPARE_BYTES + 1000))
    failed = refusal(file_of(home))
    assert isinstance(failed, StorageFailed)
    assert f"{size_text(len(DATA))} are to come" in failed.public
    assert not home.asked


def test_a_folder_that_cannot_be_made_is_one_line(home: Home, weights: Path) -> None:
    weights.write_text("a file")
    assert isinstance(refusal(file_of(home)), StorageFailed)


def test_a_card_cannot_write_elsewhere(home: Home, weights: Path) -> None:
    assert isinstance(refusal(file_of(home, path="../net.onnx")), SetupError)


def test_what_a_package_brings_is_not_pulled(weights: Path) -> None:
    assert fetch(WeightFile("nothing.onnx", 1, "", package="cleanplate")) == []


def test_two_pulls_take_turns(home: Home, weights: Path) -> None:

    with ThreadPoolExecutor(2) as both:
        told = list(both.map(lambda _: fetch(file_of(home)), range(2)))
    assert sorted(map(bool, told)) == [False, True], "the second found it there"
    assert len(home.asked) == 1


def test_who_waits_for_another_process_is_told(weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    with ThreadPoolExecutor(1) as other, download.alone("net", here()):

        def enter() -> bool:
            with download.alone("net", here()):
                return True

        waiting = other.submit(enter)
        while "waiting" not in caplog.text:
            assert not waiting.done()
            time.sleep(0.01)
        assert not waiting.done()


def test_a_mirror_of_the_hub_has_the_pinned_files_too(
    home: Home, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be one without TLS, and what it sends is compared as ever; others still may not."""
    monkeypatch.setenv("CLEANPLATE_HUB", f"{home.address}/")
    home.files["/o/m/resolve/main/net.onnx"] = DATA
    url = "https://huggingface.co/o/m/resolve/main/net.onnx"
    file = WeightFile("net.onnx", len(DATA), hashlib.sha256(DATA).hexdigest(), url=url)
    assert pull("net", [file], lambda done, total: None, here()) == 1
    assert (weights / "net" / "net.onnx").read_bytes() == DATA
    home.files["/o/m/resolve/main/net.onnx"] = b"x" + DATA[1:]
    other = WeightFile("other.onnx", len(DATA), hashlib.sha256(DATA).hexdigest(), url=url)
    with pytest.raises(DownloadFailed, match=f"{home.address}/o/m.*SHA-256"):
        pull("net", [other], lambda done, total: None, here())
    elsewhere = home.address.replace("127.0.0.1", "127.0.0.2")
    home.moved["/o/m/resolve/main/net.onnx"] = f"{elsewhere}/net.onnx"
    with pytest.raises(DownloadFailed, match="is not https"):
        pull("net", [other], lambda done, total: None, here())
