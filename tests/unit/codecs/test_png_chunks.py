"""Chunks of a PNG: which are kept, and which never."""

import struct
import zlib

import pytest

from cleanplate.codecs.png.png_chunks import kept_chunks

HEAD = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def test_words_and_colours_are_kept_in_order_and_nothing_else() -> None:
    data = HEAD + b"".join(
        [
            chunk(b"IHDR", bytes(13)),
            chunk(b"gAMA", b"abcd"),
            chunk(b"sRGB", b"\0"),
            chunk(b"prVt", b"private"),
            chunk(b"tEXt", b"Title\0x"),
            chunk(b"IDAT", b"tEXtgAMA"),
            chunk(b"tIME", bytes(7)),
            chunk(b"iTXt", b"Author\0\0\0\0\0me"),
            chunk(b"IEND"),
            chunk(b"tEXt", b"Title\0behind the end"),
        ]
    )
    kept = kept_chunks(data)
    assert kept.colour == ((b"gAMA", b"abcd"), (b"sRGB", b"\0"))
    assert [name for name, _ in kept.text] == [b"tEXt", b"tIME", b"iTXt"]
    assert kept.text[0][1] == b"Title\0x"


@pytest.mark.parametrize(
    ("content", "stays"),
    [
        (b"XML:com.adobe.xmp\0\0\0\0\0<x/>", False),
        (b"Raw profile type exif\0\0", False),
        (b"Raw profile type APP1\0\0", False),
        (b"Raw profile type icc\0\0", False),
        (b"Raw profile type 8bim\0\0", False),
        (b"Raw profile type iptc\0\0", True),
        (b"Title\0Raw profile type exif", True),
    ],
)
def test_hidden_blocks_go(content: bytes, stays: bool) -> None:
    assert bool(kept_chunks(HEAD + chunk(b"zTXt", content)).text) is stays


def test_numbers_are_bounded() -> None:
    many = HEAD + chunk(b"tEXt", b"a\0b") * 3000 + chunk(b"gAMA", b"abcd") * 3000
    kept = kept_chunks(many)
    assert (len(kept.text), len(kept.colour)) == (1000, 1)


@pytest.mark.parametrize("size", [0, 5, 2**31, 2**32 - 1])
def test_sizes_that_lie_end_it(size: int) -> None:
    kept_chunks(HEAD + struct.pack(">I", size) + b"tEXt" + bytes(20))
    kept_chunks(HEAD + chunk(b"tEXt", b"a\0b")[:-3])


def test_chunks_that_say_what_colours_mean_have_their_size() -> None:
    data = (
        HEAD
        + chunk(b"gAMA", b"\xff\xd8\xff\xe0 a picture")
        + chunk(b"cHRM", bytes(31))
        + chunk(b"sRGB", b"\0")
    )
    assert kept_chunks(data).colour == ((b"sRGB", b"\0"),)
