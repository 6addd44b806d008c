"""Upscale: clean pictures up to 4 times, bad JPEGs, and factor 1."""

from functools import partial

from benchmarks.gallery.case import Case
from benchmarks.upscale import compressed, shrunk
from cleanplate.pixels.types import Box, Rgb8


def _compressed(rgb: Rgb8, quality: int) -> Rgb8:
    return compressed(rgb, quality).rgb


def _shrunk(rgb: Rgb8, factor: int, quality: int = 0) -> Rgb8:
    small = shrunk(rgb, factor)
    return _compressed(small, quality) if quality else small


CASES = (
    Case(
        photo="coffee.jpg",
        caption="factor 4",
        parameters={"factor": 4},
        spoil=partial(_shrunk, factor=4),
        look=Box(40, 20, 520, 340),
    ),
    Case(
        photo="ocv_scenetext03.jpg",
        caption="factor 3",
        parameters={"factor": 3},
        spoil=partial(_shrunk, factor=3),
        look=Box(260, 330, 740, 650),
    ),
    Case(
        photo="astronaut.jpg",
        caption="factor 2",
        parameters={"factor": 2},
        spoil=partial(_shrunk, factor=2),
        look=Box(20, 0, 500, 320),
    ),
    Case(
        photo="ocv_scenetext01.jpg",
        caption="factor 2, from what was a JPEG of quality 30",
        parameters={"factor": 2},
        spoil=partial(_shrunk, factor=2, quality=30),
        look=Box(150, 60, 630, 380),
    ),
    Case(
        photo="chelsea_cat.jpg",
        caption="factor 1, from what was a JPEG of quality 20",
        parameters={"factor": 1},
        spoil=partial(_compressed, quality=20),
    ),
)
