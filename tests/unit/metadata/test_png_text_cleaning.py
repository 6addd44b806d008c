"""Text of a PNG: a picture is cut out of its text, or takes the text with it."""

import base64
import json
import zlib

import pytest
from tests.unit.metadata.made_blocks import thing

from cleanplate.metadata.png_text_cleaning import clean_text_chunk
from cleanplate.pixels.types import Chunk

FLOW = json.dumps({"seed": 5, "image": base64.b64encode(thing("PNG")).decode()}).encode()
LEFT = json.dumps({"seed": 5, "image": ""}).encode()
PROFILE = b"\niptc\n     600\n" + b"\n".join(thing().hex(" ", 36).encode().split())


@pytest.mark.parametrize(
    "chunk",
    [
        (b"tEXt", b"Title\0the sea"),
        (b"zTXt", b"parameters\0\0" + zlib.compress(b"a sea, no people, seed 5" * 40)),
        (b"iTXt", b"Author\0\0\0de\0Autor\0" + "Jürgen".encode()),
        (b"iTXt", b"Author\0\1\0de\0Autor\0" + zlib.compress("Jürgen".encode())),
        (b"tIME", bytes(7)),
    ],
)
def test_words_stay_byte_for_byte(chunk: Chunk) -> None:
    assert clean_text_chunk(chunk) == (chunk, "")


@pytest.mark.parametrize(
    ("chunk", "left"),
    [
        ((b"tEXt", b"workflow\0" + FLOW), b"workflow\0" + LEFT),
        ((b"zTXt", b"workflow\0\0" + zlib.compress(FLOW)), b"workflow\0\0" + zlib.compress(LEFT)),
        ((b"iTXt", b"workflow\0\0\0\0\0" + FLOW), b"workflow\0\0\0\0\0" + LEFT),
        ((b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(FLOW)), b"workflow\0\1\0\0\0" + zlib.compress(LEFT)),
    ],
)
def test_a_coded_picture_is_cut_out(chunk: Chunk, left: bytes) -> None:
    assert clean_text_chunk(chunk) == ((chunk[0], left), "PNG text 'workflow' (a picture in it)")


@pytest.mark.parametrize(
    "chunk",
    [
        (b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(PROFILE)),
        (b"tEXt", b"Raw profile type iptc\0" + PROFILE),
        (b"tEXt", b"Raw\0" + thing()),
        (b"iTXt", b"a\0\0\0" + base64.b64encode(thing()) + b"\0\0words"),
        (b"zTXt", b"bomb\0\0" + zlib.compress(bytes(1 << 24))),
        (b"zTXt", b"cut\0\0" + zlib.compress(thing() + bytes(range(256)))[:-9]),
        (b"iTXt", b"broken"),
        (b"tIME", thing()),
    ],
)
def test_what_cannot_be_cut_goes_whole(chunk: Chunk) -> None:
    kept, name = clean_text_chunk(chunk)
    assert kept is None
    assert name
