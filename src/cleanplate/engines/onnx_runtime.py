"""ONNX Runtime: a graph on disk, its inputs by name, its outputs in order."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanplate.engines.machine import machine
from cleanplate.engines.pool import pool
from cleanplate.errors import EngineFailed

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


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
            return [np.asarray(output) for output in self._session.run(None, dict(inputs))]
        except Exception as error:  # the runtime raises classes of its own for everything
            raise EngineFailed("the model failed", log=f"ONNX Runtime: {error}") from error


@contextmanager
def graph(source: Path | bytes, name: str, size_bytes: int) -> Iterator[Graph]:
    """Have a graph for oneself, from the pool of loaded models.

    Args:
        source: the file, or its bytes.
        name: of the model; the same name is the same graph.
        size_bytes: what it takes in memory, its work space included.

    Raises:
        EngineFailed: it cannot be loaded.
    """
    with pool().lend(name, size_bytes, lambda: Graph(_session(source, name))) as loaded:
        yield loaded


def _session(source: Path | bytes, name: str) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # what it warns of is about the exporter, not about the picture
    options.enable_cpu_mem_arena = False  # the arena keeps the largest picture's memory for ever
    wanted = ["CPUExecutionProvider"]
    if machine().device == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        wanted.insert(0, "CUDAExecutionProvider")
    try:
        return onnxruntime.InferenceSession(
            source if isinstance(source, bytes) else str(source), options, providers=wanted
        )
    except Exception as error:
        raise EngineFailed("the model cannot be loaded", log=f"{name}: {error}") from error
