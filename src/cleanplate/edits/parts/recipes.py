"""What recipes of several edits say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cleanplate.compositing.paste import Patch
from cleanplate.edits.base import Parameters, with_warnings
from cleanplate.fill.catalogue import inpainters
from cleanplate.fill.choosing import Choice
from cleanplate.pixels.geometry import bounds
from cleanplate.pixels.types import Hole


def recipe(
    parameters: Parameters,
    model: dict[str, str] | None,
    *,
    engine: str | None = None,
    crops: list[list[int]] | None = None,
    changed_outside_mask: int | None = None,
) -> dict[str, Any]:
    """The names that all recipes share. `changed_outside_mask` is None where there is no mask."""
    return {
        "engine": engine,
        "model": model,
        "seed": parameters.seed,
        "crops": [] if crops is None else crops,
        "changed_outside_mask": changed_outside_mask,
    }


def with_fillers(recipe: Mapping[str, Any], names: Sequence[str], choice: Choice) -> dict[str, Any]:
    """The recipe with who filled: `engine`, `model`, and `warnings` where there are any.

    Args:
        names: of the inpainter of each crop; nobody is None. Several are one `engine`, joined by "+" in the
            order of their first crops, and `engines` has one for each of all crops, where the recipe has as
            many.
        choice: as it was after the last fill.
    """
    different = list(dict.fromkeys(names))
    whole: dict[str, Any] = {**recipe, "engine": "+".join(different) or None}
    known = inpainters(choice.runtime)
    cards = [card for name in different if (card := known[name].facts.card) is not None]
    if cards:
        whole["model"] = cards[0].facts(choice.runtime)
    if len(different) > 1 and len(names) == len(recipe.get("crops", ())):
        whole["engines"] = list(names)
    return with_warnings(whole, *choice.warnings)


def extent_of(flags: Hole) -> dict[str, Any]:
    """Where what was found lies, (H, W), True = it: the `box` round it, and its `share` of the picture."""
    box = bounds(flags)
    return {"box": None if box is None else list(box.edges), "share": round(float(flags.mean()), 6)}


def crops_of(patches: Sequence[Patch]) -> list[list[int]]:
    """The `crops` of a recipe."""
    return [list(patch.box.edges) for patch in patches]


def filled_share(lifted: Sequence[Patch], hole: Hole) -> dict[str, float]:
    """The `filled` of a recipe: which share of the lifted marks' pixels was filled; nothing without marks.

    Args:
        lifted: what is under the marks.
        hole: (H, W), what was filled.
    """
    if not lifted:
        return {}
    under = np.zeros_like(hole)
    for patch in lifted:
        under[patch.box.slices] |= patch.alpha > 0
    share = np.count_nonzero(under & hole) / max(int(np.count_nonzero(under)), 1)
    return {"filled": round(float(share), 3)}
