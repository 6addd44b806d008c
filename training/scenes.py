"""Made scenes without end, for what a few photographs don't show: streets, rooms, people, patterns.

Each is painted with colours and crops out of real photographs, in true perspective, then tilted and exposed
as a camera might. The same seed and the same textures make the same scene.
"""

from collections.abc import Callable, Sequence
from math import ceil

import cv2
import numpy as np

from cleanplate.pixels.types import Rgb8
from training.scenes_canvas import Canvas, times
from training.scenes_close import close_up, portrait, table_top
from training.scenes_flat import graphics, leaves, repeated
from training.scenes_indoor import room
from training.scenes_outdoor import landscape
from training.scenes_streets import facade, street

KINDS: tuple[tuple[str, float, Callable[[Canvas], None]], ...] = (
    ("leaves", 0.15, leaves),
    ("landscape", 0.22, landscape),
    ("street", 0.13, street),
    ("facade", 0.08, facade),
    ("room", 0.14, room),
    ("table top", 0.09, table_top),
    ("portrait", 0.03, portrait),
    ("close-up", 0.06, close_up),
    ("graphics", 0.04, graphics),
    ("repeated", 0.08, repeated),
)
"""Name, share of all scenes, and what paints the whole canvas."""

MARGIN: float = 13 / 12
"""The canvas is so many times larger than the scene, which may then be cut out of it aslant."""
TILT_DEG: float = 2.0
MOST_TILT_DEG: float = 4.8
"""At more, the scene's corners would leave the canvas."""
SMALLEST_PX: int = 16
DARKEST: float = 45.0
BRIGHTEST: float = 190.0
"""Exposure leaves no mean outside of these."""
MOST_GAIN: float = 4.0


def scene(rng: np.random.Generator, textures: Sequence[Rgb8], side_px: int = 256) -> Rgb8:
    """A made scene of one of the `KINDS`.

    Args:
        rng: where all chance comes from.
        textures: (h, w, 3) uint8 RGB crops of photographs, each of its own size, none empty.
        side_px: of the square, at least `SMALLEST_PX`.

    Returns:
        (side_px, side_px, 3) uint8 RGB.

    Raises:
        ValueError: no textures, or too small a side.
    """
    weights = np.array([weight for _, weight, _ in KINDS])
    return scene_of(int(rng.choice(len(KINDS), p=weights / weights.sum())), rng, textures, side_px)


def scene_of(kind: int, rng: np.random.Generator, textures: Sequence[Rgb8], side_px: int = 256) -> Rgb8:
    """A made scene of the kind of that place in `KINDS`; arguments, result and errors as of `scene`."""
    if len(textures) == 0:
        raise ValueError("scenes take their colours from textures, and there are none")
    if side_px < SMALLEST_PX:
        raise ValueError(f"a scene of {side_px} px shows nothing: at least {SMALLEST_PX}")
    canvas = Canvas(rng, textures, ceil(side_px * MARGIN))
    KINDS[kind][2](canvas)
    return _photographed(canvas, _tilted(canvas, side_px))


def _tilted(canvas: Canvas, side_px: int) -> Rgb8:
    """(side, side, 3): the middle of the canvas, aslant by a few degrees, perhaps mirrored."""
    turn = float(np.clip(canvas.rng.normal(0, TILT_DEG), -MOST_TILT_DEG, MOST_TILT_DEG))
    middle = (canvas.side - 1) / 2
    to_scene = np.asarray(cv2.getRotationMatrix2D((middle, middle), turn, 1), np.float64)
    to_scene[:, 2] += (side_px - 1) / 2 - middle
    whole = np.clip(canvas.rgb, 0, 255).astype(np.uint8)
    turned = cv2.warpAffine(
        whole, to_scene, (side_px, side_px), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(turned[:, ::-1] if canvas.chance(0.5) else turned, np.uint8)


def _photographed(canvas: Canvas, rgb: Rgb8) -> Rgb8:
    """The scene as a camera gives it: a slight blur, exposure, tone, the lens's fall-off, noise."""
    side = rgb.shape[0]
    if canvas.chance(0.3):
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), canvas.between(0.3, 0.8)), np.uint8)
    toned = np.asarray(cv2.LUT(np.ascontiguousarray(rgb), _tone(canvas, float(rgb.mean()))), np.float32)
    if canvas.chance(0.4):
        across = np.linspace(-1, 1, side, dtype=np.float32) ** 2
        toned = times(toned, 1 - canvas.between(0, 0.25) * (across[None] + across[:, None]))
    if canvas.chance(0.4):
        grain = canvas.rng.standard_normal((side, side), dtype=np.float32) * canvas.between(1, 6)
        toned = np.asarray(cv2.add(toned, cv2.merge([grain, grain, grain])), np.float32)
    return np.clip(toned, 0, 255).astype(np.uint8)


def _tone(canvas: Canvas, mean: float) -> Rgb8:
    """(256, 1, 3): exposure, contrast, gamma and white balance as a table, for a picture of that mean."""
    level = np.linspace(0, 1, 256)[:, None]
    gain = np.clip(
        canvas.spread(0.75, 1.35), min(DARKEST / max(mean, 1), MOST_GAIN), BRIGHTEST / max(mean, 1)
    )
    curve = np.clip(level * gain * canvas.rng.normal(1, 0.04, 3), 0, 1) ** canvas.spread(0.75, 1.5)
    steep = canvas.between(0, 0.7)
    curve += steep * (curve * curve * (3 - 2 * curve) - curve)
    return np.asarray(np.round(255 * curve), np.uint8)[:, None]
