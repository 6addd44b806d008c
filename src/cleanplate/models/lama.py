"""LaMa: fills large holes and long lines; sees 512 x 512 pixels.

R. Suvorov et al.: "Resolution-robust large mask inpainting with Fourier convolutions", WACV 2022; the graph
that Carve exported of big-lama. Its input `image` is (N, 3, 512, 512) float32 in 0..1, `mask` is
(N, 1, 512, 512) float32 with 1 = hole; its one output is (N, 3, 512, 512) float32 in 0..255.
"""

import numpy as np

from cleanplate.errors import BadParameter
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.pixels.letterbox import letterbox
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.weights.files import WeightFile, located

SIDE_PX = 512
MEMORY_BYTES = 850_000_000
_HOME = "https://huggingface.co/Carve/LaMa-ONNX/resolve/c3c0c9e468934d62e79c329e35d82dd09ff8c444"


def run(role: Role, job: ModelJob) -> Rgb8:
    """Fill what the mask covers.

    Raises:
        BadParameter: no mask.
        EngineFailed: the graph cannot be loaded, or failed.
    """
    if job.mask is None:
        raise BadParameter("mask: lama needs a mask")
    job.progress(0.0)
    hole = job.mask > 0
    frame = letterbox(job.rgb, hole, most_px=SIDE_PX, least_px=SIDE_PX)
    inputs = {
        "image": np.ascontiguousarray(frame.rgb.transpose(2, 0, 1)[None], np.float32) / np.float32(255),
        "mask": frame.hole[None, None].astype(np.float32),
    }
    weights = located(MODEL.name, MODEL.files[0], job.runtime)
    with graph(weights, MODEL.name, MEMORY_BYTES, job.runtime) as loaded:
        planes = loaded.run(inputs)[0][0]
    job.progress(1.0)
    made = frame.back(np.clip(np.rint(planes), 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return np.where(hole[..., None], made, job.rgb)


MODEL = Model(
    name="lama",
    roles=frozenset({"erase"}),
    licence="Apache-2.0",
    run=run,
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
    side_px=SIDE_PX,
    memory_bytes=MEMORY_BYTES,
    rank=20,
    holes="wide",
)
