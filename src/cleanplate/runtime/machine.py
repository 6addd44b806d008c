"""What fills and models run by: the engine that is wanted, the device, the folder of weights, the memory.

The one place where these are chosen. The composition root passes its settings to `use`; the command line and
the library read them from the environment at the first question.
"""

import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, TypeAlias

from cleanplate import settings

Device: TypeAlias = Literal["cpu", "cuda"]
Precision: TypeAlias = Literal["float32", "bfloat16"]

_CACHE = "cleanplate/models"
_GPU_SHARE: Final = 0.9
"""Of a GPU's memory, unless the settings say more exactly; the rest is for the runtime itself."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and how models run in this process.

    Attributes:
        wanted: the device that was asked for.
        weights: the folder below which each pulled model has its own.
        memory_bytes: what all loaded models together may take.
        gpu_memory_bytes: the same of a GPU's own memory; None is nine tenths of it.
        offline: nothing is ever downloaded.
        hub: address of the model hub, or of a mirror of it, without a slash at its end.
        fill_engine: name of what fills holes where a request does not say; "auto" is the best that is here.
    """

    wanted: Device | Literal["auto"]
    weights: Path
    memory_bytes: int
    gpu_memory_bytes: int | None
    offline: bool
    hub: str
    fill_engine: str = "auto"

    @property
    def device(self) -> Device:
        """Of every network that can use it. Asking loads the runtimes."""
        return _best_device() if self.wanted == "auto" else self.wanted

    @property
    def precision(self) -> Precision:
        """Half on a GPU, where it is twice as fast; full on a CPU, where half is emulated."""
        return "bfloat16" if self.device == "cuda" else "float32"

    @property
    def has_gpu(self) -> bool:
        """True when there is one and it may be used; one that was wanted may still be missing."""
        return self.wanted != "cpu" and _best_device() == "cuda"

    def budget_bytes(self, device: Device) -> int:
        """What all models on that device together may take."""
        if device == "cpu":
            return self.memory_bytes
        return self.gpu_memory_bytes or round(_GPU_SHARE * _gpu_bytes())


_chosen: dict[None, Machine] = {}


def machine() -> Machine:
    """The machine of this process.

    Raises:
        SetupError: a variable of the environment does not fit.
    """
    if None not in _chosen:
        use(settings.load())
    return _chosen[None]


def use(chosen: settings.Settings) -> None:
    """Run models as these settings say, from now on."""
    _chosen[None] = Machine(
        wanted=chosen.device,
        weights=chosen.models or _default_folder(),
        memory_bytes=chosen.model_memory_bytes,
        gpu_memory_bytes=chosen.gpu_memory_bytes,
        offline=chosen.offline,
        hub=chosen.hub,
        fill_engine=chosen.fill_engine,
    )


@cache
def _best_device() -> Device:
    """CUDA where a runtime that is installed can use it."""
    if find_spec("torch") is not None:
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    import onnxruntime

    return "cuda" if "CUDAExecutionProvider" in onnxruntime.get_available_providers() else "cpu"


@cache
def _gpu_bytes() -> int:
    """Memory of the GPU; 0 where torch, which alone can tell, sees none."""
    if find_spec("torch") is None:
        return 0
    import torch

    return int(torch.cuda.get_device_properties(0).total_memory) if torch.cuda.is_available() else 0


def _default_folder() -> Path:
    """The user's cache folder, as the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _CACHE
