"""A file's own samples: their view in sRGB, and how a fill in sRGB gets into them."""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cleanplate.colour.bit_depth import DEEP_SCALE, to_8_bit
from cleanplate.colour.icc_profile import ColourProfile, read_profile
from cleanplate.colour.residuals import ResidualGrid, learn_residuals
from cleanplate.pixels.types import Alpha, Native, Palette, Rgb8, Samples

_ROWS = 256
_MOST_LEARNED = 1 << 16


def srgb_view(native: Native) -> Rgb8:
    """(H, W, 3) sRGB of all samples."""
    height, width = native.samples.shape[:2]
    out = np.empty((height, width, 3), np.uint8)
    table = palette_colours(native) if native.palette else None
    for row in range(0, height, _ROWS):  # in bands: Pillow takes four bytes a pixel, twice
        band = native.samples[row : row + _ROWS]
        if table is not None:
            out[row : row + _ROWS] = table[band]
        else:
            flat = band.reshape(-1, *band.shape[2:])
            out[row : row + _ROWS] = _to_srgb(native, flat).reshape(*band.shape[:2], 3)
    return out


def palette_colours(native: Native) -> Rgb8:
    """(256, 3) sRGB of every index there can be; black where the palette has no entry."""
    entries = cast(Palette, native.palette).entries
    table = np.zeros((256, 3), np.uint8)
    found = _profile(native)
    table[: len(entries)] = found.to_srgb(entries) if found else entries
    return table


def palette_entries(native: Native, rgb: Rgb8) -> NDArray[np.uint8]:
    """(N, 3) sRGB as entries for the palette of `native`."""
    found = _profile(native)
    return cast(NDArray[np.uint8], found.from_srgb(rgb)) if found else rgb


def write_fill(native: Native, rgb: Rgb8, fill: Rgb8, alpha: Alpha) -> None:
    """Blend a fill into a window of samples, and bring their view up to date; both are written in place.

    Args:
        native: of any space but "index".
        rgb: (H, W, 3) the view of the samples.
        fill: (H, W, 3) sRGB. In grey its luminance is taken.
        alpha: (H, W): 0 keeps the samples bit for bit, 1 takes the fill, between is a blend of samples.
            What the samples show where it is 0 is learned from; see `colour.residuals`.
    """
    learned = _learn_residuals(native, rgb, alpha == 0)
    for row in range(0, len(alpha), _ROWS):
        rows = slice(row, row + _ROWS)
        touched = alpha[rows] > 0
        if not touched.any():
            continue
        made = _fill_samples(native, fill[rows][touched], learned)
        share = alpha[rows][touched].reshape(-1, *(1,) * (made.ndim - 1))
        old = native.samples[rows][touched].astype(np.float32)
        new = cast(Samples, np.rint(old + (made - old) * share).astype(made.dtype))
        native.samples[rows][touched] = new
        rgb[rows][touched] = _to_srgb(native, new)


def _learn_residuals(native: Native, rgb: Rgb8, known: NDArray[np.bool_]) -> ResidualGrid | None:
    """How this file's samples differ from what the way back makes of their view; None where they cannot."""
    places = np.flatnonzero(known)
    if not len(places) or not (native.icc or native.space == "cmyk"):
        return None
    places = places[:: -(-len(places) // _MOST_LEARNED)]
    shown = rgb.reshape(-1, 3)[places]
    samples = native.samples.reshape(known.size, -1)[places].astype(np.float32)
    return learn_residuals(shown, samples - _from_srgb(native, shown).reshape(samples.shape))


def _fill_samples(native: Native, rgb: Rgb8, learned: ResidualGrid | None) -> Samples:
    """(N, 3) to (N[, C]) samples as this file would have them."""
    made = _from_srgb(native, rgb)
    if learned is None:
        return made
    moved = made + learned.at(rgb).reshape(made.shape)
    return cast(Samples, np.rint(np.clip(moved, 0, np.iinfo(made.dtype).max)).astype(made.dtype))


def _profile(native: Native) -> ColourProfile | None:
    kind = "rgb" if native.space == "index" else native.space
    return read_profile(native.icc, kind) if native.icc else None


def _to_srgb(native: Native, flat: Samples) -> Rgb8:
    """(N[, C]) samples to (N, 3)."""
    eight = to_8_bit(cast(NDArray[np.uint16], flat)) if flat.dtype == np.uint16 else flat
    values = cast(NDArray[np.uint8], eight)
    found = _profile(native)
    if found:
        return found.to_srgb(values)
    if native.space == "cmyk":
        image = Image.frombytes("CMYK", (len(values), 1), np.ascontiguousarray(values).tobytes())
        inked: Rgb8 = np.asarray(image.convert("RGB"))
        return inked.reshape(-1, 3)
    return np.repeat(values[:, None], 3, axis=1) if native.space == "grey" else values


def _from_srgb(native: Native, rgb: Rgb8) -> Samples:
    """(N, 3) to (N[, C]) samples of the file's depth."""
    deep = native.samples.dtype == np.uint16
    found = _profile(native)
    if found:
        return found.from_srgb(rgb, deep=deep)
    if native.space == "cmyk":
        return np.concatenate([255 - rgb, np.zeros((len(rgb), 1), np.uint8)], axis=1)
    values = luminance(rgb) if native.space == "grey" else rgb
    return values.astype(np.uint16) * DEEP_SCALE if deep else values


def luminance(rgb: Rgb8) -> NDArray[np.uint8]:
    """(N, 3) to (N,). Weights of ITU-R BT.601."""
    return cast(NDArray[np.uint8], cv2.cvtColor(rgb[None], cv2.COLOR_RGB2GRAY)).reshape(-1)
