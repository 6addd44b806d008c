"""Hostile bytes: pixels or `BadInput`, and nothing else. Warnings are errors here."""

import random
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from tests.unit import profiles

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.errors import BadInput
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Native, Origin, Pixels

RULES = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"),
    max_bytes=2**20,
    max_side_px=512,
    max_pixels=2**18,
    repaint="nonzero",
    flatten=True,
)
_ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_NOISE = np.random.default_rng(4).integers(0, 65536, (11, 13, 4), dtype=np.uint16)


def _saved(kind: str, mode: str, **options: Any) -> bytes:
    out = BytesIO()
    Image.fromarray((_NOISE >> 8).astype(np.uint8)).convert(mode).save(out, kind, **options)
    return out.getvalue()


def _words() -> PngInfo:
    words = PngInfo()
    words.add_text("Title", "a title")
    words.add_text("Comment", "a comment " * 20, zip=True)
    words.add_itxt("Author", "an author", zip=True)
    words.add(b"gAMA", (45455).to_bytes(4, "big"))
    return words


def _corpus() -> dict[str, bytes]:
    """One small file of every kind, with metadata to stumble over."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    extras: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": _ICC, "dpi": (72, 72)}
    deep = Pixels(
        rgb=np.zeros((11, 13, 3), np.uint8),
        native=Native(_NOISE[..., :3], "rgb"),
        alpha=_NOISE[..., 3],
        origin=Origin(orientation=6, exif=exif.tobytes(), icc=_ICC, dpi=(72, 72)),
    )
    return {
        "png": _saved("PNG", "RGBA", **extras),
        "palette": _saved("PNG", "P", transparency=3),
        "bits": _saved("PNG", "1"),
        "deep png": encode(deep, EncodeOptions("png")),
        "deep grey": cv2.imencode(".png", _NOISE[..., 0])[1].tobytes(),
        "jpeg": _saved("JPEG", "RGB", **extras),
        "progressive": _saved("JPEG", "L", progressive=True),
        "cmyk": _saved("JPEG", "CMYK", icc_profile=_ICC),
        "bmp": _saved("BMP", "RGB"),
        "palette bmp": _saved("BMP", "P"),
        "webp": _saved("WEBP", "RGB", **extras),
        "lossless webp": _saved("WEBP", "RGBA", lossless=True),
        "tiff": _saved("TIFF", "RGB", **extras),
        "palette tiff": _saved("TIFF", "P", dpi=(72, 72)),
        "cmyk tiff": _saved("TIFF", "CMYK", compression="tiff_adobe_deflate"),
        "bilevel tiff": _saved("TIFF", "1", compression="group4"),
        "wide png": _saved("PNG", "RGB", icc_profile=profiles.p3()),
        "words": _saved("PNG", "LA", icc_profile=profiles.grey(), pnginfo=_words()),
        "lzw tiff": _saved("TIFF", "RGBA", compression="tiff_lzw"),
        "deep tiff": encode(deep, EncodeOptions("tiff")),
        "heif": (Path(__file__).parents[1] / "codecs/files/mask-64x48.heic").read_bytes(),
    }


CORPUS = _corpus()
PICTURE = Pixels(rgb=np.zeros((13, 11, 3), np.uint8))


def survives(data: bytes) -> bool:
    """Decode, and when that works encode: True when there was a picture in it."""
    try:
        pixels = decode_picture(data, RULES)
    except BadInput as error:
        assert error.public.startswith("image: ")
        return False
    assert pixels.rgb.shape == (pixels.height, pixels.width, 3)
    for target in ("png", "tiff", "jpeg", "bmp"):
        assert encode(pixels, EncodeOptions(target))
    try:
        mask = decode_mask(data, RULES, PICTURE)
    except BadInput as error:
        assert error.public.startswith("mask: ")
    else:
        assert mask.flags.dtype == np.bool_
    return True


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_the_untouched_file_is_a_picture(name: str) -> None:
    assert survives(CORPUS[name])


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_every_kind_cut_anywhere_and_hit_anywhere(name: str) -> None:
    data, chance = CORPUS[name], random.Random(name)
    for cut in range(0, len(data), max(1, len(data) // 60)):
        survives(data[:cut])
    for _ in range(120):
        hit = bytearray(data)
        for _ in range(chance.randint(1, 5)):
            # half of the hits into the first 200 bytes, where the headers are
            at = chance.randrange(chance.choice([min(200, len(hit)), len(hit)]))
            hit[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        survives(bytes(hit))


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(sorted(CORPUS)),
    at=st.floats(0, 1),
    cut=st.integers(0, 12),
    put=st.binary(max_size=12),
)
@example(name="png", at=0.0, cut=0, put=b"")
def test_pieces_taken_out_and_put_in(name: str, at: float, cut: int, put: bytes) -> None:
    data = CORPUS[name]
    start = int(at * len(data))
    survives(data[:start] + put + data[start + cut :])


@settings(max_examples=100, deadline=None)
@given(head=st.sampled_from([data[:24] for data in CORPUS.values()]), rest=st.binary(max_size=200))
def test_a_signature_and_then_noise(head: bytes, rest: bytes) -> None:
    survives(head + rest)
