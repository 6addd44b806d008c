"""Seeded writing on photographs, as people put it there, with the truth beneath it.

Each kind is drawn from what its makers have: a font, a colour, an outline, a shadow, a glow, a bar. Fonts are
found by their names among those of the machine (Debian: `fonts-dejavu`); where there is none, it is Pillow's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks import holes
from cleanplate.pixels.types import Hole, Rgb8

SIDE_PX = 1000
"""Longer side of a picture."""
BOLD = ("DejaVuSans-Bold", "DejaVuSansCondensed-Bold", "DejaVuSerif-Bold", "DejaVuSansMono-Bold")
PLAIN = (*BOLD, "DejaVuSans", "DejaVuSerif", "DejaVuSansCondensed")
WORDS = (
    *(
        "nobody expected this",
        "when the rain stops",
        "meet me at seven",
        "it was fine before lunch",
        "not today",
    ),
    *(
        "follow the river home",
        "best day of the year",
        "I told you so",
        "what could go wrong",
        "open until late",
    ),
    *("he never came back", "summer sale", "hold on to your hat", "first light", "wait for the signal"),
)
SHORT = (
    "PREVIEW",
    "SAMPLE",
    "DRAFT ONLY",
    "DO NOT COPY",
    "PROOF",
    "WOW!",
    "NEW",
    "Yummy",
    "Holiday",
    "Hello",
)
STAMPS = ("PAID", "COPY", "RECEIVED", "VOID", "APPROVED")
LOUD = ((235, 60, 70), (250, 200, 30), (40, 150, 230), (60, 180, 90), (240, 110, 180))
BLACK, WHITE, YELLOW = (0, 0, 0), (255, 255, 255), (255, 220, 40)
DRAWN_LEVELS = 3
"""Levels by which a pixel must differ for something to be drawn there; what a shadow fades into is less."""
JPEG_QUALITY = 90
"""Every second case goes through a JPEG file, as most pictures do."""

Alpha = NDArray[np.float32]
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Rng = np.random.Generator
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TextCase:
    """A picture with writing.

    Attributes:
        name: number, kind and photo.
        rgb: (H, W, 3) uint8, with the writing.
        truth: the same without; a bubble or a page that it was written on is still there.
        drawn: (H, W), True where anything was drawn: letters, and what is round them.
        letters: (H, W), True where the letters themselves are.
    """

    name: str
    kind: str
    rgb: Rgb8
    truth: Rgb8
    drawn: Hole
    letters: Hole


@dataclass(frozen=True, slots=True)
class Written:
    """What one kind draws; shapes as in `TextCase`."""

    rgb: Rgb8
    truth: Rgb8
    letters: Hole


def cases(photos: Path, *, seed: int, count: int) -> list[TextCase]:
    """`count` cases, the kinds in turn, each on a photo of the folder drawn by the seed.

    Raises:
        FileNotFoundError: the folder has no photo.
    """
    files = holes.files(photos)
    order = np.random.default_rng(seed).permutation(max(count, len(files))) % len(files)
    names = list(KINDS)
    return [
        _case(number, names[number % len(names)], files[order[number]], np.random.default_rng((seed, number)))
        for number in range(count)
    ]


def _case(number: int, kind: str, photo: Path, rng: Rng) -> TextCase:
    made = KINDS[kind](_shrunk(holes.read(photo)), rng)
    drawn = np.asarray(np.abs(made.rgb.astype(np.int32) - made.truth).max(axis=2) >= DRAWN_LEVELS)
    rgb = made.rgb if number % 2 else through_jpeg(made.rgb)
    return TextCase(f"{number:02d} {kind} {photo.stem}", kind, rgb, made.truth, drawn, made.letters)


def through_jpeg(rgb: Rgb8) -> Rgb8:
    """(H, W, 3) uint8 as it comes out of a JPEG file."""
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)
    )
    return np.asarray(cv2.cvtColor(_decoded(data), cv2.COLOR_BGR2RGB), np.uint8)


def _decoded(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.asarray(bgr, np.uint8)


def _shrunk(rgb: Rgb8) -> Rgb8:
    scale = min(SIDE_PX / max(rgb.shape[:2]), 1.0)
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _meme(photo: Rgb8, rng: Rng) -> Written:
    """White capitals with a thick black outline, above and below."""
    height, width = photo.shape[:2]
    font = _fitted(rng, BOLD, photo, 0.10, text := _words(rng).upper())
    below = rng.random() < 0.5
    middle = (width / 2, height * (0.9 if below else 0.1))
    stroke = max(round(_size(font) * rng.uniform(0.05, 0.1)), 2)
    letters, outlined = (_drawn(photo, text, font, middle, stroke=it) for it in (0, stroke))
    return _written(photo, letters, (outlined, BLACK), (letters, WHITE))


def _subtitles(photo: Rgb8, rng: Rng) -> Written:
    """Two lines with a thin outline and a soft shadow."""
    height, width = photo.shape[:2]
    text = "\n".join((_words(rng).capitalize(), f"{_words(rng)}."))
    font = _fitted(rng, PLAIN, photo, rng.uniform(0.045, 0.06), text)
    middle = (width / 2, height * 0.9)
    letters, outlined = (_drawn(photo, text, font, middle, stroke=it) for it in (0, 2))
    shadow = _shifted(outlined, 0.08 * _size(font), 1.5) * np.float32(rng.uniform(0.4, 0.8))
    colour = WHITE if rng.random() < 0.6 else YELLOW
    return _written(photo, letters, (shadow, BLACK), (outlined, BLACK), (letters, colour))


def _caption(photo: Rgb8, rng: Rng) -> Written:
    """A line on a translucent bar, from side to side or as long as the line."""
    height, width = photo.shape[:2]
    font = _fitted(rng, PLAIN, photo, rng.uniform(0.045, 0.07), text := _words(rng).capitalize())
    middle = (width / 2, height * rng.uniform(0.75, 0.9))
    dark = rng.random() < 0.7
    letters = _drawn(photo, text, font, middle)
    bar = np.zeros_like(letters)
    half = 0.9 * _size(font)
    box = cv2.boundingRect((letters > 0).astype(np.uint8))
    ends = (0, width) if rng.random() < 0.5 else (round(box[0] - half), round(box[0] + box[2] + half))
    bar[round(middle[1] - half) : round(middle[1] + half), max(ends[0], 0) : ends[1]] = rng.uniform(0.4, 0.65)
    return _written(photo, letters, (bar, BLACK if dark else WHITE), (letters, WHITE if dark else BLACK))


def _sticker(photo: Rgb8, rng: Rng) -> Written:
    """Coloured letters with a white outline and sometimes a dark one round that, a little tilted."""
    font = _fitted(rng, BOLD, photo, rng.uniform(0.09, 0.14), text := str(rng.choice(SHORT)))
    middle, tilt = _somewhere(photo, rng), rng.uniform(-12, 12)
    stroke = max(round(0.08 * _size(font)), 2)
    letters, inner, outer = (
        _drawn(photo, text, font, middle, stroke=it, tilt=tilt) for it in (0, stroke, stroke + 3)
    )
    layers = [(outer, (40, 40, 40))] if rng.random() < 0.5 else []
    colour = LOUD[int(rng.integers(len(LOUD)))]
    return _written(photo, letters, *layers, (inner, WHITE), (letters, colour))


def _glow(photo: Rgb8, rng: Rng) -> Written:
    """Bright letters in their glow, or dark ones in a bright haze."""
    font = _fitted(rng, PLAIN, photo, rng.uniform(0.07, 0.11), text := str(rng.choice(SHORT)))
    middle = _somewhere(photo, rng)
    letters = _drawn(photo, text, font, middle)
    wide = cv2.GaussianBlur(
        _drawn(photo, text, font, middle, stroke=2), (0, 0), rng.uniform(0.08, 0.14) * _size(font)
    )
    haze = np.asarray(np.clip(1.6 * wide, 0, 0.9), np.float32)
    around, colour = ((40, 200, 255), WHITE) if rng.random() < 0.6 else (WHITE, (30, 30, 60))
    return _written(photo, letters, (haze, around), (letters, colour))


def _translucent(photo: Rgb8, rng: Rng) -> Written:
    """One large tilted word that the picture shines through."""
    height, width = photo.shape[:2]
    font = _fitted(rng, BOLD, photo, rng.uniform(0.16, 0.22), text := str(rng.choice(SHORT[:5])))
    letters = _drawn(photo, text, font, (width / 2, height / 2), tilt=rng.uniform(-30, 30))
    strength = np.float32(rng.uniform(0.3, 0.55))
    return _written(photo, letters, (letters * strength, WHITE if rng.random() < 0.7 else BLACK))


def _bubble(photo: Rgb8, rng: Rng) -> Written:
    """Black letters in a speech bubble or a drawn box, so wide that they touch its line."""
    font = _fitted(rng, BOLD, photo, rng.uniform(0.05, 0.07), text := _words(rng).upper())
    at = _somewhere(photo, rng)
    letters = _drawn(photo, text, font, at)
    left, top, wide, tall = cv2.boundingRect((letters > 0).astype(np.uint8))
    centre = round(left + wide / 2), round(top + tall / 2)
    line = max(round(0.1 * _size(font)), 2)
    ground = photo.copy()
    if rng.random() < 0.5:
        axes = (wide // 2 + int(rng.integers(0, line + 1)), round(1.6 * tall))
        for colour, thick in ((WHITE, -1), (BLACK, line)):
            cv2.ellipse(ground, centre, axes, 0, 0, 360, colour, thick, cv2.LINE_AA)
    else:
        inset = int(rng.integers(0, line + 1))
        corners = (left - inset, top - tall), (left + wide + inset, top + 2 * tall)
        for colour, thick in ((WHITE, -1), (BLACK, line)):
            cv2.rectangle(ground, *corners, colour, thick, cv2.LINE_AA)
    return _written(np.asarray(ground, np.uint8), letters, (letters, BLACK))


def _stamp(photo: Rgb8, rng: Rng) -> Written:
    """A sheet of paper with a line of print, and a stamp over that."""
    font = _fitted(rng, PLAIN, photo, rng.uniform(0.04, 0.05), text := _words(rng).capitalize())
    at = _somewhere(photo, rng)
    letters = _drawn(photo, text, font, at)
    left, top, wide, tall = cv2.boundingRect((letters > 0).astype(np.uint8))
    room = round(2.2 * _size(font))
    page = photo.astype(np.float32)
    here = slice(max(top - room, 0), top + tall + room), slice(max(left - room, 0), left + wide + room)
    shade = np.linspace(0, rng.uniform(0, 25), page[here].shape[1], dtype=np.float32)[None, :, None]
    page[here] = np.array((244, 240, 230), np.float32) - shade + rng.normal(0, 1.5, page[here].shape)
    bold = _font(BOLD[0], round(1.5 * _size(font)))
    stamp = _drawn(photo, str(rng.choice(STAMPS)), bold, at, tilt=rng.uniform(-20, 20))
    ground = np.clip(np.rint(page), 0, 255).astype(np.uint8)
    ink = np.float32(rng.uniform(0.7, 0.95))
    return _written(ground, np.maximum(letters, stamp), (letters, (30, 30, 30)), (stamp * ink, (190, 30, 40)))


KINDS: dict[str, Callable[[Rgb8, Rng], Written]] = {
    "meme": _meme,
    "subtitles": _subtitles,
    "caption": _caption,
    "sticker": _sticker,
    "glow": _glow,
    "translucent": _translucent,
    "bubble": _bubble,
    "stamp": _stamp,
}


def _written(ground: Rgb8, letters: Alpha, *layers: tuple[Alpha, Colour]) -> Written:
    """The layers over the ground, the first lowest."""
    planes = ground.astype(np.float32)
    for alpha, colour in layers:
        planes += alpha[..., None] * (np.array(colour, np.float32) - planes)
    return Written(np.clip(np.rint(planes), 0, 255).astype(np.uint8), ground, np.asarray(letters > 0.5))


def _drawn(photo: Rgb8, text: str, font: Font, middle: Place, *, stroke: int = 0, tilt: float = 0.0) -> Alpha:
    """(H, W) 0..1: the text, its middle at (x, y), turned by so many degrees."""
    height, width = photo.shape[:2]
    layer = Image.new("L", (width, height))
    draw = ImageDraw.Draw(layer)
    draw.text(middle, text, fill=255, font=font, anchor="mm", align="center", stroke_width=stroke)
    if tilt:
        layer = layer.rotate(tilt, Image.Resampling.BICUBIC, center=middle)
    return np.asarray(np.asarray(layer, np.float32) / 255, np.float32)


def _shifted(alpha: Alpha, by_px: float, blur_px: float) -> Alpha:
    """To the lower right, and softer."""
    move = np.array([[1, 0, by_px], [0, 1, by_px]], np.float32)
    moved = cv2.warpAffine(alpha, move, alpha.shape[::-1])
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), blur_px), np.float32)


def _words(rng: Rng) -> str:
    return str(rng.choice(WORDS))


def _somewhere(photo: Rgb8, rng: Rng) -> Place:
    height, width = photo.shape[:2]
    return width / 2, height * rng.uniform(0.3, 0.7)


def _fitted(rng: Rng, names: Sequence[str], photo: Rgb8, share: float, text: str) -> Font:
    """A font so large that the text takes this share of the picture's width a line, at most 0.86 of it."""
    name = str(rng.choice(names))
    size = max(round(share * photo.shape[1]), 14)
    box = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((0, 0), text, font=_font(name, size))
    room = 0.86 * photo.shape[1] / (box[2] - box[0])
    return _font(name, max(round(size * min(room, 1.0)), 12))


def _size(font: Font) -> float:
    return float(getattr(font, "size", 12))


@cache
def _font(name: str, size: int) -> Font:
    try:
        return ImageFont.truetype(f"{name}.ttf", size)
    except OSError:
        return ImageFont.load_default(size)
