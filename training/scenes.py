"""Made scenes without end, for what a few photographs don't show: streets, rooms, people, patterns.

Each is painted with colours and crops out of real photographs, in true perspective, then tilted and exposed as
a camera might. The same seed and the same textures make the same scene.
"""

from collections.abc import Callable, Sequence
from math import ceil

import cv2
import numpy as np
from training.scenes_canvas import F32, Canvas
from training.scenes_flat import close_up, graphics, leaves, repeated
from training.scenes_indoor import portrait, room, table_top
from training.scenes_outdoor import facade, landscape, street

from cleanplate.pixels.types import Rgb8

KINDS: tuple[tuple[str, float, Callable[[Canvas], None]], ...] = (
    ("leaves", 0.14, leaves),
    ("landscape", 0.22, landscape),
    ("street", 0.14, street),
    ("facade", 0.08, facade),
    ("room", 0.16, room),
    ("table top", 0.08, table_top),
    ("portrait", 0.03, portrait),
    ("close-up", 0.05, close_up),
    ("graphics", 0.04, graphics),
    ("repeated", 0.06, repeated),
)
"""Name, share of all scenes, and what paints the whole canvas."""

MARGIN: float = 9 / 8
"""The canvas is so many times larger than the scene, which may then be cut out of it aslant."""
TILT_DEG: float = 2.0
MOST_TILT_DEG: float = 7.0
SMALLEST_PX: int = 16


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


def _tilted(canvas: Canvas, side_px: int) -> F32:
    """(side, side, 3): the middle of the canvas, aslant by a few degrees, perhaps mirrored."""
    turn = float(np.clip(canvas.rng.normal(0, TILT_DEG), -MOST_TILT_DEG, MOST_TILT_DEG))
    middle = (canvas.side - 1) / 2
    to_scene = cv2.getRotationMatrix2D((middle, middle), turn, 1)
    to_scene[:, 2] += (side_px - 1) / 2 - middle
    turned = cv2.warpAffine(
        canvas.rgb, to_scene, (side_px, side_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(turned[:, ::-1] if canvas.chance(0.5) else turned, np.float32)


def _photographed(canvas: Canvas, rgb: F32) -> Rgb8:
    """The scene as a camera gives it: a slight blur, the lens's fall-off, exposure, tone, noise."""
    side = rgb.shape[0]
    if canvas.chance(0.5):
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), canvas.between(0.2, 0.8)), np.float32)
    if canvas.chance(0.4):
        across = np.linspace(-1, 1, side, dtype=np.float32) ** 2
        fall = 1 - np.float32(canvas.between(0, 0.25)) * (across[None] + across[:, None])
        rgb = np.asarray(cv2.multiply(np.ascontiguousarray(rgb), cv2.merge([fall, fall, fall])), np.float32)
    toned = cv2.LUT(np.clip(rgb, 0, 255).astype(np.uint8), _tone(canvas))
    if canvas.chance(0.4):
        grain = canvas.rng.standard_normal((side, side), dtype=np.float32) * np.float32(canvas.between(1, 6))
        toned = np.clip(toned + grain[..., None], 0, 255)
    return np.asarray(toned, np.uint8)


def _tone(canvas: Canvas) -> F32:
    """(256, 1, 3) uint8: exposure, gamma and white balance as a table."""
    level = np.linspace(0, 1, 256)[:, None]
    gain = canvas.spread(0.75, 1.35) * canvas.rng.normal(1, 0.04, 3)
    curve = np.clip(level * gain, 0, 1) ** canvas.spread(0.75, 1.4)
    return np.asarray(np.round(255 * curve), np.uint8)[:, None]
