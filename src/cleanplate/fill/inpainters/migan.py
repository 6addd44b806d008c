"""MI-GAN: a small network that fills holes quickly.

A. Sargsyan et al.: "MI-GAN: a simple baseline for image inpainting on mobile devices", ICCV 2023; the
authors' graph with all that is done before and after it. Its input `image` is (1, 3, H, W) uint8, `mask` is
(1, 1, H, W) uint8 with 255 = known and 0 = hole; its one output is the picture, (1, 3, H, W) uint8. Within
the graph the hole's box, 128 px round it and at least 512, is cut out and scaled to 512 x 512. What comes
back is blended with the input over the hole's outermost pixels, so a larger hole is asked for. It takes no
batches: it looks for one box in all that it is given.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.base import FillJob
from cleanplate.fill.network_inpainter import NetworkInpainter, structure_by_graph
from cleanplate.pixels.letterbox import Letterbox
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

BLENDED_PX = 3
"""Width of the border of a hole that keeps something of what lay under it."""
_HOME = "https://huggingface.co/andraniksargsyan/migan/resolve/406830d0fa60666da0071c342ad2fbc8f30c5c64"

CARD = Card(
    name="migan",
    licence="MIT",
    summary="a quick fill for a CPU, a seventh of lama's size; 512 px of structure",
    files=(
        WeightFile(
            path="migan_pipeline_v2.onnx",
            size_bytes=28_079_181,
            sha256="6f1f3530a1a2324b19752018ce756088b07973cda8d7d890034ace5c8a48c40b",
            url=f"{_HOME}/migan_pipeline_v2.onnx",
        ),
    ),
    needs=("onnxruntime",),
    size="512 x 512; larger crops are shrunk to it",
    side_px=512,
    memory_bytes=500_000_000,
)


def _inputs(frame: Letterbox) -> Mapping[str, NDArray[np.uint8]]:
    wider = cv2.dilate(frame.hole.view(np.uint8), np.ones((2 * BLENDED_PX + 1,) * 2, np.uint8))
    return {
        "image": np.ascontiguousarray(frame.rgb.transpose(2, 0, 1)[None]),
        "mask": np.where(wider > 0, 0, 255).astype(np.uint8)[None, None],
    }


def structure(job: FillJob) -> Rgb8:
    """The crop with its hole made, sharp at 512 px. Raises `EngineFailed`."""
    return structure_by_graph(job, CARD, _inputs)


INPAINTER = NetworkInpainter(CARD, structure, rank=10, holes="wide")
