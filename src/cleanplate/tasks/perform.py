"""One task's computation where it is called: decode once, then edit and encode for each result."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from cleanplate.clock import unix_ms
from cleanplate.codecs.codec_table import MEDIA_TYPES
from cleanplate.codecs.decoded_raster import SizeCheck
from cleanplate.codecs.encoding import EncodeOptions, bits_of
from cleanplate.codecs.lost_metadata import lost_metadata
from cleanplate.compositing.paste import is_opaque
from cleanplate.edits.base import Edit, EditRequest, Parameters
from cleanplate.errors import EngineFailed
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.metadata.dropped_metadata import add_dropped_metadata
from cleanplate.metadata.metadata_cleaning import clean_metadata
from cleanplate.pixels.types import Format, Mask, Pixels
from cleanplate.runtime.runtime import Runtime
from cleanplate.tasks.child_figures import StageName
from cleanplate.tasks.limited_encoding import encode_within
from cleanplate.tasks.moderation import NO_MODERATION, Moderation
from cleanplate.tasks.performer import EncodedPicture, Report, TaskCancelled, failure_of
from cleanplate.tasks.previews import PreviewMaker
from cleanplate.tasks.simulation import read
from cleanplate.tasks.task import Failure, Task
from cleanplate.tasks.task_memory import check_edit_memory

Timed: TypeAlias = Callable[[StageName], AbstractContextManager[None]]
_EXTENSIONS: Mapping[Format, str] = {"jpeg": "jpeg", "png": "png", "webp": "webp", "tiff": "tiff"}


def _nothing() -> None:
    """For somebody who does not watch."""


def _ignored(_error: BaseException) -> None:
    """For somebody who does not mind."""


def _untold(_preview: bytes) -> None:
    """For somebody who wants no previews."""


def _untimed(_stage: StageName) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class LocalPerformer:
    """A `TaskPerformer` in this process, which a crash of native code takes along.

    Attributes:
        edits: the catalogue, by name.
        runtime: what edits and models run by.
        moderation: looks at the picture that came and at each that is made.
        decoded: called when no more of a stranger's file has to be read.
        memory_bytes: what this process may have; a picture for which that is too little is not decoded.
        previewed: given the file of each preview; None makes none.
        timed: the block that it is put round is this stage.
        failed: told why a result could not be made.
    """

    edits: Mapping[str, Edit]
    runtime: Runtime
    moderation: Moderation = NO_MODERATION
    decoded: Callable[[], None] = _nothing
    memory_bytes: int | None = None
    previewed: Callable[[bytes], None] | None = None
    timed: Timed = _untimed
    failed: Callable[[BaseException], None] = _ignored

    def perform(
        self, task: Task, inputs: Mapping[str, bytes], report: Report
    ) -> Iterator[EncodedPicture | Failure]:
        """A task with a scenario is simulated: its picture comes back; no edit sees it, nor moderation."""
        make = self._simulated(task, inputs) if task.submission.scenario else self._job(task, inputs, report)
        for number in range(task.submission.count):
            try:
                made: EncodedPicture | Failure = make(number)
            except TaskCancelled:
                raise
            except BaseException as error:
                # Base: the panics of some native libraries are no Exception.
                self.failed(error)
                made = failure_of(task, error)
            yield made

    def trouble(self) -> str:
        return ""

    def start(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        self.runtime.close()

    def _job(
        self, task: Task, inputs: Mapping[str, bytes], report: Report
    ) -> Callable[[int], EncodedPicture]:
        edit = self.edits.get(task.submission.edit)
        if edit is None:
            raise EngineFailed("this server no longer has the edit that was asked for")
        parameters = edit.parse(task.submission.parameters)
        check = partial(check_edit_memory, edit, parameters, self.memory_bytes)
        with self.timed("decode"):
            pixels, masks = _decode(task, inputs, check)
            reference = _decode_reference(task, inputs, check)
        self.decoded()
        for picture in filter(None, (pixels, reference)):
            self.moderation.admit(picture, self.runtime)
        return _Job(self, edit, task, pixels, masks, reference, parameters, report).make

    def _simulated(self, task: Task, inputs: Mapping[str, bytes]) -> Callable[[int], EncodedPicture]:
        with self.timed("decode"):
            pixels = decode_picture(inputs["image"], task.submission.inputs["image"].rules, role="image")
        self.decoded()
        previews = self.previews(task, pixels)
        for _ in range(previews.wanted):
            previews.show(1.0, lambda: pixels)
        name = read(task.submission.scenario or "").name
        return lambda number: _simulated_picture(task, name, pixels, number)

    def previews(self, task: Task, source: Pixels) -> PreviewMaker:
        """Of its result, from this picture. None where results are looked at first: these are not."""
        unseen = self.previewed is None or self.moderation.outputs
        return PreviewMaker(
            0 if unseen else task.submission.previews,
            encode=lambda pixels: _encoded(task, source, pixels, {}).data,
            say=self.previewed or _untold,
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """What all results of one task share."""

    by: LocalPerformer
    edit: Edit
    task: Task
    pixels: Pixels
    masks: Mapping[str, Mask]
    reference: Pixels | None
    parameters: Parameters
    report: Report

    def make(self, number: int) -> EncodedPicture:
        """The result with this number, from 0."""
        task = self.task

        def progress(_stage: str, done: float) -> None:
            self.report((number + done) / task.submission.count)

        request = EditRequest(
            pixels=self.pixels,
            parameters=self.parameters.model_copy(
                update={
                    "seed": (self.parameters.seed + number) % 2**32,
                    **task.submission.variant(number),
                }
            ),
            mask=self.masks.get("mask"),
            keep=self.masks.get("keep"),
            reference=self.reference,
            budget_ms=_left_ms(task),
            progress=progress,
            preview=self.by.previews(task, self.pixels).show,
            runtime=self.by.runtime,
        )
        progress("start", 0.0)
        with self.by.timed("edit"):
            done = self.edit.perform(request)
        self.by.moderation.release(done.pixels, self.by.runtime)
        with self.by.timed("encode"):
            return _encoded(task, self.pixels, done.pixels, done.recipe)


def _decode(task: Task, inputs: Mapping[str, bytes], check: SizeCheck) -> tuple[Pixels, dict[str, Mask]]:
    rules = {role: given.rules for role, given in task.submission.inputs.items()}
    pixels = decode_picture(inputs["image"], rules["image"], role="image", check=check)
    masks = {
        role: decode_mask(inputs[role], rules[role], pixels, role=role)
        for role in ("mask", "keep")
        if role in inputs
    }
    return pixels, masks


def _decode_reference(task: Task, inputs: Mapping[str, bytes], check: SizeCheck) -> Pixels | None:
    role = "reference"
    if role not in inputs:
        return None
    return decode_picture(inputs[role], task.submission.inputs[role].rules, role=role, check=check)


def _left_ms(task: Task) -> int | None:
    if task.submission.deadline_ms is None:
        return None
    return task.standing.created_at_ms + task.submission.deadline_ms - unix_ms()


def _simulated_picture(task: Task, scenario: str, pixels: Pixels, number: int) -> EncodedPicture:
    if scenario == "partial" and number % 2:
        raise EngineFailed("the fill failed")
    seed = (int(task.submission.parameters.get("seed", 0)) + number) % 2**32
    recipe: dict[str, Any] = {
        "engine": "test",
        "model": None,
        "seed": seed,
        "crops": [],
        "changed_outside_mask": 0,
    }
    return _encoded(task, pixels, pixels, recipe)


def _encoded(task: Task, source: Pixels, made: Pixels, recipe: Mapping[str, Any]) -> EncodedPicture:
    target = _format(task, source, made)
    # Nobody could read it later: raises what fails this result.
    json.dumps(recipe, allow_nan=False, ensure_ascii=False).encode()
    # What leaves the server says nothing about where the photo was taken, but to who asks for it.
    kept, dropped = task.submission.keeps_metadata, tuple[str, ...]()
    options = EncodeOptions(format=target, upright=True, metadata=kept)
    if kept:
        clean = clean_metadata(made.origin)
        made = replace(made, origin=clean.origin)
        dropped = clean.dropped
    if (quality := task.submission.quality) is not None:
        # A JPEG would keep the tables that it had, and a WEBP of a lossless file be one
        made = replace(made, origin=replace(made.origin, jpeg=None, lossless=False))
        options = replace(options, quality=quality)
    data, target = encode_within(made, options, task.submission.max_bytes)
    if kept:
        recipe = add_dropped_metadata(recipe, (*dropped, *lost_metadata(made.origin, target)))
    told = {**recipe, "bits": bits_of(made, target)}
    return EncodedPicture(data, made.width, made.height, _EXTENSIONS[target], MEDIA_TYPES[target], told)


def _format(task: Task, source: Pixels, made: Pixels) -> Format:
    if task.submission.output != "same":
        return task.submission.output
    opaque = made.alpha is None or is_opaque(made.alpha)
    return "jpeg" if source.origin.format == "jpeg" and opaque else "png"
