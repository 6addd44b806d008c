"""A model pack for the tests: every role, by a small image operation that really changes the picture.

Its rank puts it before every real model, so that tests of routes and tasks cost no time.
Words it understands in any prompt: "hold" takes a second, "odd seeds fail" does what it says, and for the
role "find" "nothing" is what no picture shows.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import EngineFailed
from cleanplate.fill.base import FillJob
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.models.base import Model
from cleanplate.models.jobs import (
    DetectedThing,
    DetectJob,
    DoodleJob,
    FindTextJob,
    FoundText,
    InpaintJob,
    InstructJob,
    ModelJob,
    Outline,
    OutpaintJob,
    PromptJob,
    RestoreJob,
    SelectJob,
    StylizeJob,
    TransferJob,
    UpscaleJob,
)
from cleanplate.models.roles import (
    CHARACTER,
    COLORIZE,
    DETECT,
    DOODLE,
    FIND,
    FIND_TEXT,
    INPAINT,
    INSTRUCT,
    OUTPAINT,
    RESTORE,
    SELECT,
    STYLIZE,
    TRANSFER,
    UPSCALE,
    Ability,
)
from cleanplate.pixels.types import Alpha, Hole, Rgb8
from cleanplate.weights.card import Card

_HOLD_S = 1.0
_STRENGTH = 0.5

Job = TypeVar("Job", bound=PromptJob)
Result = TypeVar("Result")


def _tint(seed: int, words: str = "") -> Rgb8:
    """A colour that depends on seed and words alone."""
    return np.random.default_rng([seed, sum(words.encode())]).integers(0, 256, 3).astype(np.uint8)


def _mixed(job: ModelJob, other: NDArray[np.uint8], share: float) -> Rgb8:
    mixed = cv2.addWeighted(job.rgb, 1 - share, np.broadcast_to(other, job.rgb.shape).copy(), share, 0)
    return np.asarray(mixed, np.uint8)


def _paint(rgb: Rgb8, hole: Hole, tint: Rgb8) -> Rgb8:
    """What is to be made, in one colour."""
    made = rgb.copy()
    made[hole] = tint
    return made


def _erase(job: FillJob) -> Rgb8:
    return _paint(job.rgb, job.hole, _tint(job.options.seed))


def _inpaint(job: InpaintJob) -> Rgb8:
    return _paint(job.rgb, job.mask > 0, _tint(job.seed, job.prompt + job.negative_prompt))


def _outpaint(job: OutpaintJob) -> Rgb8:
    return _paint(job.rgb, job.mask > 0, _tint(job.seed, job.prompt))


def _wash(job: PromptJob, strength: float = _STRENGTH) -> Rgb8:
    return _mixed(job, _tint(job.seed, job.prompt), 0.2 + 0.6 * strength)


def _wash_as_strongly(job: InstructJob | StylizeJob) -> Rgb8:
    return _wash(job, job.strength)


def _transfer(job: TransferJob) -> Rgb8:
    return _mixed(job, np.asarray(job.style.mean((0, 1)), np.uint8), job.strength)


def _draw(job: DoodleJob) -> Rgb8:
    grey = cv2.cvtColor(job.rgb, cv2.COLOR_RGB2GRAY)
    lines = grey if job.is_sketch else cv2.Canny(grey, 50, 150)
    return np.asarray(cv2.merge([lines] * 3) // 2 + _tint(job.seed, job.prompt) // 2, np.uint8)


def _enlarge(job: UpscaleJob) -> Rgb8:
    height, width = job.rgb.shape[:2]
    size = (width * job.factor, height * job.factor)
    return np.asarray(cv2.resize(job.rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _soften(job: RestoreJob) -> Rgb8:
    return np.asarray(cv2.blur(job.rgb, (3, 3)), np.uint8)


def _find(job: PromptJob) -> Alpha:
    """Whatever is much redder than it is green, unless nothing is looked for."""
    red, green = job.rgb[..., 0].astype(np.int16), job.rgb[..., 1].astype(np.int16)
    return ((red - green > 100) & ("nothing" not in job.prompt)).astype(np.float32)


def _detect(job: DetectJob) -> tuple[DetectedThing, ...]:
    """Each red thing, from left to right, the surer the larger."""
    found = _find(job).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(found)
    boxes = sorted((left, top, left + width, top + height) for left, top, width, height, _ in stats[1:])
    return tuple(DetectedThing((float(a), float(b), float(c), float(d)), 0.5) for a, b, c, d in boxes)


def _select(job: SelectJob) -> tuple[Outline, ...]:
    """The thing, or the ground, of the redness of the first point, or what is red in the box; else all."""
    red = job.rgb[..., 0].astype(np.int16) - job.rgb[..., 1] > 100
    inside = np.zeros_like(red)
    if job.box is not None:
        left, top, right, bottom = map(round, job.box)
        inside[top:bottom, left:right] = red[top:bottom, left:right]
    for x, y in job.points:
        _, parts = cv2.connectedComponents((red == red[y, x]).astype(np.uint8))
        inside |= parts == parts[y, x]
    for x, y in job.not_points:
        _, parts = cv2.connectedComponents(inside.astype(np.uint8))
        inside &= parts != parts[y, x]
    return (
        Outline(np.where(inside, np.float32(1), np.float32(-1)), 0.9),
        Outline(np.ones(red.shape, np.float32), 0.4),
    )


def _find_text(job: FindTextJob) -> FoundText:
    return FoundText(_find(job))


def _obedient(perform: Callable[[Job], Result]) -> Callable[[Job], Result]:
    """The same, and it does what the prompt says of holding and failing."""

    def performed(job: Job) -> Result:
        if "odd seeds fail" in job.prompt and job.seed % 2:
            raise EngineFailed("the model failed, as the prompt wanted")
        if "hold" in job.prompt:
            for step in range(10):
                job.progress(step / 10)
                time.sleep(_HOLD_S / 10)
        return perform(job)

    return performed


CARD = Card(name="test-pack", licence="Apache-2.0", sha256="0" * 64)
MODEL = Model(
    CARD,
    (
        Ability(INPAINT, _obedient(_inpaint)),
        Ability(OUTPAINT, _obedient(_outpaint)),
        Ability(INSTRUCT, _obedient(_wash_as_strongly)),
        Ability(STYLIZE, _obedient(_wash_as_strongly)),
        Ability(TRANSFER, _transfer),
        Ability(COLORIZE, _obedient(_wash)),
        Ability(CHARACTER, _obedient(_wash)),
        Ability(DOODLE, _obedient(_draw)),
        Ability(UPSCALE, _obedient(_enlarge)),
        Ability(RESTORE, _obedient(_soften)),
        Ability(FIND, _obedient(_find)),
        Ability(DETECT, _obedient(_detect)),
        Ability(SELECT, _select),
        Ability(FIND_TEXT, _obedient(_find_text)),
    ),
    rank=1000,
)
INPAINTER = NetworkInpainter(CARD, _erase, rank=1000)
