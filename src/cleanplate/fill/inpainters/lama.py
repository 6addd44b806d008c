"""LaMa: fills large holes and long lines; sees 512 x 512 pixels.

R. Suvorov et al.: "Resolution-robust large mask inpainting with Fourier convolutions", WACV 2022; the graph
that Carve exported of big-lama. Its input `image` is (N, 3, 512, 512) float32 in 0..1, `mask` is
(N, 1, 512, 512) float32 with 1 = hole; its one output is (N, 3, 512, 512) float32 in 0..255.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cleanplate.fill.base import FillJob
from cleanplate.fill.network_inpainter import NetworkInpainter, structure_by_graph
from cleanplate.pixels.letterbox import Letterbox
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

_HOME = "https://huggingface.co/Carve/LaMa-ONNX/resolve/c3c0c9e468934d62e79c329e35d82dd09ff8c444"

CARD = Card(
    name="lama",
    licence="Apache-2.0",
    summary="large holes, long lines and repeating patterns; 512 px of structure",
    files=(
        WeightFile(
            path="lama_fp32.onnx",
            size_bytes=208_044_816,
            sha256="1faef5301d78db7dda502fe59966957ec4b79dd64e16f03ed96913c7a4eb68d6",
            url=f"{_HOME}/lama_fp32.onnx",
        ),
    ),
    needs=("onnxruntime",),
    size="512 x 512; larger crops are shrunk to it",
    side_px=512,
    memory_bytes=850_000_000,
    batch_limit=8,
    batch_bytes=640_000_000,
)


def _inputs(frame: Letterbox) -> Mapping[str, NDArray[np.float32]]:
    return {
        "image": np.ascontiguousarray(frame.rgb.transpose(2, 0, 1)[None], np.float32) / np.float32(255),
        "mask": frame.hole[None, None].astype(np.float32),
    }


def structure(job: FillJob) -> Rgb8:
    """The crop with its hole made, sharp at 512 px. Raises `EngineFailed`."""
    return structure_by_graph(job, CARD, _inputs)


INPAINTER = NetworkInpainter(CARD, structure, rank=20, holes="wide")
