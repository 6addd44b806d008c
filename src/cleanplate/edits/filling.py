"""Fill a hole from its surroundings, crop by crop: what erase is, and others do where no words are given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, TypeAlias

import numpy as np

from cleanplate.engines.base import Engine, FillJob
from cleanplate.engines.catalogue import engine, engines
from cleanplate.errors import BadParameter, EngineFailed, NothingToErase
from cleanplate.imaging import geometry, masks
from cleanplate.imaging.composite import Patch
from cleanplate.imaging.memory import give_back
from cleanplate.imaging.types import Alpha, Box, Hole, Mask, Pixels, Rgb8
from cleanplate.models.base import Model, ModelJob
from cleanplate.models.catalogue import models
from cleanplate.models.play import play
from cleanplate.patchmatch.manner import Manner

DEFAULT_ENGINE = "patchmatch"
SURROUNDINGS = 0.5
"""Known pixels an engine should see, as a share of the hole's; with fewer the crop grows."""
NETWORK_MS = 4000.0
"""About what LaMa takes for a crop on two cores; others are quicker."""
NOTHING = "nothing to erase"
MUCH = 0.8
"""Share of the picture above which a mask was perhaps meant the other way round."""
BESIDE_PX = 8
"""A model makes so many pixels round the hole too, of those it sees: their tone tells how its own is off."""

MakeCrop: TypeAlias = Callable[[Box, Alpha, Callable[[float], None]], Rgb8]
"""(crop, its alpha: what will be taken of what is made, a callback for the share done) -> (crop.height,
crop.width, 3) uint8."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Full-frame flags and the amounts in pixels that every crop shares.

    Attributes:
        hole: what to make, without `keep`.
        keep: never changed.
        barred: never a source.
        dilate_px, feather_px: how far the hole grows, and the width of the soft edge outside that.
    """

    pixels: Pixels
    hole: Hole
    keep: Hole
    barred: Hole
    dilate_px: int
    feather_px: int


def plan(
    pixels: Pixels, mask: Mask, keep: Mask | None, *, dilate_px: int | None = None, feather_px: int = 3
) -> Plan:
    """Turn masks into flags; half painted is painted.

    Args:
        dilate_px: None is 1 % of the longer side, at least 4 px.
    """
    kept = np.zeros((pixels.height, pixels.width), np.bool_) if keep is None else _flags(keep)
    barred = kept.copy()
    if pixels.alpha is not None:
        barred |= pixels.alpha == 0  # what nobody can see is no source: its colour is arbitrary
    if dilate_px is None:
        dilate_px = masks.auto_dilate_px(pixels.width, pixels.height)
    return Plan(pixels, _flags(mask) & ~kept, kept, barred, dilate_px, feather_px)


def planned(
    pixels: Pixels, mask: Mask, keep: Mask | None, *, dilate_px: int | None = None, feather_px: int = 3
) -> Plan:
    """`plan` for a mask that somebody drew: what leaves nothing to do is an error, never a success.

    Raises:
        NothingToErase: no pixel is painted, or `keep` has all that are.
    """
    wanted = plan(pixels, mask, keep, dilate_px=dilate_px, feather_px=feather_px)
    if not wanted.hole.any():
        check_painted(mask)
        raise NothingToErase(f"keep: {NOTHING}, it covers all of the mask")
    return wanted


def check_painted(mask: Mask) -> None:
    """Raises `NothingToErase` for a mask without a painted pixel."""
    if not _flags(mask).any():
        raise NothingToErase(f"mask: {NOTHING}, no pixel of it is painted")


def covers_much(hole: Hole) -> str:
    """A warning about a hole that leaves little of the picture; "" when there is no need of one."""
    share = float(hole.mean())
    if share <= MUCH:
        return ""
    percent = min(round(100 * share), 99)
    return f"the mask covers {percent} % of the picture; if its black was meant, invert it"


def fill(wanted: Plan, engine: Engine, manner: Manner, progress: Callable[[str, float], None]) -> list[Patch]:
    """A patch for each group of holes, from their surroundings; none when nothing is to be made.

    Raises:
        BadParameter: no known pixel to fill from.
        EngineFailed: the engine failed.
    """

    def make(box: Box, alpha: Alpha, report: Callable[[float], None]) -> Rgb8:
        made = alpha > 0
        barred = wanted.barred[box.slices] & ~made
        return engine.fill(FillJob(wanted.pixels.rgb[box.slices], made, barred, manner, report))

    patches = crops(wanted, make, progress, engine.least_px)
    give_back()
    return patches


def filler(name: str) -> Engine:
    """The engine called `name`, or the model of that name that can erase, as one.

    Raises:
        BadParameter: there is neither.
        EngineFailed: it cannot run on this machine.
    """
    if name in engines():
        return engine(name)
    able = {model.name: model for model in models().values() if "erase" in model.roles}
    if name not in able:
        known = ", ".join([*sorted(engines()), *sorted(able)])
        raise BadParameter(f"engine: there is no {name!r}; choose one of {known}")
    model = able[name]
    if why := model.missing():
        raise EngineFailed(f"the model {name} cannot run here: {why}")
    return Engine(
        name=name,
        summary=model.summary,
        missing=model.missing,
        fill=partial(_fill_by, model),
        predict_ms=lambda hole_px, fast: NETWORK_MS + engine(DEFAULT_ENGINE).predict_ms(hole_px, fast),
        least_px=model.side_px,
    )


def model_facts(name: str) -> dict[str, str] | None:
    """What a recipe says of the model that fills under this name; None when it is an engine."""
    return None if name in engines() else models()[name].facts


def _fill_by(model: Model, job: FillJob) -> Rgb8:
    """Structure from the model, tone, grain and, where it sees a crop shrunk, texture from the photo."""
    from cleanplate.patchmatch.fill import fill as fill_patches
    from cleanplate.patchmatch.guess import Guess

    side_px = model.side_px or max(job.hole.shape)
    asked = ModelJob(
        rgb=job.rgb,
        mask=_with_beside(job.hole | job.barred, side_px).astype(np.float32),
        seed=job.manner.seed,
        progress=lambda done: job.progress(done / 2),
    )
    guess = Guess(play("erase", asked, model.name).made, side_px)
    return fill_patches(
        job.rgb, job.hole, job.barred, job.manner, lambda done: job.progress((1 + done) / 2), guess
    )


def _with_beside(closed: Hole, side_px: int) -> Hole:
    """What the model is to make; no more than the hole when otherwise it would see nothing."""
    scale = max(1.0, max(closed.shape) / side_px)
    wider = masks.dilate(closed, ceil(BESIDE_PX * scale))
    return closed if wider.all() else wider


def crops(
    wanted: Plan, make: MakeCrop, progress: Callable[[str, float], None], least_px: int = 0
) -> list[Patch]:
    """Call `make` for each group of holes with its surroundings; the patches cover grown hole and soft edge.

    Args:
        least_px: no side of a crop is below that where the picture has more to show.

    Raises:
        BadParameter: the holes leave no known pixel.
    """
    boxes = geometry.regions(wanted.hole, margin_px=wanted.dilate_px + wanted.feather_px)
    patches = []
    for number, box in enumerate(boxes):
        progress("fill", number / len(boxes))
        least = geometry.at_least(box, least_px, wanted.pixels.width, wanted.pixels.height)
        grown = _with_surroundings(wanted, least)
        alpha = _alpha(wanted, grown)
        made = make(grown, alpha, _part(progress, number, len(boxes)))
        patches.append(Patch(grown, made, alpha))
    progress("fill", 1.0)
    return patches


def _part(progress: Callable[[str, float], None], number: int, count: int) -> Callable[[float], None]:
    """The progress of one crop, as a part of the whole."""
    return lambda done: progress("fill", (number + done) / count)


def boxes_of(patches: Sequence[Patch]) -> list[list[Any]]:
    """The `crops` of a recipe."""
    return [[patch.box.left, patch.box.top, patch.box.right, patch.box.bottom] for patch in patches]


def _flags(mask: Mask) -> Hole:
    return masks.painted(mask.alpha)


def _alpha(wanted: Plan, box: Box) -> Alpha:
    """How much to take of what is made: the grown hole, and the soft edge round it."""
    keep = wanted.keep[box.slices]
    hole = masks.dilate(wanted.hole[box.slices], wanted.dilate_px) & ~keep
    alpha = masks.feather(hole, wanted.feather_px)
    alpha[keep] = 0
    return alpha


def _with_surroundings(wanted: Plan, box: Box) -> Box:
    """Grow the crop until it holds enough known pixels, or is the whole picture."""
    width, height = wanted.pixels.width, wanted.pixels.height
    while True:
        hole = masks.dilate(wanted.hole[box.slices], wanted.dilate_px + wanted.feather_px)
        known = np.count_nonzero(~(hole | wanted.barred[box.slices]))
        if known >= SURROUNDINGS * np.count_nonzero(hole):
            return box
        if box == Box(0, 0, width, height):
            if known == 0:
                raise BadParameter("mask: it covers the whole picture, nothing is left to fill it from")
            return box
        box = geometry.grow(box, max(box.width, box.height) // 2, width, height)
