"""From one format to another: the target gets what it can hold, and no profile describes other numbers."""

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from tests.unit import profiles

from cleanplate.codecs.codec_table import WRITABLE
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.colour.native_samples import srgb_view
from cleanplate.pixels.types import Format, Native, Origin, Palette, Pixels, Samples, Space

HEIGHT, WIDTH = 24, 20
SLOPE = np.linspace(30, 220, WIDTH).astype(np.uint8)


def smooth(channels: int) -> NDArray[np.uint8]:
    rows = np.stack([SLOPE if c % 2 else SLOPE[::-1] for c in range(channels)], axis=-1)
    return np.broadcast_to(rows, (HEIGHT, WIDTH, channels)).copy()


def picture(space: Space, icc: bytes | None = None, *, deep: bool = False, clear: bool = False) -> Pixels:
    samples: Samples
    palette = None
    if space == "index":
        entries = smooth(3)[0]
        samples = np.broadcast_to(np.arange(WIDTH, dtype=np.uint8), (HEIGHT, WIDTH)).copy()
        palette = Palette(entries, np.linspace(0, 255, WIDTH).astype(np.uint8) if clear else None)
    else:
        samples = smooth({"rgb": 3, "grey": 1, "cmyk": 4}[space]).squeeze()
    if deep:
        samples = samples.astype(np.uint16) * 257
    own = Native(samples, space, icc, palette)
    alpha = palette.opacity[samples] if palette is not None and palette.opacity is not None else None
    return Pixels(srgb_view(own), alpha, Origin(grey=space == "grey"), own)


def shown(image: Image.Image) -> NDArray[np.int16]:
    """In sRGB, as a viewer that heeds profiles shows it."""
    icc = image.info.get("icc_profile")
    plain = image.convert("RGB") if image.mode in ("P", "1") else image
    if icc:
        source = ImageCms.ImageCmsProfile(BytesIO(icc))
        made = ImageCms.profileToProfile(plain, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        assert made is not None
        plain = made
    return np.asarray(plain.convert("RGB")).astype(np.int16)


PICTURES = {
    "rgb p3": (picture("rgb", profiles.p3()), {}),
    "rgb16 prophoto": (picture("rgb", profiles.prophoto(), deep=True), {}),
    "grey profile": (picture("grey", profiles.grey()), {"webp": "RGB"}),
    "grey16": (picture("grey", deep=True), {"png": "I;16", "tiff": "I;16", "webp": "RGB"}),
    "cmyk": (picture("cmyk"), {"tiff": "CMYK", "jpeg": "CMYK"}),
    "cmyk profile": (picture("cmyk", profiles.cmyk()), {"tiff": "CMYK", "jpeg": "CMYK"}),
    "palette": (picture("index"), {"png": "P", "tiff": "P", "bmp": "P"}),
    "palette p3": (picture("index", profiles.p3()), {"png": "P", "tiff": "P"}),
}
GREY = {"grey profile": "L", "grey16": "L"}


@pytest.mark.parametrize("target", sorted(WRITABLE))
@pytest.mark.parametrize("name", sorted(PICTURES))
def test_it_looks_the_same_in_every_format(name: str, target: Format) -> None:
    pixels, modes = PICTURES[name]
    image = Image.open(BytesIO(encode(pixels, EncodeOptions(target))))
    assert image.mode == modes.get(target, GREY.get(name, "RGB"))
    if name == "rgb16 prophoto" and target in ("png", "tiff"):
        return  # Pillow cannot show it; the fidelity matrix reads it
    if image.mode == "I;16":
        np.testing.assert_array_equal(np.asarray(image), pixels.native.samples if pixels.native else None)
        return
    off = np.abs(shown(image) - pixels.rgb)
    assert off.mean() < (4 if target in ("jpeg", "webp") else 1)


def test_a_profile_leaves_with_the_samples_it_describes() -> None:
    wide = picture("rgb", profiles.p3())
    kept = Image.open(BytesIO(encode(wide, EncodeOptions("webp"))))
    assert kept.info["icc_profile"] == profiles.p3()
    remade = Pixels(wide.rgb, origin=wide.origin)  # as an upscaler or a painter returns it
    for target in sorted(WRITABLE):
        assert "icc_profile" not in Image.open(BytesIO(encode(remade, EncodeOptions(target)))).info


def test_a_profile_of_grey_is_no_profile_of_colours() -> None:
    origin = Origin(icc=profiles.grey())  # unusable for what it came with, or as good as sRGB: on `origin`
    image = Image.open(BytesIO(encode(Pixels(smooth(3), origin=origin), EncodeOptions("png"))))
    assert "icc_profile" not in image.info


def test_a_transparent_palette_becomes_colours_where_indices_cannot_be_clear() -> None:
    pixels = picture("index", clear=True)
    png = Image.open(BytesIO(encode(pixels, EncodeOptions("png"))))
    assert (png.mode, np.asarray(png.convert("RGBA"))[0, :, 3].tolist()) == (
        "P",
        pixels.alpha[0].tolist() if pixels.alpha is not None else None,
    )
    tiff = Image.open(BytesIO(encode(pixels, EncodeOptions("tiff"))))
    assert tiff.mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(tiff)[..., 3], pixels.alpha)
    bmp = Image.open(BytesIO(encode(pixels, EncodeOptions("bmp"))))
    assert bmp.mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(bmp)[..., 3], pixels.alpha)


def test_bilevel_stays_bilevel_where_it_can() -> None:
    flags = np.random.default_rng(1).integers(0, 2, (HEIGHT, WIDTH), dtype=np.uint8)
    palette = Palette(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), bits=1, fixed=True)
    own = Native(flags, "index", palette=palette)
    pixels = Pixels(srgb_view(own), origin=Origin(grey=True), native=own)
    for target in ("png", "tiff", "bmp"):
        image = Image.open(BytesIO(encode(pixels, EncodeOptions(target))))
        assert image.mode == "1"
        np.testing.assert_array_equal(np.asarray(image), flags > 0)
    assert Image.open(BytesIO(encode(pixels, EncodeOptions("jpeg")))).mode == "L"
