"""A JPEG is opened by its decoder once, and again only where it has no end marker."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from cleanplate.codecs.decoding import decode
from cleanplate.codecs.jpeg import jpeg_codec


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that Pillow was given."""
    files: list[bytes] = []

    def spy(file: BytesIO, *rest: Any) -> JpegImageFile:
        files.append(file.getvalue())
        return JpegImageFile(file, *rest)

    monkeypatch.setattr(jpeg_codec, "JpegImageFile", spy)
    return files


def jpeg() -> bytes:
    file = BytesIO()
    Image.fromarray(np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3)).save(file, "JPEG")
    return file.getvalue()


def test_a_whole_file_is_opened_once(opened: list[bytes]) -> None:
    sizes: list[tuple[int, int]] = []
    raster = decode(jpeg(), "jpeg", lambda width, height: sizes.append((width, height)))
    assert opened == [jpeg()]
    assert sizes == [(24, 16)]
    assert raster.origin.jpeg == jpeg()


def test_one_without_its_end_marker_gets_one(opened: list[bytes]) -> None:
    cut = jpeg()[:-2]
    raster = decode(cut, "jpeg", lambda width, height: None)
    assert opened == [cut, jpeg()]
    assert raster.origin.jpeg == jpeg()
