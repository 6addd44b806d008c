"""Seeded marks on photographs, the truth known: small logos in a corner, and one big tilted mark.

A marked picture is (1 - a) J + a W. Alpha `a` has soft edges, the colour `W` is one or two, and all may have
gone through JPEG; the truth is the picture without a mark that has gone through the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.holes import files, read
from cleanplate.pixels.types import Alpha, Box, Rgb8

SIZE_PX = (640, 480)
"""(width, height) of a picture."""
SIZES_PX = ((640, 480), (600, 460), (560, 480), (620, 440))
"""Where those of a folder differ."""
LOGO_PX = (64, 128)
"""Shortest and longest side of a logo."""
FROM_BORDER_PX = (12, 40)
STRENGTH = (0.2, 0.7)
SOFT_PX = (0.5, 1.1)
"""Sigma of the blur on a mark's edges."""
QUALITIES = (0, 75, 85, 95)
"""Of JPEG, 4:2:0; 0 is none."""
BOX_MARGIN = (0.1, 0.6)
"""By so much, of the logo's side, the box that a user draws is larger, both sides together."""
FINE = 4
"""Shapes are drawn so many times larger, and shrunk."""
TILT_DEG = (20, 40)
TILTED_SHARE = 0.6
"""Of the picture's diagonal that a tilted mark is long."""
COLOURS = ((255, 255, 255), (255, 255, 255), (0, 0, 0), (220, 40, 40), (30, 90, 220), (250, 190, 20))
COUNTS = (3, 6, 12)
"""Pictures of a folder."""
SHAPES = ("disc", "ring", "polygon", "emblem")
TILTED = ("letters", "outline")
FOLDERS_OF_EACH, SINGLES_OF_EACH, TILTED_OF_EACH = 8, 8, 4

Rng = np.random.Generator
_Layers = tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class MarkLayers:
    """A mark as large as itself.

    Attributes:
        alpha: (H, W) float32, 0..1.
        colour: (H, W, 3) float32, 0..255.
    """

    alpha: Alpha
    colour: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MarkedPhoto:
    """One picture with a mark.

    Attributes:
        marked, truth: (H, W, 3) uint8.
        alpha: (H, W), of the mark.
        box: what a user draws round it.
    """

    marked: Rgb8
    truth: Rgb8
    alpha: Alpha
    box: Box


@dataclass(frozen=True, slots=True)
class MarkCase:
    """Pictures that share a mark, or one alone.

    Attributes:
        name: kind, shape and number.
        kind: "folder-3" and so on, "single", "tilted", "tilted-6".
        anchor: of `unmark`.
        about: strength, colour, quality: for people.
    """

    name: str
    kind: str
    photos: tuple[MarkedPhoto, ...]
    anchor: str
    about: str


def cases(photos: Path, kinds: Sequence[str] = ()) -> list[MarkCase]:
    """All kinds, or these, on the photographs of a folder; the same on every call.

    Raises:
        FileNotFoundError: the folder has no photo.
    """
    pictures = [_fitted(read(file)) for file in files(photos)]
    made: list[MarkCase] = []
    for count in COUNTS:
        made += [_folder(pictures, count, number) for number in range(FOLDERS_OF_EACH)]
    made += [_single(pictures, shape, number) for shape in SHAPES for number in range(SINGLES_OF_EACH)]
    for count in (1, 6, 12):
        made += [
            _tilted(pictures, count, shape, number) for shape in TILTED for number in range(TILTED_OF_EACH)
        ]
    return [case for case in made if not kinds or case.kind in kinds]


def _fitted(rgb: Rgb8) -> Rgb8:
    """Shrunk to cover `SIZE_PX`, and its middle cut out."""
    width, height = SIZE_PX
    scale = max(width / rgb.shape[1], height / rgb.shape[0])
    size = (max(round(rgb.shape[1] * scale), width), max(round(rgb.shape[0] * scale), height))
    fitted = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.asarray(fitted[top : top + height, left : left + width], np.uint8)


def _folder(pictures: Sequence[Rgb8], count: int, number: int) -> MarkCase:
    rng = np.random.default_rng([1, count, number])
    shape = SHAPES[number % len(SHAPES)]
    mark, about = _logo(shape, rng)
    mixed = number % 4 == 3
    anchor = ("lower-right", "upper-left")[number % 3 == 2]
    distance = rng.integers(*FROM_BORDER_PX, 2)
    quality = int(QUALITIES[number % 4])
    chosen = rng.choice(len(pictures), count, replace=len(pictures) < count)
    photos = []
    for place, index in enumerate(chosen):
        size = SIZES_PX[place % len(SIZES_PX)] if mixed else SIZE_PX
        photo = np.ascontiguousarray(pictures[index][: size[1], : size[0]])
        photos.append(_marked(photo, mark, _corner(photo, mark, anchor, distance), quality, rng))
    about = f"{about} q{quality}{' mixed sizes' if mixed else ''}"
    return MarkCase(f"folder-{count}-{shape}-{number}", f"folder-{count}", tuple(photos), anchor, about)


def _single(pictures: Sequence[Rgb8], shape: str, number: int) -> MarkCase:
    rng = np.random.default_rng([2, SHAPES.index(shape), number])
    mark, about = _logo(shape, rng)
    quality = int(QUALITIES[number % 4])
    anchor = ("lower-right", "upper-left", "lower-left", "upper-right")[number // 2 % 4]
    photo = pictures[int(rng.integers(len(pictures)))]
    corner = _corner(photo, mark, anchor, rng.integers(*FROM_BORDER_PX, 2))
    return MarkCase(
        f"single-{shape}-{number}",
        "single",
        (_marked(photo, mark, corner, quality, rng),),
        anchor,
        f"{about} q{quality}",
    )


def _tilted(pictures: Sequence[Rgb8], count: int, shape: str, number: int) -> MarkCase:
    rng = np.random.default_rng([3, count, TILTED.index(shape), number])
    draw = _letters if shape == "letters" else _big_outline
    strength = float(rng.uniform(0.2, 0.6))
    colour = COLOURS[int(rng.integers(len(COLOURS)))]
    alpha = _softened(draw(rng)[0], rng) * np.float32(strength)
    mark = MarkLayers(alpha, np.full((*alpha.shape, 3), colour, np.float32))
    quality = int(QUALITIES[number % 4])
    chosen = rng.choice(len(pictures), count, replace=len(pictures) < count)
    photos = tuple(_marked(pictures[index], mark, (0, 0), quality, rng) for index in chosen)
    kind = "tilted" if count == 1 else f"tilted-{count}"
    about = f"{strength:.2f} {colour} q{quality}"
    return MarkCase(f"{kind}-{shape}-{number}", kind, photos, "middle", about)


def _logo(shape: str, rng: Rng) -> tuple[MarkLayers, str]:
    """A small mark, and what it is."""
    side = int(rng.integers(*LOGO_PX))
    strength = float(rng.uniform(*STRENGTH))
    layers = LOGOS[shape](side * FINE, rng)
    colours = _colours(len(layers), rng)
    soft = [_softened(layer, rng) for layer in layers]
    cover = np.maximum(sum(soft, np.zeros_like(soft[0])), np.float32(1e-6))
    colour = sum(
        (
            part[..., None] / cover[..., None] * np.array(one, np.float32)
            for part, one in zip(soft, colours, strict=True)
        ),
        np.zeros((*cover.shape, 3), np.float32),
    )
    alpha = np.asarray(np.minimum(cover, 1) * strength, np.float32)
    return MarkLayers(alpha, np.asarray(colour, np.float32)), f"{shape} {side}px {strength:.2f} {colours}"


def _colours(count: int, rng: Rng) -> list[tuple[int, int, int]]:
    """So many that differ."""
    return list(dict.fromkeys(COLOURS[int(index)] for index in rng.permutation(len(COLOURS))))[:count]


def _softened(layer: NDArray[np.uint8], rng: Rng) -> Alpha:
    size = (layer.shape[1] // FINE, layer.shape[0] // FINE)
    small = cv2.resize(layer, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(*SOFT_PX))), np.float32)


def _empty(side: int) -> NDArray[np.uint8]:
    return np.zeros((side, side), np.uint8)


def _disc(side: int, rng: Rng) -> _Layers:
    """A disc with a letter-like shape cut out."""
    layer = cv2.circle(_empty(side), (side // 2, side // 2), int(side * 0.42), 1, -1)
    letter = "ABDEGHKMNPRSTXZ"[int(rng.integers(15))]
    scale = side / 42
    (width, height), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_SIMPLEX, scale, side // 12)
    place = ((side - width) // 2, (side + height) // 2)
    cv2.putText(layer, letter, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 0, side // 12, cv2.LINE_AA)
    return (np.asarray(layer, np.uint8),)


def _ring(side: int, rng: Rng) -> _Layers:
    """A ring with a bar or a dot in it."""
    middle = (side // 2, side // 2)
    layer = cv2.circle(_empty(side), middle, int(side * 0.38), 1, max(side // int(rng.integers(8, 16)), 1))
    if rng.random() < 0.5:
        cv2.circle(layer, middle, side // 8, 1, -1)
    else:
        cv2.rectangle(layer, (side // 3, side * 9 // 20), (side * 2 // 3, side * 11 // 20), 1, -1)
    return (np.asarray(layer, np.uint8),)


def _polygon(side: int, rng: Rng) -> _Layers:
    """A star or another polygon."""
    corners = int(rng.integers(3, 7))
    star = rng.random() < 0.5
    return (_star(side, corners if not star else corners + 1, 0.44, 0.2 if star else 0.44, rng.random()),)


def _star(side: int, corners: int, outer: float, inner: float, turn: float) -> NDArray[np.uint8]:
    angles = 2 * np.pi * (np.arange(2 * corners) / (2 * corners) + turn)
    far = np.where(np.arange(2 * corners) % 2 == 0, outer, inner if inner < outer else outer)
    points = side / 2 + side * far[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.asarray(cv2.fillPoly(_empty(side), [points.astype(np.int32)], 1), np.uint8)


def _emblem(side: int, rng: Rng) -> _Layers:
    """A shield of one colour with a star of another in it."""
    shield = cv2.circle(_empty(side), (side // 2, side // 2), int(side * 0.44), 1, -1)
    star = _star(side, int(rng.integers(4, 7)), 0.28, 0.13, float(rng.random()))
    return np.asarray(shield * (1 - star), np.uint8), star


LOGOS: dict[str, Callable[[int, Rng], _Layers]] = {
    "disc": _disc,
    "ring": _ring,
    "polygon": _polygon,
    "emblem": _emblem,
}


def _big(draw: Callable[[NDArray[np.uint8]], None], rng: Rng) -> _Layers:
    """A tilted picture-sized layer."""
    width, height = (side * FINE for side in SIZE_PX)
    layer = np.zeros((height, width), np.uint8)
    draw(layer)
    tilt = float(rng.uniform(*TILT_DEG)) * (1, -1)[int(rng.integers(2))]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1)
    return (np.asarray(cv2.warpAffine(layer, turn, (width, height)), np.uint8),)


def _letters(rng: Rng) -> _Layers:
    words = ("STUDIO", "SAMPLE", "PROOF", "PIXHAUS", "Lumen")[int(rng.integers(5))]
    thick = int(rng.integers(5, 11)) * FINE

    def draw(layer: NDArray[np.uint8]) -> None:
        long = TILTED_SHARE * float(np.hypot(*layer.shape))
        (width, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, 10, thick)
        scale = 10 * long / width
        (width, tall), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, scale, thick)
        place = ((layer.shape[1] - width) // 2, (layer.shape[0] + tall) // 2)
        cv2.putText(layer, words, place, cv2.FONT_HERSHEY_DUPLEX, scale, 1, thick, cv2.LINE_AA)

    return _big(draw, rng)


def _big_outline(rng: Rng) -> _Layers:
    """An ellipse and a rhombus in it, as lines."""
    thick = int(rng.integers(5, 14)) * FINE

    def draw(layer: NDArray[np.uint8]) -> None:
        long = TILTED_SHARE * float(np.hypot(*layer.shape))
        middle = (layer.shape[1] // 2, layer.shape[0] // 2)
        axes = (int(long / 2), int(long / 4))
        cv2.ellipse(layer, middle, axes, 0, 0, 360, 1, thick, cv2.LINE_AA)
        steps = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
        cv2.polylines(layer, [np.asarray(middle + 0.6 * steps * axes, np.int32)], True, 1, thick, cv2.LINE_AA)

    return _big(draw, rng)


def _corner(photo: Rgb8, mark: MarkLayers, anchor: str, distance: NDArray[np.int64]) -> tuple[int, int]:
    """(left, top) of a mark at this distance from its corner."""
    height, width = photo.shape[:2]
    rows, columns = mark.alpha.shape
    left = distance[0] if anchor.endswith("left") else width - columns - distance[0]
    top = distance[1] if anchor.startswith("upper") else height - rows - distance[1]
    return int(left), int(top)


def _marked(photo: Rgb8, mark: MarkLayers, corner: tuple[int, int], quality: int, rng: Rng) -> MarkedPhoto:
    left, top = corner
    rows, columns = mark.alpha.shape
    alpha = np.zeros(photo.shape[:2], np.float32)
    alpha[top : top + rows, left : left + columns] = mark.alpha
    out = photo.astype(np.float32)
    part, a = out[top : top + rows, left : left + columns], mark.alpha[..., None]
    part[:] = (1 - a) * part + a * mark.colour
    marked = np.rint(out).astype(np.uint8)
    return MarkedPhoto(_saved(marked, quality), _saved(photo, quality), alpha, _drawn_box(alpha, rng))


def _drawn_box(alpha: Alpha, rng: Rng) -> Box:
    """The mark's bounds, and a margin that differs from side to side."""
    rows, columns = np.flatnonzero((alpha > 0).any(axis=1)), np.flatnonzero((alpha > 0).any(axis=0))
    width, height = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    margin, split = float(rng.uniform(*BOX_MARGIN)), rng.uniform(0.25, 0.75, 2)
    left = max(int(columns[0] - margin * width * split[0]), 0)
    top = max(int(rows[0] - margin * height * split[1]), 0)
    right = min(int(columns[-1] + 1 + margin * width * (1 - split[0])), alpha.shape[1])
    return Box(left, top, right, min(int(rows[-1] + 1 + margin * height * (1 - split[1])), alpha.shape[0]))


def _saved(rgb: Rgb8, quality: int) -> Rgb8:
    """As it comes back from a JPEG of this quality."""
    if not quality:
        return rgb
    _, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    read_again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(read_again, cv2.COLOR_BGR2RGB), np.uint8)
