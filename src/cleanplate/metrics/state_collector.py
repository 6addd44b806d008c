"""What is read when Prometheus asks: the line of tasks, the disk, the processes that do tasks."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cleanplate.errors import StorageFailed
from cleanplate.tasks.child_limits import resident_bytes
from cleanplate.tasks.queue_state import QueueState


@dataclass(frozen=True, slots=True)
class StateCollector(Collector):
    """Gauges of one application.

    Attributes:
        queue: reads the line; raises `StorageFailed`.
        free_bytes: of the disk; raises `StorageFailed`.
        processes: the ids of those that do tasks.
    """

    queue: Callable[[], QueueState]
    free_bytes: Callable[[], int]
    processes: Callable[[], Collection[int]]

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: names are known by `collect`, and nothing is read before somebody asks."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each gauge that can be read now."""
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


def _line(state: QueueState) -> Iterator[GaugeMetricFamily]:
    depth = GaugeMetricFamily("cleanplate_queue_tasks", "Unfinished tasks.", labels=("state",))
    for name, count in (("queued", state.queued), ("staging", state.staging), ("running", state.running)):
        depth.add_metric((name,), count)
    yield depth
    yield _gauge("queue_age_seconds", "How long the oldest task has waited that could run.", state.oldest_s)
    yield _gauge("callbacks_due", "Callbacks that are still to be sent.", state.callbacks)


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"cleanplate_{name}", what, value=value)
