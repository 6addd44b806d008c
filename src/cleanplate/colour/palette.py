"""Palettes: which entry each new pixel gets, and which entries are added for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cleanplate.colour.bit_depth import DEEP_SCALE
from cleanplate.colour.native_samples import palette_colours, palette_entries
from cleanplate.pixels.types import Alpha, Box, Native, Palette, Rgb8

MOST_NEW = 64
"""Entries added by one edit."""
_MOST = 256
_POOR_MATCH = 4.0
"""Mean distance in sRGB from what a pixel should be to the nearest entry: beyond it the palette gets new
entries, or where it has no room the error is spread over the neighbours."""
_DOT_PX = 2.0
_HALFTONE_SHARE = 0.2
"""Share of neighbours that differ, in rows and in columns: small print has 0.1, one dot in ten makes 0.2."""
_CHUNK = 1 << 14
_OPAQUE = 255


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of the picture: indices and colours to write into, and what of them is new."""

    indices: NDArray[np.uint8]
    rgb: Rgb8
    touched: NDArray[np.bool_]


def assign_entries(native: Native, rgb: Rgb8, places: Sequence[tuple[Box, Alpha]]) -> Native:
    """Give every touched pixel an entry of the palette; opacity stays, by pixel.

    Args:
        native: its samples are written in place.
        rgb: (H, W, 3) the colours that should be, in place replaced by those that are.
        places: what was touched: where alpha is above 0.

    Returns:
        The same samples, with a palette that may have more entries behind the old ones.
    """
    windows = [
        _Window(native.samples[box.slices], rgb[box.slices], alpha > 0)  # type: ignore[arg-type]
        for box, alpha in places
    ]
    wanted = np.concatenate([window.rgb[window.touched] for window in windows])
    if not len(wanted):
        return native
    native = _extend(native, wanted)
    palette = cast(Palette, native.palette)
    table, opacity = palette_colours(native), _opacity(palette)
    solid = np.flatnonzero(opacity == _OPAQUE)
    if palette.fixed:
        spread = _is_halftone(windows)
    else:
        spread = len(solid) > 1 and float(_nearest(wanted, table[solid])[1].mean()) > _POOR_MATCH
    for window in windows:
        if spread and palette.fixed:
            _descreen(window)
        _assign_in_window(window, table, opacity, spread=spread)
    return native


def _is_halftone(windows: Sequence[_Window]) -> bool:
    """Whether black and white make greys here, round what was touched, and not letters or lines."""
    across = [_changes(window.indices, ~window.touched) for window in windows]
    down = [_changes(window.indices.T, ~window.touched.T) for window in windows]
    return min(float(np.mean(np.concatenate(way))) for way in (across, down)) > _HALFTONE_SHARE


def _changes(indices: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N,) for each pair of known neighbours in a row, whether they differ."""
    differs: NDArray[np.bool_] = indices[:, 1:] != indices[:, :-1]
    return np.append(differs[known[:, 1:] & known[:, :-1]], False)  # one more, so that it is never empty


def _assign_in_window(window: _Window, table: Rgb8, opacity: NDArray[np.uint8], *, spread: bool) -> None:
    before = opacity[window.indices]
    made = window.indices.copy()
    for value in np.unique(before[window.touched]):
        chosen = window.touched & (before == value)
        entries = np.flatnonzero(opacity == value).astype(np.uint8)
        if spread and value == _OPAQUE:
            made[chosen] = entries[_dither(window.rgb, table[entries])[chosen]]
        else:
            made[chosen] = entries[_nearest(window.rgb[chosen], table[entries])[0]]
    window.indices[window.touched] = made[window.touched]
    window.rgb[window.touched] = table[made[window.touched]]


def _descreen(window: _Window) -> None:
    """Take the dots out of what was filled from a picture of dots: they would clump when made dots again."""
    smooth = cv2.GaussianBlur(window.rgb, (0, 0), _DOT_PX)
    window.rgb[window.touched] = smooth[window.touched]


def _opacity(palette: Palette) -> NDArray[np.uint8]:
    """(N,)"""
    opaque = np.full(len(palette.entries), _OPAQUE, np.uint8)
    return opaque if palette.opacity is None else palette.opacity


def _extend(native: Native, wanted: Rgb8) -> Native:
    """With entries for the colours that are far from all there are, if there is room for any."""
    palette = cast(Palette, native.palette)
    solid = palette_colours(native)[: len(palette.entries)][_opacity(palette) == _OPAQUE]
    first = _first_free(palette, int(native.samples.max()))
    room = min(_MOST - first, MOST_NEW)
    if palette.fixed or room < 1:
        return native
    if len(solid):
        far = _nearest(wanted, solid)[1]
        if far.mean() <= _POOR_MATCH:
            return native
        wanted = wanted[far > _POOR_MATCH]
    added = palette_entries(native, _typical(wanted, room))
    return replace(native, palette=_add_entries(palette, first, added))


def _first_free(palette: Palette, last_used: int) -> int:
    """Where entries can be added: behind the last one that is not mere filling."""
    entries = palette.entries
    filling = (entries == entries[-1]).all(axis=1)
    trailing = int(np.argmin(np.append(filling[::-1], False)))
    return max(len(entries) - trailing + 1, last_used + 1)


def _typical(rgb: Rgb8, count: int) -> Rgb8:
    """(N, 3), at most `count` colours that stand for all of `rgb`."""
    image = Image.fromarray(np.ascontiguousarray(rgb[None]))
    found = image.quantize(count, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    return np.array(found.getpalette("RGB"), np.uint8).reshape(-1, 3)[:count]


def _add_entries(palette: Palette, first: int, added: NDArray[np.uint8]) -> Palette:
    count = max(len(palette.entries), first + len(added))
    entries = np.resize(palette.entries, (count, 3))
    entries[first : first + len(added)] = added
    opacity, map16 = palette.opacity, palette.map16
    if opacity is not None:
        opacity = np.concatenate([opacity[:first], np.full(count - first, _OPAQUE, np.uint8)])
    if map16 is not None:
        map16 = np.resize(map16, (count, 3))
        map16[first : first + len(added)] = added.astype(np.uint16) * DEEP_SCALE
    bits = next(bits for bits in (1, 2, 4, 8) if bits >= palette.bits and 1 << bits >= count)
    return replace(palette, entries=entries, opacity=opacity, bits=bits, map16=map16)


def _nearest(wanted: Rgb8, entries: Rgb8) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """For each of (N, 3) the number of the nearest entry, and how far it is."""
    weights = np.array([1 << 16, 1 << 8, 1], np.int32)
    codes, back = np.unique(wanted.astype(np.int32) @ weights, return_inverse=True)
    distinct = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.float32)
    points = entries.astype(np.float32)
    chosen = np.empty(len(distinct), np.intp)
    for start in range(0, len(distinct), _CHUNK):
        part = distinct[start : start + _CHUNK]
        chosen[start : start + _CHUNK] = np.argmin((points**2).sum(axis=1) - 2 * part @ points.T, axis=1)
    far = np.sqrt(((distinct - points[chosen]) ** 2).sum(axis=1))
    return chosen[back], far[back].astype(np.float32)


def _dither(rgb: Rgb8, entries: Rgb8) -> NDArray[np.intp]:
    """(H, W) numbers of entries, each pixel's error handed on to the next (Floyd and Steinberg, 1976)."""
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.resize(entries, (_MOST, 3)).tobytes())  # all 256: more than once rather than black
    image = Image.fromarray(np.ascontiguousarray(rgb))
    found = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    return np.asarray(found).astype(np.intp) % len(entries)
