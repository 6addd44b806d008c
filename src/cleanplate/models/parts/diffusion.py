"""What all models of diffusers share: sizes, words for each role, strength, progress, and the way back.

Each model is one file with a `Pipeline`: which class of diffusers, which weights, and how it is called.
"""

from collections.abc import Callable
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
from cleanplate.models.roles import (
    CHARACTER,
    DOODLE,
    INPAINT,
    INSTRUCT,
    OUTPAINT,
    STYLIZE,
    Ability,
    AnyAbility,
    RoleName,
)
from cleanplate.pixels.guided_filter import guided_upsample
from cleanplate.pixels.types import Alpha, Rgb8
from cleanplate.runtime.torch_runtime import generator, network, sparing
from cleanplate.weights.card import Card
from cleanplate.weights.files import folder
from cleanplate.weights.hub import HubRepo

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

STEP_PX: Final = 16
"""Latents are packed two by two, each 8 px wide."""
_LOADED: Final = 0.05
"""Share of the progress that stands for loading and for reading the words."""

_DOODLE: Final = "Turn this line drawing into a finished picture; keep every line where it is."
_CHARACTER: Final = "Keep the character of this picture exactly as it is: face, body, clothes and style."
_OUTPAINT: Final = "Continue this picture beyond its borders without a seam."


@dataclass(frozen=True, slots=True)
class PipelineInput:
    """One call of a pipeline, in a size that it takes.

    Attributes:
        image: RGB; both sides are multiples of `STEP_PX`.
        mask: of the same size, 255 = repaint.
        strength: above 0 up to 1: how much of the noise the picture is begun with.
        on_step: for `callback_on_step_end`; raises when the task is cancelled.
    """

    image: "Image"
    mask: "Image"
    prompt: str
    negative_prompt: str
    strength: float
    generator: "torch.Generator"
    on_step: Callable[..., dict[str, Any]]


Call: TypeAlias = Callable[[Any, PipelineInput], "Image"]
"""(pipeline, input) -> the picture that it made, in the size of its input."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A model of diffusers.

    Attributes:
        name, licence, summary, memory_bytes, gpu: as `weights.card.Card` has them.
        roles: names of what it can do.
        rank: as `models.base.Model` has it.
        kind: name of the class in diffusers.
        call: runs it.
        steps: of denoising.
        hub: its weights.
        variant: of the weight files, as "fp16"; "" takes those without one.
        needs: what must be installed beside torch, diffusers and transformers.
        least_px, most_px: side of a square with the least and the most pixels it works with.
        instructed: it understands what to do; otherwise it reads what the picture shows, and nothing else.
    """

    name: str
    roles: frozenset[RoleName]
    licence: str
    summary: str
    kind: str
    call: Call
    steps: int
    hub: tuple[HubRepo, ...] = ()
    memory_bytes: int = 0
    rank: int = 0
    gpu: bool = True
    variant: str = ""
    needs: tuple[str, ...] = ()
    least_px: int = 512
    most_px: int = 1024
    instructed: bool = True


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


def model(pipeline: Pipeline) -> Model:
    """The model that has its roles by this pipeline."""
    card = Card(
        name=pipeline.name,
        licence=pipeline.licence,
        summary=pipeline.summary,
        hub=pipeline.hub,
        needs=("torch", "diffusers", "transformers", "accelerate", *pipeline.needs),
        extra="torch",
        size=f"any; it works with {pipeline.least_px}² to {pipeline.most_px}² pixels",
        memory_bytes=pipeline.memory_bytes,
        gpu=pipeline.gpu,
    )
    return Model(card, _abilities(pipeline), rank=pipeline.rank)


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
    request.job.progress(0.0)
    runtime = request.job.runtime
    load = partial(_load, pipeline, folder(pipeline.name, runtime))
    with network(pipeline.name, pipeline.memory_bytes, load, runtime) as loaded:
        request.job.progress(_LOADED)
        return sparing(lambda share: _run_at(pipeline, loaded, request, share), pipeline.name, runtime)


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


def _run_at(pipeline: Pipeline, loaded: Any, request: _Request, share: float) -> Rgb8:
    """In the size of the network, and back in that of the picture."""
    rgb = request.job.rgb
    height, width = rgb.shape[:2]
    size = fit_size(width, height, round(pipeline.least_px * share), round(pipeline.most_px * share))
    small = _resize(line_art(rgb) if request.lines else rgb, size)
    made = np.asarray(pipeline.call(loaded, _input(pipeline, request, small)).convert("RGB"))
    return guided_upsample(rgb, small, made, 1.0) if request.joint else _resize(made, (width, height))


def _input(pipeline: Pipeline, request: _Request, small: Rgb8) -> PipelineInput:
    from PIL.Image import fromarray

    prompt = request.job.prompt
    return PipelineInput(
        image=fromarray(small),
        mask=fromarray(_mask(request.mask, small.shape[1::-1])),
        prompt=f"{request.instruction} {prompt}".strip() if pipeline.instructed else prompt,
        negative_prompt=request.negative_prompt,
        strength=request.strength,
        generator=generator(request.job.seed),
        on_step=_reporter(request.job, pipeline.steps),
    )


def _mask(mask: Alpha | None, size: tuple[int, ...]) -> NDArray[np.uint8]:
    """255 = repaint: all of it, or wherever a pixel of the picture's mask falls."""
    if mask is None:
        return np.full(size[::-1], 255, np.uint8)
    small = cv2.resize(mask, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    return ((small > 0) * 255).astype(np.uint8)


def _reporter(job: PromptJob, steps: int) -> Callable[..., dict[str, Any]]:
    def on_step(_pipe: Any, step: int, _when: Any, _tensors: Any) -> dict[str, Any]:
        job.progress(_LOADED + (1 - _LOADED) * min((step + 1) / steps, 1.0))
        return {}

    return on_step


def _resize(rgb: Rgb8, size: tuple[int, int]) -> Rgb8:
    if rgb.shape[1::-1] == size:
        return rgb
    how = cv2.INTER_AREA if size[0] * size[1] < rgb.shape[0] * rgb.shape[1] else cv2.INTER_CUBIC
    return cast(Rgb8, cv2.resize(rgb, size, interpolation=how))
