"""What models are asked to do, a frozen job for each role, and what they return that is more than an array.

All pictures are (H, W, 3) uint8 sRGB, all masks (H, W) float32 in [0, 1] with 1 = repaint.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Alpha, Hole, Rgb8
from cleanplate.runtime.runtime import Runtime


def _silent(done: float) -> None:
    """The progress callback of somebody who does not watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJob:
    """What every job of a model has.

    Attributes:
        rgb: (H, W, 3) uint8, sRGB.
        seed: same seed, same input, same result.
        progress: called with the share done, 0..1; it raises when the task is cancelled, so call it often.
        runtime: what it runs by: `runtime.device`, `runtime.pool`, and the folder of weights.
    """

    rgb: Rgb8
    runtime: Runtime
    seed: int = 0
    progress: Callable[[float], None] = field(default=_silent)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptJob(ModelJob):
    """A job with words.

    Attributes:
        prompt: possibly empty.
    """

    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InpaintJob(PromptJob):
    """Make what the mask covers, by the words.

    Attributes:
        mask: (H, W) float32 in [0, 1], 1 = repaint.
        negative_prompt: what not to make, for models that know what to do with it.
    """

    mask: Alpha
    negative_prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutpaintJob(PromptJob):
    """The picture lies on a larger canvas: make what is new.

    Attributes:
        mask: (H, W) float32 in [0, 1], 1 = it is new.
    """

    mask: Alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructJob(PromptJob):
    """Change the whole picture as a sentence says.

    Attributes:
        strength: 0..1, how far the result may go from the picture.
    """

    strength: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StylizeJob(PromptJob):
    """The whole picture in the style that the words name.

    Attributes:
        strength: 0..1, how far the result may go from the picture.
    """

    strength: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorizeJob(PromptJob):
    """A grey picture in colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoodleJob(PromptJob):
    """The lines of the picture, painted by the words.

    Attributes:
        is_sketch: the picture is a line drawing already; otherwise its lines have to be found first.
    """

    is_sketch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterJob(PromptJob):
    """A new picture by the words, with the character of this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferJob(ModelJob):
    """The whole picture in the style of another one.

    Attributes:
        style: (h, w, 3) uint8, of any size: that one.
        strength: 0..1, how far the result may go from the picture.
    """

    style: Rgb8
    strength: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleJob(PromptJob):
    """More pixels, with detail.

    Attributes:
        factor: 1 to 4, times the width and times the height.
    """

    factor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreJob(PromptJob):
    """The picture without what compression did to it.

    Attributes:
        quality: 1 to 100, of the JPEG that it was.
    """

    quality: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindJob(PromptJob):
    """Where the thing is that the words name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectJob(PromptJob):
    """Which things there are that the words name, each by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectJob(ModelJob):
    """The outline of the thing that clicks, or a box, point at. There is a point or a box.

    Attributes:
        points: (x, y) in pixels, on the thing.
        not_points: the same, beside it: what is there is none of it.
        box: left, top, right, bottom in pixels, round the thing; None where there is none.
    """

    points: tuple[tuple[int, int], ...] = ()
    not_points: tuple[tuple[int, int], ...] = ()
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTextJob(PromptJob):
    """Where writing and watermarks are that the words name, or all without words.

    Attributes:
        there: (H, W): look again, for whole lines of all that is written where it is True, whatever the words
            say; None finds strokes.
        strict: words that are not understood are an error; otherwise they mean all writing, and the result
            says which they were.
    """

    there: Hole | None = None
    strict: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectJob(ModelJob):
    """Where the main subject is, without words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerateJob(ModelJob):
    """Whether the picture is fit to be shown."""


@dataclass(frozen=True, slots=True)
class DetectedThing:
    """One thing that words name.

    Attributes:
        box: left, top, right, bottom in pixels, not rounded.
        score: 0..1, how sure that is.
    """

    box: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True)
class Outline:
    """One thing that may be meant by clicks.

    Attributes:
        level: (h, w) float32 of the picture's shape, at its size or a smaller one; above 0 = it.
        score: 0..1, how well the model thinks that this is a thing with that edge.
    """

    level: NDArray[np.float32]
    score: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line that was read.

    Attributes:
        text: what it says.
        score: 0..1, how sure that is.
        quad: its four corners as (x, y), in pixels.
    """

    text: str
    score: float
    quad: tuple[tuple[int, int], ...]

    def as_json(self) -> dict[str, Any]:
        """As recipes have it."""
        return {"text": self.text, "score": self.score, "quad": [list(corner) for corner in self.quad]}


@dataclass(frozen=True, slots=True)
class FoundText:
    """Writing that was found.

    Attributes:
        alpha: (H, W) float32 in [0, 1], 1 = a stroke of it; of a whole line where `there` was given.
        lines: what of it was read, in the order of the picture.
        letters: (H, W), its letters alone, without what was drawn round them; None when that is not known.
        plain: (H, W), strokes on a ground of one colour that no line crosses; None when that is not known.
        beyond: (H, W), what lies beyond the bounds of such a ground: the line of a bubble and the picture
            round it; nothing of that is to be copied onto the ground. None when that is not known.
        written: how many lines are in the picture in all, wanted or not; None when that is not known.
        absent: quoted words of the prompt that no line says.
        not_understood: words of the prompt that are not understood, so that all writing was meant.
    """

    alpha: Alpha
    lines: tuple[TextLine, ...] = ()
    letters: Hole | None = None
    plain: Hole | None = None
    beyond: Hole | None = None
    written: int | None = None
    absent: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
