"""A mask and what belongs to the things that it covers, their shadows and reflections; and a report of it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cleanplate.analysis.effects import find_effects
from cleanplate.pixels.geometry import bounds
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8

MOST_THINGS = 8
"""Things of one mask that are looked at, the largest first: each takes a moment."""
ONE_THING = 0.01
"""Parts of a mask that are nearer to each other, in the picture's longer side, are one thing."""
NOTHING_CLEAR = "effects: no shadow and no reflection was clear enough; the mask was left as it was"


@dataclass(frozen=True, slots=True)
class Widened:
    """What was masked, and more.

    Attributes:
        flags: (H, W), True = masked, or found to belong to it.
        facts: for recipes: of each shadow and reflection its `kind`, its `box` ([left, top, right, bottom])
            and its `px`, the pixels that it adds to the mask.
        warning: a sentence about what was added, or that nothing was.
    """

    flags: Hole
    facts: list[dict[str, Any]]
    warning: str


def with_effects(rgb: Rgb8, masked: Hole, keep: Hole | None = None) -> Widened:
    """The mask with the shadows and the reflections of what it covers, as far as they are clear.

    Args:
        rgb: (H, W, 3).
        masked: (H, W), True = covered by the mask.
        keep: (H, W), True = is not added.
    """
    flags = masked.copy()
    taken = masked if keep is None else masked | keep
    facts = []
    for thing in _things(masked):
        found = find_effects(rgb, thing, masked & ~thing)
        for kind, part in (("shadow", found.shadow), ("reflection", found.reflection)):
            added = part & ~taken
            box = bounds(added)
            if box is not None:
                px = int(np.count_nonzero(added))
                facts.append({"kind": kind, "box": list(box.edges), "px": px})
                flags |= added
                taken = taken | added
    return Widened(flags, facts, _sentence(facts, int(np.count_nonzero(masked))))


def _things(masked: Hole) -> list[Hole]:
    """The parts of the mask, the largest first."""
    joined = dilate(masked, round(ONE_THING * max(masked.shape) / 2))
    count, labels = cv2.connectedComponents(joined.view(np.uint8), connectivity=8)
    sizes = np.bincount(np.asarray(labels)[masked], minlength=count)
    largest = np.argsort(-sizes[1:], kind="stable")[:MOST_THINGS] + 1
    return [masked & (labels == number) for number in largest]


def _sentence(facts: list[dict[str, Any]], masked_px: int) -> str:
    if not facts:
        return NOTHING_CLEAR
    px = sum(part["px"] for part in facts)
    counts = {kind: sum(part["kind"] == kind for part in facts) for kind in ("shadow", "reflection")}
    words = [f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items() if count]
    percent = max(round(100 * px / masked_px), 1)
    return f"effects: {' and '.join(words)} went too, {px} px, {percent} % of the mask"
