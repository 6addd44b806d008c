"""Pictures inside other data are found however they are spelled, and ordinary data holds none."""

import base64
import json
import zlib
from collections.abc import Callable
from io import BytesIO
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from cleanplate.metadata.embedded_pictures import holds_picture, without_encoded_pictures


def picture(kind: str = "JPEG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (16, 12), (255, 0, 255)).save(file, kind)
    return file.getvalue()


def as_base64(data: bytes) -> bytes:
    return base64.b64encode(data)


SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "behind something": lambda data: b"maker \0\1\2" + data + bytes(9),
    "base64": as_base64,
    "base64 behind words": lambda data: b"the old one is " + as_base64(data) + b" as you see",
    "base64 of a block": lambda data: as_base64(b"12345" + data),
    "base64 in lines": base64.encodebytes,
    "base64 in XML lines": lambda data: base64.encodebytes(data).replace(b"\n", b"&#xA;"),
    "base64 for addresses": base64.urlsafe_b64encode,
    "base64 twice": lambda data: as_base64(as_base64(data)),
    "data URI": lambda data: b"data:image/jpeg;base64," + as_base64(data),
    "data URI, percent": lambda data: quote("data:;base64," + as_base64(data).decode()).encode(),
    "JSON of PHP": lambda data: json.dumps({"a": as_base64(data).decode()}).replace("/", "\\/").encode(),
    "UTF-16": lambda data: as_base64(data).decode().encode("utf-16-le"),
    "hexadecimal": lambda data: data.hex().encode(),
    "hexadecimal, one digit before it": lambda data: b"a" + data.hex().encode(),
    "raw profile": lambda data: b"\nexif\n  4\n" + b"\n".join(data.hex(" ", 36).encode().split()),
    "escaped": lambda data: "".join(f"\\x{value:02x}" for value in data).encode(),
    "numbers": lambda data: json.dumps(list(data)).encode(),
    "deflated": zlib.compress,
    "deflated, then base64": lambda data: as_base64(zlib.compress(data)),
    "deflated, then cut off": lambda data: zlib.compress(data + bytes(range(256)))[:-8],
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_found(spelled: Callable[[bytes], bytes], kind: str) -> None:
    assert holds_picture(spelled(picture(kind)))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "TIFF", "JPEG2000"])
def test_of_every_kind(kind: str) -> None:
    assert holds_picture(b"behind this" + picture(kind))
    assert holds_picture(as_base64(picture(kind)))


def test_a_jpeg_whose_first_byte_a_camera_spoiled() -> None:
    assert holds_picture(b"\x02" + picture()[1:])


def test_ordinary_data_holds_none() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 256, 300_000, np.uint8).tobytes()
    for data in (b"", numbers, as_base64(numbers), numbers.hex().encode(), zlib.compress(numbers)):
        assert not holds_picture(data)
    words = b"The quick brown fox; see https://example.com/9j/photo.png?x=%20 " * 50
    assert not holds_picture(words)
    assert not holds_picture(b"MM\0*\0\0\0\x08\0\1\0\2\0\7\0\0\0\4abcd\0\0\0\0"), "a maker's notes"


def test_far_too_much_is_taken_for_one() -> None:
    bomb = zlib.compress(bytes(1 << 24))
    assert holds_picture(bomb)
    assert holds_picture(b"x\x9c" * 20_000)


def test_only_the_words_that_spell_one_are_cut_out() -> None:
    flow = {
        "prompt": "a sea, no people",
        "image": "data:image/png;base64," + as_base64(picture("PNG")).decode(),
    }
    left = json.loads(without_encoded_pictures(json.dumps(flow).encode()))
    assert left == {"prompt": "a sea, no people", "image": "data:image/png;base64,"}
