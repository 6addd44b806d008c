"""ncnn: small networks on the CPU, fast; a graph (`*.param`) and its weights (`*.bin`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import EngineFailed
from cleanplate.runtime.runtime import Runtime

if TYPE_CHECKING:
    import ncnn

_NO_MEMORY: Final = -100
"""What ncnn's layers return when they could not allocate."""


class Net:
    """A loaded network with one input and one output. Several threads may run it at once.

    Each run takes one core: give every core a part of the picture of its own. ncnn's own threads wait for one
    another after every layer, and then for the slowest; on a busy machine that costs most of the time.
    """

    def __init__(self, net: "ncnn.Net", names: tuple[str, str]) -> None:
        self._net, self._names = net, names

    def run(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(C, H, W) float32 in and out. The interpreter's lock is free meanwhile.

        Raises:
            EngineFailed: the network refused it, or has no memory left.
        """
        import ncnn

        held = np.ascontiguousarray(planes)  # a Mat points to it and does not keep it alive
        # A network keeps what its own allocators have got, for as long as it lives
        blobs, space = ncnn.UnlockedPoolAllocator(), ncnn.UnlockedPoolAllocator()
        with self._net.create_extractor() as extractor:
            extractor.set_blob_allocator(blobs)
            extractor.set_workspace_allocator(space)
            extractor.input(self._names[0], ncnn.Mat(held).clone())
            code, out = extractor.extract(self._names[1])
            made = np.array(out, np.float32) if code == 0 else None
            del out  # before its allocator
        if code == _NO_MEMORY:
            raise EngineFailed("out of memory", log=f"ncnn: code {code}") from MemoryError()
        if made is None:
            raise EngineFailed("the model failed", log=f"ncnn: code {code}")
        return made


@contextmanager
def net(
    graph: Path, weights: Path, model: str, size_bytes: int, names: tuple[str, str], runtime: Runtime
) -> Iterator[Net]:
    """Have a network for oneself, from the runtime's pool of loaded models.

    Args:
        graph, weights: its two files.
        model: the name of the model that it is one network of.
        size_bytes: what it takes in memory, its work space included.
        names: of input and output.

    Raises:
        EngineFailed: it cannot be loaded.
    """
    name = f"{model}/{weights}"
    with runtime.pool.lend(name, size_bytes, lambda: Net(_load(graph, weights), names)) as loaded:
        yield loaded


def _load(graph: Path, weights: Path) -> "ncnn.Net":
    import ncnn

    loaded = ncnn.Net()
    loaded.opt.num_threads = 1
    # Half the memory and a tenth of the time for 0.03 dB; sums are still made of 32 bits
    loaded.opt.use_bf16_storage = True
    if loaded.load_param(str(graph)) != 0 or loaded.load_model(str(weights)) != 0:
        raise EngineFailed("the model cannot be loaded", log=f"ncnn: {graph}, {weights}")
    return loaded
