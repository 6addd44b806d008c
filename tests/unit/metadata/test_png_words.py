"""Texts of a PNG by their keyword."""

import io

import pytest
from PIL import Image, PngImagePlugin

from cleanplate.metadata.png_words import png_text


def written(*texts: tuple[str, str], kind: str = "text", zipped: bool = False) -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts:
        if kind == "itxt":
            info.add_itxt(keyword, text, zip=zipped)
        else:
            info.add_text(keyword, text, zip=zipped)
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG", pnginfo=info)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["text", "itxt"])
@pytest.mark.parametrize("zipped", [False, True])
def test_each_kind_of_text(kind: str, zipped: bool) -> None:
    data = written(("other", "no"), ("parameters", "a café\nSteps: 20"), kind=kind, zipped=zipped)
    assert png_text(data, "parameters") == "a café\nSteps: 20"
    assert png_text(data, "absent") == ""


def test_the_first_counts() -> None:
    assert png_text(written(("a", "one"), ("a", "two")), "a") == "one"


def test_a_text_that_unpacks_to_a_great_deal() -> None:
    assert len(png_text(written(("a", "x" * 10**6), zipped=True), "a")) == 2**13 + 1


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"JFIF", written(("a", "b"))[:42]])
def test_what_has_none(data: bytes) -> None:
    assert png_text(data, "a") == ""
