"""The models that are served. A new one is one module and one line in `MODELS`."""

from collections.abc import Mapping
from typing import Final

from cleanplate.api.dashscope import erase, imageedit, painting
from cleanplate.api.dashscope.model import Model

MODELS: Final[Mapping[str, Model]] = {
    model.name: model for model in (erase.MODEL, painting.MODEL, imageedit.MODEL)
}
