"""Blocks of metadata: EXIF, XMP, profiles, words of PNGs. Each can stay, or a part of it, or nothing."""

import zlib
from collections.abc import Mapping
from typing import Final

import numpy as np
from PIL import Image
from tests.fuzz.picture_files import display_profile, exif, profile, saved
from tests.fuzz.target import Target

from cleanplate.colour.icc_profile import read_profile
from cleanplate.metadata.embedded_pictures import holds_picture
from cleanplate.metadata.exif_cleaning import clean_exif
from cleanplate.metadata.exif_orientation import with_orientation
from cleanplate.metadata.exif_tags import EXIF_HEADER
from cleanplate.metadata.icc_cleaning import clean_icc
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.metadata.png_text_cleaning import clean_text_chunk
from cleanplate.metadata.text_to_exif import text_to_exif
from cleanplate.metadata.xmp_cleaning import clean_xmp

_SAMPLES: Final = np.arange(48, dtype=np.uint8).reshape(16, 3)
_KINDS: Final = (b"tEXt", b"zTXt", b"iTXt", b"tIME")
_RDF: Final = (
    '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:g="http://ns.adobe.com/xap/1.0/g/img/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
    'hdrgm:Version="1.0" xmp:Label="red"><xmp:Thumbnails><rdf:Alt><rdf:li><g:image>/9j/4AAQ</g:image>'
    "</rdf:li></rdf:Alt></xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)


def run_exif(data: bytes) -> str:
    """Clean a block, and turn it."""
    block = EXIF_HEADER + data.removeprefix(EXIF_HEADER)
    turned = with_orientation(block, 6)
    assert len(turned) == len(block) or turned.startswith(EXIF_HEADER)
    clean, dropped = clean_exif(block)
    if clean is None:
        assert dropped
        return "left out"
    again, more = clean_exif(clean)
    assert again == clean, more
    return "as it was" if clean == block else "cleaned"


def run_xmp(data: bytes) -> str:
    """Clean a packet."""
    clean, dropped = clean_xmp(data)
    assert clean is not None or dropped
    return "left out" if clean is None else "as it was" if clean == data else "cleaned"


def run_icc(data: bytes) -> str:
    """Clean a profile, and ask it for colours."""
    clean_icc(data)
    found = read_profile(data, "rgb")
    if found is None:
        return "no profile"
    assert found.to_srgb(_SAMPLES).shape == _SAMPLES.shape
    for deep in (False, True):
        assert found.from_srgb(_SAMPLES, deep=deep).shape == _SAMPLES.shape
    return "a profile"


def run_text(data: bytes) -> str:
    """Clean a chunk of words, the first byte saying of which kind, and have it as EXIF."""
    chunk = _KINDS[data[0] % len(_KINDS) if data else 0], data[1:]
    text_to_exif(Metadata(text_chunks=(chunk,)))
    clean, name = clean_text_chunk(chunk)
    assert clean is not None or name
    return "left out" if clean is None else "as it was" if clean == chunk else "cleaned"


def run_search(data: bytes) -> str:
    """Look for pictures in whatever it is."""
    return "a picture" if holds_picture(data) else "none"


def _exifs() -> Mapping[str, bytes]:
    with_preview = Image.Exif()
    with_preview[0x0112] = 3
    with_preview.get_ifd(0x8769)[0x927C] = b"Maker\0" + bytes(40)
    block = bytearray(exif())
    return {
        "usual": bytes(block),
        "notes": with_preview.tobytes(),
        "no directory": EXIF_HEADER + b"MM\0*" + bytes(8),
    }


def _xmps() -> Mapping[str, bytes]:
    text = _RDF.encode()
    return {"a packet": text, "UTF-16": _RDF.encode("utf-16"), "words": b"<a b='c'>d</a>"}


def _profiles() -> Mapping[str, bytes]:
    return {"matrix": display_profile(), "lab": profile(), "none": bytes(200)}


def _texts() -> Mapping[str, bytes]:
    return {
        "plain": b"\0Title\0a picture",
        "packed": b"\1Comment\0\0" + zlib.compress(b"packed " * 9),
        "international": b"\2Author\0\1\0zh\0Autor\0" + zlib.compress("\u540d".encode()),
        "time": b"\3\x07\xea\x0b\x1d\0\0\0",
        "profile": b"\0Raw profile type exif\0\nexif\n    6\n457869660000\n",
    }


def _hidden() -> Mapping[str, bytes]:
    picture = saved("PNG")
    return {
        "packed": b"words" + zlib.compress(picture),
        "packed twice": zlib.compress(zlib.compress(picture)),
        "hexadecimal": saved("GIF").hex().encode(),
        "numbers": b"255, 216, 255, 224",
        "percents": b"%FF%D8%FF%E0",
        "wide": "R0lGODlhAQABAIAAAAAAAP".encode("utf-16-le"),
        "base64": b"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
    }


_EXIF_WORDS: Final = (
    *(
        b"II*\0",
        b"MM\0*",
        b"\x69\x87",
        b"\x25\x88",
        b"\x02\x01",
        b"\xff\xd8\xff\xe0\0\x10",
        b"\x78\x9c",
        b"\x1f\x8b\x08",
    ),
    *(zlib.compress(b"packed" * 9), b"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAA", b"ffd8ffe000104a46494600010101"),
)
TARGETS: Final = (
    Target("exif", run_exif, _exifs, words=_EXIF_WORDS),
    Target(
        "xmp",
        run_xmp,
        _xmps,
        words=(b"<", b"/>", b"&amp;", b"<![CDATA[", b"<!DOCTYPE a [", b"xmlns:", b"]]>"),
    ),
    Target("icc", run_icc, _profiles, words=(b"XYZ ", b"curv", b"para", b"rTRC", b"GRAY", b"desc", b"mft2")),
    Target("png-text", run_text, _texts, words=(b"\0", b"\x78\x9c", b"\nexif\n", b"Raw profile type ")),
    Target(
        "hidden-pictures", run_search, _hidden, words=(b"\x78\x9c", b"\x1f\x8b\x08", b"\xff\xd8\xff", b"\\/")
    ),
)
