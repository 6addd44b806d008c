"""Masks as people and programs send them: one shape, drawn in many ways. And a picture for them to lie on."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Shape: TypeAlias = NDArray[np.bool_]
Rgb: TypeAlias = tuple[int, int, int]

WIDTH: Final = 160
HEIGHT: Final = 120


def saved(array: NDArray[Any] | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(out, kind, **options)
    return out.getvalue()


def scene(seed: int = 0) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3): clouds of colour with some grain, like a photo."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 236, (8, 10, 3)).astype(np.uint8)
    smooth = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = random.normal(0, 5, smooth.shape)
    return np.asarray(np.clip(smooth + grain, 0, 255), np.uint8)


def strokes(seed: int = 0) -> Shape:
    """A few thick strokes and a disc: up to a quarter of the picture."""
    random = np.random.default_rng(seed)
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    for _ in range(int(random.integers(1, 4))):
        first, second = (tuple(map(int, random.integers((12, 12), (WIDTH - 12, HEIGHT - 12)))) for _ in "ab")
        cv2.line(plane, first, second, 1, int(random.integers(6, 14)))
    cv2.circle(
        plane, tuple(map(int, random.integers((20, 20), (140, 100)))), int(random.integers(6, 14)), 1, -1
    )
    return plane > 0


def grey(shape: Shape, paint: int = 255, ground: int = 0) -> NDArray[np.uint8]:
    return np.where(shape, paint, ground).astype(np.uint8)


def coloured(shape: Shape, paint: Rgb, ground: Rgb = (0, 0, 0)) -> NDArray[np.uint8]:
    return np.where(shape[..., None], paint, ground).astype(np.uint8)


def on_clear(shape: Shape, paint: Rgb, opacity: int = 255, hidden: Rgb = (0, 0, 0)) -> NDArray[np.uint8]:
    """RGBA: strokes on transparent ground, under which some colour lies."""
    alpha = np.where(shape, opacity, 0).astype(np.uint8)
    return np.dstack([coloured(shape, paint, hidden), alpha])


def deep(values: NDArray[Any]) -> bytes:
    """A PNG of 16 bits."""
    return cv2.imencode(".png", values.astype(np.uint16))[1].tobytes()


def palette(indices: NDArray[Any], *entries: Rgb, **options: Any) -> bytes:
    image = Image.fromarray(indices.astype(np.uint8), "P")
    image.putpalette([part for entry in entries for part in entry])
    return saved(image, **options)


def noisy(shape: Shape) -> NDArray[np.uint8]:
    """White strokes on a canvas whose black is 0 to 16."""
    noise = np.random.default_rng(7).integers(0, 17, shape.shape)
    return np.where(shape, 255 - noise, noise).astype(np.uint8)


def soft(shape: Shape, paint: int) -> NDArray[np.uint8]:
    """Strokes with a soft edge, half of it outside."""
    return np.asarray(cv2.GaussianBlur(grey(shape, paint), (0, 0), 1.0), np.uint8)


def labels(shape: Shape) -> NDArray[np.uint8]:
    """Ids of 1 to 20 in the shape, 0 elsewhere."""
    columns = np.arange(WIDTH) * 20 // WIDTH + 1
    return np.where(shape, columns[None], 0).astype(np.uint8)


VOC: Final = ((0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0))

EXACT: Final[Mapping[str, Callable[[Shape], bytes]]] = {
    "white": lambda shape: saved(grey(shape)),
    "white in colour": lambda shape: saved(coloured(shape, (255, 255, 255))),
    "254 on 0": lambda shape: saved(grey(shape, 254)),
    "one bit": lambda shape: saved(Image.fromarray(shape)),
    "one bit TIFF": lambda shape: saved(Image.fromarray(shape), "TIFF"),
    "one bit BMP": lambda shape: saved(Image.fromarray(shape), "BMP"),
    "0 and 1": lambda shape: saved(grey(shape, 1)),
    "0 and 1 in colour": lambda shape: saved(coloured(shape, (1, 1, 1))),
    "0 and 1 of 16 bits": lambda shape: deep(grey(shape, 1)),
    "0 and 1 with alpha": lambda shape: saved(
        np.dstack([grey(shape, 1), np.full(shape.shape, 255, np.uint8)])
    ),
    "0 and 255 of 16 bits": lambda shape: deep(grey(shape)),
    "16 bits": lambda shape: deep(grey(shape).astype(np.uint16) * 257),
    "16 bits, noise": lambda shape: deep(noisy(shape).astype(np.uint16) * 257),
    "16 bits, dark": lambda shape: deep(grey(shape).astype(np.uint16) * 9),
    "dark grey": lambda shape: saved(grey(shape, 100)),
    "labels": lambda shape: saved(labels(shape)),
    "labels of 16 bits": lambda shape: deep(labels(shape).astype(np.uint16) * 40),
    "VOC": lambda shape: palette(shape, *VOC),
    "VOC, three things": lambda shape: palette(
        labels(shape) // 7 + shape * 1 - (labels(shape) > 20), *VOC, *VOC
    ),
    "VOC, dark": lambda shape: palette(shape, (0, 0, 0), (0, 64, 0)),
    "red": lambda shape: saved(coloured(shape, (255, 0, 0))),
    "blue": lambda shape: saved(coloured(shape, (0, 0, 255))),
    "blue, dark": lambda shape: saved(coloured(shape, (0, 0, 90))),
    "green, opaque": lambda shape: saved(
        np.dstack([coloured(shape, (0, 255, 0)), np.full(shape.shape, 255, np.uint8)])
    ),
    "canvas noise": lambda shape: saved(noisy(shape)),
    "white on clear": lambda shape: saved(on_clear(shape, (255, 255, 255))),
    "white on clear white": lambda shape: saved(on_clear(shape, (255, 255, 255), 255, (255, 255, 255))),
    "white on clear, half": lambda shape: saved(on_clear(shape, (255, 255, 255), 127)),
    "red on clear, half": lambda shape: saved(on_clear(shape, (255, 0, 0), 128, (255, 255, 255))),
    "grey and alpha": lambda shape: saved(np.dstack([np.full(shape.shape, 255, np.uint8), grey(shape)])),
    "palette with a clear ground": lambda shape: palette(shape, (9, 9, 9), (255, 255, 255), transparency=0),
    "WEBP": lambda shape: saved(grey(shape), "WEBP", lossless=True),
}
"""Each must give the shape itself, in every API."""

NEAR: Final[Mapping[str, Callable[[Shape], bytes]]] = {
    "JPEG 60": lambda shape: saved(grey(shape), "JPEG", quality=60),
    "JPEG 30": lambda shape: saved(grey(shape), "JPEG", quality=30),
    "red JPEG": lambda shape: saved(coloured(shape, (255, 0, 0)), "JPEG", quality=85),
    "dark JPEG": lambda shape: saved(grey(shape, 90), "JPEG", quality=85),
    "WEBP": lambda shape: saved(grey(shape), "WEBP", quality=60),
    "soft": lambda shape: saved(soft(shape, 255)),
    "soft, faint": lambda shape: saved(soft(shape, 100)),
    "soft, red": lambda shape: saved(np.dstack([soft(shape, 255), *[np.zeros(shape.shape, np.uint8)] * 2])),
    "soft on clear": lambda shape: saved(
        np.dstack([coloured(shape | True, (255, 255, 255)), soft(shape, 255)])
    ),
}
"""Each must give the shape, but for some pixels round its edge."""
