"""One task's computation: stored bytes to encoded pictures. It knows no database and no object store."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cleanplate.edits.base import Edit, EditRequest, Parameters
from cleanplate.errors import EngineFailed
from cleanplate.imaging.encode import MEDIA_TYPES, EncodeOptions, encode
from cleanplate.imaging.types import Format, Mask, Pixels
from cleanplate.intake.decode import decode_mask, decode_picture
from cleanplate.tasks.store import unix_ms
from cleanplate.tasks.task import Task

_EXTENSIONS: Mapping[Format, str] = {"jpeg": "jpeg", "png": "png", "webp": "webp"}


class TaskCancelled(Exception):
    """The task is to stop. Raised by its progress callback, through whatever edit calls it."""


@dataclass(frozen=True, slots=True)
class Picture:
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


def perform(
    edit: Edit | None, task: Task, inputs: Mapping[str, bytes], report: Callable[[float], None]
) -> Iterator[Callable[[], Picture]]:
    """Decode once, then edit and encode for each result that was asked for.

    Args:
        edit: what to do; None when this installation does not have it any more.
        inputs: role ("image", "mask", "keep") to the file's bytes; "image" must be there.
        report: called with the share of the whole task that is done, 0..1; may raise `TaskCancelled`.

    Returns:
        A function for each result. One that raises has failed alone; what this function itself raises (a
        `CleanplateError`: an input breaks its rules) fails the task.
    """
    if edit is None:
        raise EngineFailed("this server no longer has the edit that was asked for")
    pixels = decode_picture(inputs["image"], task.inputs["image"].rules, role="image")
    masks = {
        role: decode_mask(inputs[role], task.inputs[role].rules, pixels, role=role)
        for role in ("mask", "keep")
        if role in inputs
    }
    job = _Job(edit, task, pixels, masks, edit.parse(task.parameters), report)
    return (partial(_make, job, number) for number in range(task.count))


def _make(job: _Job, number: int) -> Picture:
    task = job.task

    def progress(_stage: str, done: float) -> None:
        job.report((number + done) / task.count)

    request = EditRequest(
        pixels=job.pixels,
        parameters=job.parameters.model_copy(update={"seed": (job.parameters.seed + number) % 2**32}),
        mask=job.masks.get("mask"),
        keep=job.masks.get("keep"),
        budget_ms=None if task.deadline_ms is None else task.created_at_ms + task.deadline_ms - unix_ms(),
        progress=progress,
    )
    progress("start", 0.0)
    done = job.edit.run(request)
    target = _format(task, job.pixels)
    # What leaves the server says nothing about where the photo was taken: upright, without EXIF.
    data = encode(done.pixels, EncodeOptions(format=target, upright=True, metadata=False))
    return Picture(data, done.pixels.width, done.pixels.height, target, done.recipe)


def _format(task: Task, source: Pixels) -> Format:
    if task.output != "same":
        return task.output
    return "jpeg" if source.origin.format == "jpeg" else "png"
