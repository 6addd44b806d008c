"""FLUX.2 klein 4B: makes and changes pictures by words in four steps; 16 GB of weights.

Source: black-forest-labs/FLUX.2-klein-4B, Apache-2.0; Labs, "FLUX.2", 2026.
"""

from typing import Any

import numpy as np

from cleanplate.models.parts.diffusion import Pipeline, PipelineInput, model
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
        prompt=_words(given),
        image=given.image,
        mask_image=given.mask,
        width=given.image.width,
        height=given.image.height,
        strength=1.0,
        num_inference_steps=_STEPS,
        sigmas=np.linspace(given.strength, given.strength / _STEPS, _STEPS).tolist(),
        guidance_scale=1.0,
        generator=given.generator,
        callback_on_step_end=given.on_step,
    ).images[0]


def _words(given: PipelineInput) -> str:
    """A distilled model has no guidance, hence no negative prompt of its own."""
    return (
        f"{given.prompt} Without {given.negative_prompt}." if given.negative_prompt.strip() else given.prompt
    )


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
)
MODEL = model(PIPELINE)
