"""Made scenes of a thing that stands on the ground: with its shadow or its reflection, and with neither."""

import cv2
import numpy as np
from tests.unit.text.lettering import ground

from cleanplate.pixels.types import Alpha, Hole, Rgb8

HEIGHT, WIDTH = 240, 320
FOOT = 149
"""The lowest row of the figure."""


def figure() -> Hole:
    """Somebody on two legs, 90 px high."""
    flags = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(flags, (160, 70), 10, 1, -1)
    cv2.rectangle(flags, (146, 82), (174, 118), 1, -1)
    cv2.rectangle(flags, (147, 118), (156, FOOT), 1, -1)
    cv2.rectangle(flags, (164, 118), (173, FOOT), 1, -1)
    return flags > 0


def disc() -> Hole:
    flags = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(flags, (160, 105), 44, 1, -1)
    return flags > 0


def plain_ground(seed: int = 0) -> Rgb8:
    """Soft blotches and a little noise."""
    noise = np.random.default_rng(seed).normal(0, 3, (HEIGHT, WIDTH, 3))
    return np.clip(ground(HEIGHT, WIDTH, seed) / 5 + 130 + noise, 0, 255).astype(np.uint8)


def coarse_ground(seed: int = 0) -> Rgb8:
    """Like gravel: as dark between the stones as a shadow is."""
    noise = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    stones = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return np.repeat(np.clip(130 + 45 * stones / stones.std(), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def painted(rgb: Rgb8, thing: Hole, seed: int = 1) -> Rgb8:
    """With the thing on it, in coarse colours."""
    spots = np.random.default_rng(seed).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    colours = cv2.resize(spots, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.where(thing[..., None], colours, rgb)


def fallen(thing: Hole, right: float, down: float, soft: float) -> Alpha:
    """The thing's silhouette on the ground: so much to the right and down for each pixel of its height."""
    shear = np.array([[1, -right, right * FOOT], [0, -down, FOOT * (1 + down)]], np.float32)
    cast = cv2.warpAffine(thing.astype(np.float32), shear, (WIDTH, HEIGHT))
    return np.asarray(cv2.GaussianBlur(cast, (0, 0), soft), np.float32)


def darkened(rgb: Rgb8, shade: Alpha, share: float = 0.45) -> Rgb8:
    """With this share of the samples taken where `shade` is 1."""
    return np.rint(rgb * (1 - share * shade[..., None])).astype(np.uint8)


def mirrored(rgb: Rgb8, thing: Hole, strength: float, soft: float) -> tuple[Rgb8, Hole]:
    """The thing's reflection below its foot, and where it is."""
    turn = np.array([[1, 0, 0], [0, -1, 2 * FOOT + 1]], np.float32)
    colours = cv2.warpAffine(rgb.astype(np.float32), turn, (WIDTH, HEIGHT))
    there = cv2.warpAffine(thing.astype(np.float32), turn, (WIDTH, HEIGHT))
    alpha = strength * cv2.GaussianBlur(there, (0, 0), soft)[..., None]
    mixed = rgb * (1 - alpha) + cv2.GaussianBlur(colours, (0, 0), soft) * alpha
    return np.where(thing[..., None], rgb, np.rint(mixed).astype(np.uint8)), there > 0.5
