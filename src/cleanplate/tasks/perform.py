"""One task's computation: stored bytes to an encoded picture. It knows no database and no object store."""

from collections.abc import Mapping
from dataclasses import dataclass

from cleanplate.edits.base import Edit, EditRequest
from cleanplate.imaging.encode import EncodeOptions, encode
from cleanplate.intake.decode import decode_mask, decode_picture
from cleanplate.tasks.task import Task

# What leaves the server says nothing about where the photo was taken: upright, without EXIF.
_RESULT = EncodeOptions(format="png", upright=True, metadata=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded result: a PNG file and its size in pixels."""

    data: bytes
    width: int
    height: int


def perform(edit: Edit, task: Task, inputs: Mapping[str, bytes]) -> Picture:
    """Decode, edit, encode.

    Args:
        inputs: role ("image", "mask", "keep") to the file's bytes; "image" must be there.

    Raises:
        CleanplateError: an input breaks its rules, or the edit failed.
    """
    pixels = decode_picture(inputs["image"], task.inputs["image"].rules, role="image")
    masks = {
        role: decode_mask(inputs[role], task.inputs[role].rules, pixels, role=role)
        for role in ("mask", "keep")
        if role in inputs
    }
    parameters = edit.parse(dict(task.parameters))
    result = edit.run(EditRequest(pixels, parameters, mask=masks.get("mask"), keep=masks.get("keep")))
    return Picture(encode(result, _RESULT), result.width, result.height)
