"""The promise from file to file: erase, save in the same format, and all that was not erased is as it was.

One row for each kind of file. Sources are written, and results read, by Pillow or OpenCV alone wherever one
of them can; `stored` proves the rows of the rest.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from tests.unit import profiles

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.library import erase
from cleanplate.metadata.exif_orientation import to_stored, to_upright
from cleanplate.pixels.types import Format, Native, Origin, Pixels

HEIGHT, WIDTH = 36, 44
THING = slice(14, 22), slice(18, 27)
GROWN_PX, SOFT_PX = 2, 2
DPI = (300, 200)
WORDS = b"Title\0What was seen"


@dataclass(frozen=True, slots=True)
class Case:
    """`mode` is Pillow's, with ";16" for 16 bits, and "P+" for a palette with transparency."""

    kind: Format
    mode: str
    profile: str = ""
    orientation: int = 1

    def __str__(self) -> str:
        return "-".join(filter(None, (self.kind, self.mode, self.profile, str(self.orientation))))

    @property
    def deep(self) -> bool:
        return self.mode.endswith("16")


PLAIN: list[tuple[Format, str]] = [
    *(
        ("png", mode)
        for mode in ("1", "L", "LA", "L;16", "LA;16", "RGB", "RGBA", "RGB;16", "RGBA;16", "P", "P+")
    ),
    *(("tiff", mode) for mode in ("1", "L", "LA", "L;16", "RGB", "RGBA", "RGB;16", "RGBA;16", "P", "CMYK")),
    *(("webp", mode) for mode in ("RGB", "RGBA")),
]
PROFILED: list[tuple[Format, str, str]] = [
    *(("png", mode, "p3") for mode in ("RGB", "RGBA", "RGB;16", "RGBA;16", "P", "P+")),
    *(("tiff", mode, "adobe") for mode in ("RGB", "RGBA", "RGB;16", "P")),
    ("png", "RGB;16", "prophoto"),
    ("tiff", "RGB;16", "prophoto"),
    ("webp", "RGB", "adobe"),
    *(("png", mode, "grey") for mode in ("L", "LA", "L;16")),
    *(("tiff", mode, "grey") for mode in ("L", "L;16")),
    ("tiff", "CMYK", "cmyk"),
]
CASES = [
    *(Case("bmp", mode) for mode in ("1", "L", "RGB", "P")),
    *(Case(*row, orientation=turn) for row in PLAIN for turn in (1, 6)),
    *(Case(*row, orientation=turn) for row in PROFILED for turn in (1, 6)),
]


def scene() -> NDArray[np.uint8]:
    """(H, W, 3) upright sRGB: a slope of colours with grain, and a dark thing on it."""
    down, right = np.mgrid[:HEIGHT, :WIDTH]
    slope = np.stack([120 + 2 * right, 190 - 2 * down, 90 + right + down], axis=-1)
    rgb = slope + np.random.default_rng(3).integers(-4, 5, (HEIGHT, WIDTH, 1))
    rgb[THING] = (70, 10, 40)
    return rgb.astype(np.uint8)


def opacity() -> NDArray[np.uint8]:
    clear = np.full((HEIGHT, WIDTH), 255, np.uint8)
    clear[:, :6], clear[:4] = 0, 128
    return clear


def samples(case: Case) -> NDArray[Any]:
    """Upright, as the file has them; indices for a palette."""
    image = in_profile(Image.fromarray(scene()), case)
    mode = case.mode.partition(";")[0]
    if mode in ("P", "P+"):
        values = np.array(image.quantize(200))
        # the entry behind all that are used is the clear one
        return (
            np.where(opacity() == 0, len(palette(case)) - 1, values).astype(np.uint8)
            if mode == "P+"
            else values
        )
    if mode == "1":
        return np.asarray(image.convert("1"))
    values = np.asarray(image if image.mode in ("CMYK", "L") else image.convert(mode[:3].rstrip("A")))
    if case.deep:
        values = values.astype(np.uint16) * 257 + np.random.default_rng(5).integers(
            0, 90, values.shape, np.uint16
        )
    if not mode.endswith("A"):
        return values
    clear = opacity().astype(values.dtype) * (257 if case.deep else 1)
    return np.dstack([values, clear])


def in_profile(image: Image.Image, case: Case) -> Image.Image:
    """From sRGB, by LittleCMS; grey and CMYK without a profile by Pillow's plain rules."""
    space = case.mode.partition(";")[0]
    target = {"CMYK": "CMYK", "L": "L", "LA": "L"}.get(space, "RGB")
    if not case.profile:
        return image.convert(target)
    source = ImageCms.createProfile("sRGB")
    goal = ImageCms.ImageCmsProfile(BytesIO(getattr(profiles, case.profile)()))
    made = ImageCms.profileToProfile(image, source, goal, outputMode=target)
    assert made is not None
    return made


def palette(case: Case) -> NDArray[np.uint8]:
    found = in_profile(Image.fromarray(scene()), case).quantize(200).getpalette("RGB")
    entries = np.array(found, np.uint8).reshape(-1, 3)
    return np.concatenate([entries, [[1, 2, 3]]]).astype(np.uint8) if case.mode == "P+" else entries


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "A camera"
    return tags


def original(case: Case) -> bytes:
    by_us = case.deep and case.mode != "L;16"
    data = deep_file(case) if by_us else saved(to_stored(samples(case), case.orientation), case)
    return with_words(data) if case.kind == "png" else data


def saved(rows: NDArray[Any], case: Case) -> bytes:
    mode = {"P+": "P", "CMYK": "CMYK", "P": "P"}.get(case.mode)
    image = Image.fromarray(np.ascontiguousarray(rows))
    if mode:
        image = Image.frombytes(mode, rows.shape[1::-1], rows.astype(np.uint8).tobytes())
    options: dict[str, Any] = {"dpi": DPI} if case.kind != "webp" else {"lossless": True, "exact": True}
    if case.kind != "bmp":
        options |= {"exif": exif(case.orientation), "icc_profile": file_profile(case)}
    if mode == "P":
        image.putpalette(palette(case).tobytes())
        if case.mode == "P+":
            options["transparency"] = len(palette(case)) - 1
        if case.kind == "png":
            options["bits"] = 8
    out = BytesIO()
    image.save(out, case.kind, **options)
    return out.getvalue()


def file_profile(case: Case) -> bytes | None:
    if case.profile:
        return cast(bytes, getattr(profiles, case.profile)())
    return None if case.mode in ("CMYK", "1", "L", "LA", "L;16", "LA;16") else profiles.srgb()


def deep_file(case: Case) -> bytes:
    """16 bits in colour: nobody else at hand writes these with their metadata."""
    values = samples(case)
    grey = case.mode.startswith("L")
    clear = values[..., -1].copy() if case.mode.endswith("A;16") else None
    own = np.ascontiguousarray(values[..., 0] if grey else values[..., :3])
    origin = Origin(
        grey=grey,
        orientation=case.orientation,
        exif=exif(case.orientation).tobytes(),
        icc=file_profile(case),
        dpi=DPI,
    )
    return encode(
        Pixels(scene(), clear, origin, Native(own, "grey" if grey else "rgb")), EncodeOptions(case.kind)
    )


def with_words(png: bytes) -> bytes:
    content = struct.pack(">I", len(WORDS)) + b"tEXt" + WORDS
    return png[:33] + content + struct.pack(">I", zlib.crc32(content[4:])) + png[33:]


def stored(data: bytes, case: Case) -> NDArray[Any]:
    """Rows of a file turned upright, by a reader that knows nothing of us."""
    image = Image.open(BytesIO(data))
    if case.deep and case.mode != "L;16":
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert read is not None
        values: NDArray[Any] = (
            read[..., [0, 3]] if case.mode == "LA;16" else read[..., [2, 1, 0, 3][: read.shape[2]]]
        )
    else:
        values = np.asarray(image)
    # both turn a TIFF upright by themselves, and nothing else
    return (
        values
        if case.kind == "tiff"
        else np.ascontiguousarray(to_upright(np.array(values), case.orientation))
    )


def colours(data: bytes, case: Case) -> NDArray[np.int16]:
    """(H, W, 3) sRGB, upright, as a viewer shows it."""
    image: Image.Image = Image.open(BytesIO(data))
    profile = image.info.get("icc_profile")
    if case.deep:
        eight = np.rint(stored(data, case) / 257).astype(np.uint8)
        image = Image.fromarray(
            np.ascontiguousarray(eight[..., 0] if case.mode == "LA;16" else eight[..., :3])
        )
        if case.mode == "L;16":
            image = Image.fromarray(eight)
    elif image.mode in ("P", "RGBA"):
        image = image.convert("RGB")
    elif image.mode == "LA":
        image = image.getchannel("L")
    if profile and case.profile:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        assert made is not None
        image = made
    values = np.asarray(image.convert("RGB")).astype(np.int16)
    return values if case.deep or case.kind == "tiff" else to_upright(values, case.orientation)


def erased(data: bytes) -> bytes:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[THING] = 255
    done = erase(data, mask, engine="telea", dilate_px=GROWN_PX, feather_px=SOFT_PX)
    assert done.recipe["changed_outside_mask"] == 0
    return done.encode()


def around() -> NDArray[np.bool_]:
    """True where something may change."""
    reach = GROWN_PX + SOFT_PX
    touched = np.zeros((HEIGHT, WIDTH), np.bool_)
    rows, columns = THING
    touched[rows.start - reach : rows.stop + reach, columns.start - reach : columns.stop + reach] = True
    return touched


@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_that_was_not_erased_is_as_it_was(case: Case) -> None:
    before = original(case)
    np.testing.assert_array_equal(stored(before, case), samples(case))
    after = erased(before)
    rows = stored(after, case)
    assert (rows.dtype, rows.shape) == (samples(case).dtype, samples(case).shape)
    assert np.count_nonzero((rows != samples(case))[~around()]) == 0
    if case.mode.startswith(("LA", "RGBA")):
        np.testing.assert_array_equal(rows[..., -1], samples(case)[..., -1])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_hole_has_the_colours_round_it(case: Case) -> None:
    before = original(case)
    was, now = colours(before, case), colours(erased(before), case)
    assert np.abs(now[THING] - was[THING]).mean() > 40
    rows, columns = THING
    left, right = (was[rows, start : start + 4] for start in (columns.start - 6, columns.stop + 2))
    beside = np.concatenate([left, right], axis=1).mean(axis=(0, 1))
    assert np.abs(now[THING].mean(axis=(0, 1)) - beside).max() < (40 if case.mode == "1" else 6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_file_is_of_the_same_kind_and_carries_the_same(case: Case) -> None:
    data = original(case)
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(erased(data)))
    assert (after.format, after.mode, after.size) == (before.format, before.mode, before.size)
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert after.info.get("transparency") == before.info.get("transparency")
    assert after.getexif().get(0x010F) == before.getexif().get(0x010F)
    assert after.getexif().get(0x0112, 1) == before.getexif().get(0x0112, 1) == case.orientation
    if case.kind != "webp":
        assert after.info["dpi"] == pytest.approx(DPI, abs=0.02)
    if case.kind == "png":
        assert after.info["Title"] == "What was seen"
        assert after.tile[0][3] == before.tile[0][3]  # the rows' own mode, with its bits
    if case.kind == "tiff":
        assert after.getexif()[0x106] == before.getexif()[0x106]
        bits = [np.atleast_1d(image.getexif().get(0x102, 1)).tolist() for image in (before, after)]
        assert bits[0] == bits[1]
    if before.mode == "P":
        known, entries = before.getpalette("RGB"), after.getpalette("RGB")
        assert known is not None
        assert entries is not None
        used = len(palette(case)) * 3
        assert entries[:used] == known[:used]
