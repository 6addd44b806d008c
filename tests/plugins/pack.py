"""A model pack for the tests: every role, played by a small image operation that really changes the picture.

Its rank puts it before every real model, so that tests of routes and tasks cost no time.
Words it understands in any prompt: "hold" takes a second, "odd seeds fail" does what it says, and for the
role "find" "nothing" is what no picture shows.
"""

import time
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import EngineFailed
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.pixels.types import Alpha, Rgb8

_HOLD_S = 1.0


def _tint(job: ModelJob) -> Rgb8:
    """A colour that depends on prompt and seed alone."""
    words = sum((job.prompt + job.negative_prompt).encode())
    return np.random.default_rng([job.seed, words]).integers(0, 256, 3).astype(np.uint8)


def _mixed(job: ModelJob, other: NDArray[np.uint8], share: float) -> Rgb8:
    mixed = cv2.addWeighted(job.rgb, 1 - share, np.broadcast_to(other, job.rgb.shape).copy(), share, 0)
    return np.asarray(mixed, np.uint8)


def _paint(job: ModelJob) -> Rgb8:
    """Inpaint and outpaint: what the mask covers, in one colour."""
    made = job.rgb.copy()
    if job.mask is not None:
        made[job.mask > 0] = _tint(job)
    return made


def _wash(job: ModelJob) -> Rgb8:
    return _mixed(job, _tint(job), 0.2 + 0.6 * job.strength)


def _transfer(job: ModelJob) -> Rgb8:
    return _mixed(job, np.asarray(job.options["style"].mean((0, 1)), np.uint8), job.strength)


def _draw(job: ModelJob) -> Rgb8:
    grey = cv2.cvtColor(job.rgb, cv2.COLOR_RGB2GRAY)
    lines = grey if job.options["is_sketch"] else cv2.Canny(grey, 50, 150)
    return np.asarray(cv2.merge([lines] * 3) // 2 + _tint(job) // 2, np.uint8)


def _enlarge(job: ModelJob) -> Rgb8:
    factor = int(job.options["factor"])
    return np.asarray(
        cv2.resize(job.rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8
    )


def _soften(job: ModelJob) -> Rgb8:
    return np.asarray(cv2.blur(job.rgb, (3, 3)), np.uint8)


def _find(job: ModelJob) -> Alpha:
    """Whatever is much redder than it is green, unless nothing is looked for."""
    red, green = job.rgb[..., 0].astype(np.int16), job.rgb[..., 1].astype(np.int16)
    return ((red - green > 100) & ("nothing" not in job.prompt)).astype(np.float32)


_PLAY: Mapping[Role, Callable[[ModelJob], NDArray[np.uint8] | Alpha]] = {
    "erase": _paint,
    "inpaint": _paint,
    "outpaint": _paint,
    "instruct": _wash,
    "stylize": _wash,
    "transfer": _transfer,
    "colorize": _wash,
    "character": _wash,
    "doodle": _draw,
    "upscale": _enlarge,
    "restore": _soften,
    "find": _find,
    "find-text": _find,
}


def _run(role: Role, job: ModelJob) -> NDArray[np.uint8] | Alpha:
    if "odd seeds fail" in job.prompt and job.seed % 2:
        raise EngineFailed("the model failed, as the prompt wanted")
    if "hold" in job.prompt:
        for step in range(10):
            job.progress(step / 10)
            time.sleep(_HOLD_S / 10)
    return _PLAY[role](job)


MODEL = Model(
    name="test-pack", roles=frozenset(_PLAY), licence="Apache-2.0", run=_run, sha256="0" * 64, rank=1000
)
