"""What is read when Prometheus asks: the line of tasks, the disk, the processes that do tasks."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cleanplate.errors import StorageFailed
from cleanplate.tasks.child_limits import resident_bytes
from cleanplate.tasks.pool_totals import ModelTotals
from cleanplate.tasks.queue_state import QueueState

_HELD: Final[Sequence[tuple[str, str, Callable[[ModelTotals], float]]]] = (
    ("models_loaded", "Processes that have a model in memory.", lambda totals: totals.loaded),
    ("model_bytes", "What a model takes in all of them together.", lambda totals: totals.bytes),
)
_DONE: Final[Sequence[tuple[str, str, Callable[[ModelTotals], float]]]] = (
    ("model_loads", "Loads of a model.", lambda totals: totals.loads),
    ("model_hits", "Uses of a model that was in memory already.", lambda totals: totals.hits),
    ("model_load_seconds", "Seconds that loads took.", lambda totals: totals.load_s),
    ("model_evictions", "How often a model left memory to make room.", lambda totals: totals.evictions),
)


@dataclass(frozen=True, slots=True)
class StateCollector(Collector):
    """Gauges of one application.

    Attributes:
        queue: reads the line; raises `StorageFailed`.
        free_bytes: of the disk; raises `StorageFailed`.
        processes: the ids of those that do tasks.
        started: how many of these there ever were.
        models: what models did in them, by name.
    """

    queue: Callable[[], QueueState]
    free_bytes: Callable[[], int]
    processes: Callable[[], Collection[int]]
    started: Callable[[], int]
    models: Callable[[], Mapping[str, ModelTotals]]

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: names are known by `collect`, and nothing is read before somebody asks."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Each metric that can be read now."""
        up = 1
        try:
            yield from _line(self.queue())
        except StorageFailed:
            up = 0
        yield _gauge("database_up", "Whether the database answers.", up)
        with suppress(StorageFailed):
            yield _gauge("disk_free_bytes", "Free on the disk of the data directory.", self.free_bytes())
        processes = self.processes()
        yield _gauge("processes", "Processes that do tasks.", len(processes))
        held = sum(map(resident_bytes, processes))
        yield _gauge("processes_resident_bytes", "Memory of these processes together.", held)
        yield _counter("processes_started", "Processes that were started to do tasks.", self.started())
        yield from _pool(self.models())


def _line(state: QueueState) -> Iterator[GaugeMetricFamily]:
    depth = GaugeMetricFamily("cleanplate_queue_tasks", "Unfinished tasks.", labels=("state",))
    for name, count in (("queued", state.queued), ("staging", state.staging), ("running", state.running)):
        depth.add_metric((name,), count)
    yield depth
    waiting = GaugeMetricFamily(
        "cleanplate_queue_waiting",
        "Tasks that could run, by the queue that workers serve.",
        labels=("queue",),
    )
    for queue, count in state.waiting.items():
        waiting.add_metric((queue,), count)
    yield waiting
    yield _gauge("queue_age_seconds", "How long the oldest task has waited that could run.", state.oldest_s)
    yield _gauge("callbacks_due", "Callbacks that are still to be sent.", state.callbacks)


def _pool(models: Mapping[str, ModelTotals]) -> Iterator[Metric]:
    """Of each model what it holds and what it did, in all processes together."""
    for name, what, value_of in _HELD:
        gauge = GaugeMetricFamily(f"cleanplate_{name}", what, labels=("model",))
        for model, totals in models.items():
            gauge.add_metric((model,), value_of(totals))
        yield gauge
    for name, what, value_of in _DONE:
        counter = CounterMetricFamily(f"cleanplate_{name}", what, labels=("model",))
        for model, totals in models.items():
            counter.add_metric((model,), value_of(totals))
        yield counter


def _counter(name: str, what: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"cleanplate_{name}", what, value=value)


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cleanplate_{name}", what, value=value)
