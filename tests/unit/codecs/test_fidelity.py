"""The promise end to end: decode, change a box, encode: outside the box the stored values are the same.

One row for each kind of file. What was written is read back by Pillow or OpenCV alone.
"""

from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.compositing.paste import Patch, paste
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.metadata.exif_orientation import to_stored, to_upright
from cleanplate.pixels.types import Box, Format, Native, Origin, Pixels

RULES = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "tiff"), max_bytes=2**20, max_side_px=512, max_pixels=2**18
)
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
BOX = Box(6, 4, 15, 17)
WIDTH, HEIGHT = 33, 22
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "L;16": 1, "RGB;16": 3, "RGBA;16": 4}
CASES: list[tuple[Format, str]] = [
    *(("png", mode) for mode in CHANNELS),
    *(("tiff", mode) for mode in CHANNELS),
    ("webp", "RGB"),
    ("webp", "RGBA"),
    ("bmp", "L"),
    ("bmp", "RGB"),
]


def rows(mode: str) -> NDArray[np.uint16]:
    """The values as the file stores them: (H, W) or (H, W, C)."""
    top = 65536 if mode.endswith("16") else 256
    shape = (HEIGHT, WIDTH, CHANNELS[mode])
    return np.random.default_rng(8).integers(0, top, shape, dtype=np.uint16).squeeze()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def original(kind: Format, mode: str, orientation: int) -> bytes:
    if mode in ("RGB;16", "RGBA;16"):  # nobody else at hand writes these with EXIF; `stored` proves the rows
        values = to_upright(rows(mode), orientation)
        origin = Origin(orientation=orientation, exif=exif(orientation).tobytes(), icc=ICC)
        opacity = values[..., 3] if mode == "RGBA;16" else None
        deep = np.ascontiguousarray(values[..., :3])
        return encode(Pixels(to_8_bit(deep), opacity, origin, Native(deep, "rgb")), EncodeOptions(kind))
    options: dict[str, Any] = {} if kind == "bmp" else {"exif": exif(orientation), "icc_profile": ICC}
    if kind == "webp":
        options |= {"lossless": True, "exact": True}
    out = BytesIO()
    array = rows(mode) if mode == "L;16" else rows(mode).astype(np.uint8)
    Image.fromarray(array).save(out, kind, **options)
    return out.getvalue()


def stored(data: bytes, mode: str) -> NDArray[Any]:
    """The rows of a file, not turned."""
    image = Image.open(BytesIO(data))
    tiff_orientation = image.getexif().get(0x0112, 1) if image.format == "TIFF" else 1
    if mode.endswith("16"):
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert read is not None
        array: NDArray[Any] = read if read.ndim == 2 else read[..., [2, 1, 0, 3][: read.shape[2]]]
    else:
        array = np.asarray(image)
    return to_stored(array, tiff_orientation)  # both readers turn a TIFF upright, and nothing else


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("kind", "mode"), CASES, ids=str)
def test_nothing_else_changes(kind: Format, mode: str, orientation: int) -> None:
    data = original(kind, mode, orientation)
    np.testing.assert_array_equal(stored(data, mode), rows(mode))
    pixels = decode_picture(data, RULES)
    fill = np.full((BOX.height, BOX.width, 3), 77, np.uint8)
    changed = paste(pixels, [Patch(BOX, fill, np.ones((BOX.height, BOX.width), np.float32))])
    result = encode(changed, EncodeOptions(kind))

    touched = np.zeros((pixels.height, pixels.width), np.uint8)
    touched[BOX.slices] = 1
    kept = to_stored(touched, 1 if kind == "bmp" else orientation) == 0
    after = stored(result, mode)
    assert after.shape == rows(mode).shape
    np.testing.assert_array_equal(after[kept], rows(mode)[kept])
    colours = after[~kept] if after.ndim == 2 else after[~kept][:, : CHANNELS[mode] // 2 * 2 - 1 or 1]
    assert set(np.unique(colours)) == {77 * (257 if mode.endswith("16") else 1)}
    if kind != "bmp":
        assert Image.open(BytesIO(result)).getexif().get(0x0112, 1) == orientation
        assert Image.open(BytesIO(result)).info["icc_profile"] == ICC
    assert Image.open(BytesIO(result)).mode == Image.open(BytesIO(data)).mode


def test_a_lossy_picture_stays_near() -> None:
    smooth = np.broadcast_to(np.linspace(40, 200, 64).astype(np.uint8)[None, :, None], (48, 64, 3))
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(smooth)).save(out, "JPEG", quality=90, exif=exif(8), icc_profile=ICC)
    pixels = decode_picture(out.getvalue(), RULES)
    again = Image.open(BytesIO(encode(pixels, EncodeOptions("jpeg"))))
    assert (again.size, again.getexif()[0x0112], again.info["icc_profile"]) == ((64, 48), 8, ICC)
    before = np.asarray(Image.open(out)).astype(int)
    assert np.abs(np.asarray(again).astype(int) - before).max() <= 6
