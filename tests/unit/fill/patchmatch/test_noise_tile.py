"""Noise made band by band is what it would be at once."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.patchmatch.noise_tile import CELL_PX, NOISE_TILE_PX, NoiseLayer, bands, spread_noise


def layer(cells: tuple[int, int]) -> NoiseLayer:
    rng = np.random.default_rng(1)
    noise_tile = rng.normal(0, 1, (NOISE_TILE_PX, NOISE_TILE_PX, 3)).astype(np.float32)
    return spread_noise(noise_tile, rng.random((*cells, 3)).astype(np.float32), rng)


def at_once(of: NoiseLayer) -> NDArray[np.float32]:
    height, width = (side * CELL_PX for side in of.strength.shape[:2])
    cover = np.empty((height, width, 3), np.float32)
    for row, starts in enumerate(of.starts):
        for column, (y, x) in enumerate(starts):
            piece = cover[row * NOISE_TILE_PX :, column * NOISE_TILE_PX :][:NOISE_TILE_PX, :NOISE_TILE_PX]
            piece[:] = of.repeated[y : y + piece.shape[0], x : x + piece.shape[1]]
    return np.asarray(cover * cv2.resize(of.strength, (width, height)), np.float32)


@pytest.mark.parametrize("cells", [(1, 1), (3, 20), (16, 16), (17, 33), (40, 5)])
def test_bands_make_the_whole(cells: tuple[int, int]) -> None:
    made = layer(cells)
    rows = list(bands(cells[0] * CELL_PX))
    parts = [made.band(number) for number in range(len(rows))]
    assert [len(part) for part in parts] == [part.stop - part.start for part in rows]
    assert (np.concatenate(parts) == at_once(made)).all()


def test_no_piece_is_like_its_neighbour() -> None:
    starts = [start for row in layer((80, 80)).starts for start in row]
    assert len(set(starts)) > len(starts) / 2
    assert all(0 <= place < NOISE_TILE_PX and place % CELL_PX == 0 for start in starts for place in start)
