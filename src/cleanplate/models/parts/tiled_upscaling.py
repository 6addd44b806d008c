"""What the networks that enlarge share: tiles, side by side on all cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.memory import give_back
from cleanplate.models.jobs import ModelJob
from cleanplate.pixels.masks import thicken
from cleanplate.pixels.tiles import Tile, scaled, tiles
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.ncnn_runtime import Net, net
from cleanplate.runtime.threads import cores
from cleanplate.weights.files import WeightFile, path_of

_LEAST, _MOST = -0.5, 1.5
"""What networks make of photographs stays between -0.2 and 1.2. At hard edges of drawings and codes some
lose hold: they make hundreds of it, and noise of everything near."""
_CONTRAST = np.float32(0.5)
"""With so much of the contrast they keep hold, nearly always."""
_OTHER = 64
"""Levels by which no enlarged picture, shrunk again, may differ from what it was made of."""
_AROUND_PX, _SOFT_PX = 7, 7
"""Of the picture: how far the noise goes, and the edge of what is put in its place."""

Finish: TypeAlias = Callable[[Rgb8, Rgb8], Rgb8]
"""From a tile (h, w, 3) and what the network made of it, to (h * factor, w * factor, 3)."""


@dataclass(frozen=True, slots=True)
class Enlarger:
    """A network in ncnn's format: RGB 0..1 planes in, the same out, larger.

    Attributes:
        model: name of the card that has the files.
        weights, graph: its files.
        names: of its input and output.
        side_px: of a tile, without the margin.
        margin_px: what a tile sees more on each side; nothing beyond it moves a pixel by more than one level.
        loaded_bytes: what the network takes.
        tile_bytes: what one tile takes while it is worked on.
        most_at_once: tiles, however many cores there are.
    """

    model: str
    weights: WeightFile
    graph: WeightFile
    names: tuple[str, str]
    side_px: int
    margin_px: int
    loaded_bytes: int
    tile_bytes: int
    most_at_once: int = 8

    @property
    def at_once(self) -> int:
        """Tiles that are worked on at the same time."""
        return min(cores(), self.most_at_once)

    @property
    def memory_bytes(self) -> int:
        """Network and work space; the picture and the result come on top."""
        return self.loaded_bytes + self.at_once * self.tile_bytes

    def run(self, job: ModelJob, factor: int, finish: Finish) -> Rgb8:
        """Make (H * factor, W * factor, 3) from the job's picture, tile by tile; progress after each.

        Raises:
            EngineFailed: the network cannot be loaded, or refused a tile.
        """
        height, width = job.rgb.shape[:2]
        out = np.empty((height * factor, width * factor, 3), np.uint8)
        parts = tiles(width, height, self.side_px, self.margin_px)
        graph, weights = (path_of(self.model, file, job.runtime) for file in (self.graph, self.weights))
        job.progress(0.0)
        with (
            net(graph, weights, self.model, self.memory_bytes, self.names, job.runtime) as loaded,
            ThreadPoolExecutor(self.at_once) as workers,
        ):

            def work(tile: Tile) -> None:
                seen = np.ascontiguousarray(job.rgb[tile.seen.slices])
                made = finish(seen, _enlarge_tile(loaded, seen))
                out[scaled(tile.kept, factor).slices] = made[scaled(tile.within, factor).slices]

            # When progress raises, the tiles that have not begun are dropped with the iterator.
            for done, _ in enumerate(workers.map(work, parts), 1):
                job.progress(done / len(parts))
        give_back()
        return out


def _enlarge_tile(loaded: Net, seen: Rgb8) -> Rgb8:
    planes = seen.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    made = loaded.run(planes)
    astray = np.logical_not((made >= _LEAST) & (made <= _MOST))  # also what is no number
    if not astray.any():
        return _to_bytes(made)
    flat = np.float32(0.5)
    calmer = (loaded.run((planes - flat) * _CONTRAST + flat) - flat) / _CONTRAST + flat
    return _replace_near(_to_bytes(made), _true_to(seen, _to_bytes(calmer)), _whole_pixels(astray, seen))


def _to_bytes(made: NDArray[np.float32]) -> Rgb8:
    np.multiply(made, 255, out=made)
    return np.ascontiguousarray(
        np.clip(np.rint(made, out=made), 0, 255, out=made).astype(np.uint8).transpose(1, 2, 0)
    )


def _whole_pixels(astray: NDArray[np.bool_], seen: Rgb8) -> Hole:
    """(h, w), True for pixels of the picture of which something is `astray`, (3, H, W)."""
    height, width = seen.shape[:2]
    return np.asarray(astray.reshape(3, height, astray.shape[1] // height, width, -1).any((0, 2, 4)))


def _true_to(seen: Rgb8, made: Rgb8) -> Rgb8:
    """`made`, and the picture resized where that is something else than the picture."""
    small = cv2.resize(made, seen.shape[1::-1], interpolation=cv2.INTER_AREA)
    other = np.asarray((cv2.absdiff(small, seen) > _OTHER).any(2), np.bool_)
    resized_only = cv2.resize(seen, made.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return _replace_near(made, np.asarray(resized_only, np.uint8), other)


def _replace_near(made: Rgb8, better: Rgb8, where: Hole) -> Rgb8:
    """`better` at and round these pixels of the picture, with a soft edge."""
    near = cv2.blur(thicken(where, _AROUND_PX).astype(np.float32), (_SOFT_PX, _SOFT_PX))
    share = cv2.resize(near, made.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
    return np.asarray(np.rint(made + (better - made.astype(np.float32)) * share), np.uint8)


def shrink_to(factor: int) -> Finish:
    """Shrinks what a network made too large; each pixel is the mean of the area that it covers."""

    def finish(seen: Rgb8, made: Rgb8) -> Rgb8:
        size = (seen.shape[1] * factor, seen.shape[0] * factor)
        if made.shape[1::-1] == size:
            return made
        return cast(NDArray[np.uint8], cv2.resize(made, size, interpolation=cv2.INTER_AREA))

    return finish
