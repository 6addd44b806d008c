"""What goes with a thing when it goes: the shadow that it casts, and its reflection."""

from dataclasses import dataclass

import numpy as np

from cleanplate.analysis.cast_shadows import find_cast_shadow
from cleanplate.analysis.reflections import find_reflection
from cleanplate.analysis.surroundings import Surroundings, surroundings_of
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8

EDGE_PX = 2
"""What a shadow's or a reflection's soft edge is wider than what was found, at the size for looking."""
SLIT_PX = 3
"""Between a thing's mask and its shadow nothing is left that is narrower."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What belongs to a thing and lies outside of it.

    Attributes:
        shadow: (H, W), True = its shadow; none where there is none, or no clear one.
        reflection: (H, W), True = its reflection, without what is shadow.
    """

    shadow: Hole
    reflection: Hole


def find_effects(rgb: Rgb8, thing: Hole, other: Hole | None = None) -> Effects:
    """The shadow and the reflection of a thing, as far as the picture shows them clearly.

    Args:
        rgb: (H, W, 3).
        thing: (H, W), True = it; one thing. Several that stand together are one.
        other: (H, W), True = something that is neither it nor ground.
    """
    scene = surroundings_of(rgb, thing, other)
    if scene is None:
        return Effects(np.zeros_like(thing), np.zeros_like(thing))
    reflection = _finished(scene, find_reflection(scene), thing)
    # a reflection is darker than the ground, too: only one of the two is looked for where it lies
    shadow = np.zeros_like(thing) if reflection.any() else _finished(scene, find_cast_shadow(scene), thing)
    return Effects(shadow, reflection)


def _finished(scene: Surroundings, found: Hole, thing: Hole) -> Hole:
    """What was found, with its soft edge, as flags of the picture outside of the thing."""
    if not found.any():
        return np.zeros_like(thing)
    touching = found | (scene.thing & dilate(found, SLIT_PX))
    return scene.full_size(dilate(touching, EDGE_PX), thing.shape) & ~thing
