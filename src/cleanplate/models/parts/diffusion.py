"""What all models of diffusers share: sizes, words for each role, strength, progress, and the way back.

Each model is one file with a `models.parts.pipeline.Pipeline`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.analysis.line_art import line_art
from cleanplate.models.base import Model
from cleanplate.models.jobs import (
    CharacterJob,
    DoodleJob,
    InpaintJob,
    InstructJob,
    OutpaintJob,
    PromptJob,
    StylizeJob,
)
from cleanplate.models.parts.pipeline import STEP_PX, Pipeline, PipelineInput
from cleanplate.models.roles import (
    CHARACTER,
    DOODLE,
    INPAINT,
    INSTRUCT,
    OUTPAINT,
    STYLIZE,
    Ability,
    AnyAbility,
)
from cleanplate.pixels.guided_filter import guided_upsample
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.runtime.batcher import ReportShare
from cleanplate.runtime.runtime import Runtime
from cleanplate.runtime.torch_runtime import generator, network, shares_of, sparing
from cleanplate.weights.files import folder

if TYPE_CHECKING:
    import torch

_LOADED: Final = 0.05
"""Share of the progress that stands for loading and for reading the words."""

_DOODLE: Final = "Turn this line drawing into a finished picture; keep every line where it is."
_CHARACTER: Final = "Keep the character of this picture exactly as it is: face, body, clothes and style."
_OUTPAINT: Final = "Continue this picture beyond its borders without a seam."


@dataclass(frozen=True, slots=True)
class _Request:
    """What one role asks of a pipeline.

    Attributes:
        job: the picture, the words, the seed and whom to tell the progress.
        instruction: what to say before the words of a caller, to a model that is instructed.
        negative_prompt: what not to make.
        mask: (H, W) float32, above 0 = repaint; None is all of it.
        strength: above 0 up to 1; 1 makes its part wholly anew.
        lines: the network sees a drawing of the picture's lines instead of it.
        joint: the detail of the picture comes back by guided upsampling; else what was made is scaled.
    """

    job: PromptJob
    instruction: str = ""
    negative_prompt: str = ""
    mask: Alpha | None = None
    strength: float = 1.0
    lines: bool = False
    joint: bool = False


_Made: TypeAlias = tuple[Rgb8, Rgb8]
"""What the network saw, and what it made of it, in one size."""


def model(pipeline: Pipeline) -> Model:
    """The model that has its roles by this pipeline."""
    return Model(pipeline.card, _abilities(pipeline), rank=pipeline.rank)


def _abilities(pipeline: Pipeline) -> tuple[AnyAbility, ...]:
    known: tuple[AnyAbility, ...] = (
        Ability(INPAINT, partial(_inpaint, pipeline)),
        Ability(OUTPAINT, partial(_outpaint, pipeline)),
        Ability(INSTRUCT, partial(_change, pipeline)),
        Ability(STYLIZE, partial(_change, pipeline)),
        Ability(DOODLE, partial(_doodle, pipeline)),
        Ability(CHARACTER, partial(_character, pipeline)),
    )
    return tuple(ability for ability in known if ability.role.name in pipeline.roles)


def _inpaint(pipeline: Pipeline, job: InpaintJob) -> Rgb8:
    return _run(pipeline, _Request(job, negative_prompt=job.negative_prompt, mask=job.mask))


def _outpaint(pipeline: Pipeline, job: OutpaintJob) -> Rgb8:
    return _run(pipeline, _Request(job, _OUTPAINT, mask=job.mask))


def _change(pipeline: Pipeline, job: InstructJob | StylizeJob) -> Rgb8:
    """The whole picture by the words, as far from what it was as the strength says."""
    if job.strength == 0:
        job.progress(0.0)
        return job.rgb
    return _run(pipeline, _Request(job, strength=job.strength, joint=True))


def _doodle(pipeline: Pipeline, job: DoodleJob) -> Rgb8:
    return _run(pipeline, _Request(job, _DOODLE, lines=not job.is_sketch))


def _character(pipeline: Pipeline, job: CharacterJob) -> Rgb8:
    return _run(pipeline, _Request(job, _CHARACTER, joint=True))


def fit_size(width: int, height: int, least_px: int, most_px: int) -> tuple[int, int]:
    """(width, height) in multiples of `STEP_PX`, about the same shape, from least_px² to most_px² pixels."""
    area = float(width * height)
    scale = (min(max(area, least_px**2), most_px**2) / area) ** 0.5
    wide = max(round(width * scale / STEP_PX), 4) * STEP_PX
    tall = max(round(height * scale / STEP_PX), 4) * STEP_PX
    while wide * tall > most_px**2 and max(wide, tall) > 4 * STEP_PX:
        wide, tall = (wide - STEP_PX, tall) if wide >= tall else (wide, tall - STEP_PX)
    return wide, tall


def _run(pipeline: Pipeline, request: _Request) -> Rgb8:
    """(H, W, 3), the size of the job's picture. Raises `EngineFailed`, and what `job.progress` raises."""
    job = request.job
    job.progress(0.0)
    small, made = job.runtime.batcher.run(
        (pipeline.name, _size_at(pipeline, job.rgb, 1.0), request.strength),
        request,
        partial(_run_all, pipeline, job.runtime),
        limit=partial(pipeline.card.at_once, job.runtime),
        progress=job.progress,
    )
    return (
        guided_upsample(job.rgb, small, made, 1.0) if request.joint else _resize(made, job.rgb.shape[1::-1])
    )


def _run_all(
    pipeline: Pipeline, runtime: Runtime, requests: Sequence[_Request], progress: ReportShare
) -> list[_Made]:
    load, more_bytes = partial(_load, pipeline, folder(pipeline.name, runtime)), pipeline.batch_bytes
    with network(
        pipeline.name, pipeline.memory_bytes, load, runtime, (len(requests) - 1) * more_bytes
    ) as loaded:
        progress(_LOADED)
        return sparing(
            lambda share: _run_at(pipeline, loaded, requests, share, progress),
            pipeline.name,
            runtime,
            shares_of(len(requests)),
        )


def _load(pipeline: Pipeline, home: Path, device: str, precision: "torch.dtype") -> Any:
    """From its own folder alone: nothing is downloaded, nothing is unpickled."""
    import diffusers
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    loaded = getattr(diffusers, pipeline.kind).from_pretrained(
        str(home),
        dtype=precision,
        local_files_only=True,
        use_safetensors=True,
        variant=pipeline.variant or None,
    )
    loaded.set_progress_bar_config(disable=True)
    return loaded.to(device)


def _size_at(pipeline: Pipeline, rgb: Rgb8, share: float) -> tuple[int, int]:
    """(width, height) in which the network sees it, with this share of each side."""
    height, width = rgb.shape[:2]
    return fit_size(width, height, round(pipeline.least_px * share), round(pipeline.most_px * share))


def _run_at(
    pipeline: Pipeline, loaded: Any, requests: Sequence[_Request], share: float, progress: ReportShare
) -> list[_Made]:
    seen = []
    for request in requests:
        rgb = request.job.rgb
        seen.append(_resize(line_art(rgb) if request.lines else rgb, _size_at(pipeline, rgb, share)))
    made = pipeline.call(loaded, _input(pipeline, requests, seen, progress))
    return [(small, np.asarray(one.convert("RGB"))) for small, one in zip(seen, made, strict=True)]


def _input(
    pipeline: Pipeline, requests: Sequence[_Request], seen: Sequence[Rgb8], progress: ReportShare
) -> PipelineInput:
    from PIL.Image import fromarray

    return PipelineInput(
        images=[fromarray(small) for small in seen],
        masks=[
            fromarray(_mask(request.mask, small.shape[1::-1]))
            for request, small in zip(requests, seen, strict=True)
        ],
        prompts=[_prompt(pipeline, request) for request in requests],
        negative_prompts=[request.negative_prompt for request in requests],
        strength=requests[0].strength,
        generators=[generator(request.job.seed) for request in requests],
        on_step=_reporter(progress, pipeline.steps),
    )


def _prompt(pipeline: Pipeline, request: _Request) -> str:
    prompt = request.job.prompt
    return f"{request.instruction} {prompt}".strip() if pipeline.instructed else prompt


def _mask(mask: Alpha | None, size: tuple[int, ...]) -> NDArray[np.uint8]:
    """255 = repaint: all of it, or wherever a pixel of the picture's mask falls."""
    if mask is None:
        return np.full(size[::-1], 255, np.uint8)
    small = cv2.resize(mask, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    return ((small > 0) * 255).astype(np.uint8)


def _reporter(progress: ReportShare, steps: int) -> Callable[..., dict[str, Any]]:
    def on_step(_pipe: Any, step: int, _when: Any, _tensors: Any) -> dict[str, Any]:
        progress(_LOADED + (1 - _LOADED) * min((step + 1) / steps, 1.0))
        return {}

    return on_step


def _resize(rgb: Rgb8, size: tuple[int, ...]) -> Rgb8:
    if rgb.shape[1::-1] == size:
        return rgb
    how = cv2.INTER_AREA if size[0] * size[1] < rgb.shape[0] * rgb.shape[1] else cv2.INTER_CUBIC
    return cast(Rgb8, cv2.resize(rgb, (size[0], size[1]), interpolation=how))
