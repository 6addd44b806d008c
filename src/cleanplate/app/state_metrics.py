"""What Prometheus is told of the state of this process and of the line of tasks when it asks."""

from collections.abc import Sequence

from cleanplate.app.data_directory import DataDirectory
from cleanplate.metrics.state_collector import StateCollector
from cleanplate.tasks.children import Children
from cleanplate.tasks.queue_state import queue_state


def state_of(data: DataDirectory, groups: Sequence[Children]) -> StateCollector:
    """Of all processes that do tasks here; the first of these groups has models."""
    return StateCollector(
        queue=lambda: queue_state(data.engine, data.clock_ms()),
        free_bytes=data.floor.free_bytes,
        processes=lambda: [pid for children in groups for pid in children.pids()],
        started=lambda: sum(children.started for children in groups),
        models=groups[0].models,
    )
