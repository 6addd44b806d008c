"""ONNX Runtime: a graph on disk, its inputs by name, its outputs in order."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import EngineFailed, out_of_memory
from cleanplate.runtime.devices import Device
from cleanplate.runtime.runtime import Runtime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, RunOptions


_CPU: Final = "CPUExecutionProvider"
_CUDA: Final = "CUDAExecutionProvider"


class Graph:
    """A loaded graph."""

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session

    @property
    def inputs(self) -> list[str]:
        """Their names, in order."""
        return [entry.name for entry in self._session.get_inputs()]

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the file says of itself."""
        found: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        return found

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """All outputs.

        Raises:
            EngineFailed: the runtime refused the inputs, or has no memory left.
        """
        try:
            outputs = self._session.run(None, dict(inputs), _once())
            return [np.asarray(output) for output in outputs]
        except Exception as error:  # the runtime raises classes of its own for everything
            words = "out of memory" if out_of_memory(error) else "the model failed"
            raise EngineFailed(words, log=f"ONNX Runtime: {error}") from error


@contextmanager
def graph(source: Path | bytes, name: str, size_bytes: int, runtime: Runtime) -> Iterator[Graph]:
    """Have a graph for oneself, from the runtime's pool of loaded models.

    Args:
        source: the file, or its bytes.
        name: of the model; the same name is the same graph.
        size_bytes: what it takes in memory, its work space included.

    Raises:
        EngineFailed: it cannot be loaded.
    """
    device = _device(runtime)
    with runtime.pool.lend(name, size_bytes, lambda: Graph(_session(source, name, device)), device) as loaded:
        yield loaded


def _device(runtime: Runtime) -> Device:
    """The CPU too where there is a GPU that this build of the runtime cannot use."""
    import onnxruntime

    able = runtime.device == "cuda" and _CUDA in onnxruntime.get_available_providers()
    return "cuda" if able else "cpu"


def _once() -> "RunOptions":
    """Options of a run that gives its memory back.

    Within a run the arena spares most of the pages that the system would have to clear again and again, half
    of the time of a network with large planes; kept beyond it, it would hold the largest picture's for ever.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def _session(source: Path | bytes, name: str, device: Device) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # what it warns of is about the exporter, not about the picture
    options.enable_mem_pattern = False  # it pays for pictures of one size; the first of each costs double
    wanted = [_CUDA, _CPU] if device == "cuda" else [_CPU]
    try:
        return onnxruntime.InferenceSession(
            source if isinstance(source, bytes) else str(source), options, providers=wanted
        )
    except Exception as error:
        words = "out of memory" if out_of_memory(error) else "the model cannot be loaded"
        raise EngineFailed(words, log=f"{name}: {error}") from error
