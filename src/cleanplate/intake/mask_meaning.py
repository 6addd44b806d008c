"""What a mask means: which of its pixels are painted. One rule for every API and the command line.

The caller may say it (`PictureRules.means`):

    white         the brighter half of what is not transparent
    nonzero       what is neither black nor transparent
    grey          what is brighter than 127 as a grey picture, whatever its opacity, and nothing else
    opaque        what is not transparent, whatever its colour
    transparent   what is transparent, whatever is drawn round it
    clear         what is wholly transparent, opacity 0; edges that are half so are not

Nobody says it ("auto"): then the dialect's own word, "white" or "nonzero" (`PictureRules.repaint`), and

1. Where a mask has values of 128 and more, those up to 16 are black: the noise of a canvas and of JPEG.
   White is 128 and more. Samples of 16 bits count alike, 257 for each 1; if all are below 256 they are taken
   as they are. In the reading "nonzero" a ground that is nowhere black counts as black if it is below 128.
2. Colours are paint in both readings, as they look: red strokes, the palette of a label mask. On white they
   are refused: either could be meant.
   A mask of many greys with next to no black and no white, a ramp, is refused: nobody drew it.
3. A mask without a value of 128 shows its paint faintly. Up to 32 values in a lossless file are labels: 0 is
   black, all others are paint (0 and 1; 0 to 20; grey on black), but for single specks, which are noise. Of
   more values the upper half is paint if it stands apart from the black, or most is black; else the mask is
   refused.
4. What is transparent shows nothing. White or coloured strokes on a transparent ground are paint, those of
   half the opacity too. Dark strokes on it, a photo with a hole, and what covers more than half of the
   picture or all its corners are refused: what is drawn or what is transparent could be meant.
5. The picture itself, marked or not, is no mask; nor is a photo in colours.
"""

from collections.abc import Sequence
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.decoded_raster import DecodedRaster
from cleanplate.colour.bit_depth import DEEP_SCALE
from cleanplate.errors import UnclearMask
from cleanplate.intake.mask_samples import HALF, MOST_LABELS, NOISE, MaskSamples, without_specks
from cleanplate.intake.photo_as_mask import has_many_colours, is_same_drawing, is_the_picture, subsample
from cleanplate.intake.picture_decoding import to_rgb
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Hole, Rgb8, Samples

_COLOUR_NOISE: Final = 8
_MOST_DRAWN: Final = 0.5
_CORNERS: Final = ((0, 0, -1, -1), (0, -1, 0, -1))
_MOST_BETWEEN: Final = 0.6
"""Pixels that are neither paint nor black, for each that is paint: the edges of soft strokes."""
_BYTE: Final = 255

_A_MASK: Final = "a mask is a black picture of the same size, with white where it applies"
_THE_PICTURE: Final = f"it looks like the picture itself; {_A_MASK}"
_A_PHOTO: Final = f"it looks like a photo; {_A_MASK}"
_SEND: Final = "send white on black, without transparency"
_HAS_HOLES: Final = "it has transparent parts, and they or what is drawn round them could be meant"
_NO_HOLES: Final = "no part of it is transparent; " + _SEND
_NOTHING_CLEAR: Final = (
    "no pixel of it is fully transparent (alpha 0), which is what says where to edit: make those so, or draw"
    " white on black"
)
_ON_WHITE: Final = "it has colours on white, and either could be meant"
_TOO_FAINT: Final = "its paint cannot be told from its background; send white on black"


def painted_flags(raster: DecodedRaster, rules: PictureRules, picture: Rgb8) -> Hole:
    """Which pixels of a mask are painted.

    Args:
        raster: the mask, as its file has it.
        picture: (H, W, 3), what the mask belongs to, of the same size.

    Returns:
        (H, W), True = painted; there may be none.

    Raises:
        UnclearMask: it can be read in two ways, or is no mask; the message has no name of a field.
    """
    if rules.colours:
        return _by_named_colours(raster, rules.colours)
    if rules.means == "clear":
        return _wholly_clear(raster, rules)
    if rules.means == "grey":
        if is_the_picture(to_rgb(subsample(raster.values)), picture):
            raise UnclearMask(_THE_PICTURE)
        return MaskSamples.from_raster(raster).bright
    opacity = _opacity(raster)
    if rules.means in ("opaque", "transparent"):
        return _by_opacity(opacity, opaque=rules.means == "opaque")
    if opacity is not None:
        return _drawn_on_clear(raster, opacity, rules, picture)
    mask = to_rgb(subsample(raster.values))
    if is_the_picture(mask, picture):
        raise UnclearMask(_THE_PICTURE)
    samples = MaskSamples.from_raster(raster)
    if rules.means == "auto" and samples.is_colourful and has_many_colours(mask):
        raise UnclearMask(_A_PHOTO)
    return _by_colour(samples, rules)


# --- by colours named, and by opacity ----------------------------------------------------------------------


def _by_named_colours(raster: DecodedRaster, colours: Sequence[tuple[int, int, int]]) -> Hole:
    """Where the mask has one of these colours. See `PictureRules.colours`."""
    rgb = to_rgb(raster.values)
    noise = 0 if raster.origin.lossless else _COLOUR_NOISE
    found = np.zeros(rgb.shape[:2], np.bool_)
    for colour in colours:
        least = tuple(max(part - noise, 0) for part in colour)
        most = tuple(min(part + noise, _BYTE) for part in colour)
        found |= cv2.inRange(rgb, least, most) > 0
    return found if raster.opacity is None else found & (raster.opacity > 0)


def _opacity(raster: DecodedRaster) -> NDArray[np.uint8] | None:
    """(H, W) in 8 bits; None when no part is more transparent than another."""
    if raster.opacity is None:
        return None
    given: Samples = raster.opacity
    if given.dtype == np.uint16 and given.max() > _BYTE:
        given = given // DEEP_SCALE
    opacity = given.astype(np.uint8, copy=False)
    low, high = int(opacity.min()), int(opacity.max())
    same = low > 0 and high - low <= NOISE
    return None if same or low >= _BYTE - NOISE else opacity


def _by_opacity(opacity: NDArray[np.uint8] | None, *, opaque: bool) -> Hole:
    if opacity is None:
        raise UnclearMask(_NO_HOLES)
    low, high = int(opacity.min()), int(opacity.max())
    flags = opacity > (low + high) // 2
    return np.asarray(flags if opaque else ~flags)


def _wholly_clear(raster: DecodedRaster, rules: PictureRules) -> Hole:
    if raster.opacity is None or raster.opacity.min() > 0:
        way = f", and say {rules.say_means.replace('{}', 'white')}" if rules.say_means else ""
        raise UnclearMask(_NOTHING_CLEAR + way)
    return np.asarray(raster.opacity == 0)


# --- by what is drawn --------------------------------------------------------------------------------------


def _drawn_on_clear(
    raster: DecodedRaster, opacity: NDArray[np.uint8], rules: PictureRules, picture: Rgb8
) -> Hole:
    """Strokes on transparent ground."""
    most = int(opacity.max())
    noise = NOISE if most >= HALF else 0
    # strokes of half the opacity are strokes
    seen = np.asarray(opacity > (noise if _reading(rules) == "nonzero" else min(HALF - 1, most // 2)))
    if not seen.any():
        return seen
    samples, mask = MaskSamples.from_raster(raster, seen), to_rgb(subsample(raster.values))
    if rules.means != "auto":
        if is_the_picture(mask, picture, seen):
            raise UnclearMask(_THE_PICTURE)
    elif has_many_colours(mask, np.asarray(opacity > most // 2)) or _is_ambiguous(
        samples, mask, picture, seen
    ):
        raise _unclear(_HAS_HOLES, rules, ("transparent", "opaque"))
    return _by_colour(samples, rules) & seen


def _is_ambiguous(samples: MaskSamples, mask: Rgb8, picture: Rgb8, seen: Hole) -> bool:
    """Whether the transparent parts could be what is meant, and not the strokes."""
    strokes = samples.bright if samples.coloured is None else samples.bright | samples.coloured
    return bool(
        not strokes.any()
        or strokes.mean() > _MOST_DRAWN
        or strokes[_CORNERS].all()
        or is_the_picture(mask, picture, seen)
        or is_same_drawing(mask, picture, seen)
    )


def _by_colour(samples: MaskSamples, rules: PictureRules) -> Hole:
    if samples.top == 0:
        return np.zeros(samples.light.shape, np.bool_)
    if samples.top < HALF * samples.unit:
        return _faint_paint(samples, rules)
    literal = rules.means != "auto"
    if samples.is_ramp and not literal:
        raise _unclear(_TOO_FAINT, rules)
    if samples.is_on_white and not literal:
        raise _unclear(_ON_WHITE, rules, ("white", "nonzero"))
    if _reading(rules) == "nonzero":
        # a ground that is nowhere black is dark grey, if it is not white
        return samples.bright if samples.all_lit and not literal else samples.without_artefacts(samples.lit)
    coloured = None if samples.is_on_white else samples.coloured
    return samples.bright if coloured is None else samples.bright | coloured


def _faint_paint(samples: MaskSamples, rules: PictureRules) -> Hole:
    """Rule 3: a mask that has no value of 128."""
    if samples.lossless and samples.count_values() <= MOST_LABELS:
        flags = np.asarray(samples.light > 0)
        if flags.all():
            raise _unclear(_TOO_FAINT, rules)
        return without_specks(flags, np.asarray(samples.light <= min(NOISE * samples.unit, samples.top)))
    noise = NOISE * samples.unit
    if samples.top <= noise:
        return np.zeros(samples.light.shape, np.bool_)
    floor = min(noise, samples.top // 2)
    paint, lit = np.asarray(samples.light >= (samples.top + 1) // 2), np.asarray(samples.light > floor)
    between = np.count_nonzero(lit) - np.count_nonzero(paint)
    blurred = between > _MOST_BETWEEN * np.count_nonzero(paint) and lit.mean() > _MOST_DRAWN
    if lit.all() or blurred:
        raise _unclear(_TOO_FAINT, rules)
    return samples.without_artefacts(lit) if _reading(rules) == "nonzero" else paint


def _reading(rules: PictureRules) -> Literal["white", "nonzero"]:
    return "nonzero" if (rules.repaint if rules.means == "auto" else rules.means) == "nonzero" else "white"


def _unclear(text: str, rules: PictureRules, meanings: tuple[str, ...] = ()) -> UnclearMask:
    """The refusal, with the way to say what is meant, where there is one."""
    if not meanings:
        return UnclearMask(text)
    if not rules.say_means:
        return UnclearMask(f"{text}; {_SEND}")
    ways = " or ".join(rules.say_means.replace("{}", meaning) for meaning in meanings)
    return UnclearMask(f"{text}; say which with {ways}")
