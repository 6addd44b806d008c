"""Qwen-Image-Edit 2511: changes pictures by words, English and Chinese; 58 GB of weights.

Source: Qwen/Qwen-Image-Edit-2511, Apache-2.0; Wu et al., "Qwen-Image technical report", 2025.
"""

from typing import Any, Final

import numpy as np

from cleanplate.models.parts.diffusion import model
from cleanplate.models.parts.pipeline import Pipeline, PipelineInput
from cleanplate.weights.hub import HubRepo

_STEPS: Final = 40
_WEIGHTS_BYTES: Final = 57_698_920_886
"""In half precision: the network 40.86 GB, Qwen2.5-VL 7B 16.58 GB, the autoencoder 0.25 GB."""
_WORK_BYTES: Final = 6 * 10**9
"""At 1024 x 1024, estimated."""
_GUIDANCE: Final = 4.0


def _call(pipe: Any, given: PipelineInput) -> Any:
    """It knows no mask: the whole picture is made, and what lies outside the mask is put back by the edit.

    It takes no batches: of several pictures it makes one.
    """
    (image,), (generator,) = given.images, given.generators
    sigmas = np.linspace(given.strength, given.strength / _STEPS, _STEPS).tolist()
    return pipe(
        prompt=given.prompts[0],
        negative_prompt=given.negative_prompts[0] or " ",
        image=[image],
        width=image.width,
        height=image.height,
        num_inference_steps=_STEPS,
        sigmas=sigmas,
        true_cfg_scale=_GUIDANCE,
        latents=_begun(pipe, given, sigmas) if given.strength < 1 else None,
        generator=generator,
        callback_on_step_end=given.on_step,
    ).images


def _begun(pipe: Any, given: PipelineInput, sigmas: list[float]) -> Any:
    """The picture under as much noise as the first step expects; diffusers begins with noise alone."""
    from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import calculate_shift

    (image,), (generator,) = given.images, given.generators
    seen = pipe.image_processor.preprocess(image, image.height, image.width).unsqueeze(2)
    noise, picture = pipe.prepare_latents(
        [seen],
        1,
        pipe.transformer.config.in_channels // 4,
        image.height,
        image.width,
        pipe.text_encoder.dtype,
        pipe.transformer.device,
        generator,
    )
    config = pipe.scheduler.config
    shift = calculate_shift(
        noise.shape[1],
        config.get("base_image_seq_len", 256),
        config.get("max_image_seq_len", 4096),
        config.get("base_shift", 0.5),
        config.get("max_shift", 1.15),
    )
    pipe.scheduler.set_timesteps(sigmas=sigmas, mu=shift, device=noise.device)
    first = pipe.scheduler.sigmas[0].to(noise.dtype)
    return first * noise + (1 - first) * picture


PIPELINE = Pipeline(
    name="qwen-edit",
    roles=frozenset({"inpaint", "instruct", "stylize", "doodle", "character"}),
    licence="Apache-2.0",
    summary="Qwen-Image-Edit 2511: pictures by words, Chinese too; very large",
    kind="QwenImageEditPlusPipeline",
    call=_call,
    steps=_STEPS,
    hub=(
        HubRepo(
            "Qwen/Qwen-Image-Edit-2511",
            "6f3ccc0b56e431dc6a0c2b2039706d7d26f22cb9",
            (
                "model_index.json",
                "processor/*",
                "scheduler/*",
                "text_encoder/*",
                "tokenizer/*",
                "transformer/*",
                "vae/*",
            ),
        ),
    ),
    memory_bytes=_WEIGHTS_BYTES + _WORK_BYTES,
    rank=90,
    needs=("torchvision",),
)
MODEL = model(PIPELINE)
