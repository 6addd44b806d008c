"""Compile everything that is compiled, so that nobody waits for it with a picture in hand."""

from io import BytesIO

import numpy as np
from PIL import Image

from cleanplate.codecs.decoding import decode
from cleanplate.codecs.jpeg.jpeg_splice import splice_jpeg
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainters
from cleanplate.fill.options import FillOptions
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.pixels.types import Format, Rgb8
from cleanplate.runtime.runtime import Runtime

_SIDE_PX = 64


def warm_up(runtime: Runtime) -> None:
    """Use every kernel once. A few seconds on a new installation, a blink later: the code is kept on disk.

    Raises:
        EngineFailed: an inpainter cannot do the smallest fill.
    """
    rgb = np.random.default_rng(0).integers(0, 256, (_SIDE_PX, _SIDE_PX, 3)).astype(np.uint8)
    hole = np.zeros((_SIDE_PX, _SIDE_PX), np.bool_)
    hole[24:40, 24:40] = True
    for inpainter in inpainters(runtime).values():
        is_network = inpainter.facts.card is not None  # which has nothing to compile
        if not is_network and not inpainter.missing(runtime):
            for options in (FillOptions(), FillOptions(outpainting=True)):
                inpainter.fill(FillJob(rgb, hole, np.zeros_like(hole), options, runtime=runtime))
    for progressive in (False, True):
        _splice(rgb, progressive=progressive)
    _read(rgb, "jpeg")
    _read(rgb, "gif")
    _read(rgb, "tiff", compression="tiff_lzw")
    _read(rgb, "tiff", "1", compression="group4")


def _splice(rgb: Rgb8, *, progressive: bool) -> None:
    file = BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", progressive=progressive)
    edited = np.asarray(Image.open(file)).copy()
    edited[:8] = 0
    splice_jpeg(file.getvalue(), edited, metadata=Metadata())


def _read(rgb: Rgb8, known: Format, mode: str = "RGB", **options: str) -> None:
    file = BytesIO()
    Image.fromarray(rgb).convert(mode).save(file, known.upper(), **options)
    decode(file.getvalue(), known, lambda _width, _height: None)
