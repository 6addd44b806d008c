"""DDColor: colours for a grey picture, without words.

Source: piddnad/DDColor-models, Apache-2.0; Kang et al., "DDColor: towards photo-realistic image colorization
via dual decoders", 2023. The network itself comes from spandrel's second package, which gives it one picture
at a time.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import cv2
import numpy as np

from cleanplate.models.base import Model
from cleanplate.models.jobs import ColorizeJob
from cleanplate.models.roles import COLORIZE, Ability
from cleanplate.pixels.recolour import recolour
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.torch_runtime import network, sparing
from cleanplate.weights.card import Card
from cleanplate.weights.files import folder
from cleanplate.weights.hub import HubRepo

if TYPE_CHECKING:
    import torch

WEIGHTS: Final = "ddcolor_modelscope.pth"
INPUT_PX: Final = 512
"""As its makers run it; spandrel's default is half of that, and coarser."""
_MOST_PX: Final = 1024
_WEIGHTS_BYTES: Final = 912_000_000
_WORK_BYTES: Final = 1_500_000_000
"""Measured on a CPU, with a picture of 1500 x 1000: 2.4 GB with the weights."""


def _colorize(name: str, memory_bytes: int, job: ColorizeJob) -> Rgb8:
    """The picture in colours; its brightness is the input's own. Raises `EngineFailed`."""
    job.progress(0.0)
    load = partial(_load, folder(name, job.runtime))
    with network(name, memory_bytes, load, job.runtime) as loaded:
        job.progress(0.4)
        made = sparing(
            lambda share: _colorize_at(loaded, job.rgb, round(_MOST_PX * share)), name, job.runtime
        )
    job.progress(0.9)
    return recolour(job.rgb, made)


def _load(home: Path, device: str, _precision: "torch.dtype") -> Any:
    """The makers give a `.pth` alone: it is read as tensors, and no code in it can run.

    Always in full precision: its decoder makes constants of its own, which do not meet half a network.
    """
    import spandrel
    import spandrel_extra_arches
    import torch

    stored = torch.load(home / WEIGHTS, map_location="cpu", weights_only=True)
    loaded = spandrel.ModelLoader(registry=spandrel_extra_arches.EXTRA_REGISTRY).load_from_state_dict(
        stored.get("params", stored)
    )
    if not isinstance(loaded, spandrel.ImageModelDescriptor) or loaded.input_channels != 1:
        raise ValueError(f"{WEIGHTS} is no network for colours")
    loaded.model.input_size = (INPUT_PX, INPUT_PX)
    return loaded.to(device, torch.float32).eval()


def _colorize_at(loaded: Any, rgb: Rgb8, most_px: int) -> Rgb8:
    """(H, W, 3): right in its colours, soft in its brightness."""
    import torch

    height, width = rgb.shape[:2]
    scale = min(most_px / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    planes = torch.from_numpy(grey.astype(np.float32) / 255)[None, None]
    made = loaded(planes.to(loaded.device))[0].clamp(0, 1).cpu().numpy()
    small = np.rint(made.transpose(1, 2, 0) * 255).astype(np.uint8)
    return cast(Rgb8, cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def model(name: str, hub: tuple[HubRepo, ...], memory_bytes: int) -> Model:
    """A colourist whose weights are in the folder `name`."""
    card = Card(
        name=name,
        licence="Apache-2.0",
        summary="DDColor: colours for a grey picture",
        hub=hub,
        needs=("torch", "torchvision", "spandrel", "spandrel_extra_arches"),
        extra="torch",
        memory_bytes=memory_bytes,
    )
    return Model(card, (Ability(COLORIZE, partial(_colorize, name, memory_bytes)),), rank=50)


MODEL = model(
    "ddcolor",
    (HubRepo("piddnad/DDColor-models", "e9e7b527709c8aeb2f5e1bf701e72fd468a13baa", (WEIGHTS,)),),
    memory_bytes=_WEIGHTS_BYTES + _WORK_BYTES,
)
