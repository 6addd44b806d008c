"""Holes across straight edges: a building's ledge, a roof, a shelf, a road sign, chosen by looking."""

from pathlib import Path

import cv2
import numpy as np

from benchmarks.holes import PHOTOS, Case, read
from benchmarks.metrics import Segment
from cleanplate.pixels.types import Hole

LINES: dict[str, tuple[str, Segment]] = {
    "building ledge": ("ocv_building", (310.6, 327.7, 467.8, 278.5)),
    "building corner": ("ocv_building", (153.0, 180.0, 150.7, 345.0)),
    "building canopy": ("ocv_building", (529.2, 351.8, 729.7, 318.5)),
    "lawn": ("ocv_building", (200.0, 531.5, 379.9, 541.7)),
    "cornice": ("ocv_home", (118.7, 332.9, 273.6, 224.8)),
    "tower ledge": ("ocv_home", (356.7, 167.5, 461.7, 97.5)),
    "wall base": ("ocv_home", (350.2, 250.5, 499.4, 171.6)),
    "roof ridge": ("ocv_leuvena", (545.1, 82.5, 685.4, 94.3)),
    "gable": ("ocv_leuvena", (128.0, 46.3, 201.4, 157.2)),
    "gutter": ("ocv_leuvena", (585.0, 206.8, 745.0, 212.0)),
    "terrace": ("china", (110.0, 237.8, 314.9, 232.5)),
    "rocket": ("rocket", (314.2, 200.0, 312.2, 360.0)),
    "tower rail": ("rocket", (88.2, 30.1, 79.2, 320.0)),
    "shelf": ("motorcycle", (344.6, 103.7, 494.6, 110.5)),
    "low shelf": ("motorcycle", (570.9, 270.0, 690.7, 280.3)),
    "pole": ("ocv_scenetext01", (400.5, 290.0, 394.0, 540.0)),
    "sign top": ("ocv_scenetext02", (338.7, 490.4, 938.9, 562.2)),
    "sign side": ("ocv_scenetext02", (975.0, 600.4, 989.5, 900.6)),
    "beam": ("ocv_scenetext03", (30.0, 144.2, 640.0, 142.0)),
    "awning": ("ocv_scenetext03", (825.8, 321.5, 986.7, 141.4)),
}
"""Photo and edge, in pixels of the photo; the hole lies over the middle of the edge."""
HALF_ALONG = 0.25
"""Half of what the hole takes of the edge, as a share of its length, within `HALF_PX`."""
HALF_PX = (22, 56)
ACROSS = 1.3
"""The hole's extent across the edge over that along it."""


def cases(photos: Path = PHOTOS) -> list[Case]:
    """One case for each line whose photo is in the folder."""
    found = ((name, photos / f"{photo}.jpg", line) for name, (photo, line) in LINES.items())
    return [_case(name, photo, line) for name, photo, line in found if photo.exists()]


def _case(name: str, photo: Path, line: Segment) -> Case:
    rgb = read(photo)
    return Case(f"{photo.stem} {name}", "straight", photo, rgb, _across(rgb.shape[:2], line), line)


def _across(shape: tuple[int, ...], line: Segment) -> Hole:
    """An ellipse over the middle of the line."""
    start, end = np.array(line[:2]), np.array(line[2:])
    along = end - start
    half = float(np.clip(HALF_ALONG * np.hypot(*along), *HALF_PX))
    flags = np.zeros(shape, np.uint8)
    middle = (start + end) / 2
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    axes = (round(half), round(ACROSS * half))
    cv2.ellipse(flags, (round(middle[0]), round(middle[1])), axes, angle, 0, 360, 1, -1)
    return flags.view(np.bool_)
