"""What the network learns from: crops of photographs and made scenes, each with a hole."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cleanplate.pixels.types import Rgb8
from training.holes import by_chance, hole
from training.scenes import scene

FINER = 4
"""Crops are cut at so many times the network's size: how rough a place is shows there."""
SHAPES = ((64, 64), (64, 64), (64, 64), (48, 64), (64, 48), (40, 64), (64, 40))
"""(rows, columns) that a batch may have."""
LEAST_CROP_PX = 100
HALVED_FROM_PX = 500
SCENE_PX = 256
TEXTURES = 12


class Batch(NamedTuple):
    """rgb: (n, 3, h, w), -1..1; roughness: (n, 1, h, w), 0..1; hole: (n, 1, h, w), 1 = to make."""

    rgb: Tensor
    roughness: Tensor
    hole: Tensor

    def to(self, device: str) -> "Batch":
        """The same there."""
        return Batch(*(part.to(device) for part in self))


@dataclass
class Examples:
    """A source of batches.

    Attributes:
        photos: (H, W, 3) each.
        halves: the same at half the size: large crops are shrunk from there, which is quicker.
        scenes: made ones.
        made_share: how many of a batch are made.
    """

    photos: Sequence[Rgb8]
    halves: Sequence[Rgb8]
    scenes: Sequence[Rgb8]
    made_share: float
    rng: np.random.Generator

    def batch(self, count: int) -> Batch:
        """So many examples of one shape."""
        height, width = SHAPES[int(self.rng.integers(len(SHAPES)))]
        crops = [self._crop(height, width) for _ in range(count)]
        small = [cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA) for crop in crops]
        rough = [roughness(crop) for crop in crops]
        holes = [hole(height, width, self.rng) for _ in crops]
        rgb = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1
        return Batch(
            rgb,
            torch.from_numpy(np.stack(rough))[:, None],
            torch.from_numpy(np.stack(holes))[:, None].float(),
        )

    def _crop(self, height: int, width: int) -> Rgb8:
        made = bool(self.scenes) and by_chance(self.rng, self.made_share)
        cut = self._of_scene(width / height) if made else self._of_photo(width / height, FINER * height)
        size = (FINER * width, FINER * height)
        how = cv2.INTER_AREA if cut.shape[0] > size[1] else cv2.INTER_LINEAR
        return varied(np.asarray(cv2.resize(cut, size, interpolation=how), np.uint8), self.rng)

    def _of_photo(self, aspect: float, wanted_px: int) -> Rgb8:
        number = int(self.rng.integers(len(self.photos)))
        picture = self.photos[number]
        most = min(picture.shape[0], picture.shape[1] / aspect)
        high = most
        if by_chance(self.rng, 0.8):  # from small parts to all of it, each scale as often
            high *= float(np.exp(self.rng.uniform(np.log(max(0.22, LEAST_CROP_PX / most)), 0)))
        if high > most / 2 and min(picture.shape[:2]) > HALVED_FROM_PX and high / 2 > wanted_px:
            picture, high = self.halves[number], high / 2
        return _window(picture, high, aspect, self.rng)

    def _of_scene(self, aspect: float) -> Rgb8:
        picture = self.scenes[int(self.rng.integers(len(self.scenes)))]
        share = self.rng.uniform(0.6, 1) if by_chance(self.rng, 0.5) else 1.0
        return _window(picture, share * min(picture.shape[0], picture.shape[1] / aspect), aspect, self.rng)


def examples(folder: Path, rng: np.random.Generator, *, scenes: int, made_share: float) -> Examples:
    """Out of every *.jpg of a folder, and so many made scenes.

    Raises:
        FileNotFoundError: there is no picture.
    """
    found = [cv2.imread(str(path)) for path in sorted(folder.glob("*.jpg"))]
    photos = [np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2RGB), np.uint8) for one in found if one is not None]
    if not photos:
        raise FileNotFoundError(f"no *.jpg in {folder}: name a folder of photographs with --photos")
    halves = [
        np.asarray(cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        for one in photos
    ]
    made = [scene(rng, [_texture(photos, rng) for _ in range(TEXTURES)], SCENE_PX) for _ in range(scenes)]
    return Examples(photos, halves, made, made_share, rng)


def varied(crop: Rgb8, rng: np.random.Generator) -> Rgb8:
    """Mirrored, of another exposure and colour, now and then grey or upside down."""
    crop = crop[:, ::-1] if by_chance(rng, 0.5) else crop
    crop = crop[::-1] if by_chance(rng, 0.06) else crop
    crop = crop[..., rng.permutation(3)] if by_chance(rng, 0.12) else crop
    crop = np.ascontiguousarray(crop)
    if by_chance(rng, 0.04):
        crop = np.repeat(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    levels = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[:, None], 3, axis=1)
    if by_chance(rng, 0.5):
        levels **= np.float32(np.exp(rng.normal(0, 0.25)))
    if by_chance(rng, 0.5):
        gains = rng.uniform(0.7, 1.1) + rng.normal(0, 0.05, 3)
        levels = (levels * gains + rng.uniform(-0.03, 0.08)).astype(np.float32)
    table = np.clip(levels * 255 + 0.5, 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(crop, table), np.uint8)


def roughness(crop: Rgb8) -> NDArray[np.float32]:
    """(h / 4, w / 4): root of the mean gradient of luma in squares of 4 x 4 pixels, 0..1."""
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    gradient = np.zeros(luma.shape, np.float32)
    gradient[:, 1:] += cv2.absdiff(luma[:, 1:], luma[:, :-1])
    gradient[1:] += cv2.absdiff(luma[1:], luma[:-1])
    size = (luma.shape[1] // FINER, luma.shape[0] // FINER)
    return np.sqrt(np.asarray(cv2.resize(gradient, size, interpolation=cv2.INTER_AREA), np.float32) / 255)


def _window(picture: Rgb8, high: float, aspect: float, rng: np.random.Generator) -> Rgb8:
    height = max(1, min(int(high), picture.shape[0]))
    width = max(1, min(int(high * aspect), picture.shape[1]))
    top, left = (
        int(rng.integers(side - part + 1))
        for side, part in zip(picture.shape[:2], (height, width), strict=True)
    )
    return picture[top : top + height, left : left + width]


def _texture(photos: Sequence[Rgb8], rng: np.random.Generator) -> Rgb8:
    picture = photos[int(rng.integers(len(photos)))]
    side = min(int(rng.integers(96, 257)), *picture.shape[:2])
    return np.ascontiguousarray(_window(picture, side, 1.0, rng))
