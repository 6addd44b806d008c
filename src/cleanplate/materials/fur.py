"""Fur: strands over an object that lie downhill and hang out over its edge."""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.materials.height_field import HeightField, Plane, outline_distance
from cleanplate.pixels.types import Alpha, Rgb8

_SHIFT = 4
"""Binary places of the coordinates that OpenCV draws with."""


@dataclass(frozen=True, slots=True)
class FurParameters:
    """Of strands of fur.

    Attributes:
        length, least_length_px: of a strand, as a share of the object's side; bends: its straight pieces.
        lengths: shares of it between which strands differ.
        fineness: thicknesses of a strand along the object's side.
        density, most_strands: how often strands cover the object, and the most that are drawn.
        direction_spread, curl_spread: radians by which strands differ in where they lie and how they curl;
            standard deviations.
        weight, ruffle: how strongly strands hang down, and are ruffled, beside lying downhill; ruffles: of
            them along each side of the picture.
        form_fineness, least_smooth_px: blur of the height that strands lie down on, so many along the side.
        root, tip, tone_spread, tones: brightness of a strand's root and tip, how much strands differ in it,
            and its bounds.
        ground: brightness of what shows between the strands.
        ground_inset, root_inset: how far inside of the outline they end, in lengths of a strand.
    """

    length: float = 0.055
    least_length_px: float = 5.0
    lengths: tuple[float, float] = (0.55, 1.1)
    bends: int = 3
    fineness: int = 800
    density: float = 10.0
    most_strands: int = 60_000
    direction_spread: float = 0.22
    curl_spread: float = 0.35
    weight: float = 0.22
    ruffle: float = 0.16
    ruffles: int = 9
    form_fineness: float = 25
    least_smooth_px: float = 0.8
    root: float = 0.74
    tip: float = 1.08
    tone_spread: float = 0.1
    tones: tuple[float, float] = (0.4, 1.5)
    ground: float = 0.62
    ground_inset: float = 0.75
    root_inset: float = 0.65


FUR: Final = FurParameters()
"""In the gallery: flower.jpg, "make the flower fluffy". No figure bounds it; see `material_parameters`."""


@dataclass(frozen=True, slots=True)
class _Strands:
    """Points (n, steps + 1, 2) as OpenCV draws them, and colours (n, steps, 3), 0..255."""

    points: NDArray[np.int32]
    colours: NDArray[np.float64]


def render_fur(colours: Rgb8, alpha: Alpha, form: HeightField, seed: int) -> tuple[Rgb8, Alpha]:
    """Cover an object with fur.

    Args:
        colours: (H, W, 3) uint8, of the fur.
        alpha: (H, W) float32, 1 = the object.
        form: of the object.
        seed: another one, other strands.

    Returns:
        (H, W, 3) uint8 and (H, W) float32: the fur, and where it hides what is behind it; a ragged edge
        within `alpha`.
    """
    random = np.random.default_rng(seed)
    long_px = max(form.side_px * FUR.length, FUR.least_length_px)
    thick_px = max(1, round(form.side_px / FUR.fineness))
    bed = (colours * np.float32(FUR.ground)).astype(np.uint8)
    depth = outline_distance(alpha)
    # Where the object is thin its middle has to do.
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(long_px / 2) + 1,) * 2)
    least = np.minimum(cv2.dilate(depth, near), np.float32(long_px))
    hidden = ((depth > FUR.ground_inset * least) * np.uint8(255)).astype(np.uint8)
    y, x = np.nonzero(depth > FUR.root_inset * least)
    if len(y):
        count = min(int(FUR.density * len(y) / (long_px * thick_px)), FUR.most_strands)
        chosen = random.integers(0, len(y), count)
        strands = _grow_strands(
            (x[chosen], y[chosen]), colours, _strand_angles(form, random), long_px, random
        )
        _draw_strands(strands, bed, hidden, thick_px)
    return bed, np.minimum(hidden.astype(np.float32) / 255, np.minimum(2 * alpha, 1))


def _strand_angles(form: HeightField, random: np.random.Generator) -> Plane:
    """(H, W): the angle at which a strand lies, radians from right to down."""
    smooth = cv2.GaussianBlur(form.whole, (0, 0), max(form.side_px / FUR.form_fineness, FUR.least_smooth_px))
    right, down = (cv2.Sobel(smooth, cv2.CV_32F, x, 1 - x, scale=-1 / 8) for x in (1, 0))
    coarse = random.normal(0, FUR.ruffle, (FUR.ruffles, FUR.ruffles, 2)).astype(np.float32)
    ruffle = cv2.resize(coarse, smooth.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return cast(Plane, np.arctan2(down + FUR.weight + ruffle[..., 1], right + ruffle[..., 0]))


def _grow_strands(
    roots: tuple[NDArray[np.intp], NDArray[np.intp]],
    colours: Rgb8,
    angles: Plane,
    long_px: float,
    random: np.random.Generator,
) -> _Strands:
    x, y = roots
    count = len(x)
    start = angles[y, x] + random.normal(0, FUR.direction_spread, count)
    bend = random.normal(0, FUR.curl_spread, count) / FUR.bends
    turned = start[:, None] + bend[:, None] * np.arange(1, FUR.bends + 1)
    pace = (long_px * random.uniform(*FUR.lengths, count) / FUR.bends)[:, None, None]
    paces = np.cumsum(pace * np.stack([np.cos(turned), np.sin(turned)], 2), axis=1)
    points = np.stack([x, y], 1)[:, None] + np.concatenate([np.zeros((count, 1, 2)), paces], 1)
    tone = np.linspace(FUR.root, FUR.tip, FUR.bends) + FUR.tone_spread * random.normal(0, 1, count)[:, None]
    drawn = colours[y, x][:, None] * np.clip(tone, *FUR.tones)[..., None]
    return _Strands(np.rint(points * 2**_SHIFT).astype(np.int32), np.clip(drawn, 0, 255))


def _draw_strands(strands: _Strands, canvas: Rgb8, hidden: NDArray[np.uint8], thick_px: int) -> None:
    """In place, and in the order in which they grew: no strand knows which lies over which."""
    for points, colours in zip(strands.points.tolist(), strands.colours.tolist(), strict=True):
        for first, second, colour in zip(points, points[1:], colours, strict=False):
            cv2.line(canvas, first, second, colour, thick_px, cv2.LINE_AA, _SHIFT)
    cv2.polylines(hidden, list(strands.points), False, 255, thick_px, cv2.LINE_AA, _SHIFT)
