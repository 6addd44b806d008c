"""Masks: what counts as paint, and on which picture it lies."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cleanplate.errors import MaskMismatch, NotAPicture
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules, Repaint
from cleanplate.pixels.types import Origin, Pixels

RULES = PictureRules(
    formats=("jpeg", "png", "webp", "tiff"),
    max_bytes=2**20,
    max_side_px=4096,
    max_pixels=2**24,
    repaint="nonzero",
)


def saved(image: Image.Image | NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, kind, **options)
    return out.getvalue()


def picture(width: int, height: int, orientation: int = 1) -> Pixels:
    return Pixels(rgb=np.zeros((height, width, 3), np.uint8), origin=Origin(orientation=orientation))


def painted(image: Image.Image | NDArray[Any], repaint: Repaint = "nonzero") -> list[int]:
    """The one row of a mask, decoded from PNG."""
    width = image.width if isinstance(image, Image.Image) else image.shape[1]
    mask = decode_mask(saved(image), replace(RULES, repaint=repaint), picture(width, 1))
    assert mask.flags.dtype == np.bool_
    return [int(value) for value in mask.flags[0]]


LEVELS = np.array([[0, 1, 127, 128, 255]], np.uint8)


def test_nonzero_means_any_paint_in_a_lossless_file() -> None:
    assert painted(LEVELS) == [0, 0, 1, 1, 1]
    assert painted(np.array([[[0, 0, 0], [0, 0, 1], [1, 0, 0]]], np.uint8)) == [0, 1, 1]


def test_white_means_the_brighter_half() -> None:
    assert painted(LEVELS, "white") == [0, 0, 0, 1, 1]
    red_green_white = np.array([[[255, 0, 0], [0, 255, 0], [255, 255, 255], [0, 0, 0]]], np.uint8)
    assert painted(red_green_white, "white") == [1, 1, 1, 0]


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})])
def test_noise_round_black_in_a_lossy_file_is_no_paint(kind: str, options: dict[str, int]) -> None:
    levels = np.zeros((32, 96), np.uint8)
    levels[:, 32:64], levels[:, 64:] = 10, 40
    flags = decode_mask(saved(levels, kind, **options), RULES, picture(96, 32)).flags
    assert not flags[:, :60].any()
    assert flags[:, 68:].all()


def test_lossless_webp_counts_as_lossless() -> None:
    data = saved(np.array([[[0, 0, 0], [3, 3, 3]]], np.uint8), "WEBP", lossless=True)
    assert decode_mask(data, RULES, picture(2, 1)).flags.tolist() == [[0, 1]]


def test_one_bit_and_sixteen_bits() -> None:
    assert painted(Image.fromarray(LEVELS > 100)) == [0, 0, 1, 1, 1]
    deep = np.array([[0, 1, 128 * 257 - 1, 128 * 257, 65535]], np.uint16)
    assert painted(deep) == [0, 0, 1, 1, 1]
    assert painted(deep, "white") == [0, 0, 0, 1, 1]


def test_transparent_paint_is_none() -> None:
    white = np.full((1, 4, 4), 255, np.uint8)
    white[0, :, 3] = (0, 100, 255, 0)
    assert painted(white) == [0, 1, 1, 0]
    assert painted(white, "white") == [0, 0, 1, 0]
    assert painted(np.ascontiguousarray(white[..., 2:]), "white") == [0, 0, 1, 0]


def test_palettes_show_their_colours() -> None:
    palette = Image.fromarray(np.array([[0, 1, 2]], np.uint8)).convert("P")
    palette.putpalette([0, 0, 0, 255, 255, 255, 90, 90, 90])
    assert painted(palette) == [0, 1, 1]
    assert painted(palette, "white") == [0, 1, 0]
    palette.putpalette([0, 0, 0, 255, 255, 255, 190, 190, 190])
    data = saved(palette, transparency=1)
    assert decode_mask(data, RULES, picture(3, 1)).flags.tolist() == [[0, 0, 1]]


def corner(width: int, height: int) -> NDArray[np.uint8]:
    """Black, with the upper left pixel white."""
    array = np.zeros((height, width), np.uint8)
    array[0, 0] = 255
    return array


def test_a_mask_of_the_upright_size_stays_as_it_is() -> None:
    flags = decode_mask(saved(corner(4, 6)), RULES, picture(4, 6, orientation=6)).flags
    assert np.argwhere(flags).tolist() == [[0, 0]]


@pytest.mark.parametrize(("orientation", "where"), [(5, [0, 0]), (6, [0, 3]), (7, [5, 3]), (8, [5, 0])])
def test_a_mask_of_the_stored_size_turns_with_the_picture(orientation: int, where: list[int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode_picture(saved(corner(6, 4), exif=exif), RULES)
    flags = decode_mask(saved(corner(6, 4)), RULES, photo).flags
    assert np.argwhere(flags).tolist() == [where]
    assert np.argwhere(photo.rgb[..., 0]).tolist() == [where]


def test_the_masks_own_orientation_comes_first() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    flags = decode_mask(saved(corner(6, 4), exif=exif), RULES, picture(4, 6)).flags
    assert np.argwhere(flags).tolist() == [[0, 3]]


@pytest.mark.parametrize(("width", "height"), [(6, 4), (5, 6), (4, 5)])
def test_another_size_is_refused_with_both_named(width: int, height: int) -> None:
    with pytest.raises(MaskMismatch) as caught:
        decode_mask(saved(corner(width, height)), RULES, picture(4, 6), role="keep")
    assert caught.value.public == f"keep: it is {width}x{height} px, but the image is 4x6 px"


def test_what_is_no_picture_is_no_mask() -> None:
    with pytest.raises(NotAPicture, match=r"^mask: this is not a picture"):
        decode_mask(b"nonsense", RULES, picture(4, 6))


def test_a_heif_mask_is_read_as_the_vendor_allows() -> None:
    data = (Path(__file__).parents[1] / "codecs/files/mask-64x48.heic").read_bytes()
    mask = decode_mask(data, replace(RULES, formats=("heif",)), picture(64, 48))
    wanted = np.zeros((48, 64), np.bool_)
    wanted[12:36, 16:48] = True
    assert np.count_nonzero(mask.flags != wanted) < 200  # a lossy edge, a pixel or two wide
    assert mask.flags[24, 32]
    assert not mask.flags[:8].any()
