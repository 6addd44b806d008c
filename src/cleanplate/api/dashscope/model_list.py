"""The models that are served. A new one is one module and one line in `MODELS`."""

from collections.abc import Mapping
from typing import Final

from cleanplate.api.dashscope import (
    image_erase_completion,
    image_instance_segmentation,
    image_out_painting,
    instructed_models,
    wanx21_imageedit,
    wanx_x_painting,
)
from cleanplate.api.dashscope.served_model import ServedModel

MODELS: Final[Mapping[str, ServedModel]] = {
    model.name: model
    for model in (
        image_erase_completion.MODEL,
        wanx_x_painting.MODEL,
        wanx21_imageedit.MODEL,
        image_out_painting.MODEL,
        image_instance_segmentation.MODEL,
        *instructed_models.MODELS,
    )
}
