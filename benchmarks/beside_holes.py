"""A thing taken away from beside another: both pasted into a photograph, so that what lay behind is known.

The things are those of `removals.toml`, cut out of photographs of the same set. Half the time the other one
is of the same kind, mirrored or not. A fill that copies from the other thing makes a second one of it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.holes import Case, Rng, files, read, seeded
from benchmarks.removals import LIST
from cleanplate.pixels import geometry, masks
from cleanplate.pixels.types import Box, Hole, Rgb8

LONGER_SIDE_PX = 700
"""A larger photo is shrunk first."""
THINGS = (
    "shuttle",
    "flower",
    "turret",
    "person",
    "car",
    "squirrel",
    "bird",
    "ladybird",
    "red car",
    "bee",
    "boat",
)
"""Those with an outline of their own, which stand before something else."""
TALL = (0.3, 0.5)
"""Height of the thing, as a share of the picture's; the other one is about as high."""
OTHER_TALL = (0.8, 1.1)
GAP = (0.05, 0.25)
"""Between the two, in widths of the thing; and `LEAST_GAP_PX`."""
LEAST_GAP_PX = 10
LEAST_SEEN = 0.01
"""Share of the crop that the other one takes at least."""
ATTEMPTS = 40
SALT = 400
KINDS: Final[Mapping[str, bool]] = MappingProxyType({"beside its like": True, "beside another": False})
"""Whether the other thing is of the same kind."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A cutout: (H, W, 3), and where in it the thing is."""

    name: str
    rgb: Rgb8
    where: Hole


def cases(photos: Path) -> list[Case]:
    """Both kinds on every photo of the folder, the same on every call.

    None where the two find no room, and none at all in a folder without the photographs of `removals.toml`.

    Raises:
        FileNotFoundError: the folder has no photo.
        ValueError: a file is not a picture.
    """
    things = cutouts(photos)
    return [case for file in files(photos) for case in _of_photo(file, things)]


def cutouts(photos: Path, listed: Path = LIST) -> list[Thing]:
    """The things of the list whose photographs are there."""
    entries = tomllib.loads(listed.read_text("utf-8"))["removals"]
    return [
        _cutout(photos / f"{entry['photo']}.jpg", entry)
        for entry in entries
        if entry["name"] in THINGS and (photos / f"{entry['photo']}.jpg").exists()
    ]


def _cutout(photo: Path, entry: Mapping[str, Any]) -> Thing:
    rgb = read(photo)
    flags = np.zeros(rgb.shape[:2], np.uint8)
    for outline in entry["outlines"]:
        cv2.fillPoly(flags, [np.array(outline, np.int32).reshape(-1, 2)], 1)
    box = geometry.bounds(flags.view(np.bool_))
    if box is None:
        raise AssertionError("an outline without a pixel")
    inner = cv2.erode(
        flags[box.slices], np.ones((3, 3), np.uint8)
    )  # an outline by hand has a little of the ground
    return Thing(f"{photo.stem} {entry['name']}", rgb[box.slices], inner > 0)


def _of_photo(photo: Path, things: list[Thing]) -> list[Case]:
    rgb = read(photo)
    shrink = min(1.0, LONGER_SIDE_PX / max(rgb.shape[:2]))
    if shrink < 1:
        rgb = np.asarray(cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    strange = [thing for thing in things if not thing.name.startswith(f"{photo.stem} ")]
    made = []
    for number, (kind, alike) in enumerate(KINDS.items()):
        rng = seeded(photo, SALT + number)
        tries = (_tried(rgb, strange, rng, alike=alike) for _ in range(ATTEMPTS if strange else 0))
        truth, given, hole = next((found for found in tries if found), (None, None, None))
        if truth is not None and given is not None and hole is not None:
            made.append(Case(f"{photo.stem} {kind}", kind, photo, truth, hole, is_crop=True, given=given))
    return made


def _tried(rgb: Rgb8, things: list[Thing], rng: Rng, *, alike: bool) -> tuple[Rgb8, Rgb8, Hole] | None:
    """The picture with the other thing, with both, and the hole over the first; None where they don't fit."""
    height, width = rgb.shape[:2]
    first = things[rng.integers(len(things))]
    second = first if alike else things[rng.integers(len(things))]
    tall = round(height * rng.uniform(*TALL))
    wide = max(1, round(first.rgb.shape[1] * tall / first.rgb.shape[0]))
    top = round(rng.uniform(0.3, 0.95) * (height - tall))
    left = round(rng.uniform(0.1, 0.6) * max(1, width - wide))
    other_tall = round(tall * rng.uniform(*OTHER_TALL))
    right = left + wide + round(rng.uniform(*GAP) * wide) + LEAST_GAP_PX
    truth, other = pasted(
        rgb, second, other_tall, right, top + tall - other_tall, mirrored=bool(rng.integers(2))
    )
    given, there = pasted(truth, first, tall, left, top)
    hole = masks.dilate(there, masks.auto_dilate_px(width, height))
    if not there.any() or (hole & other).any():
        return None
    box: Box = geometry.regions(hole)[0]
    if other[box.slices].mean() < LEAST_SEEN:
        return None
    return (
        np.ascontiguousarray(truth[box.slices]),
        np.ascontiguousarray(given[box.slices]),
        np.ascontiguousarray(hole[box.slices]),
    )


def pasted(
    rgb: Rgb8, thing: Thing, tall_px: int, left: int, top: int, *, mirrored: bool = False
) -> tuple[Rgb8, Hole]:
    """The picture with the thing in it, and where that is; what lies beyond the picture is cut off."""
    height, width = rgb.shape[:2]
    size = (max(1, round(thing.rgb.shape[1] * tall_px / thing.rgb.shape[0])), tall_px)
    made = cv2.resize(thing.rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(thing.where.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    if mirrored:
        made, alpha = made[:, ::-1], alpha[:, ::-1]
    box = geometry.clip(Box(left, top, left + size[0], top + tall_px), width, height)
    part = geometry.translate(box, -left, -top).slices
    out, where = rgb.copy(), np.zeros((height, width), np.bool_)
    share = alpha[part][..., None]
    out[box.slices] = np.rint(rgb[box.slices] * (1 - share) + made[part] * share)
    where[box.slices] = alpha[part] > 0
    return out, where
