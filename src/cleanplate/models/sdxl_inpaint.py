"""Stable Diffusion XL for inpainting: for GPUs of 8 to 12 GB, by words inside a mask alone.

Its licence, OpenRAIL++, restricts what it may be used for: nothing names it but its card, and it runs only
where somebody has pulled it.
Source: diffusers/stable-diffusion-xl-1.0-inpainting-0.1; Podell et al., "SDXL", 2023.
"""

from typing import Any

from cleanplate.models.parts.diffusion import model
from cleanplate.models.parts.pipeline import Pipeline, PipelineInput
from cleanplate.weights.hub import HubRepo

_STEPS = 30
_WEIGHTS_BYTES = 6_937_704_842
"""In half precision: the network 5.13 GB, two readers 1.64 GB, the autoencoder 0.17 GB."""
_WORK_BYTES = 3 * 10**9
"""At 1024 x 1024, estimated: the autoencoder reads the picture in full precision."""
_GUIDANCE = 7.5
_MOST_STRENGTH = 0.99
"""At 1 it is begun with pure noise, which the makers advise against: colours drift at the seam."""


def _call(pipe: Any, given: PipelineInput) -> Any:
    return pipe(
        prompt=given.prompts,
        negative_prompt=given.negative_prompts,
        image=given.images,
        mask_image=given.masks,
        width=given.size[0],
        height=given.size[1],
        strength=min(given.strength, _MOST_STRENGTH),
        num_inference_steps=_STEPS,
        guidance_scale=_GUIDANCE,
        generator=given.generators,
        callback_on_step_end=given.on_step,
    ).images


PIPELINE = Pipeline(
    name="sdxl-inpaint",
    roles=frozenset({"inpaint", "outpaint"}),
    licence="OpenRAIL++-M",
    summary="Stable Diffusion XL for inpainting; read its licence first",
    kind="StableDiffusionXLInpaintPipeline",
    call=_call,
    steps=_STEPS,
    hub=(
        HubRepo(
            "diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
            "115134f363124c53c7d878647567d04daf26e41e",
            (
                "model_index.json",
                "scheduler/*",
                "tokenizer/*",
                "tokenizer_2/*",
                "*/config.json",
                "*.fp16.safetensors",
            ),
        ),
    ),
    memory_bytes=_WEIGHTS_BYTES + _WORK_BYTES,
    variant="fp16",
    instructed=False,
    batch_limit=8,
    batch_bytes=_WORK_BYTES,
)
MODEL = model(PIPELINE)
