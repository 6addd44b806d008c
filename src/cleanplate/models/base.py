"""What a model is to an edit: a role it can play, and one function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

from cleanplate.imaging.types import Alpha, Rgb8

Role: TypeAlias = Literal[
    "inpaint",
    "instruct",
    "stylize",
    "stylize-local",
    "remove-text",
    "outpaint",
    "upscale",
    "colorize",
    "doodle",
    "character",
    "find",
]
"""What a model can be asked to do. All but two return (H, W, 3) uint8 of the size they were given:

- inpaint: make what the mask covers from the prompt (an empty prompt: from the surroundings).
- instruct, stylize, stylize-local, remove-text, colorize, doodle, character: the whole picture by the prompt.
- outpaint: the picture lies on a larger canvas; the mask covers what is new.
- upscale: returns (H * factor, W * factor, 3); `options["factor"]` is 1 to 4.
- find: words to region; returns (H, W) float32 in [0, 1], 1 = it; all 0 when there is no such thing.
"""


def _silent(done: float) -> None:
    """The progress callback of somebody who does not watch."""


@dataclass(frozen=True, slots=True)
class ModelJob:
    """One call of a model.

    Attributes:
        rgb: (H, W, 3) uint8, sRGB.
        mask: (H, W) float32 in [0, 1], 1 = repaint; None where the role needs none.
        prompt, negative_prompt: words, possibly empty.
        strength: 0..1, how far the result may go from the picture.
        seed: same seed, same input, same result.
        options: what one role alone needs, e.g. `factor`, `is_sketch`.
        progress: called with the share done, 0..1; it raises when the task is cancelled, so call it often.
    """

    rgb: Rgb8
    mask: Alpha | None = None
    prompt: str = ""
    negative_prompt: str = ""
    strength: float = 0.5
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    progress: Callable[[float], None] = field(default=_silent)


@dataclass(frozen=True, slots=True)
class Model:
    """One network.

    Attributes:
        name: as lists and recipes say it.
        roles: what it can do.
        licence: of its weights.
        sha256: of its weights, for recipes; "" when it has none.
        missing: why it cannot run here, or "".
        run: does the job. Raises `BadInput` or `EngineFailed`.
    """

    name: str
    roles: frozenset[Role]
    licence: str
    run: Callable[[Role, ModelJob], NDArray[Any]]
    sha256: str = ""
    missing: Callable[[], str] = field(default=lambda: "")
