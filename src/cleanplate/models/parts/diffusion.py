"""What all models of diffusers share: sizes, words for each role, strength, progress, and the way back.

Each model is one file with a `Pipeline`: which class of diffusers, which weights, and how it is called.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.analysis.line_art import line_art
from cleanplate.models.base import Model, ModelJob, Role
from cleanplate.pixels.guided_filter import guided_upsample
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.torch_runtime import generator, network, sparing
from cleanplate.weights.files import folder
from cleanplate.weights.hub import HubRepo

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

STEP_PX: Final = 16
"""Latents are packed two by two, each 8 px wide."""
_LOADED: Final = 0.05
"""Share of the progress that stands for loading and for reading the words."""

_WORDS: Final[Mapping[Role, str]] = {
    "doodle": "Turn this line drawing into a finished picture; keep every line where it is. {}",
    "character": "Keep the character of this picture exactly as it is: face, body, clothes and style. {}",
    "outpaint": "Continue this picture beyond its borders without a seam. {}",
}
_GRADED: Final = frozenset({"instruct", "stylize"})
"""Roles whose strength the caller chooses; the others make their part wholly anew."""
_MASKED: Final = frozenset({"inpaint", "outpaint"})


@dataclass(frozen=True, slots=True)
class Work:
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


Call: TypeAlias = Callable[[Any, Work], "Image"]
"""(pipeline, work) -> the picture that it made, in the size of `work.image`."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A model of diffusers.

    Attributes:
        name, roles, licence, summary, memory_bytes, rank, gpu: as `models.base.Model` has them.
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
    roles: frozenset[Role]
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


def card(pipeline: Pipeline) -> Model:
    """The model that plays its roles with this pipeline."""
    return Model(
        name=pipeline.name,
        roles=pipeline.roles,
        licence=pipeline.licence,
        run=partial(_run, pipeline),
        summary=pipeline.summary,
        hub=pipeline.hub,
        needs=("torch", "diffusers", "transformers", "accelerate", *pipeline.needs),
        extra="torch",
        size=f"any; it works with {pipeline.least_px}² to {pipeline.most_px}² pixels",
        memory_bytes=pipeline.memory_bytes,
        gpu=pipeline.gpu,
        rank=pipeline.rank,
    )


def fitted(width: int, height: int, least_px: int, most_px: int) -> tuple[int, int]:
    """(width, height) in multiples of `STEP_PX`, about the same shape, from least_px² to most_px² pixels."""
    area = float(width * height)
    scale = (min(max(area, least_px**2), most_px**2) / area) ** 0.5
    wide = max(round(width * scale / STEP_PX), 4) * STEP_PX
    tall = max(round(height * scale / STEP_PX), 4) * STEP_PX
    while wide * tall > most_px**2 and max(wide, tall) > 4 * STEP_PX:
        wide, tall = (wide - STEP_PX, tall) if wide >= tall else (wide, tall - STEP_PX)
    return wide, tall


def _run(pipeline: Pipeline, role: Role, job: ModelJob) -> Rgb8:
    """What `models.base.Role` says. Raises `EngineFailed`, and what `job.progress` raises."""
    job.progress(0.0)
    if role in _GRADED and job.strength == 0:
        return job.rgb
    load = partial(_load, pipeline, folder(pipeline.name, job.runtime))
    with network(pipeline.name, pipeline.memory_bytes, load, job.runtime) as loaded:
        job.progress(_LOADED)
        return sparing(lambda share: _made(pipeline, loaded, (role, job), share), pipeline.name, job.runtime)


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


def _made(pipeline: Pipeline, loaded: Any, asked: tuple[Role, ModelJob], share: float) -> Rgb8:
    """In the size of the network, and back in that of the picture."""
    role, job = asked
    height, width = job.rgb.shape[:2]
    size = fitted(width, height, round(pipeline.least_px * share), round(pipeline.most_px * share))
    seen = line_art(job.rgb) if role == "doodle" and not job.options["is_sketch"] else job.rgb
    small = _sized(seen, size)
    made = np.asarray(pipeline.call(loaded, _work(pipeline, asked, small)).convert("RGB"))
    if role in _GRADED or role == "character":
        return guided_upsample(job.rgb, small, made, 1.0)
    return _sized(made, (width, height))


def _work(pipeline: Pipeline, asked: tuple[Role, ModelJob], small: Rgb8) -> Work:
    from PIL.Image import fromarray

    role, job = asked
    return Work(
        image=fromarray(small),
        mask=fromarray(_mask(role, job, small.shape[1::-1])),
        prompt=_WORDS.get(role, "{}").format(job.prompt).strip() if pipeline.instructed else job.prompt,
        negative_prompt=job.negative_prompt,
        strength=job.strength if role in _GRADED else 1.0,
        generator=generator(job.seed),
        on_step=_reporter(job, pipeline.steps),
    )


def _mask(role: Role, job: ModelJob, size: tuple[int, ...]) -> NDArray[np.uint8]:
    """255 = repaint: all of it, or wherever a pixel of the picture's mask falls."""
    if role not in _MASKED or job.mask is None:
        return np.full(size[::-1], 255, np.uint8)
    small = cv2.resize(job.mask, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    return ((small > 0) * 255).astype(np.uint8)


def _reporter(job: ModelJob, steps: int) -> Callable[..., dict[str, Any]]:
    def on_step(_pipe: Any, step: int, _when: Any, _tensors: Any) -> dict[str, Any]:
        job.progress(_LOADED + (1 - _LOADED) * min((step + 1) / steps, 1.0))
        return {}

    return on_step


def _sized(rgb: Rgb8, size: tuple[int, int]) -> Rgb8:
    if rgb.shape[1::-1] == size:
        return rgb
    how = cv2.INTER_AREA if size[0] * size[1] < rgb.shape[0] * rgb.shape[1] else cv2.INTER_CUBIC
    return cast(Rgb8, cv2.resize(rgb, size, interpolation=how))
