"""Nearest-neighbour field in numpy: for every hole pixel, the known pixel whose patch looks most alike.

C. Barnes et al., "PatchMatch", SIGGRAPH 2009, with two changes that suit arrays: patches are compared by a
few principal components instead of all their pixels, and propagation jumps (8, 4, 2, 1 px) instead of
scanning, so that each step is one array operation over all hole pixels.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.imaging.types import Hole

Indices: TypeAlias = NDArray[np.int32]
Features: TypeAlias = NDArray[np.float32]

PATCH_RADIUS_PX = 3
COMPONENTS = 12
SAMPLES = 4000
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Field:
    """Where each hole pixel finds its like: `y`, `x` (N,) of the hole pixels, `source_y`, `source_x` (N,)."""

    y: Indices
    x: Indices
    source_y: Indices
    source_x: Indices


def describe(rgb: NDArray[np.float32], seed: int) -> Features:
    """Principal components of every pixel's 7 x 7 patch.

    Args:
        rgb: (H, W, 3) float32.

    Returns:
        (H, W, 12) float32.
    """
    height, width = rgb.shape[:2]
    span = 2 * PATCH_RADIUS_PX + 1
    padded = cv2.copyMakeBorder(
        rgb,
        *(PATCH_RADIUS_PX,) * 4,
        cv2.BORDER_REFLECT_101 if min(height, width) > span else cv2.BORDER_REPLICATE,
    )
    random = np.random.default_rng(seed)
    rows, columns = random.integers(0, height, SAMPLES), random.integers(0, width, SAMPLES)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (span, span), axis=(0, 1))
    samples = windows[rows, columns].reshape(SAMPLES, -1)  # (samples, 3 * span * span), channel first
    _, axes = np.linalg.eigh(np.cov(samples, rowvar=False))  # columns, the smallest spread first
    kernels = axes.T[: -COMPONENTS - 1 : -1].reshape(-1, 3, span, span).astype(np.float32)
    planes = cv2.split(rgb)
    features = np.empty((height, width, len(kernels)), np.float32)
    for i, kernel in enumerate(kernels):
        features[..., i] = sum(
            cv2.filter2D(p, -1, k, borderType=cv2.BORDER_REFLECT_101)
            for p, k in zip(planes, kernel, strict=True)
        )
    return features


def search(features: Features, hole: Hole, sources: Hole, seed: int) -> Field:
    """Find a source for every hole pixel.

    Args:
        features: (H, W, C) from `describe`.
        hole: (H, W), pixels that need a source.
        sources: (H, W), pixels that may be one; at least one is True.
    """
    return _Search(features, hole, sources, seed).run()


class _Search:
    def __init__(self, features: Features, hole: Hole, sources: Hole, seed: int) -> None:
        self.height, self.width = hole.shape
        self.features = features
        self.sources = sources
        self.random = np.random.default_rng(seed)
        self.y, self.x = (axis.astype(np.int32) for axis in np.nonzero(hole))
        self.wanted = features[self.y, self.x]
        self.order = np.full(hole.shape, -1, np.int32)  # hole pixel -> its place in the lists
        self.order[self.y, self.x] = np.arange(len(self.y), dtype=np.int32)
        source_y, source_x = np.nonzero(sources)
        pick = self.random.integers(0, len(source_y), len(self.y))
        self.best_y, self.best_x = source_y[pick].astype(np.int32), source_x[pick].astype(np.int32)
        self.cost = self._distance(self.best_y, self.best_x)

    def run(self) -> Field:
        for _ in range(ROUNDS):
            self._propagate()
            self._scatter()
        return Field(self.y, self.x, self.best_y, self.best_x)

    def _distance(self, y: Indices, x: Indices) -> NDArray[np.float32]:
        gap = self.features[y, x] - self.wanted
        return np.asarray(np.einsum("ij,ij->i", gap, gap), np.float32)

    def _try(self, y: Indices, x: Indices) -> None:
        """Take each candidate that lies inside, is a source and is nearer."""
        inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
        y, x = np.where(inside, y, self.best_y), np.where(inside, x, self.best_x)
        cost = np.where(self.sources[y, x], self._distance(y, x), np.inf)
        nearer = cost < self.cost
        self.best_y, self.best_x = np.where(nearer, y, self.best_y), np.where(nearer, x, self.best_x)
        self.cost = np.where(nearer, cost, self.cost).astype(np.float32)

    def _propagate(self) -> None:
        for step in (8, 4, 2, 1):
            for dy, dx in ((0, step), (0, -step), (step, 0), (-step, 0)):
                ny = np.clip(self.y + dy, 0, self.height - 1)
                nx = np.clip(self.x + dx, 0, self.width - 1)
                neighbour = self.order[ny, nx]
                neighbour = np.where(neighbour < 0, np.arange(len(self.y), dtype=np.int32), neighbour)
                self._try(
                    self.best_y[neighbour] + self.y - self.y[neighbour],
                    self.best_x[neighbour] + self.x - self.x[neighbour],
                )

    def _scatter(self) -> None:
        radius = max(self.height, self.width) // 2
        while radius >= 1:
            shift = self.random.integers(-radius, radius + 1, (2, len(self.y)), dtype=np.int32)
            self._try(self.best_y + shift[0], self.best_x + shift[1])
            radius //= 2
