"""What edits have changed, alone: laid over the original it gives the picture, sample for sample."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.runtimes import here

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.convert import EDIT as CONVERT
from cleanplate.edits.patch import EDIT
from cleanplate.errors import BadInput, BadParameter
from cleanplate.pixels.types import Native, Origin, Pixels

DRAWN = np.random.default_rng(3)


def picture(height: int = 700, width: int = 90) -> Pixels:
    """Higher than a band of rows, with all that tells where it was taken."""
    rgb = DRAWN.integers(0, 255, (height, width, 3), np.uint8)
    return Pixels(rgb, origin=Origin(exif=b"Exif\0\0MM\0*", dpi=(300, 300)))


def changed(before: Pixels, *places: tuple[int, int]) -> Pixels:
    rgb = before.rgb.copy()
    for row, column in places:
        rgb[row, column] ^= 1
    return replace(before, rgb=rgb)


def run(after: Pixels, before: Pixels | None) -> Edited:
    return EDIT.perform(EditRequest(after, EDIT.parse({}), reference=before, runtime=here()))


def test_it_lies_over_the_original() -> None:
    before = picture()
    after = changed(before, (200, 20), (650, 31))
    done = run(after, before)
    (left, top), (height, width) = done.recipe["offset"], done.pixels.rgb.shape[:2]
    assert (left, top, width, height) == (20, 200, 12, 451)
    assert done.pixels.alpha is not None
    solid = done.pixels.alpha == 255
    assert [int(np.count_nonzero(one)) for one in (solid, done.pixels.alpha)] == [2, 2]
    assert not done.pixels.rgb[~solid].any()
    laid = before.rgb.copy()
    laid[top : top + height, left : left + width][solid] = done.pixels.rgb[solid]
    assert (laid == after.rgb).all()
    assert done.recipe["box"] == [20, 200, 32, 651]


def test_the_file_tells_where_it_belongs_and_nothing_of_the_place_it_was_taken() -> None:
    before = picture()
    data = encode(run(changed(before, (5, 7)), before).pixels, EncodeOptions("png"))
    at = data.index(b"oFFs") + 4
    assert data[at : at + 9] == (7).to_bytes(4, "big") + (5).to_bytes(4, "big") + b"\0"
    assert b"eXIf" not in data
    assert Image.open(BytesIO(data)).size == (1, 1)


def test_all_16_bits_count() -> None:
    deep = DRAWN.integers(0, 65535, (40, 50, 3), np.uint16)
    other = deep.copy()
    other[10, 11, 2] ^= 1
    rgb = (deep >> 8).astype(np.uint8)
    before, after = (Pixels(rgb, native=Native(samples, "rgb")) for samples in (deep, other))
    done = run(after, before)
    assert done.recipe["offset"] == [11, 10]
    assert done.pixels.native is not None
    assert done.pixels.native.samples.tolist() == [[other[10, 11].tolist()]]
    assert done.pixels.alpha is not None
    assert done.pixels.alpha.tolist() == [[65535]]


def test_grey_against_colour_is_compared_as_colour() -> None:
    deep = np.full((40, 50), 4000, np.uint16)
    before = Pixels(np.full((40, 50, 3), 16, np.uint8), native=Native(deep, "grey"), origin=Origin(grey=True))
    after = changed(replace(before, native=None, origin=Origin()), (3, 4))
    assert run(after, before).recipe["offset"] == [4, 3]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda one: (one, one), "does not differ"),
        (lambda one: (one, Pixels(one.rgb[:-1])), "one size"),
        (lambda one: (replace(one, alpha=np.full((700, 90), 9, np.uint8)), one), "is transparent"),
    ],
)
def test_what_has_no_patch(make: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        run(*make(picture()))


def test_no_other_edit_takes_a_reference() -> None:
    one = picture(8, 8)
    request = EditRequest(one, CONVERT.parse({}), reference=one, runtime=here())
    with pytest.raises(BadParameter, match="convert takes no second picture"):
        CONVERT.perform(request)
    with pytest.raises(BadParameter, match="patch needs a second picture"):
        run(one, None)


def test_a_picture_is_converted_as_it_is() -> None:
    one = picture(8, 8)
    assert CONVERT.perform(EditRequest(one, CONVERT.parse({}), runtime=here())).pixels is one
