"""Holes to learn from."""

import numpy as np
import pytest

from training.holes import KINDS, LEAST_SHARE, MOST_SHARE, hole


@pytest.mark.parametrize("size", [(64, 64), (40, 64), (64, 48)])
def test_a_hole_covers_some_and_leaves_some(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    for _ in range(60):
        flags = hole(*size, rng)
        assert flags.shape == size
        assert set(np.unique(flags)) == {0, 1}
        assert LEAST_SHARE < flags.mean() < MOST_SHARE


def test_the_same_seed_draws_the_same_holes() -> None:
    first, second = (np.random.default_rng(5) for _ in range(2))
    assert all(np.array_equal(hole(64, 64, first), hole(64, 64, second)) for _ in range(20))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_draws(kind: str) -> None:
    rng = np.random.default_rng(2)
    drawn = []
    for _ in range(20):
        flags = np.zeros((64, 64), np.uint8)
        KINDS[kind][1](flags, rng)
        drawn.append(flags.mean())
    assert np.median(drawn) > 0.03


def test_all_kinds_together_are_all() -> None:
    assert sum(share for share, _ in KINDS.values()) == pytest.approx(1)
