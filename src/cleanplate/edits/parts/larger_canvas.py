"""The larger picture of `expand`: how large it is, where the old one lies in it, and what of it is new."""

import math
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, NamedTuple, Self, cast

import cv2
import numpy as np
from pydantic import Field, model_validator

from cleanplate.edits.parts.prompted import PromptParameters, check_size, opacity8, visible_rgb
from cleanplate.errors import BadParameter, PictureSize
from cleanplate.pixels.types import Box, Hole, Native, Pixels, Rgb8, Samples

_MOST: Final = 2.0
_LONGEST_PX: Final = 32_767
"""OpenCV turns nothing that is longer than this."""
_QUARTER: Final = 90
_TURN: Final = 360
_HALF: Final = 0.5

_Added = Annotated[int, Field(ge=0, le=_LONGEST_PX)]
_Side = Annotated[int, Field(ge=1, le=_LONGEST_PX)]
_Part = Annotated[int, Field(ge=1, le=1000)]
_Shift = Annotated[int, Field(ge=-_LONGEST_PX, le=_LONGEST_PX)]


class ExpandParameters(PromptParameters):
    """What `expand` can be told. Of the scales, `add_px`, `frame`, `size` and `ratio` one says how large it
    becomes.

    Attributes:
        top, bottom: 1.5 adds half of the height on that side.
        left, right: 1.5 adds half of the width on that side.
        add_px: what is added at the left, top, right and bottom, in pixels.
        frame: (x, y, width, height) of a rectangle in pixels of the picture, from its upper left corner on;
            the result is the picture and, beyond its edges, what it takes to hold the rectangle too.
        size: (width, height) of the result, at least the picture's own.
        shift: with `size`, how many pixels right of and below the result's middle the picture's middle lies.
        ratio: (width, height) that the result's sides have to each other; the picture lies in the middle.
        angle: degrees by which the picture is turned before all that, against the clock. A right angle keeps
            every value; any other samples the picture anew, and what is new in the corners is made.
    """

    top: float = Field(1.0, ge=1, le=_MOST)
    bottom: float = Field(1.0, ge=1, le=_MOST)
    left: float = Field(1.0, ge=1, le=_MOST)
    right: float = Field(1.0, ge=1, le=_MOST)
    add_px: tuple[_Added, _Added, _Added, _Added] | None = None
    frame: tuple[_Shift, _Shift, _Side, _Side] | None = None
    size: tuple[_Side, _Side] | None = None
    shift: tuple[_Shift, _Shift] = (0, 0)
    ratio: tuple[_Part, _Part] | None = None
    angle: int = Field(0, ge=0, lt=_TURN)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        scaled = max(self.top, self.bottom, self.left, self.right) > 1
        named = (self.add_px, self.frame, self.size, self.ratio)
        if scaled + sum(way is not None for way in named) > 1:
            raise ValueError(
                "of the scales, add_px, frame, size and ratio only one can say how large the result is"
            )
        if self.size is None and self.shift != (0, 0):
            raise ValueError("shift belongs to size")
        return self


class _Added4(NamedTuple):
    """Pixels that each side grows by."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Canvas:
    """The larger picture, its edge pixels repeated outwards.

    Attributes:
        hole: (H, W), what of it is new.
        inner: the box round the old one.
    """

    pixels: Pixels
    hole: Hole
    inner: Box


def result_size(parameters: ExpandParameters, width: int, height: int) -> tuple[int, int]:
    """(width, height) of what becomes of a picture of this size; its own where `size` is too small for it."""
    width, height = _turned_size(parameters.angle, width, height)
    if parameters.size is not None:
        return parameters.size
    added = _added(parameters, width, height)
    return width + added.left + added.right, height + added.top + added.bottom


def enlarge(pixels: Pixels, parameters: ExpandParameters) -> Canvas:
    """Turn the picture, and lay it on its larger canvas.

    Raises:
        PictureSize: the result would be too large.
        BadParameter: the picture has no room in `size`, or not at that `shift`; or `frame` lies within it, or
            outside of it.
    """
    check_size(*result_size(parameters, pixels.width, pixels.height))
    turned, corners = _turned(pixels, parameters.angle)
    if parameters.frame is not None:
        _check_frame(parameters.frame, turned.width, turned.height)
    added = _added(parameters, turned.width, turned.height)
    inner = Box(added.left, added.top, added.left + turned.width, added.top + turned.height)
    sides = ((added.top, added.bottom), (added.left, added.right))
    grown = Pixels(
        rgb=np.pad(turned.rgb, (*sides, (0, 0)), "edge"),
        alpha=_opacity(turned, sides),
        origin=turned.origin,
        native=_native(turned, sides),
    )
    return Canvas(grown, np.pad(corners, sides, constant_values=True), inner)


def _added(parameters: ExpandParameters, width: int, height: int) -> _Added4:
    if parameters.add_px is not None:
        return _Added4(*parameters.add_px)
    if parameters.ratio is not None:
        wide, high = parameters.ratio
        more_x = max(round(height * wide / high) - width, 0)
        more_y = max(round(width * high / wide) - height, 0)
        return _Added4(more_x // 2, more_y // 2, more_x - more_x // 2, more_y - more_y // 2)
    if parameters.frame is not None:
        return _to_hold(parameters.frame, width, height)
    if parameters.size is not None:
        return _within(parameters.size, parameters.shift, width, height)
    left, top = round(width * (parameters.left - 1)), round(height * (parameters.top - 1))
    # What both sides add together is rounded once
    more_x = round(width * (parameters.left + parameters.right - 2))
    more_y = round(height * (parameters.top + parameters.bottom - 2))
    return _Added4(left, top, max(more_x - left, 0), max(more_y - top, 0))


def _to_hold(frame: tuple[int, int, int, int], width: int, height: int) -> _Added4:
    x, y, wide, high = frame
    return _Added4(max(-x, 0), max(-y, 0), max(x + wide - width, 0), max(y + high - height, 0))


def _check_frame(frame: tuple[int, int, int, int], width: int, height: int) -> None:
    x, y, wide, high = frame
    if not (x < width and y < height and x + wide > 0 and y + high > 0):
        raise BadParameter(f"frame: it does not touch the picture of {width}x{height} px")
    if not any(_to_hold(frame, width, height)):
        raise BadParameter(
            f"frame: it lies within the picture of {width}x{height} px: nothing is to be added"
        )


def _within(size: tuple[int, int], shift: tuple[int, int], width: int, height: int) -> _Added4:
    more_x, more_y = size[0] - width, size[1] - height
    if min(more_x, more_y) < 0:
        raise BadParameter(f"size: {size[0]}x{size[1]} px, but the picture has {width}x{height} px")
    left, top = more_x // 2 + shift[0], more_y // 2 + shift[1]
    added = _Added4(left, top, more_x - left, more_y - top)
    if min(added) < 0:
        raise BadParameter("shift: part of the picture would lie outside of the result")
    return added


def _turned_size(angle: int, width: int, height: int) -> tuple[int, int]:
    """(width, height) of the box round the turned picture."""
    if angle % _QUARTER == 0:
        return (width, height) if angle % (2 * _QUARTER) == 0 else (height, width)
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    return round(width * cosine + height * sine), round(width * sine + height * cosine)


def _turned(pixels: Pixels, angle: int) -> tuple[Pixels, Hole]:
    """The turned picture, and (H, W) what of its box is none of it."""
    if angle % _QUARTER:
        return _resampled(pixels, angle)
    if angle:
        quarters = angle // _QUARTER
        native = pixels.native
        if native is not None:
            native = replace(native, samples=np.rot90(native.samples, quarters).copy())
        alpha = None if pixels.alpha is None else np.rot90(pixels.alpha, quarters).copy()
        rgb = np.rot90(pixels.rgb, quarters).copy()
        pixels = Pixels(rgb, alpha, replace(pixels.origin, jpeg=None), native)
    return pixels, np.zeros((pixels.height, pixels.width), np.bool_)


def _resampled(pixels: Pixels, angle: int) -> tuple[Pixels, Hole]:
    """The same for an angle that is none of four: 8 bits of sRGB; edges are repeated into the corners."""
    size = _turned_size(angle, pixels.width, pixels.height)
    if max(*size, pixels.width, pixels.height) >= _LONGEST_PX:
        raise PictureSize(f"a side of {_LONGEST_PX} px and more cannot be turned")
    centre = ((pixels.width - 1) / 2, (pixels.height - 1) / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, angle, 1.0), np.float64)
    matrix[:, 2] += np.array([(size[0] - 1) / 2 - centre[0], (size[1] - 1) / 2 - centre[1]])

    def warp(samples: Any, how: int, border: int = cv2.BORDER_REPLICATE) -> Any:
        return cv2.warpAffine(samples, matrix, size, flags=how, borderMode=border)

    inside = np.ones((pixels.height, pixels.width), np.float32)
    corners = warp(inside, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT) < _HALF
    opacity = opacity8(pixels)
    if opacity is not None:
        outside = 255 if any(edge.any() for edge in _edges(opacity)) else 0
        opacity = warp(opacity, cv2.INTER_LINEAR)
        opacity[corners] = outside
    rgb = cast(Rgb8, warp(visible_rgb(pixels), cv2.INTER_CUBIC))
    return Pixels(rgb, opacity, replace(pixels.origin, jpeg=None)), np.asarray(corners, np.bool_)


def _native(pixels: Pixels, sides: tuple[tuple[int, int], tuple[int, int]]) -> Native | None:
    """The samples, their edges repeated. A palette has no way to say that what is new is opaque."""
    own = pixels.native
    if own is None or (own.palette is not None and pixels.alpha is not None):
        return None
    channels = ((0, 0),) * (own.samples.ndim - 2)
    return replace(own, samples=cast(Samples, np.pad(own.samples, (*sides, *channels), "edge")))


def _opacity(pixels: Pixels, sides: tuple[tuple[int, int], tuple[int, int]]) -> Any:
    """What is new is opaque, but clear round a cut-out: a picture that is clear along all edges that grow."""
    if pixels.alpha is None:
        return None
    alpha = pixels.alpha
    grows = (sides[0][0], sides[0][1], sides[1][0], sides[1][1])
    cut_out = not any(more and edge.any() for more, edge in zip(grows, _edges(alpha), strict=True))
    return np.pad(alpha, sides, constant_values=0 if cut_out else np.iinfo(alpha.dtype).max)


def _edges(alpha: Samples) -> tuple[Samples, Samples, Samples, Samples]:
    """Top, bottom, left and right."""
    return alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]
