"""What the networks that enlarge share: tiles, side by side on all cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.engines.ncnn_runtime import Net, net
from cleanplate.engines.weights import WeightFile, located
from cleanplate.imaging.memory import give_back
from cleanplate.imaging.tiles import Tile, scaled, tiles
from cleanplate.imaging.types import Rgb8
from cleanplate.models.base import ModelJob
from cleanplate.patchmatch.threads import cores

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
        files = located(self.model, self.graph), located(self.model, self.weights)
        job.progress(0.0)
        with (
            net(*files, self.memory_bytes, self.names) as loaded,
            ThreadPoolExecutor(self.at_once) as workers,
        ):

            def work(tile: Tile) -> None:
                seen = np.ascontiguousarray(job.rgb[tile.seen.slices])
                made = finish(seen, _made(loaded, seen))
                out[scaled(tile.kept, factor).slices] = made[scaled(tile.within, factor).slices]

            # When progress raises, the tiles that have not begun are dropped with the iterator.
            for done, _ in enumerate(workers.map(work, parts), 1):
                job.progress(done / len(parts))
        give_back()
        return out


def _made(loaded: Net, seen: Rgb8) -> Rgb8:
    planes = seen.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    made = loaded.run(planes)
    np.multiply(made, 255, out=made)
    return np.ascontiguousarray(
        np.clip(np.rint(made, out=made), 0, 255, out=made).astype(np.uint8).transpose(1, 2, 0)
    )


def resized(factor: int) -> Finish:
    """Shrinks what a network made too large; each pixel is the mean of the area that it covers."""

    def finish(seen: Rgb8, made: Rgb8) -> Rgb8:
        size = (seen.shape[1] * factor, seen.shape[0] * factor)
        if made.shape[1::-1] == size:
            return made
        return cast(NDArray[np.uint8], cv2.resize(made, size, interpolation=cv2.INTER_AREA))

    return finish
