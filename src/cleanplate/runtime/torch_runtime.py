"""torch: networks of diffusers, on its device, as precise as a `Runtime` says."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from cleanplate.errors import EngineFailed
from cleanplate.runtime.runtime import Runtime

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

SMALLER: Final = 0.7
"""Share of each side with which a picture is tried again when memory did not suffice: half the pixels."""

Load: TypeAlias = "Callable[[str, torch.dtype], T]"
"""(device, precision) -> the network, ready to run."""

_FAILURES: Final = (
    MemoryError,
    RuntimeError,
    AssertionError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OSError,
    ImportError,
    pickle.UnpicklingError,
)
"""What the libraries raise for everything; not what a progress callback raises to cancel."""
_NO_MEMORY: Final = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
"""How torch's CPU allocator, CUDA, cuBLAS and cuDNN say it where they have no class for it."""


@contextmanager
def network(
    name: str, size_bytes: int, load: "Load[T]", runtime: Runtime, more_bytes: int = 0
) -> Iterator[T]:
    """Have a network for oneself, from the runtime's pool of loaded models; nothing in it is differentiated.

    Args:
        name: of the model; the same name is the same network.
        size_bytes: what it takes in memory, its work space included.
        more_bytes: what a batch takes beside that.

    Raises:
        EngineFailed: it cannot be loaded, or memory does not suffice.
    """
    import torch

    pool, device = runtime.pool, runtime.device
    with (
        pool.lend(name, size_bytes, lambda: _load(name, load, runtime), device, more_bytes) as lent,
        torch.inference_mode(),
    ):
        yield lent


def sparing(
    run: Callable[[float], T], name: str, runtime: Runtime, shares: Sequence[float] = (1.0, SMALLER)
) -> T:
    """Run at full size, and once more at a smaller one when memory did not suffice.

    Args:
        run: called with the share of each side that it may use.
        name: of the model, for the log.
        runtime: of which what nobody uses is dropped when memory did not suffice.
        shares: those that are tried.

    Raises:
        EngineFailed: it failed, or memory does not suffice for the smallest size either.
    """
    for share in shares:
        made = _try(run, share, name)
        if made is not None:
            return made
        make_room(runtime)
    raise EngineFailed("the picture is too large for the memory of this machine", log=f"{name}: no memory")


def shares_of(pictures: int) -> tuple[float, ...]:
    """What `sparing` tries: of a batch, which may be run one by one, the full size alone."""
    return (1.0, SMALLER) if pictures == 1 else (1.0,)


def make_room(runtime: Runtime) -> None:
    """Give back what nobody uses, on the device too."""
    import torch

    runtime.pool.clear()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def generator(seed: int) -> "torch.Generator":
    """Noise that is the same on every device: drawn on the CPU."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def _try(run: Callable[[float], T], share: float, name: str) -> T | None:
    """None when memory did not suffice; by then the frames of the attempt, and what they held, are gone."""
    try:
        return run(share)
    except _FAILURES as error:
        if _is_about_memory(error):
            return None
        raise EngineFailed("the model failed", log=f"{name}: {type(error).__name__}: {error}") from error


def _load(name: str, load: "Load[T]", runtime: Runtime) -> T:
    import torch

    device = runtime.device
    precision = getattr(torch, runtime.precision)
    made = _try(lambda _: load(device, precision), 1.0, name)
    if made is None:
        make_room(runtime)
        made = _try(lambda _: load(device, precision), 1.0, name)
    if made is None:
        raise EngineFailed("the model is too large for the memory of this machine", log=f"{name}: no memory")
    return made


def _is_about_memory(error: BaseException) -> bool:
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in said for words in _NO_MEMORY)
