"""MI-GAN: a small network that fills holes quickly.

A. Sargsyan et al.: "MI-GAN: a simple baseline for image inpainting on mobile devices", ICCV 2023; the
authors' graph with all that is done before and after it. Its input `image` is (1, 3, H, W) uint8, `mask` is
(1, 1, H, W) uint8 with 255 = known and 0 = hole; its one output is the picture, (1, 3, H, W) uint8. Within
the graph the hole's box, 128 px round it and at least 512, is cut out and scaled to 512 x 512. What comes
back is blended with the input over the hole's outermost pixels, so a larger hole is asked for.
"""

import cv2
import numpy as np

from cleanplate.errors import BadParameter
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.pixels.letterbox import letterbox
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.weights.files import WeightFile, located

SIDE_PX = 512
BLENDED_PX = 3
"""Width of the border of a hole that keeps something of what lay under it."""
MEMORY_BYTES = 500_000_000
_HOME = "https://huggingface.co/andraniksargsyan/migan/resolve/406830d0fa60666da0071c342ad2fbc8f30c5c64"


def run(role: Role, job: ModelJob) -> Rgb8:
    """Fill what the mask covers.

    Raises:
        BadParameter: no mask.
        EngineFailed: the graph cannot be loaded, or failed.
    """
    if job.mask is None:
        raise BadParameter("mask: migan needs a mask")
    job.progress(0.0)
    hole = job.mask > 0
    frame = letterbox(job.rgb, hole, most_px=SIDE_PX, least_px=SIDE_PX)
    wider = cv2.dilate(frame.hole.view(np.uint8), np.ones((2 * BLENDED_PX + 1,) * 2, np.uint8))
    inputs = {
        "image": np.ascontiguousarray(frame.rgb.transpose(2, 0, 1)[None]),
        "mask": np.where(wider > 0, 0, 255).astype(np.uint8)[None, None],
    }
    weights = located(MODEL.name, MODEL.files[0], job.runtime)
    with graph(weights, MODEL.name, MEMORY_BYTES, job.runtime) as loaded:
        planes = loaded.run(inputs)[0][0]
    job.progress(1.0)
    made = frame.back(np.asarray(planes.transpose(1, 2, 0), np.uint8))
    return np.where(hole[..., None], made, job.rgb)


MODEL = Model(
    name="migan",
    roles=frozenset({"erase"}),
    licence="MIT",
    run=run,
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
    side_px=SIDE_PX,
    memory_bytes=MEMORY_BYTES,
    rank=10,
    holes="wide",
)
