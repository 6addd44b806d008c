"""Cleanplate as a Python library: files or arrays in, a finished picture out, no server.

from cleanplate import erase
erase("photo.jpg", "mask.png").save("clean.jpg")
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import index
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.encode import WRITABLE, EncodeOptions, encode, format_of_suffix
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits, prepare
from cleanplate.edits.erase import EDIT
from cleanplate.edits.erase import run as run_erase
from cleanplate.errors import BadInput, BadParameter, EngineFailed, NotAPicture
from cleanplate.intake.decode import decode_picture
from cleanplate.intake.mask_decoding import mask_of
from cleanplate.intake.picture_rules import Means, PictureRules
from cleanplate.metadata.cleaning import cleaned
from cleanplate.metadata.dropped import with_dropped
from cleanplate.pixels import masks
from cleanplate.pixels.geometry import clip
from cleanplate.pixels.types import Box, Format, Mask, Pixels
from cleanplate.storage.atomic_write import write_whole

Picture: TypeAlias = str | os.PathLike[str] | bytes | NDArray[Any]
"""A file's path, a file's bytes, or an array-like: (H, W), (H, W[, 3 or 4]) uint8; for masks any numbers."""
Rectangle: TypeAlias = tuple[int, int, int, int]
"""(x, y, width, height) in pixels of the upright picture."""

_RECTANGLES = "a list of rectangles, each of four whole numbers: x, y, width, height"

RULES = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"),
    max_bytes=1 << 30,
    max_side_px=1 << 15,
    max_pixels=1 << 28,
    repaint="nonzero",
    say_means="--mask-means {}",
)
"""What files may be here: far more than a server lets strangers send, and still bounded."""


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
    **parameters: Any,
) -> Result:
    """Remove what the mask and the boxes cover.

    Args:
        image: the picture.
        mask: same size as the upright picture; not black = remove.
        boxes: rectangles to remove, beside the mask or instead of it.
        keep: same size; not black = neither change it nor copy from it. Wins over `mask`.
        mask_means: what is painted in `mask` and `keep`, where that could be doubted: `intake.mask_meaning`.
        dilate: grow the mask a little, as masks from a segmentation need it. False for exact masks.
        progress: called with a stage ("read", "fill") and the share of it that is done, 0..1.
        parameters: the other fields of `EraseParameters`: `fast`, `label`, `engine`, `seed`, `tone`, `grain`,
            `dilate_px`, `feather_px`.

    Raises:
        BadInput: the file, the mask or a parameter is wrong; the text says which and how.
        EngineFailed: the engine cannot run here.
        SetupError: a variable of the environment does not fit, or a plug-in cannot be loaded.
    """
    prepare()
    report = progress or (lambda stage, done: None)
    report("read", 0.0)
    pixels = _picture(image)
    request = EditRequest(
        pixels=pixels,
        mask=_painted(_mask(mask, pixels, "mask", mask_means), boxes, pixels),
        keep=_mask(keep, pixels, "keep", mask_means),
        parameters=EDIT.parse(parameters if dilate else {"dilate_px": 0, **parameters}),
        progress=report,
    )
    return _result(pixels, run_erase(request))


def edit(
    name: str,
    image: Picture,
    *,
    mask: Picture | None = None,
    keep: Picture | None = None,
    mask_means: Means = "auto",
    progress: Callable[[str, float], None] | None = None,
    **parameters: Any,
) -> Result:
    """Do any edit of the catalogue: `upscale`, `expand`, `stylize`, `remove_text`, ...

    Args:
        name: of the edit; `cleanplate edit --help` lists them.
        image: the picture.
        mask: same size as the upright picture; not black = repaint. Not every edit looks at it.
        keep: same size; not black = neither change it nor copy from it.
        mask_means: what is painted in `mask` and `keep`, where that could be doubted: `intake.mask_meaning`.
        progress: called with a stage and the share of it that is done, 0..1.
        parameters: the edit's own; `cleanplate edit NAME --help` tells them.

    Raises:
        BadInput: no such edit; the file, a mask or a parameter is wrong; the text says which and how.
        EngineFailed: nothing that can do it is installed; the text says what to type.
    """
    prepare()
    chosen = edits().get(name)
    if chosen is None:
        raise BadParameter(f"edit: there is no {name!r}; choose one of {', '.join(sorted(edits()))}")
    if why := chosen.missing():
        raise EngineFailed(why)
    asked = chosen.parse(parameters)
    if why := chosen.lacking(asked):
        raise EngineFailed(why)
    report = progress or (lambda stage, done: None)
    report("read", 0.0)
    pixels = _picture(image)
    request = EditRequest(
        pixels=pixels,
        mask=_mask(mask, pixels, "mask", mask_means),
        keep=_mask(keep, pixels, "keep", mask_means),
        parameters=asked,
        progress=report,
    )
    return _result(pixels, chosen.perform(request))


def unmark(
    images: Sequence[Picture],
    *,
    anchor: str = "lower-right",
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> Iterator[Result | BadInput]:
    """Take the same translucent mark off many pictures; see `edits.parts.shared_watermark`.

    Args:
        images: at least four, better a dozen; each is read four times, so that few are in memory.
        anchor: what the mark keeps its distance to, where the pictures differ in size.
        progress: called with a stage and the share of it that is done, for each picture.

    Returns:
        A result for each picture in its order, made when it is asked for; the error of one that is bad.

    Raises:
        BadInput: too few pictures, no such anchor, or no mark that all share.
    """
    from cleanplate.edits.parts.shared_watermark import clean, measure

    prepare()
    sizes = [_size(image) for image in images]
    common = measure(sizes, anchor, lambda number: _picture(images[number]).rgb)
    report = progress or (lambda stage, done: None)

    def finished(image: Picture, size: tuple[int, int] | BadInput) -> Result | BadInput:
        if isinstance(size, BadInput):
            return size
        pixels = _picture(image)
        return _result(pixels, clean(pixels, common, seed, report))

    return map(finished, images, sizes)  # unlike a generator it goes on behind an error


def _result(source: Pixels, done: Edited) -> Result:
    """What an edit made of `source`, without the metadata that would still show how it was."""
    recipe = with_dropped(done.recipe, cleaned(source.origin).dropped)
    return Result(replace(done.pixels, origin=cleaned(done.pixels.origin).origin), recipe)


def _size(image: Picture) -> tuple[int, int] | BadInput:
    try:
        pixels = _picture(image)
    except BadInput as error:
        return error
    return pixels.width, pixels.height


def read_file(path: str | os.PathLike[str], role: str) -> bytes:
    """The bytes of a file the user named. Raises `BadInput` in one line."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{role}: no such file: {path}") from None
    except IsADirectoryError:
        raise BadInput(f"{role}: {path} is a folder, not a picture") from None
    except OSError as error:
        raise BadInput(f"{role}: cannot read {path}: {error.strerror}") from None
    except ValueError:  # a zero byte in it
        raise BadInput(f"{role}: {path!r} is no name of a file") from None


def _picture(source: Picture) -> Pixels:
    given = _given(source, "image")
    if isinstance(given, bytes):
        return decode_picture(given, RULES, role="image")
    return _from_array(np.asarray(given))


def _given(source: Picture, role: str) -> bytes | NDArray[Any]:
    return read_file(source, role) if isinstance(source, str | os.PathLike) else source


def _from_array(array: NDArray[Any]) -> Pixels:
    grey = array.ndim == 2  # noqa: PLR2004 - (H, W)
    if grey:
        array = np.repeat(array[..., None], 3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or array.dtype != np.uint8 or not array.size:  # noqa: PLR2004
        what = f"this is {array.shape} {array.dtype}"
        if array.dtype == np.object_:
            what = "else send a path, or the bytes of a file"
        raise NotAPicture(f"image: an array must be (H, W[, 3 or 4]) uint8, {what}")
    alpha = array[..., 3] if array.shape[2] == 4 else None  # noqa: PLR2004 - RGBA
    pixels = Pixels(rgb=np.ascontiguousarray(array[..., :3]), alpha=alpha)
    return replace(pixels, origin=replace(pixels.origin, grey=grey))


def _painted(drawn: Mask | None, boxes: Sequence[Rectangle], pixels: Pixels) -> Mask:
    try:
        boxes = list(boxes)
    except TypeError:
        raise BadParameter(f"boxes: {_RECTANGLES}") from None
    if drawn is None and not boxes:
        raise BadParameter("mask: say what to remove: a mask, or at least one box")
    boxed = masks.from_boxes([_box(box, pixels) for box in boxes], pixels.width, pixels.height)
    return boxed if drawn is None else masks.union(drawn, boxed)


def _box(rectangle: Rectangle, pixels: Pixels) -> Box:
    try:
        x, y, width, height = map(index, rectangle)
    except (TypeError, ValueError):
        raise BadParameter(f"boxes: {_RECTANGLES}") from None
    box = clip(Box(x, y, x + width, y + height), pixels.width, pixels.height)
    if width <= 0 or height <= 0 or box.width <= 0 or box.height <= 0:
        raise BadParameter(
            f"box {x},{y},{width},{height} covers nothing of the {pixels.width}x{pixels.height} picture"
        )
    return box


def _mask(source: Picture | None, pixels: Pixels, role: str, means: Means) -> Mask | None:
    return None if source is None else mask_of(_given(source, role), RULES, pixels, role=role, means=means)
