"""Nearness to the truth of `upscale` beside bicubic interpolation.

Photographs are shrunk, compressed where the case says so, enlarged again, and held against what they were.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks import report
from benchmarks.holes import PHOTOS
from benchmarks.metrics import masked_psnr, masked_ssim
from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.pixels.types import Origin, Pixels, Rgb8
from cleanplate.runtime.runtime import default_runtime

SIDE_PX = 288
"""Of the part in the middle of each photo."""
BORDER_PX = 8
"""Left out of the figures, as usual: every way guesses there."""
LARGEST_PX = 1400
QUALITY = 30
FACTORS = (2, 4)
WAYS: Mapping[str, Mapping[str, str]] = {
    "upscale": {},
    "SPAN alone": {"model": "span"},
    "Real-ESRGAN video alone": {"model": "realesrgan-video"},
}
COLUMNS = ("input", "factor", "way", "PSNR dB", "over bicubic", "SSIM")


def shrunk(rgb: Rgb8, factor: int) -> Rgb8:
    return np.asarray(
        cv2.resize(rgb, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA), np.uint8
    )


def _by_area(rgb: Rgb8, factor: int) -> Pixels:
    return Pixels(shrunk(rgb, factor))


def _by_bicubic(rgb: Rgb8, factor: int) -> Pixels:
    size = (rgb.shape[1] // factor, rgb.shape[0] // factor)
    return Pixels(np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC)))


def _spoilt(rgb: Rgb8, factor: int) -> Pixels:
    return compressed(shrunk(rgb, factor), QUALITY)


INPUTS: Mapping[str, Callable[[Rgb8, int], Pixels]] = {
    "clean, shrunk by area": _by_area,
    "clean, shrunk by bicubic": _by_bicubic,
    f"JPEG of quality {QUALITY}": _spoilt,
}


def compressed(rgb: Rgb8, quality: int) -> Pixels:
    """As the intake reads it from a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "jpeg", quality=quality)
    origin = Origin("jpeg", lossless=False, jpeg=buffer.getvalue())
    return Pixels(np.asarray(Image.open(buffer)), origin=origin)


def middles(photos: Path) -> Iterator[Rgb8]:
    """The middle of each photo of the folder; of large ones at a smaller size."""
    for path in sorted(photos.glob("*.jpg")):
        with Image.open(path) as file:
            rgb = np.asarray(file.convert("RGB"))
        while max(rgb.shape) > LARGEST_PX:
            rgb = shrunk(rgb[: rgb.shape[0] // 2 * 2, : rgb.shape[1] // 2 * 2], 2)
        side = min(SIDE_PX, *(length // 4 * 4 for length in rgb.shape[:2]))
        top, left = ((length - side) // 2 for length in rgb.shape[:2])
        yield np.ascontiguousarray(rgb[top : top + side, left : left + side])


def enlarged(pixels: Pixels, **parameters: Any) -> Rgb8:
    """By the edit."""
    edit = edits(default_runtime())["upscale"]
    return edit.run(EditRequest(pixels, edit.parse(parameters), runtime=default_runtime())).pixels.rgb


def nearness(truth: Rgb8, made: Rgb8) -> tuple[float, float]:
    """(PSNR in dB, SSIM) without the border."""
    counted = np.zeros(truth.shape[:2], np.bool_)
    counted[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = True
    return masked_psnr(truth, made, counted), masked_ssim(truth, made, counted)


def quality_rows(truths: Sequence[Rgb8]) -> list[dict[str, Any]]:
    """Means over all pictures, for each input, factor and way."""
    rows = []
    for name, spoil in INPUTS.items():
        for factor in FACTORS:
            small = [spoil(truth, factor) for truth in truths]
            made = {"bicubic": [_resized(pixels.rgb, factor) for pixels in small]}
            for way, parameters in WAYS.items():
                made[way] = [enlarged(pixels, factor=factor, **parameters) for pixels in small]
            rows += _means(name, factor, truths, made)
    return rows


def _resized(rgb: Rgb8, factor: int) -> Rgb8:
    return np.asarray(cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def _means(
    name: str, factor: int, truths: Sequence[Rgb8], made: Mapping[str, Sequence[Rgb8]]
) -> list[dict[str, Any]]:
    figures = {
        way: np.mean([nearness(*pair) for pair in zip(truths, pictures, strict=True)], axis=0)
        for way, pictures in made.items()
    }
    return [
        {
            "input": name,
            "factor": factor,
            "way": way,
            "PSNR dB": round(float(psnr), 2),
            "over bicubic": f"{psnr - figures['bicubic'][0]:+.2f}",
            "SSIM": round(float(ssim), 3),
        }
        for way, (psnr, ssim) in figures.items()
    ]


def main(*, photos: Path = PHOTOS, quick: bool = False) -> None:
    truths = list(middles(photos))
    quality = quality_rows(truths[:3] if quick else truths)
    print(report.table(COLUMNS, quality))
    print(f"\nstored in {report.store('upscale', quality)}\n")
