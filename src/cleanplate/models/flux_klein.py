"""FLUX.2 klein 4B: makes and changes pictures by words in four steps; 16 GB of weights.

Source: black-forest-labs/FLUX.2-klein-4B, Apache-2.0; Labs, "FLUX.2", 2026.
"""

from typing import Any

import numpy as np

from cleanplate.models.parts.diffusion import model
from cleanplate.models.parts.pipeline import Pipeline, PipelineInput
from cleanplate.weights.hub import HubRepo

_STEPS = 4
_WEIGHTS_BYTES = 15_964_118_344
"""In half precision: the network 7.75 GB, Qwen3 4B 8.04 GB, the autoencoder 0.17 GB."""
_WORK_BYTES = 4 * 10**9
"""At 1024 x 1024; others have reported peaks of 20 GB with all of it on the GPU."""


def _call(pipe: Any, given: PipelineInput) -> Any:
    """It sees the picture beside the noise, so it keeps what the words do not change.

    Less strength begins with less noise, and always in four steps: the model was distilled to that number.
    """
    return pipe(
        prompt=[_words(*both) for both in zip(given.prompts, given.negative_prompts, strict=True)],
        image=given.images,
        mask_image=given.masks,
        width=given.size[0],
        height=given.size[1],
        strength=1.0,
        num_inference_steps=_STEPS,
        sigmas=np.linspace(given.strength, given.strength / _STEPS, _STEPS).tolist(),
        guidance_scale=1.0,
        generator=given.generators,
        callback_on_step_end=given.on_step,
    ).images


def _words(prompt: str, negative_prompt: str) -> str:
    """A distilled model has no guidance, hence no negative prompt of its own."""
    return f"{prompt} Without {negative_prompt}." if negative_prompt.strip() else prompt


PIPELINE = Pipeline(
    name="flux-klein",
    roles=frozenset({"inpaint", "outpaint", "instruct", "stylize", "doodle", "character"}),
    licence="Apache-2.0",
    summary="FLUX.2 klein 4B: pictures by words, in four steps",
    kind="Flux2KleinInpaintPipeline",
    call=_call,
    steps=_STEPS,
    hub=(
        HubRepo(
            "black-forest-labs/FLUX.2-klein-4B",
            "5e67da950fce4a097bc150c22958a05716994cea",
            (
                "model_index.json",
                "LICENSE*",
                "scheduler/*",
                "text_encoder/*",
                "tokenizer/*",
                "transformer/*",
                "vae/*",
            ),
        ),
    ),
    memory_bytes=_WEIGHTS_BYTES + _WORK_BYTES,
    rank=100,
    batch_limit=8,
    batch_bytes=_WORK_BYTES,
)
MODEL = model(PIPELINE)
