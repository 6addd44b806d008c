"""Best of n: fill with several seeds, score each against what is round it, keep the best of each crop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cleanplate.analysis.coherence import coherence
from cleanplate.compositing.paste import Patch
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.filling import Filled, Plan
from cleanplate.edits.parts.progress import Progress, step
from cleanplate.errors import BadParameter
from cleanplate.fill.choosing import Choice
from cleanplate.fill.options import FillOptions

SEEDS = 2**32
WORST = -1.0
"""Of a fill that is too small to be scored: the first one stays."""


@dataclass(frozen=True, slots=True)
class Best:
    """What was kept.

    Attributes:
        patches: for each crop the best of all tries.
        names: of the inpainters that made these.
        seeds: of these.
        scores: for each crop those of all tries, the first seed's first; see `analysis.coherence`. Empty when
            there was one try, which has nothing to be better than.
        choice: as it was after the last try.
    """

    patches: list[Patch]
    names: list[str]
    seeds: list[int]
    scores: list[list[float | None]]
    choice: Choice

    @property
    def facts(self) -> dict[str, Any]:
        """What a recipe says; `score` is of what was kept, weighed by size, None when nothing has one."""
        rows = zip(self.scores, self.patches, strict=False)
        kept = [(max(found), np.count_nonzero(patch.alpha)) for row, patch in rows if (found := _scored(row))]
        sizes = [size for _, size in kept]
        whole = float(np.average([one for one, _ in kept], weights=sizes)) if kept else None
        return {"score": whole, "scores": self.scores, "seeds": self.seeds}


def best(wanted: Plan, choice: Choice, options: FillOptions, count: int, progress: Progress) -> Best:
    """Fill `count` times, with the seeds `options.seed` and those that follow.

    Raises:
        BadInput: no known pixel to fill from.
        BadParameter: the inpainter makes the same fill every time.
        EngineFailed: the inpainter failed.
    """
    first = choice.able[0].facts
    if not first.seeded:
        raise BadParameter(f"n_best: the engine {first.name} makes the same fill every time")
    kept = Best([], [], [], [], choice)
    for number in range(count):
        seed = (options.seed + number) % SEEDS
        filled = filling.fill(wanted, kept.choice, replace(options, seed=seed), step(progress, number, count))
        kept = _better(kept, filled, seed, [_score(wanted, patch) for patch in filled.patches])
    return kept


def _score(wanted: Plan, patch: Patch) -> float | None:
    made = patch.alpha > 0
    return coherence(patch.fill, made, ~(made | wanted.excluded[patch.box.slices]))


def _better(kept: Best, filled: Filled, seed: int, scores: Sequence[float | None]) -> Best:
    """What to keep after one more try."""
    seeds = [seed] * len(filled.patches)
    if not kept.patches:
        return Best(filled.patches, filled.names, seeds, [[found] for found in scores], filled.choice)
    old = zip(kept.patches, kept.names, kept.seeds, strict=True)
    new = zip(filled.patches, filled.names, seeds, strict=True)
    better = [
        found is not None and found > max(_scored(before), default=WORST)
        for before, found in zip(kept.scores, scores, strict=True)
    ]
    chosen = [after if gains else before for before, after, gains in zip(old, new, better, strict=True)]
    return Best(
        [patch for patch, _, _ in chosen],
        [name for _, name, _ in chosen],
        [one for _, _, one in chosen],
        [[*before, found] for before, found in zip(kept.scores, scores, strict=True)],
        filled.choice,
    )


def _scored(scores: Sequence[float | None]) -> list[float]:
    return [found for found in scores if found is not None]
