import numpy as np
import pytest

from cleanplate.pixels.letterbox import letterbox
from cleanplate.pixels.types import Hole, Rgb8


def picture(height: int, width: int) -> tuple[Rgb8, Hole]:
    """A ramp in both directions, with a hole at the upper left quarter's end."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(50, 250, width)[None]
    rgb[..., 1] = np.linspace(50, 250, height)[:, None]
    hole = np.zeros((height, width), np.bool_)
    hole[: height // 4 + 1, : width // 4 + 1] = True
    return rgb, hole


@pytest.mark.parametrize(
    ("height", "width", "seen"),
    [(100, 80, (512, 512)), (512, 512, (512, 512)), (2000, 900, (512, 512)), (1, 1, (512, 512))],
)
def test_a_network_sees_its_own_size(height: int, width: int, seen: tuple[int, int]) -> None:
    rgb, hole = picture(height, width)
    frame = letterbox(rgb, hole, most_px=512, least_px=512)
    assert frame.rgb.shape == (*seen, 3)
    assert frame.hole.shape == seen
    assert frame.size == (height, width)
    assert not frame.rgb[frame.hole].any()


def test_nothing_is_mirrored_that_is_large_enough() -> None:
    rgb, hole = picture(300, 700)
    frame = letterbox(rgb, hole, most_px=1000, least_px=200)
    assert frame.rgb.shape == rgb.shape
    assert (frame.back(frame.rgb)[~hole] == rgb[~hole]).all()


def test_a_small_picture_is_not_scaled() -> None:
    rgb, hole = picture(60, 90)
    frame = letterbox(rgb, hole, most_px=512, least_px=512)
    assert (frame.rgb[:60, :90][~hole] == rgb[~hole]).all()
    assert (frame.rgb[60:120, :90] == frame.rgb[:60, :90][::-1]).all()
    assert (frame.hole[:60, 90:180] == frame.hole[:60, :90][:, ::-1]).all()


def test_a_large_picture_keeps_its_proportions_and_comes_back() -> None:
    rgb, hole = picture(1600, 800)
    frame = letterbox(rgb, hole, most_px=400, least_px=64)
    assert frame.inner == (400, 200)
    back = frame.back(frame.rgb)
    assert back.shape == rgb.shape
    inside = np.s_[420:1590, 220:790]
    assert np.abs(back[inside].astype(int) - rgb[inside]).max() <= 3


def test_a_pixel_that_is_partly_hole_is_hole_and_knows_nothing_of_it() -> None:
    rgb, _ = picture(400, 400)
    hole = np.zeros((400, 400), np.bool_)
    hole[101, 101] = True
    found = []
    for under in (0, 255):
        rgb[hole] = under
        found.append(letterbox(rgb, hole, most_px=100, least_px=1))
    assert (found[0].rgb == found[1].rgb).all()
    assert found[0].hole[25, 25]
    assert np.count_nonzero(found[0].hole) == 1
