"""Damaged files of every format through the real intake: refused, or the pixels that are surely right.

Surely right is what a reader says that forgives nothing (`strict`). Some damage nobody can see: a flipped bit
that is another valid code. `make fuzz-long` tries 20,000 files.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.codecs import mutants
from tests.unit.codecs.strict import BrokenError, bmp, gif, jpeg, png, tiff

from cleanplate.errors import BadInput
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Pixels

RULES = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"),
    max_bytes=2**20,
    max_side_px=4096,
    max_pixels=2**20,
)
CORPUS = mutants.corpus()
COUNT = 20_000 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else 900
EACH = COUNT // len(CORPUS) + 1


def _jpeg(data: bytes) -> NDArray[Any]:
    jpeg.check(data)
    return _pillow(data if b"\xff\xd9" in data else data.rstrip(b"\xff") + b"\xff\xd9")


def _pillow(data: bytes) -> NDArray[Any]:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB" if image.mode in ("CMYK", "P") else None))


def _opencv(data: bytes) -> NDArray[Any]:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise BrokenError
    return np.asarray(found)[..., [2, 1, 0, 3][: found.shape[2]]]


def _itself(data: bytes) -> NDArray[Any] | None:
    """Nobody else reads these: only that it is refused or has a size is looked at."""
    return None


STRICT: Mapping[str, Callable[[bytes], NDArray[Any] | None]] = {
    "png": png.read,
    "jpeg": _jpeg,
    "webp": _opencv,
    "tiff": tiff.read,
    "bmp": bmp.read,
    "gif": gif.read,
    "itself": _itself,
}


def _surely(data: bytes, reader: str) -> NDArray[Any] | None:
    """What a strict reader says; broken is whatever it raises."""
    try:
        return STRICT[reader](data)
    except Exception as error:
        raise BrokenError from error


def _samples(pixels: Pixels, like: NDArray[Any]) -> NDArray[Any]:
    """The intake's pixels in the form of a strict reader's."""
    deep = pixels.native is not None and pixels.native.samples.dtype == np.uint16
    values: NDArray[Any] = pixels.native.samples if deep and pixels.native else pixels.rgb
    values = np.atleast_3d(values)
    channels = 1 if like.ndim == 2 else like.shape[2]
    if channels < 3:
        values = values[..., :1]
    if channels in (2, 4):
        opacity = np.full(values.shape[:2], 255) if pixels.alpha is None else pixels.alpha
        values = np.dstack([values, opacity])
    return values


def _same(pixels: Pixels, wanted: NDArray[Any]) -> bool:
    if wanted.dtype == np.bool_ or (wanted.max(initial=0) <= 1 and pixels.rgb.max() > 1):
        wanted = wanted.astype(np.uint8) * 255  # black and white in one bit
    found = _samples(pixels, wanted)
    return found.shape == np.atleast_3d(wanted).shape and bool((found == np.atleast_3d(wanted)).all())


def _fate(name: str, data: bytes, whole: Pixels) -> str:
    try:
        pixels = decode_picture(data, RULES)
    except BadInput:
        return "refused"
    if pixels.rgb.shape == whole.rgb.shape and (pixels.rgb == whole.rgb).all():
        return "as undamaged"
    try:
        wanted = _surely(data, CORPUS[name].reader)
    except BrokenError:
        return "WRONG: it is broken"
    if wanted is None:
        return "not judged"
    return "as it says" if _same(pixels, wanted) else "WRONG: other pixels"


@pytest.mark.parametrize("name", CORPUS)
def test_the_undamaged_file_is_read_alike(name: str) -> None:
    pixels = decode_picture(CORPUS[name].data, RULES)
    wanted = _surely(CORPUS[name].data, CORPUS[name].reader)
    assert wanted is None or _same(pixels, wanted)


@pytest.mark.parametrize("name", CORPUS)
def test_damage_is_refused_or_does_no_harm(name: str, record_property: Callable[[str, object], None]) -> None:
    whole, fates = decode_picture(CORPUS[name].data, RULES), Counter[str]()
    for number in range(EACH):
        damage = list(mutants.DAMAGE)[number % len(mutants.DAMAGE)]
        data = mutants.DAMAGE[damage](CORPUS[name].data, random.Random(f"{name} {number}"))
        fate = _fate(name, data, whole)
        assert not fate.startswith("WRONG"), f"{damage}, number {number}: {fate}"
        fates[fate] += 1
    record_property("fates", dict(fates))


@pytest.mark.parametrize("name", [name for name in CORPUS if name.startswith(("png", "gif", "bmp", "tiff"))])
@pytest.mark.parametrize("damage", ["block lost", "cut", "CR before LF"])
def test_a_damaged_mask_is_refused(name: str, damage: str) -> None:
    data = CORPUS[name].data
    picture = decode_picture(data, RULES)
    hurt = mutants.DAMAGE[damage](data[: len(data) // 2], random.Random(1)) + data[len(data) // 2 :]
    if hurt != data:
        with pytest.raises(BadInput, match=r"^mask: "):
            decode_mask(hurt, RULES, picture)
