"""What models can do: for each role a constant with the types of its job and of its result.

`Role[Job, Result]` is what mypy goes by: `Ability` joins a role to a `Performer` whose job and result are the
role's, and `models.run_model` returns the result's own type. `Performer[UpscaleJob, Rgb8]` is the Protocol of
the role `upscale`: a class of one method for each of sixteen roles would say the same with more names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from cleanplate.models.jobs import (
    CharacterJob,
    ColorizeJob,
    DetectedThing,
    DetectJob,
    DoodleJob,
    FindJob,
    FindTextJob,
    FoundText,
    InpaintJob,
    InstructJob,
    ModelJob,
    ModerateJob,
    Outline,
    OutpaintJob,
    RestoreJob,
    SelectJob,
    StylizeJob,
    SubjectJob,
    TransferJob,
    UpscaleJob,
)
from cleanplate.pixels.types import Alpha, Rgb8

RoleName: TypeAlias = Literal[
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
    "detect",
    "select",
    "find-text",
    "subject",
    "moderate",
]
"""As lists, `cleanplate doctor` and messages say it."""

Job = TypeVar("Job", bound=ModelJob)
Result = TypeVar("Result")
_Job_contra = TypeVar("_Job_contra", contravariant=True, bound=ModelJob)
_Result_co = TypeVar("_Result_co", covariant=True)


class Performer(Protocol[_Job_contra, _Result_co]):
    """Does one job. Raises `BadInput` or `EngineFailed`, and what `job.progress` raises."""

    def __call__(self, job: _Job_contra, /) -> _Result_co:
        """Do the job; what is returned is as the role promises."""
        ...


@dataclass(frozen=True, slots=True)
class Role(Generic[Job, Result]):
    """One thing that models do.

    Attributes:
        name: as lists say it.
        fault: (job, result) -> what is wrong with the result, for the log; "" when it is as promised.
    """

    name: RoleName
    fault: Callable[[Job, Result], str]


@dataclass(frozen=True, slots=True)
class Ability(Generic[Job, Result]):
    """A role, and what does its jobs in one model."""

    role: Role[Job, Result]
    perform: Performer[Job, Result]


AnyRole: TypeAlias = "Role[Any, Any]"
AnyAbility: TypeAlias = "Ability[Any, Any]"


def array_fault(made: object, shape: tuple[int, ...], kind: type) -> str:
    """What is wrong with an array that a network made, for the log; "" when it is as it should be."""
    if not isinstance(made, np.ndarray):
        return f"{type(made).__name__}, wanted an array"
    if made.shape == shape and made.dtype == kind:
        return ""
    return f"{made.dtype} {made.shape}, wanted {np.dtype(kind)} {shape}"


def _picture_fault(job: ModelJob, made: Rgb8) -> str:
    return array_fault(made, job.rgb.shape, np.uint8)


def _larger_fault(job: UpscaleJob, made: Rgb8) -> str:
    height, width = job.rgb.shape[:2]
    return array_fault(made, (height * job.factor, width * job.factor, 3), np.uint8)


def _region_fault(job: ModelJob, made: NDArray[np.float32]) -> str:
    return array_fault(made, job.rgb.shape[:2], np.float32)


def _text_fault(job: FindTextJob, made: FoundText) -> str:
    return _region_fault(job, made.alpha) if isinstance(made, FoundText) else f"{type(made).__name__}"


def _share_fault(job: ModelJob, made: float) -> str:
    is_share = isinstance(made, float) and 0 <= made <= 1
    return "" if is_share else f"{type(made).__name__} {made!r:.40}, wanted a number from 0 to 1"


def _things_fault(job: ModelJob, made: tuple[DetectedThing, ...]) -> str:
    good = isinstance(made, tuple) and all(isinstance(thing, DetectedThing) for thing in made)
    return "" if good else f"{type(made).__name__}, wanted a tuple of things"


def _outlines_fault(job: SelectJob, made: tuple[Outline, ...]) -> str:
    if not isinstance(made, tuple) or not made or not all(isinstance(one, Outline) for one in made):
        return f"{type(made).__name__}, wanted a tuple of outlines"
    flat = all(one.level.ndim == job.rgb.ndim - 1 and one.level.dtype == np.float32 for one in made)
    return "" if flat else f"levels of {made[0].level.dtype} {made[0].level.shape}"


INPAINT: Role[InpaintJob, Rgb8] = Role("inpaint", _picture_fault)
"""Returns (H, W, 3) uint8. What lies outside the mask is put back afterwards."""
OUTPAINT: Role[OutpaintJob, Rgb8] = Role("outpaint", _picture_fault)
"""Returns (H, W, 3) uint8, the canvas filled."""
INSTRUCT: Role[InstructJob, Rgb8] = Role("instruct", _picture_fault)
"""Returns (H, W, 3) uint8."""
STYLIZE: Role[StylizeJob, Rgb8] = Role("stylize", _picture_fault)
"""Returns (H, W, 3) uint8."""
TRANSFER: Role[TransferJob, Rgb8] = Role("transfer", _picture_fault)
"""Returns (H, W, 3) uint8."""
COLORIZE: Role[ColorizeJob, Rgb8] = Role("colorize", _picture_fault)
"""Returns (H, W, 3) uint8."""
DOODLE: Role[DoodleJob, Rgb8] = Role("doodle", _picture_fault)
"""Returns (H, W, 3) uint8."""
CHARACTER: Role[CharacterJob, Rgb8] = Role("character", _picture_fault)
"""Returns (H, W, 3) uint8."""
UPSCALE: Role[UpscaleJob, Rgb8] = Role("upscale", _larger_fault)
"""Returns (H * factor, W * factor, 3) uint8."""
RESTORE: Role[RestoreJob, Rgb8] = Role("restore", _picture_fault)
"""Returns (H, W, 3) uint8."""
FIND: Role[FindJob, Alpha] = Role("find", _region_fault)
"""Returns (H, W) float32 in [0, 1], 1 = it; all 0 when there is no such thing."""
DETECT: Role[DetectJob, tuple[DetectedThing, ...]] = Role("detect", _things_fault)
"""Returns each thing by itself, the surest first; none when there is no such thing."""
SELECT: Role[SelectJob, tuple[Outline, ...]] = Role("select", _outlines_fault)
"""Returns what may be meant, the likeliest first; at least one."""
FIND_TEXT: Role[FindTextJob, FoundText] = Role("find-text", _text_fault)
"""Returns `FoundText`; its `alpha` is all 0 when nothing is written that the words name."""
SUBJECT: Role[SubjectJob, Alpha] = Role("subject", _region_fault)
"""Returns (H, W) float32 in [0, 1], how surely a pixel is of the main subject."""
MODERATE: Role[ModerateJob, float] = Role("moderate", _share_fault)
"""Returns 0..1, how sure it is that the picture is not fit to be shown."""
