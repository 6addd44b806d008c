"""What `erase` makes of photographs, with masks drawn by hand and no model pulled."""

from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.gallery.case import Case
from cleanplate.pixels.types import Box, Mask, Pixels


def _polygons(*polygons: str) -> Callable[[Pixels], Mask]:
    """Each is its corners, `x,y x,y ...` in pixels of the picture that the edit gets, as in SVG."""

    def mask(pixels: Pixels) -> Mask:
        flags = np.zeros(pixels.rgb.shape[:2], np.uint8)
        for polygon in polygons:
            corners = [[int(number) for number in corner.split(",")] for corner in polygon.split()]
            cv2.fillPoly(flags, [np.array(corners, np.int32)], 1)
        return Mask(flags > 0)

    return mask


def _spot(x: int, y: int, radius: int = 11) -> str:
    return f"{x - radius},{y} {x},{y - radius} {x + radius},{y} {x},{y + radius}"


PENCIL = "50,85 70,80 345,252 335,265 55,110"
LIGHTER = "305,305 362,305 362,470 305,470"
BIRDS = (
    (132, 65),
    (195, 53),
    (236, 108),
    (161, 140),
    (254, 134),
    (330, 86),
    (119, 184),
    (45, 202),
    (70, 223),
)
SQUIRREL = (
    "200,108 262,106 264,130 285,122 330,135 364,185 345,218 352,240 330,260 280,300 262,330 240,357 212,368 "
    "170,350 135,290 130,235 165,200 195,160"
)
MASTS = ("183,115 212,115 214,378 168,378", "432,112 462,112 472,378 436,378")
SPOON = (
    "400,66 428,62 432,80 410,118 400,118",
    "318,232 345,240 380,205 396,215 402,240 406,300 388,328 345,330 322,305 320,260",
)
PASSERS = (
    "735,355 800,355 800,600 665,600 685,500 700,420",
    "0,310 60,325 110,420 100,500 60,560 50,600 0,600",
)
BLOSSOM = "280,390 330,366 370,368 425,372 455,395 480,427 270,427"

CASES = (
    Case("ocv_stuff.jpg", "the pencil and the lighter", mask=_polygons(PENCIL, LIGHTER)),
    Case("ocv_home.jpg", "the birds", mask=_polygons(*(_spot(x, y) for x, y in BIRDS))),
    Case("ocv_squirrel_cls.jpg", "the squirrel", mask=_polygons(SQUIRREL)),
    Case("rocket.jpg", "two masts", mask=_polygons(*MASTS)),
    Case("coffee.jpg", "the spoon", mask=_polygons(*SPOON)),
    Case("flower.jpg", "the second flower", mask=_polygons(BLOSSOM)),
    Case(
        "ocv_scenetext01.jpg",
        "two passers-by: what lies behind them is nowhere in the picture",
        mask=_polygons(*PASSERS),
        look=Box(0, 240, 800, 600),
    ),
)
