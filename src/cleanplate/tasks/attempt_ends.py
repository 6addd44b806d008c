"""Writes how an attempt ended, if it still is the one that counts."""

import logging
from dataclasses import dataclass

from cleanplate.errors import StorageFailed
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.attempt import AttemptEnd
from cleanplate.tasks.patience import Patience
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim, State, Task, preview_key

LOG = logging.getLogger(__name__)

_DELETE_S = 15.0


@dataclass(frozen=True, slots=True)
class AttemptEnds:
    """Of one worker.

    Attributes:
        most_deaths: a task fails when the process that did it has died, or its files were missing, so often.
    """

    store: TaskStore
    objects: BlobStore
    patience: Patience
    most_deaths: int

    def write(self, task: Task, end: AttemptEnd) -> None:
        """Write it, however long the database refuses; what is no longer wanted leaves nothing behind."""
        written = self.patience.settle(lambda: self._write(task.claim, end)) or self._was_written(task)
        if not written or end.state not in (State.SUCCEEDED, State.FAILED):
            self._drop_previews(task)  # nobody shows them; of other tasks whoever does drops them
        if written:
            _log_end(task, end)
            return
        LOG.warning(
            "task %s: attempt %d is no longer wanted",
            task.id,
            task.standing.attempt,
            extra={"task_id": task.id},
        )
        for output in end.outcome.outputs:
            self._delete(output.key)

    def _drop_previews(self, task: Task) -> None:
        for number in range(task.submission.previews):
            self._delete(preview_key(task.id, task.standing.attempt, number))

    def _delete(self, key: str) -> None:
        """What stays because the store refuses for long goes when the task expires."""
        try:
            self.patience.settle(lambda: self.objects.delete(key), longest_s=_DELETE_S)
        except StorageFailed as error:
            LOG.warning("a file that nobody wants stays: %s", error.log)

    def _write(self, claim: Claim, end: AttemptEnd) -> bool:
        outcome = end.outcome
        if end.state is State.CANCELLED:
            return self.store.cancel_running(claim)
        if end.state is State.QUEUED:
            if outcome.failure is None:
                return self.store.hand_back(claim)
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
