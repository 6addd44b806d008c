"""EXIF orientations against Pillow's own."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from cleanplate.metadata.exif_orientation import to_stored, to_upright

ORIENTATIONS = range(1, 9)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_upright_as_pillow_does_it(orientation: int) -> None:
    stored = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = BytesIO()
    Image.fromarray(stored).save(file, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(file)))
    np.testing.assert_array_equal(to_upright(stored, orientation), expected)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 2), (5, 7, 3), (5, 7, 4), (1, 1), (1, 9)])
def test_there_and_back(orientation: int, kind: str, shape: tuple[int, ...]) -> None:
    stored = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    turned = to_upright(stored, orientation)
    assert turned.shape[:2] == (shape[:2] if orientation < 5 else shape[1::-1])
    np.testing.assert_array_equal(to_stored(turned, orientation), stored)


def test_nonsense_turns_nothing() -> None:
    stored = np.zeros((2, 3), np.uint8)
    assert to_upright(stored, 9) is stored
    assert to_stored(stored, 0) is stored
