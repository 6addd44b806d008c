"""PP-OCR v6: writing and watermarks, found and read. The weights arrive in the package `rapidocr`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from cleanplate.models.base import Model
from cleanplate.models.jobs import FindTextJob, FoundText, TextLine
from cleanplate.models.parts.ppocr_detection import detect
from cleanplate.models.parts.ppocr_line_selection import absent_quotes, choose_lines
from cleanplate.models.parts.ppocr_recognition import SCORE, Reading, read_ink, read_lines
from cleanplate.models.roles import FIND_TEXT, Ability
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Alpha, Box, Hole
from cleanplate.prompts.text_words import text_request
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.text.letter_choice import Wording
from cleanplate.text.rotated_box import RotatedBox, overlap
from cleanplate.text.text_segmentation import InkMask, rectangle, segment_lines
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, path_of

SAME = 0.5
"""Two scales found the same line when their rectangles share so much."""
LONGER = 1.25
"""A larger scale that sees so much more of a line may have found all of it."""
THERE = 0.1
"""Share of a line where something was removed, for it to be what is left of that."""
AGAIN, AGAIN_PX = 0.08, 2
"""Growth of strokes that can still be read when they are gone: heights of the line, and pixels at least."""
LEFT, LEFT_NEAR = 0.6, 0.15
"""Share of a line's strokes that lie where something was removed, or so many heights of the line beside it,
for them to be what is left of that. Of eyes and whiskers, read as a line, they do not."""
SURE_SIGN = 0.95
"""Score that a sign alone needs."""
SURE_PAIR = 0.85
"""And two, which arrows and joints of concrete look like."""
SHAPES = frozenset("一二三十口日目田工丁了卜人八丨上下土士王个不V0oO1lIiLTX")
"""Signs that pens, coins and window frames look like; alone they are no writing."""
FIND_SHARE = 0.6
"""Of the progress; reading has the rest."""

NAME = "ppocr-v6"
_RELEASE = "rapidocr==3.10.0"
DETECTOR = WeightFile(
    "models/PP-OCRv6_det_small.onnx",
    9_929_594,
    "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    package="rapidocr",
    release=_RELEASE,
)
READER = WeightFile(
    "models/PP-OCRv6_rec_small.onnx",
    21_234_383,
    "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    package="rapidocr",
    release=_RELEASE,
)
DETECTOR_BYTES, READER_BYTES = 400_000_000, 90_000_000


def find_text(job: FindTextJob) -> FoundText:
    """Find what is written, as far as the prompt means it.

    Where `job.strict` is False, a prompt that is not understood means all writing, and so does a watermark
    where none is known for one.

    Raises:
        BadInput: the prompt says something that is not understood.
    """
    if job.there is not None:
        return FoundText(_strokes_there(job, job.there))
    height, width = job.rgb.shape[:2]
    wanted = text_request(job.prompt, strict=job.strict)
    readings = _readings(job, _places(job))
    read = choose_lines(readings, wanted, width, height)
    if not read and wanted.marks and not job.strict:  # what is called a watermark may look like any writing
        read = choose_lines(readings, replace(wanted, marks=False), width, height)
    ink = _strokes(job, read)
    return FoundText(
        alpha=_paint(job.rgb.shape, ((line.box, line.ink) for line in ink)),
        letters=_paint(job.rgb.shape, ((line.box, line.letters) for line in ink)) > 0,
        plain=_paint(job.rgb.shape, ((line.box, line.ink) for line in ink if line.plain)) > 0,
        beyond=_paint(job.rgb.shape, ((line.box, line.beyond) for line in ink if line.beyond is not None))
        > 0,
        lines=tuple(_line(line) for line in read),
        written=len(readings),
        absent=tuple(absent_quotes(read, wanted)),
        not_understood=wanted.strange,
    )


def _strokes_there(job: FindTextJob, there: Hole) -> Alpha:
    """Strokes of what is still read where the flags are, and those flags themselves, a little grown."""
    read = _readings(job, _places(job))
    again = [line for line in read if _covers(rectangle(job.rgb, line.place), there)]
    alpha = np.zeros(there.shape, np.float32)
    for place, strokes in zip((line.place for line in again), _strokes(job, again), strict=True):
        near = dilate(there, round(LEFT_NEAR * place.height))[strokes.box.slices]
        if np.count_nonzero(strokes.ink & near) < LEFT * np.count_nonzero(strokes.ink):
            continue
        alpha[strokes.box.slices][strokes.ink & near] = 1
        line = rectangle(job.rgb, place)
        grown = dilate(there[line.box.slices] & line.ink, max(round(AGAIN * place.height), AGAIN_PX))
        alpha[line.box.slices][grown] = 1
    return alpha


def _strokes(job: FindTextJob, lines: Sequence[Reading]) -> list[InkMask]:
    """The ink of each line: what says by itself what the line says."""
    weights = path_of(NAME, READER, job.runtime)
    with graph(weights, f"{NAME}/reader", READER_BYTES, job.runtime) as reader:
        wordings = [Wording(line.text, partial(read_ink, reader)) for line in lines]
        return segment_lines(job.rgb, [line.place for line in lines], wordings)


def _places(job: FindTextJob) -> list[list[RotatedBox]]:
    """Lines at each scale."""
    weights = path_of(NAME, DETECTOR, job.runtime)
    with graph(weights, f"{NAME}/detector", DETECTOR_BYTES, job.runtime) as detector:
        return detect(detector, job.rgb, lambda done: job.progress(FIND_SHARE * done))


def _covers(line: InkMask, there: Hole) -> bool:
    return bool(np.count_nonzero(there[line.box.slices] & line.ink) > THERE * np.count_nonzero(line.ink))


def _readings(job: FindTextJob, places: Sequence[Sequence[RotatedBox]]) -> list[Reading]:
    """What can be read. Of a line that several scales found the finest is taken that can."""
    sure: list[Reading] = []
    weights = path_of(NAME, READER, job.runtime)
    with graph(weights, f"{NAME}/reader", READER_BYTES, job.runtime) as reader:
        for number, scale in enumerate(places):
            new = [place for place in scale if not any(_is_known(place, old.place) for old in sure)]
            report = _part(job.progress, number, len(places))
            for line in read_lines(reader, job.rgb, new, report):
                if _says_something(line):
                    sure = _with(sure, line)
    return sure


def _is_known(place: RotatedBox, old: RotatedBox) -> bool:
    """A line that was read at a finer scale, and that is no longer at this one."""
    return overlap(place, old) > SAME and place.length < LONGER * old.length


def _with(sure: list[Reading], line: Reading) -> list[Reading]:
    """The lines with one more, which takes the place of its own parts where it says more than they do."""
    same = [old for old in sure if overlap(line.place, old.place) > SAME]
    if any(len(line.text) <= len(old.text) for old in same):
        return sure
    return [*(old for old in sure if old not in same), line]


def _says_something(line: Reading) -> bool:
    signs = [sign for sign in line.text if sign.isalnum()]
    match signs:
        case []:
            return False
        case [sign]:
            return line.score >= SURE_SIGN and sign not in SHAPES
        case [_, _]:
            return line.score >= SURE_PAIR
        case _:
            return line.score >= SCORE


def _part(progress: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    """The progress of reading one scale."""
    return lambda done: progress(FIND_SHARE + (1 - FIND_SHARE) * (number + done) / count)


def _line(line: Reading) -> TextLine:
    quad = tuple((round(float(x)), round(float(y))) for x, y in line.place.corners())
    return TextLine(line.text, round(line.score, 3), quad)


def _paint(shape: tuple[int, ...], parts: Iterable[tuple[Box, Hole]]) -> Alpha:
    alpha = np.zeros(shape[:2], np.float32)
    for box, flags in parts:
        alpha[box.slices][flags] = 1
    return alpha


CARD = Card(
    name=NAME,
    licence="Apache-2.0",
    summary="finds and reads writing and watermarks, English and Chinese",
    files=(DETECTOR, READER),
    needs=("onnxruntime",),
    memory_bytes=DETECTOR_BYTES + READER_BYTES,
)
MODEL = Model(CARD, (Ability(FIND_TEXT, find_text),))
