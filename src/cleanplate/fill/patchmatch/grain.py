"""Grain for fills that came out smoother than the photo round them.

The photo's noise is read where nothing else is going on: cells of known pixels whose fine residual looks
like noise and is as quiet as it gets. What the fill lacks of it is added, cut from those same places, so that
it has the photo's own strength, colour and size of grain (the noise of a JPEG or of a demosaiced sensor is
not white). Where a fill has texture of its own nothing is lacking, and nothing is added.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.noise_tile import (
    CELL_PX,
    NOISE_TILE_PX,
    FloatImage,
    NoiseLayer,
    bands,
    spread_noise,
)
from cleanplate.pixels.types import Hole, Rgb8

REACH_PX = 64
"""How far round the hole its surroundings go."""
BLUR_PX = 2.5
"""Sigma of the low-pass; what is finer is the residual that is measured."""
BLUR_SIZE = (13, 13)
BINS = 8
"""Of brightness: dark and bright parts have noise of their own strength."""
MIN_CELLS = 12
"""Quiet cells a bin needs to be heard."""
QUIET_SHARE = 0.3
"""This share of a bin's noise-like cells is taken to have noise only; it sets the bar for the others."""
QUIET_FACTOR = 2.5
"""A cell with so many times the variance of the quiet ones has more than noise in it."""
BIN_FACTOR = 6.0
"""A bin with so many times the variance of the quietest one shows texture: noise varies less than that."""
ENOUGH = 1.3
"""A fill with 1 / ENOUGH of the wanted variance lacks nothing: a photo's own noise is patchy too."""
STRUCTURE_FACTOR = 2.5
"""White noise has as much variance within a cell as in its residual; texture has far more."""
ROUNDING_VARIANCE = 1 / 12
"""Squared levels: what rounding to 8 bits adds by itself. A fill with twice that needs no dithering."""
BELOW_HALF = np.float32(0.4999)
"""Levels that dithering adds at most: with half of one a whole level could become the next."""
MAX_VARIANCE = 144.0
"""Squared levels: nothing stronger is called noise."""
PIECE_PX = 2 * CELL_PX
CLIPPED = 12
"""Levels from black and from white where noise is cut off, so that it tells nothing about the rest."""
AROUND_CELLS = (5, 5)
"""What a fill has is averaged over so many cells: it may be patchy, as noise in photos is."""
MIN_PIECES, MAX_PIECES = 4, 32


@dataclass(frozen=True, slots=True)
class _Cells:
    """A picture measured in squares of CELL_PX.

    Attributes:
        level: (h, w, 3) mean.
        fine: (h, w, 3) variance of the residual, in squared levels.
        inner: (h, w) variance round the cell's mean, mean of the channels.
        share: (h, w) how much of the cell is hole.
        made: (h, w, 3) `fine` of the pixels in the hole, times `share`.
    """

    level: FloatImage
    fine: FloatImage
    inner: FloatImage
    share: FloatImage
    made: FloatImage


def add_grain(
    rgb: Rgb8, made: NDArray[np.generic], hole: Hole, known: Hole, amount: float = 1.0, seed: int = 0
) -> Rgb8:
    """Put the fill into the photo, with the noise that it lacks, rounded to 8 bits.

    Args:
        rgb: (H, W, 3) the crop.
        made: (H, W, 3) uint8 or float32, 0..255 and a little beyond: the fill; read in `hole` only.
        hole: (H, W), True = made pixel.
        known: (H, W), True = pixel of the photo that may be measured. Never in `hole`.
        amount: 0 = no grain .. 1 = as much as the surroundings have. Whatever the amount, rounding dithers
            where a fill is too smooth to hide its steps.
        seed: same seed, same input, same result.

    Returns:
        (H, W, 3) uint8, equal to `rgb` outside the hole.
    """
    out = rgb.copy()
    if not hole.any():
        return out
    window = _surroundings(hole)
    inside, part = hole[window].view(np.uint8), out[window]
    fill = made[window]
    for rows in bands(len(part)):
        cv2.copyTo(_round(_floats(fill[rows])), inside[rows], part[rows])
    picture = _pad(part)
    noise = _noise(picture, _measure(picture, _pad(inside)), known[window], amount, seed)
    for number, rows in enumerate(bands(len(part))):
        added = _sum([layer.band(number) for layer in noise])[: len(part[rows]), : part.shape[1]]
        cv2.copyTo(_round(_floats(fill[rows]) + added), inside[rows], part[rows])
    return out


def lacking_grain(rgb: Rgb8, made: Rgb8, hole: Hole, band: Hole) -> float:
    """How much of the photo's grain a picture lacks, told by the known pixels that it predicts as well.

    Args:
        rgb: (H, W, 3) the crop; read outside the hole only.
        made: (H, W, 3) the same picture in and near the hole, by somebody who did not see it.
        hole: (H, W), True = made pixel.
        band: (H, W), True = known pixel near the hole that `made` predicts. Never in `hole`.

    Returns:
        0 = it has as much there .. 1 = it has none, or there is no band to tell by.
    """
    if not band.any():
        return 1.0
    photo = np.asarray(cv2.copyTo(made, hole.view(np.uint8), rgb.copy()), np.uint8)
    # medians: an edge beside the hole is in few of the pixels, and no grain
    there, has = (
        float(np.median(np.abs(_residual(_floats(picture))[band]).mean(axis=1))) for picture in (photo, made)
    )
    return float(np.sqrt(max(0.0, 1 - ENOUGH * (has / there) ** 2))) if there > 0 else 0.0


def _surroundings(hole: Hole) -> tuple[slice, slice]:
    """(rows, columns) of the hole's own box and REACH_PX round it, inside the picture."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    return (
        slice(max(0, rows[0] - REACH_PX), rows[-1] + 1 + REACH_PX),
        slice(max(0, columns[0] - REACH_PX), columns[-1] + 1 + REACH_PX),
    )


def _round(fill: FloatImage) -> Rgb8:
    """To the nearest level of 0..255."""
    return np.asarray(cv2.add(fill, np.zeros(4), dtype=cv2.CV_8U), np.uint8)


def _floats(part: NDArray[np.generic]) -> FloatImage:
    return np.array(part, np.float32)


def _sum(layers: list[FloatImage]) -> FloatImage:
    return np.asarray(sum(layers[1:], start=layers[0]), np.float32)


def _pad(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`part` with sides that are multiples of CELL_PX."""
    below, right = -part.shape[0] % CELL_PX, -part.shape[1] % CELL_PX
    return np.asarray(cv2.copyMakeBorder(part, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def _noise(picture: Rgb8, cells: _Cells, known: Hole, amount: float, seed: int) -> list[NoiseLayer]:
    """Grain and dither to add to a picture whose hole is filled."""
    rng = np.random.default_rng(seed)
    quiet = _quiet(cells, known)
    lacking = _lacking(cells, quiet) * np.float32(amount**2)
    there = _around(cells, np.full_like(cells.made, 2 * ROUNDING_VARIANCE))
    pieces = _pieces(picture, quiet, rng) if lacking.any() else None
    if pieces is None:
        return [_dither(there, rng)]
    return [spread_noise(_noise_tile(pieces, rng), np.sqrt(lacking), rng), _dither(there + lacking, rng)]


def _dither(variance: FloatImage, rng: np.random.Generator) -> NoiseLayer:
    """Up to half a level, where the (h, w, 3) cells are too quiet to hide the steps of rounding."""
    need = np.clip(2 - variance / np.float32(ROUNDING_VARIANCE), 0, 1)
    noise_tile = np.clip(
        rng.random((NOISE_TILE_PX, NOISE_TILE_PX, 3), np.float32) - np.float32(0.5), -BELOW_HALF, BELOW_HALF
    )
    return spread_noise(np.asarray(noise_tile, np.float32), need, rng)


def _mean(picture: FloatImage) -> FloatImage:
    """Means of cells; the sides are multiples of CELL_PX."""
    size = (picture.shape[1] // CELL_PX, picture.shape[0] // CELL_PX)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _square(picture: FloatImage) -> FloatImage:
    return np.asarray(cv2.multiply(picture, picture), np.float32)


def _residual(picture: FloatImage) -> FloatImage:
    return np.asarray(cv2.subtract(picture, cv2.GaussianBlur(picture, BLUR_SIZE, BLUR_PX)), np.float32)


def _measure(picture: Rgb8, hole: NDArray[np.uint8]) -> _Cells:
    """Both with sides that are multiples of CELL_PX; `hole` is 1 inside."""
    parts = [_measure_band(picture, hole, rows) for rows in bands(len(picture))]
    level, fine, inner, share, made = (np.concatenate(each) for each in zip(*parts, strict=True))
    return _Cells(level, fine, inner, share, made)


def _measure_band(picture: Rgb8, hole: NDArray[np.uint8], rows: slice) -> tuple[FloatImage, ...]:
    """The same for a band; the low-pass looks beyond it."""
    above = min(rows.start, CELL_PX)
    wide = _floats(picture[rows.start - above : rows.stop + CELL_PX])
    band = wide[above:][: rows.stop - rows.start]
    level = _mean(band)
    inner = (_mean(_square(band)) - np.square(level)).mean(2)
    squares = _square(_residual(wide)[above:][: len(band)])
    made = _mean(np.asarray(cv2.copyTo(squares, hole[rows]), np.float32))
    return level, _mean(squares), inner, _mean(_floats(hole[rows])), made


def _around(cells: _Cells, most: FloatImage) -> FloatImage:
    """(h, w, 3) variance of the residual of made pixels in and near each cell, none counted above `most`."""
    share = np.maximum(cv2.blur(cells.share, AROUND_CELLS), 1e-6)[..., None]
    counted = np.minimum(cells.made, most * cells.share[..., None])
    return np.asarray(cv2.blur(counted, AROUND_CELLS) / share, np.float32)


def _quiet(cells: _Cells, known: Hole) -> Hole:
    """(h, w), True for known cells with nothing in them but noise, on a slope at most."""
    fine, grey = cells.fine.mean(2), cells.level.mean(2)
    slope = np.square(cv2.Sobel(grey, -1, 1, 0, scale=1 / 8)) + np.square(
        cv2.Sobel(grey, -1, 0, 1, scale=1 / 8)
    )
    plain = cells.inner - slope / 12 <= STRUCTURE_FACTOR * fine + ROUNDING_VARIANCE
    bins = _by_brightness(grey, plain & (fine <= MAX_VARIANCE) & _cells_known(known, grey.shape))
    bars = [float(np.quantile(fine[one], QUIET_SHARE)) for one in bins]
    honest = [bar for bar, one in zip(bars, bins, strict=True) if CLIPPED < grey[one].mean() < 255 - CLIPPED]
    limit = BIN_FACTOR * min(honest, default=MAX_VARIANCE) + ROUNDING_VARIANCE
    quiet = np.zeros(grey.shape, np.bool_)
    for bar, one in zip(bars, bins, strict=True):
        quiet |= one & (fine <= min(limit, QUIET_FACTOR * bar + ROUNDING_VARIANCE))
    return quiet


def _cells_known(known: Hole, shape: tuple[int, ...]) -> Hole:
    """(h, w), True for cells that are known with the cells round them: the low-pass reaches that far."""
    share = np.zeros((shape[0] * CELL_PX, shape[1] * CELL_PX), np.float32)
    share[: known.shape[0], : known.shape[1]] = known
    full = (_mean(share) > 1 - 1e-4).astype(np.uint8)
    return np.asarray(cv2.erode(full, np.ones((3, 3), np.uint8)) > 0, np.bool_)


def _by_brightness(grey: FloatImage, cells: Hole) -> list[Hole]:
    """The cells of each bin of brightness that has enough of them."""
    number = np.clip(grey * (BINS / 256), 0, BINS - 1).astype(np.uint8)
    parts = [cells & (number == n) for n in range(BINS)]
    return [part for part in parts if np.count_nonzero(part) >= MIN_CELLS]


def _lacking(cells: _Cells, quiet: Hole) -> FloatImage:
    """(h, w, 3) variance to add to each cell to have what quiet cells of its brightness have."""
    grey = cells.level.mean(2)
    parts = _by_brightness(grey, quiet)
    if not parts:
        return np.zeros_like(cells.fine)
    at = [float(grey[part].mean()) for part in parts]
    found = np.array([cells.fine[part].mean(0) for part in parts])
    wanted = np.dstack([np.interp(grey, at, found[:, c]) for c in range(3)]).astype(np.float32)
    here = cells.made / np.maximum(cells.share, 1e-6)[..., None]
    there = ENOUGH * np.maximum(here, _around(cells, wanted))
    return np.asarray(np.maximum(wanted - there - ROUNDING_VARIANCE, 0), np.float32)


def _pieces(picture: Rgb8, quiet: Hole, rng: np.random.Generator) -> FloatImage | None:
    """(K, TILE_PX, TILE_PX, 3) noise cut from quiet places, without their slopes, all equally strong.

    None where there are too few such places, or nothing is to be heard in those that were chosen: then what
    lies beside them, as the ringing next to a line that was drawn, is no noise of theirs.
    """
    blocks = quiet[:-1, :-1] & quiet[1:, :-1] & quiet[:-1, 1:] & quiet[1:, 1:]
    y, x = np.nonzero(blocks)
    if len(y) < MIN_PIECES:
        return None
    chosen = rng.permutation(len(y))[:MAX_PIECES]
    across = np.arange(PIECE_PX)
    rows = (CELL_PX * y[chosen])[:, None, None] + across[:, None]
    columns = (CELL_PX * x[chosen])[:, None, None] + across
    pieces = _without_slope(_floats(picture[rows, columns]))
    strength = np.sqrt(np.square(pieces).mean((1, 2, 3)))
    heard = strength > np.median(strength) / 2
    if not heard.any():
        return None
    return np.asarray(pieces[heard] / np.maximum(strength[heard], 1e-3)[:, None, None, None], np.float32)


def _without_slope(pieces: FloatImage) -> FloatImage:
    """Take the best plane out of each tile."""
    along = np.arange(PIECE_PX) - (PIECE_PX - 1) / 2
    one = np.ones(PIECE_PX)
    planes = np.stack([np.outer(one, one), np.outer(along, one), np.outer(one, along)]).reshape(3, -1, 1)
    planes = (planes / np.linalg.norm(planes, axis=1, keepdims=True)).astype(np.float32)
    flat = pieces.reshape(len(pieces), -1, 3)
    for plane in planes:
        flat = flat - plane * (plane.T @ flat)
    return np.asarray(flat.reshape(pieces.shape), np.float32)


def _noise_tile(pieces: FloatImage, rng: np.random.Generator) -> FloatImage:
    """(PLATE_PX, PLATE_PX, 3) noise without seams and without an end, its residual of variance 1 each.

    Tiles overlap by half, with windows whose squares add up to 1: the variance is the same everywhere.
    """
    window = np.sin((np.arange(PIECE_PX, dtype=np.float32) + 0.5) * (np.pi / PIECE_PX))
    pieces = pieces * (window[:, None] * window)[None, :, :, None]
    pieces = np.concatenate([pieces, -pieces])
    noise_tile = np.zeros((NOISE_TILE_PX, NOISE_TILE_PX, 3), np.float32)
    count = NOISE_TILE_PX // PIECE_PX
    for shift in ((0, 0), (0, CELL_PX), (CELL_PX, 0), (CELL_PX, CELL_PX)):
        spread_noise = pieces[rng.integers(0, len(pieces), (count, count))]
        spread_noise = spread_noise.transpose(0, 2, 1, 3, 4).reshape(noise_tile.shape)
        noise_tile += np.roll(spread_noise, shift, (0, 1))
    scale = np.sqrt(np.square(_residual(noise_tile)).mean((0, 1)))
    return np.asarray(noise_tile / np.maximum(scale, 1e-3), np.float32)
