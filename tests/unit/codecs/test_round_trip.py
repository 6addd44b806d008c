"""What is written is read again, by Cleanplate and by Pillow: every kind of samples in every format."""

from io import BytesIO
from typing import Final, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.intake.test_picture_decoding import RULES
from tests.unit.profiles import grey as grey_profile

from cleanplate.codecs.codec_table import CODECS, WRITABLE
from cleanplate.codecs.encoding import EncodeOptions, bits_of, encode
from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.compositing.paste import flatten
from cleanplate.errors import BadParameter
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.pixels.types import Format, Native, Origin, Pixels, Samples

HEIGHT, WIDTH = 21, 34
LOSSLESS: Final = sorted(WRITABLE - {"jpeg"})


def picture(*, grey: bool, alpha: bool, bits: int) -> Pixels:
    drawn = np.random.default_rng(5)
    kind = np.uint16 if bits == 16 else np.uint8
    top = np.iinfo(kind).max
    shape = (HEIGHT, WIDTH) if grey else (HEIGHT, WIDTH, 3)
    values = drawn.integers(0, top, shape, kind, endpoint=True)
    opacity = drawn.integers(0, top, (HEIGHT, WIDTH), kind, endpoint=True) if alpha else None
    shown = to_8_bit(values) if bits == 16 else values
    rgb = np.repeat(shown[..., None], 3, axis=2) if grey else shown
    native = Native(values, "grey" if grey else "rgb") if bits == 16 else None
    return Pixels(rgb, opacity, Origin(grey=grey), native)


def colours(pixels: Pixels) -> Samples:
    """(H, W, 3), as deep as they are."""
    values: Samples = pixels.rgb if pixels.native is None else pixels.native.samples
    return cast(Samples, np.repeat(values[..., None], 3, axis=2)) if values.ndim == 2 else values


def eight(values: Samples) -> Samples:
    return to_8_bit(cast(NDArray[np.uint16], values))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("target", sorted(WRITABLE))
def test_every_kind_of_samples(target: Format, grey: bool, alpha: bool, bits: int) -> None:
    pixels = picture(grey=grey, alpha=alpha, bits=bits)
    data = encode(pixels, EncodeOptions(target))
    Image.open(BytesIO(data)).load()
    found = decode_picture(data, RULES)
    assert bits_of(pixels, target) == (bits if CODECS[target].capacity.deep else 8)
    assert bits_of(found, target) == bits_of(pixels, target)
    if target not in LOSSLESS:
        assert found.alpha is None
        return
    wanted = pixels if CODECS[target].capacity.opacity else flatten(pixels)
    values, opacity = colours(wanted), wanted.alpha
    if bits_of(pixels, target) == 8 and bits == 16:
        values = eight(values)
        opacity = None if opacity is None else eight(opacity)
    np.testing.assert_array_equal(colours(found), values)
    assert (found.alpha is None) is (opacity is None)
    if opacity is not None and found.alpha is not None:
        np.testing.assert_array_equal(found.alpha, opacity)


def test_deep_grey_with_opacity_and_a_profile_keeps_the_profile() -> None:
    """A profile of grey cannot go with three channels: 8 bits, and the recipe's number says so."""
    plain = picture(grey=True, alpha=True, bits=16)
    assert plain.native is not None
    pixels = Pixels(
        plain.rgb, plain.alpha, plain.origin, Native(plain.native.samples, "grey", grey_profile())
    )
    data = encode(pixels, EncodeOptions("tiff"))
    image = Image.open(BytesIO(data))
    assert (image.mode, bits_of(pixels, "tiff"), bits_of(pixels, "png")) == ("LA", 8, 16)
    assert image.info["icc_profile"][16:20] == b"GRAY"
    np.testing.assert_array_equal(np.asarray(image)[..., 0], eight(plain.native.samples))


@pytest.mark.parametrize("target", sorted(WRITABLE))
@pytest.mark.parametrize("bits", [8, 16])
def test_a_layer_is_exact_or_refused(target: Format, bits: int) -> None:
    plain = picture(grey=False, alpha=True, bits=bits)
    layer = Pixels(plain.rgb, plain.alpha, Origin(offset=(3, 4)), plain.native)
    capacity = CODECS[target].capacity
    if capacity.opacity and (bits == 8 or capacity.deep):
        found = decode_picture(encode(layer, EncodeOptions(target)), RULES)
        np.testing.assert_array_equal(colours(found), colours(layer))
        return
    with pytest.raises(BadParameter, match=f"{target.upper()} cannot hold this layer exactly: use png"):
        encode(layer, EncodeOptions(target))
