"""What admins of a server are told, made of what it is."""

from functools import partial

from cleanplate.admin.admin_values import Administration
from cleanplate.admin.all_lines import WorkerSeen, live_workers, task_lines
from cleanplate.admin.model_pulls import ModelPulls
from cleanplate.app.data_directory import DataDirectory
from cleanplate.app.task_work import Doing
from cleanplate.tasks.queue_state import queue_state


def administration(data: DataDirectory, doing: Doing | None, shelf: ModelPulls) -> Administration:
    """Make it.

    Args:
        doing: what does tasks in this process; None where other processes do them.
    """

    def workers() -> list[WorkerSeen]:
        if data.shared:
            return list(live_workers(data.engine, data.clock_ms()))
        if doing is None:
            return []
        card = doing.card
        return [WorkerSeen(card.id, card.device, card.version, card.concurrency, tuple(card.queues))]

    return Administration(
        queue=lambda: queue_state(data.engine, data.clock_ms()),
        lines=partial(task_lines, data.engine),
        workers=workers,
        shelf=shelf,
    )
