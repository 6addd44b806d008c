"""Writes how an attempt ended, if it still is the one that counts."""

import logging
from dataclasses import dataclass

from cleanplate.storage.base import BlobStore
from cleanplate.tasks.attempt import AttemptEnd
from cleanplate.tasks.patience import Patience
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim, State, Task

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AttemptEnds:
    """Of one worker.

    Attributes:
        most_deaths: a task fails when the process that did it has died so often.
    """

    store: TaskStore
    objects: BlobStore
    patience: Patience
    most_deaths: int

    def write(self, task: Task, end: AttemptEnd) -> None:
        """Write it, however long the database refuses; what is no longer wanted leaves nothing behind."""
        if self.patience.settle(lambda: self._write(task.claim, end)) or self._was_written(task):
            _log_end(task, end)
            return
        LOG.warning(
            "task %s: attempt %d is no longer wanted",
            task.id,
            task.standing.attempt,
            extra={"task_id": task.id},
        )
        for output in end.outcome.outputs:
            self.objects.delete(output.key)

    def _write(self, claim: Claim, end: AttemptEnd) -> bool:
        outcome = end.outcome
        if end.state is State.CANCELLED:
            return self.store.cancel_running(claim)
        if end.state is State.QUEUED and outcome.failure is not None:
            return self.store.retry(claim, outcome.failure, most_deaths=self.most_deaths)
        if outcome.failure is not None:
            return self.store.fail(claim, outcome.failure, outcome.compute_ms)
        return self.store.succeed(claim, outcome.results, outcome.compute_ms or 0)

    def _was_written(self, task: Task) -> bool:
        # A commit that reported an error may have happened all the same; the retry then finds the row moved.
        now = self.patience.settle(lambda: self.store.get(task.id))
        return (
            now is not None and now.standing.attempt == task.standing.attempt and now.standing.state.terminal
        )


def _log_end(task: Task, end: AttemptEnd) -> None:
    fields = {
        "task_id": task.id,
        "edit": task.submission.edit,
        "state": end.state.value,
        "attempt": task.standing.attempt,
        "queued_ms": (task.standing.started_at_ms or task.standing.created_at_ms)
        - task.standing.created_at_ms,
        "compute_ms": end.outcome.compute_ms,
    }
    LOG.info("task ended", extra=fields)
