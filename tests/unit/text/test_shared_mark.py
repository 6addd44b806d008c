"""A mark measured from what some pictures show under it, and where it is."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.text.lettering import ground

from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.text import shared_mark
from cleanplate.text.mark_location import mark_boxes
from cleanplate.text.opacity_field import integrated, opacity_field
from cleanplate.text.shared_mark import explained_by, explained_gain, measure_mark
from cleanplate.text.watermark import unblend

SIDE = 96
WHITE, BLUE, YELLOW = (255.0, 255.0, 255.0), (30.0, 90.0, 220.0), (250.0, 190.0, 20.0)


def disc(strength: float, radius: int = 30, side: int = SIDE) -> Alpha:
    flags = np.zeros((side, side), np.float32)
    cv2.circle(flags, (side // 2, side // 2), radius, strength, -1)
    return np.asarray(cv2.GaussianBlur(flags, (0, 0), 0.8), np.float32)


def photos(count: int, side: int = SIDE, things: int = 6) -> list[Rgb8]:
    """Pictures of several brightnesses, each with edges of its own."""
    made = []
    for seed in range(count):
        rgb = (ground(side, side, seed) * (0.3 + 0.7 * ((seed * 5) % count) / count)).astype(np.uint8)
        random = np.random.default_rng(seed)
        for _ in range(things):
            corner, far = random.integers(0, side, 2), random.integers(4, 30, 2)
            colour = tuple(int(level) for level in random.integers(0, 255, 3))
            cv2.rectangle(rgb, tuple(corner.tolist()), tuple((corner + far).tolist()), colour, -1)
        made.append(rgb)
    return made


def marked(photo: Rgb8, alpha: Alpha, colour: NDArray[np.float32] | tuple[float, float, float]) -> Rgb8:
    mixed = (1 - alpha[..., None]) * photo + alpha[..., None] * np.array(colour)
    return np.asarray(np.rint(mixed), np.uint8)


def off(picture: Rgb8, photo: Rgb8, alpha: Alpha) -> float:
    """Root mean square error under the mark."""
    under = alpha > 0.02
    return float(np.sqrt(((picture[under].astype(float) - photo[under]) ** 2).mean()))


@pytest.mark.parametrize("count", [3, 8])
@pytest.mark.parametrize("colour", [WHITE, BLUE, YELLOW, (0.0, 0.0, 0.0)])
def test_strength_and_colour_come_out_of_a_few_pictures(
    count: int, colour: tuple[float, float, float]
) -> None:
    alpha, before = disc(0.5), photos(count)
    copies = [marked(photo, alpha, colour) for photo in before]
    mark = measure_mark(copies)
    assert mark is not None
    core = alpha > 0.49
    assert float(np.median(mark.alpha[core])) == pytest.approx(0.5, abs=0.04)
    assert np.median(mark.colour[core], axis=0) == pytest.approx(colour, abs=12)
    assert not mark.alpha[:6].any()
    for copy, photo in zip(copies, before, strict=True):
        assert off(unblend(copy, mark).rgb, photo, alpha) < 0.15 * off(copy, photo, alpha)


def test_a_part_of_another_colour_comes_off_too() -> None:
    alpha, before = disc(0.5, 36), photos(8, things=2)
    inner = np.zeros((SIDE, SIDE, 1), np.float32)
    cv2.circle(inner, (SIDE // 2, SIDE // 2), 14, 1, -1)
    colour = (1 - inner) * np.array(YELLOW, np.float32) + inner * np.array(BLUE, np.float32)
    copies = [marked(photo, alpha, colour) for photo in before]
    mark = measure_mark(copies)
    assert mark is not None
    assert mark.colour[SIDE // 2, SIDE // 2] == pytest.approx(BLUE, abs=20)
    assert mark.colour[SIDE // 2, SIDE // 2 + 25] == pytest.approx(YELLOW, abs=20)
    worse = [
        off(unblend(copy, mark).rgb, photo, alpha) / off(copy, photo, alpha)
        for copy, photo in zip(copies, before, strict=True)
    ]
    assert np.mean(worse) < 0.2


def test_a_weak_ring_round_an_opaque_part_is_of_the_mark() -> None:
    ring = np.zeros((160, 160), np.float32)
    cv2.circle(ring, (80, 80), 60, 0.4, 9)
    alpha = np.maximum(cv2.GaussianBlur(ring, (0, 0), 0.8), disc(1.0, 34, 160))
    before = photos(8, 160)
    copies = [marked(photo, alpha, WHITE) for photo in before]
    mark = measure_mark(copies)
    assert mark is not None
    assert mark.alpha[80, 80] > 0.9
    assert float(np.median(mark.alpha[ring > 0.39])) == pytest.approx(0.4, abs=0.05)


def test_pictures_without_a_mark_have_none() -> None:
    assert explained_gain(photos(3)) < 8000
    assert explained_gain(photos(8)) < 3000
    assert explained_gain([marked(photo, disc(0.5), WHITE) for photo in photos(8)]) > 20_000


def test_what_is_known_is_not_searched_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    copies = [marked(photo, disc(0.5), WHITE) for photo in photos(6)]
    known, anew = explained_by(copies), measure_mark(copies)
    monkeypatch.setattr(shared_mark, "_search", None)
    again = measure_mark(copies, known)
    assert anew is not None
    assert again is not None
    assert (again.alpha == anew.alpha).all()
    assert (again.colour == anew.colour).all()


def test_the_field_says_the_log_of_how_much_is_hidden() -> None:
    alpha = disc(0.6)
    stack = np.stack([marked(photo, alpha, WHITE) for photo in photos(8)]).astype(np.float32)
    field = opacity_field(stack, np.array(WHITE, np.float32))
    assert field[SIDE // 2, SIDE // 2] == pytest.approx(-np.log(0.4), abs=0.06)
    assert abs(field[4:12, 4:12]).max() < 0.1
    assert field[48, 48 + 30] < field[48, 48 + 20]


def test_differences_come_together_to_the_plane() -> None:
    rows, columns = np.mgrid[0:40, 0:50]
    plane = np.exp(-((rows - 20) ** 2 + (columns - 25) ** 2) / 40.0)
    right, down = np.diff(plane, axis=1), np.diff(plane, axis=0)
    found = integrated(right, down, np.ones_like(right), np.ones_like(down))
    assert found == pytest.approx(plane, abs=0.01)


def test_the_place_is_where_all_have_the_same_edges() -> None:
    side, alpha = 300, np.zeros((300, 300), np.float32)
    alpha[180:276, 190:286] = disc(0.5)
    boxes = mark_boxes([marked(photo, alpha, WHITE) for photo in photos(10, side)])
    assert len(boxes) == 1
    box = boxes[0]
    assert (box.left, box.top) == pytest.approx((208, 198), abs=6)
    assert (box.right, box.bottom) == pytest.approx((269, 259), abs=6)
    assert mark_boxes([np.full((80, 80, 3), level, np.uint8) for level in range(0, 200, 20)]) == []
