"""What fills and models run by: device, memory, folder of weights, plug-ins, and the models that are loaded.

Nothing of it belongs to the process: an application, or a call of the library, has a `Runtime` of its own and
passes it on, so several with different settings live side by side.
"""

import os
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

from cleanplate.discovery import load_plugins
from cleanplate.runtime import devices
from cleanplate.runtime.batcher import Batcher
from cleanplate.runtime.devices import Device, Precision
from cleanplate.runtime.pool import Pool
from cleanplate.runtime.recent_results import RecentResults
from cleanplate.settings import HUB, Settings, load

_CACHE: Final = "cleanplate/models"
_GPU_SHARE: Final = 0.9
"""Of a GPU's memory, unless the settings say more exactly; the rest is for the runtime itself."""


@dataclass(frozen=True)
class Runtime:
    """Where and how fills and models run. Cheap to make: what it finds out, it finds out when it is asked.

    Runtimes of equal fields are equal, but each has a pool of its own. Any number of threads may use one.

    Attributes:
        weights: the folder below which each pulled model has its own.
        memory_bytes: what all its loaded models together may take; other runtimes count for themselves.
        gpu_memory_bytes: the same of a GPU's own memory; None is nine tenths of it.
        wanted: the device that was asked for.
        offline: nothing is ever downloaded.
        hub: address of the model hub, or of a mirror of it, without a slash at its end.
        fill_engine: name of what fills holes where a request does not say; "auto" is the best that is here.
        plugin_folder: its modules are plug-ins, besides those of installed packages; None has those alone.
        plugin_modules: more plug-ins, for programs that make theirs themselves.
        pool: the models in memory.
        batcher: where model calls of a group of threads become batches.
        recent: what encoders made of the pictures that were looked at last.
    """

    weights: Path
    memory_bytes: int
    gpu_memory_bytes: int | None = None
    wanted: Device | Literal["auto"] = "auto"
    offline: bool = False
    hub: str = HUB
    fill_engine: str = "auto"
    plugin_folder: Path | None = None
    plugin_modules: tuple[ModuleType, ...] = ()
    pool: Pool = field(init=False, repr=False, compare=False)
    batcher: Batcher = field(init=False, repr=False, compare=False)
    recent: RecentResults = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        budgets = _Budgets(self.memory_bytes, self.gpu_memory_bytes)  # not self: a circle dies late
        pool = Pool(budgets.of)
        object.__setattr__(self, "pool", pool)
        object.__setattr__(self, "recent", RecentResults())
        object.__setattr__(self, "batcher", Batcher(lambda: pool.lent_here() > 0))

    @classmethod
    def from_settings(cls, settings: Settings) -> "Runtime":
        """As these settings say. Nothing is loaded yet, and no plug-in imported."""
        return cls(
            weights=settings.models or _default_folder(),
            memory_bytes=settings.model_memory_bytes,
            gpu_memory_bytes=settings.gpu_memory_bytes,
            wanted=settings.device,
            offline=settings.offline,
            hub=settings.hub,
            fill_engine=settings.fill_engine,
            plugin_folder=settings.plugins,
        )

    @cached_property
    def plugins(self) -> tuple[ModuleType, ...]:
        """Modules from outside the package; asking for the first time imports them.

        Raises:
            SetupError: the folder does not exist, or a module fails on import; the text names it.
        """
        return (*load_plugins(self.plugin_folder), *self.plugin_modules)

    @property
    def device(self) -> Device:
        """Of every network that can use it. Asking loads the runtimes."""
        return self._best_device if self.wanted == "auto" else self.wanted

    @property
    def precision(self) -> Precision:
        """Half on a GPU, where it is twice as fast; full on a CPU, where half is emulated."""
        return "bfloat16" if self.device == "cuda" else "float32"

    @property
    def has_gpu(self) -> bool:
        """True when there is one and it may be used; one that was wanted may still be missing."""
        return self.wanted != "cpu" and self._best_device == "cuda"

    def budget_bytes(self, device: Device) -> int:
        """What all models on that device together may take."""
        return _Budgets(self.memory_bytes, self.gpu_memory_bytes).of(device)

    def close(self) -> None:
        """Drop the models that nobody uses, and what they made. The runtime can be used on: they are then
        loaded again."""
        self.recent.clear()
        if self.pool.loaded():
            self.pool.clear()

    @cached_property
    def _best_device(self) -> Device:
        return devices.best_device()


def default_runtime() -> Runtime:
    """What library and command line run by where nothing else is given: as the environment says now.

    It is made once for equal settings, so that models stay loaded between calls. A variable that has changed
    makes another one; what the one before had in memory goes as soon as nobody uses it.

    Raises:
        SetupError: a variable does not fit.
    """
    return _kept(Runtime.from_settings(load()))


@lru_cache(maxsize=1)
def _kept(runtime: Runtime) -> Runtime:
    """The first of equal runtimes: the one that has plug-ins and models in memory."""
    return runtime


@dataclass(frozen=True, slots=True)
class _Budgets:
    """What models may take: on the CPU, and on a GPU, where None is nine tenths of it."""

    memory_bytes: int
    gpu_memory_bytes: int | None

    def of(self, device: Device) -> int:
        if device == "cpu":
            return self.memory_bytes
        return self.gpu_memory_bytes or round(_GPU_SHARE * devices.gpu_bytes())


def _default_folder() -> Path:
    """The user's cache folder, as the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _CACHE
