"""Cleanplate as a Python library: files or arrays in, a finished picture out, no server.

from cleanplate import erase
erase("photo.jpg", "mask.png").save("clean.jpg")
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.codec_table import WRITABLE, format_of_suffix
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import check_plugins, edits
from cleanplate.edits.erase import EDIT
from cleanplate.edits.erase import run as run_erase
from cleanplate.errors import BadInput, BadParameter, EngineFailed
from cleanplate.fill.choosing import check_settings
from cleanplate.intake.picture_rules import Means
from cleanplate.library.given import RULES, Picture, Rectangle, given_mask, painted, picture_of, size_of
from cleanplate.metadata.dropped_metadata import add_dropped_metadata
from cleanplate.metadata.metadata_cleaning import clean_metadata
from cleanplate.pixels.types import Format, Pixels
from cleanplate.runtime.runtime import Runtime, default_runtime
from cleanplate.storage.atomic_write import write_whole

__all__ = ["RULES", "Picture", "Rectangle", "Result", "edit", "erase", "unmark"]


def _checked(runtime: Runtime | None) -> Runtime:
    """That or the default. Raises `SetupError` where it names what is not here."""
    chosen = default_runtime() if runtime is None else runtime
    check_plugins(chosen)
    check_settings(chosen)
    return chosen


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture.

    Attributes:
        pixels: the picture with all that its file carried: depth, alpha, ICC profile, EXIF.
        recipe: how it was made: engine, seed, crops, and how many values changed outside the mask (0).
            `dropped_metadata` names what the file had and an edited picture cannot keep, if anything: a
            thumbnail, an HDR gain map.
    """

    pixels: Pixels
    recipe: Mapping[str, Any]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what may not be as it was meant."""
        return tuple(self.recipe.get("warnings", ()))

    def array(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, sRGB, upright."""
        return self.pixels.rgb

    def encode(self, format: Format | None = None) -> bytes:  # noqa: A002 - the field's own word
        """File bytes in `format`, by default the format that the picture came in."""
        chosen = format or self.pixels.origin.format
        return encode(self.pixels, EncodeOptions(format=chosen if chosen in WRITABLE else "png"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file whole or not at all; its suffix names the format.

        Raises:
            BadInput: a suffix that Cleanplate cannot write.
            StorageFailed: no space, no permission, no such folder.
        """
        target = Path(path)
        write_whole(target, self.encode(format_of_suffix(target.suffix)))
        return target


def erase(  # noqa: PLR0913 - the public call: all that can be said of pictures has a name
    image: Picture,
    mask: Picture | None = None,
    *,
    boxes: Sequence[Rectangle] = (),
    keep: Picture | None = None,
    mask_means: Means = "auto",
    dilate: bool = True,
    progress: Callable[[str, float], None] | None = None,
    runtime: Runtime | None = None,
    **parameters: Any,
) -> Result:
    """Remove what the mask and the boxes cover, and what is at `points`.

    Args:
        image: the picture.
        mask: same size as the upright picture; not black = remove.
        boxes: rectangles to remove, beside the mask or instead of it: each (left, top, right, bottom) in
            pixels of the upright picture, right and bottom outside, as everywhere but for `--box` in a shell.
        keep: same size; not black = neither change it nor copy from it. Wins over `mask`.
        mask_means: what is painted in `mask` and `keep`, where that could be doubted: `intake.mask_meaning`.
        dilate: grow the mask a little, as masks from a segmentation need it. False for exact masks.
        progress: called with a stage ("read", "fill") and the share of it that is done, 0..1.
        runtime: device, weights, plug-ins and the models in memory; by default `runtime.default_runtime()`.
        parameters: the other fields of `EraseParameters`: `fast`, `label`, `engine`, `seed`, `tone`, `grain`,
            `dilate_px`, `feather_px`, `effects`; `points`, `not_points` and `candidate`, which say by clicks
            what to remove.

    Raises:
        BadInput: the file, the mask or a parameter is wrong; the text says which and how.
        EngineFailed: the engine cannot run here.
        SetupError: a variable of the environment does not fit, or a plug-in cannot be loaded.
    """
    runtime = _checked(runtime)
    report = progress or (lambda stage, done: None)
    report("read", 0.0)
    pixels, dropped = _source(image)
    request = EditRequest(
        pixels=pixels,
        mask=painted(
            given_mask(mask, pixels, "mask", mask_means),
            boxes,
            pixels,
            clicked=bool(parameters.get("points")),
        ),
        keep=given_mask(keep, pixels, "keep", mask_means),
        parameters=EDIT.parse(parameters if dilate else {"dilate_px": 0, **parameters}),
        progress=report,
        runtime=runtime,
    )
    return _result(run_erase(request), dropped)


def edit(  # noqa: PLR0913 - as `erase`
    name: str,
    image: Picture,
    mask: Picture | None = None,
    *,
    keep: Picture | None = None,
    reference: Picture | None = None,
    mask_means: Means = "auto",
    progress: Callable[[str, float], None] | None = None,
    runtime: Runtime | None = None,
    **parameters: Any,
) -> Result:
    """Do any edit of the catalogue: `upscale`, `expand`, `stylize`, `remove_text`, ...

    Args:
        name: of the edit; `cleanplate edit --help` lists them.
        image: the picture.
        mask: same size as the upright picture; not black = repaint. Not every edit looks at it.
        keep: same size; not black = neither change it nor copy from it.
        reference: a second picture, for edits that need one; others refuse it.
        mask_means: what is painted in `mask` and `keep`, where that could be doubted: `intake.mask_meaning`.
        progress: called with a stage and the share of it that is done, 0..1.
        runtime: device, weights, plug-ins and the models in memory; by default `runtime.default_runtime()`.
        parameters: the edit's own; `cleanplate edit NAME --help` tells them.

    Raises:
        BadInput: no such edit; the file, a mask or a parameter is wrong; the text says which and how.
        EngineFailed: nothing that can do it is installed; the text says what to type.
    """
    runtime = _checked(runtime)
    known = edits(runtime)
    chosen = known.get(name)
    if chosen is None:
        raise BadParameter(f"edit: there is no {name!r}; choose one of {', '.join(sorted(known))}")
    if why := chosen.missing(runtime):
        raise EngineFailed(why)
    asked = chosen.parse(parameters)
    if why := chosen.lacking(asked, runtime):
        raise EngineFailed(why)
    report = progress or (lambda stage, done: None)
    report("read", 0.0)
    pixels, dropped = _source(image)
    request = EditRequest(
        pixels=pixels,
        mask=given_mask(mask, pixels, "mask", mask_means),
        keep=given_mask(keep, pixels, "keep", mask_means),
        reference=None if reference is None else picture_of(reference, "reference"),
        parameters=asked,
        progress=report,
        runtime=runtime,
    )
    return _result(chosen.perform(request), dropped)


def unmark(
    images: Sequence[Picture],
    *,
    anchor: str = "lower-right",
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
    runtime: Runtime | None = None,
) -> Iterator[Result | BadInput]:
    """Take the same translucent mark off many pictures; see `edits.parts.shared_watermark`.

    Args:
        images: at least three, better a dozen; each is read some times, so that few are in memory.
        anchor: what the mark keeps its distance to, where the pictures differ in size.
        progress: called with a stage and the share of it that is done, for each picture.
        runtime: device, weights, plug-ins and the models in memory; by default `runtime.default_runtime()`.

    Returns:
        A result for each picture in its order, made when it is asked for; the error of one that is bad, or
        far smaller than the others.

    Raises:
        BadInput: too few pictures, no such anchor, or no mark that all share.
    """
    from cleanplate.edits.parts.shared_watermark import clean, measure, too_small

    chosen = _checked(runtime)
    sizes = [size_of(image) for image in images]
    common = measure(sizes, anchor, lambda number: picture_of(images[number]).rgb)
    report = progress or (lambda stage, done: None)

    def finished(image: Picture, size: tuple[int, int] | BadInput) -> Result | BadInput:
        if isinstance(size, BadInput):
            return size
        if small := too_small(size, common):
            return small
        pixels, dropped = _source(image)
        return _result(clean(pixels, common, seed, report, chosen), dropped)

    return map(finished, images, sizes)  # unlike a generator it goes on behind an error


def _source(image: Picture) -> tuple[Pixels, tuple[str, ...]]:
    """The picture without the metadata that would show how it was, and names for what that was."""
    pixels = picture_of(image)
    clean = clean_metadata(pixels.origin)
    return replace(pixels, origin=clean.origin), clean.dropped


def _result(done: Edited, dropped: Sequence[str]) -> Result:
    """What an edit made. What it took from a source is clean; a picture of its own is cleaned here."""
    origin = clean_metadata(done.pixels.origin).origin
    return Result(replace(done.pixels, origin=origin), add_dropped_metadata(done.recipe, dropped))
