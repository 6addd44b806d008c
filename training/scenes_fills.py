"""What shapes are filled with: colours, gradients, fractal noise, crops of photographs, shaded bodies."""

from math import ceil, cos, pi, sin

import cv2
import numpy as np

from cleanplate.pixels.types import Rgb8
from training.scenes_canvas import F32, Canvas, Colour, Fill, Image, plain, times

FINEST_CELL_PX: int = 2


def noise(canvas: Canvas, height: int, width: int, roughness: float = 0.7, stretch: float = 1.0) -> F32:
    """Fractal noise: octaves from the whole window down to single pixels.

    Args:
        roughness: strength of each octave beside the one before; 1 has a spectrum of 1/f, as photographs.
        stretch: how many times a cell is wider than high.

    Returns:
        (height, width), mean about 0, standard deviation about 1.
    """
    total = np.zeros((height, width), np.float32)
    cell, strength, energy = float(max(height, width)), 1.0, 0.0
    while cell >= FINEST_CELL_PX:
        rows, columns = ceil(height / cell * stretch) + 1, ceil(width / cell) + 1
        grid = canvas.rng.standard_normal((rows, columns), dtype=np.float32) * strength
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_LINEAR)
        energy += strength**2 / 2
        cell, strength = cell / 2, strength * roughness
    return np.asarray(total / max(energy, 1e-6) ** 0.5, np.float32)


def ramp(canvas: Canvas, height: int, width: int) -> F32:
    """(height, width) 0..1: even light across the window, from a side or a corner."""
    angle = canvas.between(0, 2 * pi)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * cos(angle)
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * sin(angle)
    return np.clip(across + down + 0.5, 0, 1)


def mix(low: Colour, high: Colour, share: F32) -> Image:
    """(H, W, 3) from `low` where `share` (H, W) is 0 to `high` where it is 1."""
    return np.asarray(cv2.merge([a + (b - a) * share for a, b in zip(low, high, strict=True)]), np.float32)


def graded(low: Colour, high: Colour) -> Fill:
    """From one colour to another, in a direction of its own."""
    return lambda canvas, height, width: mix(low, high, ramp(canvas, height, width))


def falling(top: Colour, bottom: Colour, power: float = 1.0) -> Fill:
    """From one colour at the top to another at the bottom.

    Args:
        power: above 1, the upper colour reaches farther down.
    """

    def fill(_: Canvas, height: int, width: int) -> Image:
        share = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** power
        return mix(top, bottom, np.repeat(share, width, axis=1))

    return fill


def mottled(low: Colour, high: Colour, roughness: float = 0.7, stretch: float = 1.0) -> Fill:
    """Clouds of two colours."""

    def fill(canvas: Canvas, height: int, width: int) -> Image:
        share = noise(canvas, height, width, roughness, stretch)
        return mix(low, high, np.clip(share * 0.35 + 0.5, 0, 1))

    return fill


def textured(canvas: Canvas, height: int, width: int) -> Image:
    """A crop of one of the textures, of a scale of its own, perhaps mirrored."""
    return np.asarray(crop(canvas, canvas.texture(), (height, width), canvas.spread(0.4, 1.4)), np.float32)


def crop(canvas: Canvas, texture: Rgb8, size: tuple[int, int], zoom: float) -> Rgb8:
    """A part of `texture`, resized, aspect kept where it can be.

    Args:
        size: height and width of the result, in pixels.
        zoom: pixels of the result per pixel of the texture; more where the texture is too small for that.
    """
    height, width = size
    zoom = max(zoom, height / texture.shape[0], width / texture.shape[1])
    rows = min(texture.shape[0], max(1, round(height / zoom)))
    columns = min(texture.shape[1], max(1, round(width / zoom)))
    top = canvas.whole(0, texture.shape[0] - rows)
    left = canvas.whole(0, texture.shape[1] - columns)
    part = texture[top : top + rows, left : left + columns]
    if canvas.chance(0.5):
        part = part[:, ::-1]
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=way), np.uint8)


def grained(colour: Colour, strength: float) -> Fill:
    """A colour with the fine detail of a texture.

    Args:
        strength: 1 = as strong as in the texture.
    """

    def fill(canvas: Canvas, height: int, width: int) -> Image:
        return np.asarray(evened(textured(canvas, height, width)) * strength + colour, np.float32)

    return fill


def evened(image: Image) -> Image:
    """The image without its large forms: mean 0, what differs within a sixth of its width is kept."""
    small = cv2.resize(image, (6, 6), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.subtract(image, large), np.float32)


def anything(canvas: Canvas) -> Fill:
    """A fill of any kind, real textures most often."""
    low, high = canvas.colour(), canvas.colour()
    kinds: tuple[tuple[float, Fill], ...] = (
        (0.45, textured),
        (0.2, grained(low, canvas.between(0.3, 1))),
        (0.15, graded(low, high)),
        (0.1, plain(low)),
        (0.1, mottled(low, high, canvas.between(0.4, 0.9))),
    )
    weights = [weight for weight, _ in kinds]
    return kinds[int(canvas.rng.choice(len(kinds), p=weights))][1]


def lit(fill: Fill, strength: float) -> Fill:
    """The fill on a round body: brighter on the side of the light, darker on the other and at the border.

    Args:
        strength: 0 = flat .. 1 = black in the shade.
    """

    def shaded(canvas: Canvas, height: int, width: int) -> Image:
        light = ramp(canvas, height, width)
        across = np.linspace(-1, 1, width, dtype=np.float32) ** 2
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
        factor = 1 + strength * (light - 0.6 - 0.25 * (across + down))
        return times(fill(canvas, height, width), np.clip(factor, 0, 2))

    return shaded
