"""A result that has to fit into so many bytes."""

import io

import numpy as np
import pytest
from PIL import Image

from cleanplate.codecs.encoding import EncodeOptions
from cleanplate.errors import PictureSize
from cleanplate.pixels.types import Pixels
from cleanplate.tasks.limited_encoding import encode_within

NOISE = Pixels(np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8))
PNG = EncodeOptions(format="png")


@pytest.mark.parametrize("most", [None, 200_000])
def test_what_fits_stays_what_it_is(most: int | None) -> None:
    data, kind = encode_within(NOISE, PNG, most)
    assert kind == "png"
    assert (np.asarray(Image.open(io.BytesIO(data))) == NOISE.rgb).all()


def test_what_does_not_is_the_best_jpeg_that_does() -> None:
    sizes = []
    for most in (90_000, 40_000, 20_000):
        data, kind = encode_within(NOISE, PNG, most)
        assert kind == "jpeg"
        assert most / 3 < len(data) <= most
        sizes.append(len(data))
    assert len(set(sizes)) == 3


def test_what_fits_in_no_way_is_refused() -> None:
    with pytest.raises(PictureSize, match="100 bytes"):
        encode_within(NOISE, PNG, 100)
