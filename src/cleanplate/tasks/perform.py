"""One task's computation: stored bytes to encoded pictures. It knows no database and no object store."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cleanplate.clock import unix_ms
from cleanplate.codecs.codec_table import MEDIA_TYPES
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.edits.base import Edit, EditRequest, Parameters
from cleanplate.errors import EngineFailed
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.pixels.types import Format, Mask, Pixels
from cleanplate.runtime.runtime import Runtime
from cleanplate.tasks.moderation import Moderation
from cleanplate.tasks.simulation import FAILURES, read
from cleanplate.tasks.task import Task

_TICK_S = 0.05
_EXTENSIONS: Mapping[Format, str] = {"jpeg": "jpeg", "png": "png", "webp": "webp"}


class TaskCancelled(Exception):
    """The task is to stop. Raised by its progress callback, through whatever edit calls it."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One encoded result: a file, its size in pixels, its format, and how it was made."""

    data: bytes
    width: int
    height: int
    format: Format
    recipe: Mapping[str, Any]

    @property
    def extension(self) -> str:
        return _EXTENSIONS[self.format]

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]


@dataclass(frozen=True, slots=True)
class _Job:
    """What all results of one task share."""

    edit: Edit
    task: Task
    pixels: Pixels
    masks: Mapping[str, Mask]
    parameters: Parameters
    report: Callable[[float], None]
    moderation: Moderation
    runtime: Runtime


def perform(
    edit: Edit | None,
    task: Task,
    inputs: Mapping[str, bytes],
    report: Callable[[float], None],
    moderation: Moderation,
    runtime: Runtime,
) -> Iterator[Callable[[], EncodedPicture]]:
    """Decode once, then edit and encode for each result that was asked for.

    Args:
        edit: what to do; None when this installation does not have it any more.
        inputs: role ("image", "mask", "keep") to the file's bytes; "image" must be there.
        report: called with the share of the whole task that is done, 0..1; may raise `TaskCancelled`.
        moderation: looks at the picture that came and at each that is made.
        runtime: what edits and models run by.

    A task with a scenario is simulated; no edit sees it, nor does moderation.

    Returns:
        A function for each result. One that raises has failed alone; what this function itself raises (a
        `CleanplateError`: an input breaks its rules) fails the task.
    """
    if task.submission.scenario is not None:
        return _simulate(task, inputs["image"], report)
    if edit is None:
        raise EngineFailed("this server no longer has the edit that was asked for")
    pixels = decode_picture(inputs["image"], task.submission.inputs["image"].rules, role="image")
    moderation.admit(pixels, runtime)
    masks = {
        role: decode_mask(inputs[role], task.submission.inputs[role].rules, pixels, role=role)
        for role in ("mask", "keep")
        if role in inputs
    }
    parameters = edit.parse(task.submission.parameters)
    job = _Job(edit, task, pixels, masks, parameters, report, moderation, runtime)
    return (partial(_make, job, number) for number in range(task.submission.count))


def _make(job: _Job, number: int) -> EncodedPicture:
    task = job.task

    def progress(_stage: str, done: float) -> None:
        job.report((number + done) / task.submission.count)

    request = EditRequest(
        pixels=job.pixels,
        parameters=job.parameters.model_copy(update={"seed": (job.parameters.seed + number) % 2**32}),
        mask=job.masks.get("mask"),
        keep=job.masks.get("keep"),
        budget_ms=None
        if task.submission.deadline_ms is None
        else task.standing.created_at_ms + task.submission.deadline_ms - unix_ms(),
        progress=progress,
        runtime=job.runtime,
    )
    progress("start", 0.0)
    done = job.edit.perform(request)
    job.moderation.release(done.pixels, job.runtime)
    target = _format(task, job.pixels)
    # What leaves the server says nothing about where the photo was taken: upright, without EXIF.
    data = encode(done.pixels, EncodeOptions(format=target, upright=True, metadata=False))
    return EncodedPicture(data, done.pixels.width, done.pixels.height, target, done.recipe)


def _simulate(
    task: Task, image: bytes, report: Callable[[float], None]
) -> Iterator[Callable[[], EncodedPicture]]:
    """Follow a test's scenario: the picture itself comes back, or the end that was asked for."""
    scenario = read(task.submission.scenario or "")
    if scenario.name in FAILURES:
        kind, public = FAILURES[scenario.name]
        raise kind(public)
    if scenario.name == "cancelled":
        raise TaskCancelled
    pixels = decode_picture(image, task.submission.inputs["image"].rules, role="image")
    if scenario.name == "slow":
        _pass_time(scenario.seconds, report)
    return (
        partial(_simulated_picture, task, scenario.name, pixels, number)
        for number in range(task.submission.count)
    )


def _pass_time(seconds: int, report: Callable[[float], None]) -> None:
    began_s = time.monotonic()
    while (spent_s := time.monotonic() - began_s) < seconds:
        report(spent_s / seconds)
        time.sleep(min(_TICK_S, seconds - spent_s))


def _simulated_picture(task: Task, scenario: str, pixels: Pixels, number: int) -> EncodedPicture:
    if scenario == "partial" and number % 2:
        raise EngineFailed("the fill failed")
    target = _format(task, pixels)
    data = encode(pixels, EncodeOptions(format=target, upright=True, metadata=False))
    seed = (int(task.submission.parameters.get("seed", 0)) + number) % 2**32
    recipe: dict[str, Any] = {
        "engine": "test",
        "model": None,
        "seed": seed,
        "crops": [],
        "changed_outside_mask": 0,
    }
    return EncodedPicture(data, pixels.width, pixels.height, target, recipe)


def _format(task: Task, source: Pixels) -> Format:
    if task.submission.output != "same":
        return task.submission.output
    return "jpeg" if source.origin.format == "jpeg" else "png"
