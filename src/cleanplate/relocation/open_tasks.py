"""What has not ended yet, as it has to stand in its new place: in a queue that is served there, nobody's.

A data folder has one queue, a cluster one for each kind of model. Each queue has a time of its own
(`tasks.turns`): who is moved to another one stands as far behind its time as before.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, cached_property
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Table

from cleanplate.database.tables import DELIVERIES, GENERAL, OPEN_STATES, TASKS
from cleanplate.edits.base import Edit
from cleanplate.errors import BadInput, SetupError
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.tasks import turns

QueueOf: TypeAlias = Callable[[str, Mapping[str, Any]], str]
"""(edit, its complete parameters): the queue of such a task. Raises `SetupError` for an unknown edit."""
_FREE: Final[Mapping[str, None]] = {"sender_id": None, "lease_until_ms": None}


def one_queue(_edit: str, _parameters: Mapping[str, Any]) -> str:
    """The queue of every task where one process does all."""
    return GENERAL


class ClusterQueues:
    """A `QueueOf`: the queues of a cluster whose workers have these settings."""

    def __init__(self, settings: Settings, closing: ExitStack) -> None:
        self._settings = settings
        self._closing = closing

    def __call__(self, edit: str, parameters: Mapping[str, Any]) -> str:
        from cleanplate.tasks.queues import queue_of

        known, least = self._installed
        if edit not in known:
            raise SetupError(
                f"a task waits for the edit {edit!r}, which is not installed here: set CLEANPLATE_PLUGINS as "
                "its servers have it"
            )
        try:
            return queue_of(known[edit], parameters, least)
        except BadInput:
            return GENERAL  # of an earlier version: whoever does it says what is wrong

    @cached_property
    def _installed(self) -> tuple[Mapping[str, Edit], Runtime]:
        """Edits take a moment to import: when the first unfinished task is seen."""
        from cleanplate.edits.catalogue import edits
        from cleanplate.tasks.queues import bare

        runtime = Runtime.from_settings(self._settings)
        self._closing.callback(runtime.close)
        return edits(runtime), bare(runtime)


class OpenTasks:
    """Adapts rows to the place that they are moved to.

    Args:
        source: where they come from; nobody else writes there.
        queue_of: the new place's.
    """

    def __init__(self, source: Connection, queue_of: QueueOf) -> None:
        self._source = source
        self._queue_of = queue_of
        self._now = cache(self._ask_now)

    def adapted(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        """The row as it has to be there; most are as they were."""
        if table is DELIVERIES:
            return {**row, **_FREE}
        if table is TASKS and row["state"] in OPEN_STATES:
            return self._requeued(row | {"lease_until_ms": None})
        return row

    def _requeued(self, row: dict[str, Any]) -> dict[str, Any]:
        simulated = row["scenario"] is not None
        queue = GENERAL if simulated else self._queue_of(row["edit"], row["parameters"])
        before, interactive = row["queue"], row["interactive"]
        if queue == before:
            return row
        turn = row["turn"] - self._now(before, interactive) + self._now(queue, interactive)
        return row | {"queue": queue, "turn": turn}

    def _ask_now(self, queue: str, interactive: bool) -> float:
        return turns.now(self._source, queue, interactive=interactive)
