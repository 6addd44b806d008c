"""Answers in compressions that nobody asked for: unpacked within a limit, or refused in words."""

import gzip
import zlib
from collections.abc import Mapping
from typing import Final

from tests.fuzz.target import Target

from cleanplate.errors import BadInput
from cleanplate.intake.content_encoding import decode_content

_MOST_BYTES: Final = 2**16


def run(data: bytes) -> str:
    """Unpack: the first line is the Content-Encoding."""
    encoding, _, body = data.partition(b"\n")
    try:
        made = decode_content(body, encoding.decode("latin-1"), _MOST_BYTES)
    except BadInput:
        return "refused"
    assert len(made) <= max(_MOST_BYTES, len(body))
    return "as it was" if made == body else "unpacked"


def _seeds() -> Mapping[str, bytes]:
    text = b"some words " * 30
    bare = zlib.compressobj(wbits=-15)
    return {
        "gzip": b"gzip\n" + gzip.compress(text, mtime=0),
        "two members": b"x-gzip\n" + gzip.compress(text, mtime=0) + gzip.compress(text, mtime=0),
        "deflate": b"deflate\n" + zlib.compress(text),
        "bare": b"deflate\n" + bare.compress(text) + bare.flush(),
        "two layers": b"gzip, deflate\n" + zlib.compress(gzip.compress(text, mtime=0)),
        "plain": b"identity\n" + text,
        "bomb": b"gzip\n" + gzip.compress(bytes(2**20), mtime=0),
    }


TARGETS: Final = (
    Target("compressed", run, _seeds, words=(b"gzip", b"deflate", b",", b"br", b"\x1f\x8b\x08")),
)
