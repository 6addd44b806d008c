import numpy as np

from cleanplate.patchmatch import nearest


def tiles(height: int, width: int, period: int = 16) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A picture that repeats exactly every `period` px, so every hole pixel has perfect likes."""
    tile = np.random.default_rng(1).integers(0, 256, (period, period, 3)).astype(np.float32)
    return np.tile(tile, (height // period, width // period, 1))


def test_a_repeating_picture_finds_its_exact_likes() -> None:
    rgb = tiles(96, 96)
    hole = np.zeros((96, 96), np.bool_)
    hole[40:56, 40:56] = True
    field = nearest.search(nearest.describe(rgb, 0), hole, ~hole, 0)
    wanted, found = rgb[field.y, field.x], rgb[field.source_y, field.source_x]
    assert np.mean(np.all(wanted == found, axis=1)) > 0.95


def test_only_sources_are_found() -> None:
    rgb = tiles(64, 64)
    hole = np.zeros((64, 64), np.bool_)
    hole[24:40, 24:40] = True
    sources = np.zeros_like(hole)
    sources[:10, :10] = True
    field = nearest.search(nearest.describe(rgb, 0), hole, sources, 0)
    assert sources[field.source_y, field.source_x].all()
    assert len(field.y) == hole.sum()


def test_the_seed_decides() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (48, 48, 3)).astype(np.float32)
    hole = np.zeros((48, 48), np.bool_)
    hole[20:30, 20:30] = True

    def sources_of(seed: int) -> bytes:
        field = nearest.search(nearest.describe(rgb, seed), hole, ~hole, seed)
        return field.source_y.tobytes() + field.source_x.tobytes()

    assert sources_of(7) == sources_of(7)
    assert sources_of(7) != sources_of(8)


def test_a_picture_smaller_than_a_patch_is_described() -> None:
    features = nearest.describe(np.zeros((2, 3, 3), np.float32), 0)
    assert features.shape == (2, 3, nearest.COMPONENTS)
