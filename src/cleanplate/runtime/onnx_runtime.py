"""ONNX Runtime: a graph on disk, its inputs by name, its outputs in order."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import EngineFailed, lacked_memory, out_of_memory
from cleanplate.runtime.devices import Device
from cleanplate.runtime.runtime import Runtime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, RunOptions


LOG = logging.getLogger(__name__)

_CPU: Final = "CPUExecutionProvider"
_CUDA: Final = "CUDAExecutionProvider"
_SAME: Final = 0.005
"""Of the largest value: by no more may what is made of a picture in a batch differ from that made alone."""

Inputs: TypeAlias = Mapping[str, NDArray[Any]]
"""By name; of one picture each array is a batch of one."""
Outputs: TypeAlias = list[NDArray[Any]]
"""In the order of the file."""
Source: TypeAlias = Path | bytes | Callable[[], bytes]
"""The file of a graph, its bytes, or what reads them when they are needed."""


class Graph:
    """A loaded graph."""

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session
        self._batches: bool | None = None

    @property
    def inputs(self) -> list[str]:
        """Their names, in order."""
        return [entry.name for entry in self._session.get_inputs()]

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the file says of itself."""
        found: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        return found

    def run_all(self, given: Sequence[Inputs]) -> list[Outputs]:
        """The outputs of each picture, of one run where the graph makes the same of it in a batch as alone.

        A file does not tell: a graph may take the mean of all that it gets, or have sizes within. So a first
        batch is run both ways; a graph that fails or differs is never given another.

        Args:
            given: inputs of equal shapes.
        """
        if len(given) == 1 or self._batches is False:
            return [self.run(inputs) for inputs in given]
        if self._batches:
            return self._run_stacked(given)
        alone = [self.run(inputs) for inputs in given]
        try:
            made = self._run_stacked(given)
            self._batches = all(map(_are_same, chain(*made), chain(*alone)))
        except EngineFailed as error:
            if lacked_memory(error):
                raise
            self._batches = False
        if not self._batches:
            LOG.warning("a graph takes no batches: it fails, or makes something else")
        return alone

    def _run_stacked(self, given: Sequence[Inputs]) -> list[Outputs]:
        outputs = self.run({name: np.concatenate([inputs[name] for inputs in given]) for name in given[0]})
        if any(output.shape[:1] != (len(given),) for output in outputs):
            raise EngineFailed("the model failed", log=f"of {len(given)}: {[it.shape for it in outputs]}")
        return [[output[number : number + 1] for output in outputs] for number in range(len(given))]

    def run(self, inputs: Inputs) -> Outputs:
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


def _are_same(made: NDArray[Any], wanted: NDArray[Any]) -> bool:
    """False too where something is no number."""
    made, wanted = made.astype(np.float64), wanted.astype(np.float64)
    most = _SAME * np.abs(wanted).max(initial=0)
    return made.shape == wanted.shape and bool((np.abs(made - wanted) <= most).all())


@contextmanager
def graph(
    source: Source, name: str, size_bytes: int, runtime: Runtime, more_bytes: int = 0
) -> Iterator[Graph]:
    """Have a graph for oneself, from the runtime's pool of loaded models.

    Args:
        source: of the file.
        name: of the model; the same name is the same graph.
        size_bytes: what it takes in memory, its work space included.
        more_bytes: what a batch takes beside that.

    Raises:
        EngineFailed: it cannot be loaded.
    """
    device = device_of(runtime)

    def load() -> Graph:
        return Graph(_session(source() if callable(source) else source, name, device))

    with runtime.pool.lend(name, size_bytes, load, device, more_bytes) as loaded:
        yield loaded


def device_of(runtime: Runtime) -> Device:
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
