"""What tools are given becomes bytes, or a refusal that says which argument and why."""

import pytest

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

import base64
import io
from pathlib import Path
from typing import NoReturn

import anyio
from PIL import Image

from cleanplate.errors import BadInput, BadParameter, NotAPicture, PictureSize
from cleanplate.mcp_server.picture_arguments import GivenPicture, PictureReader
from cleanplate.mcp_server.result_folder import ResultFolder


async def no_fetch(url: str, most_bytes: int) -> NoReturn:
    raise AssertionError(url)


async def fetched(url: str, most_bytes: int) -> bytes:
    return f"{url} {most_bytes}".encode()


def read(value: str, *, local: bool, folder: ResultFolder | None = None) -> GivenPicture:
    reader = PictureReader(local, folder or ResultFolder(None), no_fetch, 1000)
    return anyio.run(reader.read, value, "image")


def test_a_file_by_its_path_and_by_its_uri(photo: Path) -> None:
    wanted = GivenPicture(photo.read_bytes(), "photo")
    assert read(str(photo), local=True) == wanted
    assert read(photo.as_uri(), local=True) == wanted


def test_over_http_no_file_is_read(photo: Path) -> None:
    for value in (str(photo), photo.as_uri(), "../photo.png", "~/photo.png", "C:\\photo.png"):
        with pytest.raises(BadParameter, match=r"^image: "):
            read(value, local=False)


def test_what_is_no_name_of_a_file_is_told_as_it_was_sent() -> None:
    with pytest.raises(BadInput, match=r"^image: gopher:// is not read: name a file, or an http"):
        read("gopher://x", local=True)
    with pytest.raises(BadInput, match=r"^image: '\\x00' is no name of a file"):
        read("\x00", local=True)


@pytest.mark.parametrize("local", [True, False])
def test_data(photo: Path, local: bool) -> None:
    data = base64.b64encode(photo.read_bytes()).decode()
    assert read(f"data:image/png;base64,{data}", local=local) == GivenPicture(photo.read_bytes())
    with pytest.raises(BadInput, match=r"^image: a data URI must"):
        read("data:image/png,hello", local=local)


def test_a_url_is_fetched_and_names_the_result() -> None:
    reader = PictureReader(True, ResultFolder(None), fetched, 1000)
    found = anyio.run(reader.read, "https://example.com/a/street%20view.jpg?x=1", "image")
    assert found == GivenPicture(b"https://example.com/a/street%20view.jpg?x=1 1000", "street-view")


@pytest.mark.parametrize("local", [True, False])
def test_an_earlier_result(photo: Path, tmp_path: Path, local: bool) -> None:
    folder = ResultFolder(tmp_path, served=not local)
    saved = folder.save("street-erase", ".png", photo.read_bytes())
    found = read(saved.uri, local=local, folder=folder)
    assert found.data == photo.read_bytes()
    assert found.stem.startswith("street-erase")


def test_what_is_too_large_to_come_over_http_is_refused() -> None:
    file = io.BytesIO()
    Image.new("L", (20000, 10)).save(file, "PNG")
    data = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    with pytest.raises(PictureSize, match=r"^image: it is 20000x10 px"):
        read(data, local=False)
    with pytest.raises(NotAPicture, match=r"^image: "):
        read("data:image/png;base64,AAAA", local=False)


@pytest.mark.parametrize(
    "value",
    [
        "nowhere.png",
        "",
        "a\0b",
        "\ud800",
        "file://elsewhere/a.png",
        "file://[",
        "~nobody-of-that-name/a.png",
        "/dev/zero",
        ".",
    ],
)
def test_what_is_no_file_is_told(value: str) -> None:
    with pytest.raises(BadInput, match=r"^image: "):
        read(value, local=True)
