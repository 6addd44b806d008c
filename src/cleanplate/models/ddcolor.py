"""DDColor: colours for a grey picture, without words.

Source: Kang et al., "DDColor: towards photo-realistic image colorization via dual decoders", 2023; the small
network of piddnad/DDColor-models, Apache-2.0, as ONNX from edgetools/ddcolor, Apache-2.0: it takes a grey
picture of 512 x 512 in RGB, and gives the a* and b* of CIELAB as OpenCV has them.
"""

from functools import partial
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.models.base import Model
from cleanplate.models.jobs import ColorizeJob
from cleanplate.models.roles import COLORIZE, Ability
from cleanplate.pixels.recolour import recolour
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, path_of

SIDE_PX: Final = 512
WEIGHTS: Final = WeightFile(
    path="ddcolor-tiny-fp16.onnx",
    size_bytes=135_444_402,
    sha256="2653da00dc15e54a45e5200b61dbf82ee9ceaf56b02bb9b9657569ac775e82e6",
    url="https://huggingface.co/edgetools/ddcolor/resolve/4755ae9f1f7a35a9e7693b96c2a88f3432cb6ab0/ddcolor-tiny-fp16.onnx",
)
MEMORY_BYTES: Final = 2_300_000_000
"""Measured on a CPU, on a network of the same make with random weights."""
_MOST_PX: Final = 1024
"""The longer side at which colours are worked out; they have no finer detail, and the picture's own stays."""


def _colorize(name: str, job: ColorizeJob) -> Rgb8:
    """The picture in colours; its brightness is the input's own. Raises `EngineFailed`."""
    job.progress(0.0)
    height, width = job.rgb.shape[:2]
    scale = min(_MOST_PX / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(job.rgb, size, interpolation=cv2.INTER_AREA)
    lightness = _lightness(cast(Rgb8, small))
    with graph(path_of(name, WEIGHTS, job.runtime), name, MEMORY_BYTES, job.runtime) as net:
        job.progress(0.2)
        made = net.run({net.inputs[0]: _grey(lightness)[None]})[0][0]
    job.progress(0.9)
    planes = cv2.resize(made.transpose(1, 2, 0).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    coloured = _rgb(np.dstack([lightness, planes]))
    return recolour(
        job.rgb, cast(Rgb8, cv2.resize(coloured, (width, height), interpolation=cv2.INTER_LINEAR))
    )


def _lightness(rgb: Rgb8) -> NDArray[np.float32]:
    """(h, w), the L* of CIELAB, 0..100."""
    return cast(NDArray[np.float32], cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0])


def _grey(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3, 512, 512), 0..1: what the network is shown, squeezed into a square."""
    square = cv2.resize(lightness, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    without_colour = np.dstack([square, np.zeros_like(square), np.zeros_like(square)])
    return np.ascontiguousarray(
        cv2.cvtColor(without_colour, cv2.COLOR_LAB2RGB).transpose(2, 0, 1), np.float32
    )


def _rgb(lab: NDArray[np.float32]) -> Rgb8:
    made = np.clip(cv2.cvtColor(np.ascontiguousarray(lab, np.float32), cv2.COLOR_LAB2RGB), 0, 1)
    return cast(Rgb8, np.rint(made * 255).astype(np.uint8))


def model(name: str, files: tuple[WeightFile, ...]) -> Model:
    """A colourist whose weights are in the folder `name`."""
    card = Card(
        name=name,
        licence="Apache-2.0",
        summary="DDColor, small: colours for a grey picture",
        files=files,
        needs=("onnxruntime",),
        size=f"any; seen at {SIDE_PX} x {SIDE_PX}",
        side_px=SIDE_PX,
        memory_bytes=MEMORY_BYTES,
    )
    return Model(card, (Ability(COLORIZE, partial(_colorize, name)),), rank=50)


MODEL = model("ddcolor", (WEIGHTS,))
