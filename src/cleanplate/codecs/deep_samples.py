"""Colours of 16 bits a channel, which Pillow would cut to 8: OpenCV reads them."""

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.decoder_samples import Values
from cleanplate.pixels.types import Samples


def deep_samples(data: bytes, *, page: int = 0, grey: bool = False) -> Values:
    """The samples of a PNG, or of one page of a TIFF.

    Pillow must have loaded it before: it refuses damage that OpenCV lets pass.

    Args:
        page: its number from 0.
        grey: the colours are three times the same.

    Raises:
        ValueError: OpenCV cannot read it.
    """
    bgr = _decode(data, page)
    has_opacity = bgr.shape[2] == 4  # noqa: PLR2004 - BGRA
    opacity = cast(Samples, cv2.extractChannel(bgr, 3)) if has_opacity else None
    if grey:
        return cast(Samples, cv2.extractChannel(bgr, 0)), opacity
    code = cv2.COLOR_BGRA2RGB if has_opacity else cv2.COLOR_BGR2RGB
    return cast(Samples, cv2.cvtColor(bgr, code)), opacity


def _decode(data: bytes, page: int) -> NDArray[np.uint16]:
    """(H, W, 2..4) of one page."""
    coded = np.frombuffer(data, np.uint8)
    # given another list than a fresh one, it would keep what is in there
    _, pages = cv2.imdecodemulti(coded, cv2.IMREAD_UNCHANGED, [], (page, page + 1)) if page else (True, [])
    found: Any = pages[0] if pages else cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint16 or found.ndim != 3:  # noqa: PLR2004 - in colour
        raise ValueError("OpenCV could not read the 16-bit samples")
    return cast(NDArray[np.uint16], found)
