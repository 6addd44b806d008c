"""The ONNX graph of a card, run for one picture: beside others that run at the same time, in one batch."""

from collections.abc import Sequence
from functools import partial

from cleanplate.runtime.batcher import ReportShare
from cleanplate.runtime.onnx_runtime import Inputs, Outputs, graph
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card
from cleanplate.weights.files import path_of


def run_graph(card: Card, inputs: Inputs, runtime: Runtime, progress: ReportShare) -> Outputs:
    """All outputs of one picture, each a batch of one.

    Args:
        card: its first file is the graph.

    Raises:
        EngineFailed: the graph cannot be loaded, or failed.
    """
    shapes = tuple((name, array.shape, array.dtype.str) for name, array in sorted(inputs.items()))
    return runtime.batcher.run(
        (card.name, shapes),
        inputs,
        partial(_run_all, card, runtime),
        limit=partial(card.at_once, runtime),
        progress=progress,
    )


def _run_all(card: Card, runtime: Runtime, given: Sequence[Inputs], _progress: ReportShare) -> list[Outputs]:
    more_bytes = (len(given) - 1) * card.batch_bytes
    source = path_of(card.name, card.files[0], runtime)
    with graph(source, card.name, card.memory_bytes, runtime, more_bytes) as loaded:
        return loaded.run_all(given)
