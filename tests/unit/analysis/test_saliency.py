"""What a picture shows: the thing that stands out, all of it and little else."""

import numpy as np
import pytest

from cleanplate.analysis.saliency import saliency, subjects
from cleanplate.pixels.types import Hole, Rgb8

HEIGHT, WIDTH = 240, 320


def scene(colour: tuple[int, int, int] = (210, 60, 40)) -> tuple[Rgb8, Hole]:
    """A disc before grass, and where it is."""
    rng = np.random.default_rng(0)
    rgb = np.clip(np.array([70, 120, 60]) + rng.normal(0, 12, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = np.asarray((y - 130) ** 2 + (x - 150) ** 2 < 45**2, np.bool_)
    rgb[disc] = colour
    return rgb, disc


def covered(found: list[Hole]) -> Hole:
    return np.asarray(np.any(found, axis=0), np.bool_)


def test_the_thing_is_found() -> None:
    rgb, disc = scene()
    found = covered(subjects(rgb))
    assert found.shape == disc.shape
    assert np.count_nonzero(found & disc) > 0.95 * np.count_nonzero(disc)
    assert np.count_nonzero(found & ~disc) < 0.15 * np.count_nonzero(disc)


def test_the_same_every_time() -> None:
    rgb, _ = scene()
    assert (covered(subjects(rgb)) == covered(subjects(rgb))).all()


def test_saliency_is_a_share() -> None:
    rgb, disc = scene()
    found = saliency(rgb)
    assert found.dtype == np.float32
    assert (found.min() >= 0, found.max()) == (True, 1)
    assert found[disc].mean() > 4 * found[~disc].mean()


def test_a_face_brings_its_hair_along() -> None:
    """A suit stands out, a head above it does not: its skin alone tells."""
    rgb = np.full((HEIGHT, WIDTH, 3), (150, 150, 155), np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    suit = (y > 110) & (abs(x - 160) < 55)
    head = (y - 80) ** 2 + (x - 160) ** 2 < 30**2
    rgb[suit], rgb[head] = (230, 90, 20), (205, 150, 125)
    hair = (y - 80) ** 2 + (x - 160) ** 2 < 38**2
    found = covered(subjects(rgb))
    assert found[head].all()
    assert found[hair].mean() > 0.95
    assert not found[:, :60].any()
    assert not found[:10].any()


@pytest.mark.parametrize("shape", [(HEIGHT, WIDTH), (4, 400), (1, 1), (17, 16)])
def test_one_colour_has_no_subject(shape: tuple[int, int]) -> None:
    assert subjects(np.full((*shape, 3), 90, np.uint8)) == []


def test_a_bright_sky_lies_behind() -> None:
    """It stands out from a dark street, and a kite stands out from it."""
    rng = np.random.default_rng(0)
    rgb = np.clip(np.array([70, 60, 50]) + rng.normal(0, 14, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    sky = np.asarray((y < 130) & (abs(x - 160) < 110), np.bool_)
    rgb[sky] = (215, 220, 228)
    found = subjects(rgb)
    assert not found or covered(found)[sky].mean() < 0.1
    kite = np.asarray((y - 80) ** 2 + (x - 160) ** 2 < 22**2, np.bool_)
    rgb[kite] = (200, 30, 30)
    assert covered(subjects(rgb))[kite].mean() > 0.8
