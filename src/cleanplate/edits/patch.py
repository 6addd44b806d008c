"""Patch: what edits have changed, alone, as a layer to lay over the picture as it was."""

from dataclasses import replace
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.edits.parts.prompted import opacity8
from cleanplate.edits.parts.recipes import extent_of, recipe
from cleanplate.errors import BadInput, PictureSize
from cleanplate.pixels.geometry import bounds
from cleanplate.pixels.types import Box, Hole, Native, Pixels, Samples

S = TypeVar("S", bound=NDArray[Any])

_ROWS: Final = 256
_PER_PIXEL: Final = 12.0
"""Two pictures of 3 bytes, the flags, and a result in case all has changed."""


class PatchParameters(Parameters):
    """What `patch` can be told: nothing."""


def run(request: EditRequest) -> Edited:
    """Cut out what is not as it was in `request.reference`.

    Returns:
        The smallest picture with all of it: opaque where a value differs, clear where none does. Laid over
        the reference at the recipe's `offset`, (x, y), it gives the picture, sample for sample.

    Raises:
        PictureSize: the reference has another size.
        BadInput: nothing differs, or something is clearer than it was, which
            no layer can bring about.
    """
    before, after = _alike(cast(Pixels, request.reference), request.pixels)
    if (before.width, before.height) != (after.width, after.height):
        raise PictureSize(
            f"reference: it is {before.width}x{before.height} px and the picture {after.width}x"
            f"{after.height}: a patch has its place only where both have one size"
        )
    changed = _changed(before, after)
    request.progress("compare", 1.0)
    box = bounds(changed)
    if box is None:
        raise BadInput("reference: the picture does not differ from it")
    facts = recipe(request.parameters, None) | extent_of(changed) | {"offset": [box.left, box.top]}
    return Edited(_layer(after, changed, box), facts)


def _alike(before: Pixels, after: Pixels) -> tuple[Pixels, Pixels]:
    """Both by their files' own samples where these mean the same; else both in sRGB."""
    one, other = _comparable(before.native), _comparable(after.native)
    same = (
        one is not None
        and other is not None
        and (one.space, one.icc, one.samples.dtype) == (other.space, other.icc, other.samples.dtype)
    )
    return (before, after) if same else (_in_srgb(before), _in_srgb(after))


def _comparable(native: Native | None) -> Native | None:
    return native if native is not None and native.space in ("rgb", "grey") else None


def _in_srgb(pixels: Pixels) -> Pixels:
    return replace(pixels, native=None, alpha=opacity8(pixels))


def _changed(before: Pixels, after: Pixels) -> Hole:
    """(H, W), True where any value differs."""
    changed = np.zeros((after.height, after.width), np.bool_)
    for row in range(0, after.height, _ROWS):
        rows = slice(row, row + _ROWS)
        changed[rows] = _differs(_values(before)[rows], _values(after)[rows])
        changed[rows] |= _differs(_opacity(before, rows), _opacity(after, rows))
    return changed


def _differs(one: Samples, other: Samples) -> Hole:
    differs = np.not_equal(one, other)
    return np.asarray(differs if differs.ndim == 2 else differs.any(axis=2))  # noqa: PLR2004 - (H, W)


def _values(pixels: Pixels) -> Samples:
    return pixels.rgb if pixels.native is None else pixels.native.samples


def _opacity(pixels: Pixels, rows: slice) -> Samples:
    if pixels.alpha is not None:
        return pixels.alpha[rows]
    values = _values(pixels)
    return np.full(values[rows].shape[:2], np.iinfo(values.dtype).max, values.dtype)


def _layer(after: Pixels, changed: Hole, box: Box) -> Pixels:
    window = changed[box.slices]
    values = _values(after)
    solid = np.iinfo(values.dtype).max
    if after.alpha is not None and (after.alpha[box.slices][window] < solid).any():
        raise BadInput(
            "image: a part of what differs is transparent, and a layer cannot make clear what is below"
        )
    native = after.native
    if native is not None:
        native = replace(native, samples=_only(native.samples[box.slices], window))
    origin = replace(
        after.origin,
        format="png",
        lossless=True,
        orientation=1,
        exif=None,
        xmp=None,
        dpi=None,
        text_chunks=(),
        side_data=(),
        jpeg=None,
        offset=(box.left, box.top),
    )
    alpha = np.zeros(window.shape, values.dtype)
    alpha[window] = solid
    return Pixels(
        rgb=_only(after.rgb[box.slices], window), alpha=cast(Samples, alpha), origin=origin, native=native
    )


def _only(values: S, window: Hole) -> S:
    """The same with zeros where nothing has changed: a layer tells nothing of what is beside it."""
    kept = values.copy()
    kept[~window] = 0
    return kept


EDIT = Edit(
    name="patch",
    summary="cut out what differs from the reference, the picture as it was, as a layer with its place",
    parameters=PatchParameters,
    run=run,
    masked=False,
    reference=True,
    layer=True,
    bytes_per_pixel=_PER_PIXEL,
)
