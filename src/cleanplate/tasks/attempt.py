"""One attempt at a task: its inputs are read, its pictures made and stored, and every fault becomes words."""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cleanplate.errors import BlobMissing, StorageFailed, StoreForeign, WorkerDied
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.patience import Patience
from cleanplate.tasks.performer import (
    EncodedPicture,
    EncodedPreview,
    Made,
    Perform,
    PerformerDied,
    Report,
    TaskCancelled,
    failure_of,
)
from cleanplate.tasks.task import (
    Failure,
    Outcome,
    Output,
    State,
    Task,
    input_key,
    output_group,
    output_key,
    preview_key,
)

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended: cancelled, with a failure, with results of which at least one is a picture, or
    queued: it may be tried again, as its process died under it or a file of it was not found, which is the
    failure where that was once too often; without one it is none of the task's tries.
    """

    state: State
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(frozen=True, slots=True)
class Attempts:
    """What every attempt uses.

    Attributes:
        objects: where inputs lie and results go.
        perform: does the work.
        patience: a disk that is full for a while loses no result.
        storage_wait_s: how long that may be; meanwhile its worker does nothing else.
    """

    objects: BlobStore
    perform: Perform
    patience: Patience
    storage_wait_s: float

    def run(self, task: Task, report: Report) -> AttemptEnd:
        """Do the task. Nothing is raised, whatever an edit does."""
        compute_ms: int | None = None
        try:
            inputs = self.patience.settle(lambda: self._inputs(task), longest_s=self.storage_wait_s)
            began_s = time.perf_counter()
            try:
                made = tuple(self._results(task, self.perform(task, inputs, report)))
            finally:
                compute_ms = round((time.perf_counter() - began_s) * 1000)
            return _end(made, compute_ms)
        except TaskCancelled:
            return AttemptEnd(State.CANCELLED, Outcome(compute_ms=compute_ms))
        except PerformerDied as death:
            LOG.warning("task %s: %s", task.id, death, extra={"task_id": task.id})
            failure = Failure(WorkerDied.code, "the worker died repeatedly")
            return AttemptEnd(State.QUEUED, Outcome((), failure, compute_ms))
        except StoreForeign as error:  # another worker may have the right one
            LOG.warning("task %s: %s", task.id, error.log, extra={"task_id": task.id})
            return AttemptEnd(State.QUEUED)
        except BlobMissing as error:  # the others may see what this machine does not
            return AttemptEnd(State.QUEUED, Outcome((), failure_of(task, error), compute_ms))
        except BaseException as error:
            # Base: the panics of some native libraries are no Exception.
            return AttemptEnd(State.FAILED, Outcome((), failure_of(task, error), compute_ms))

    def _inputs(self, task: Task) -> dict[str, bytes]:
        # A process that was killed between storing its picture and saying so left one behind. Those after
        # this attempt stay: it may have stood still for so long that a later one has ended the task.
        for attempt in range(1, task.standing.attempt):
            self.objects.delete_group(output_group(task.id, attempt))
        return {role: self.objects.get(input_key(task.id, role)) for role in task.submission.inputs}

    def _results(self, task: Task, made: Iterable[Made]) -> Iterator[Output | Failure]:
        results = previews = 0
        for one in made:
            if isinstance(one, EncodedPreview):
                previews += previews < task.submission.previews and self._is_kept(task, previews, one)
            else:
                results += 1
                yield self._stored(task, results, one)

    def _is_kept(self, task: Task, number: int, preview: EncodedPreview) -> bool:
        """Whether it could be stored; nothing waits for that."""
        try:
            self.objects.put(preview_key(task.id, task.standing.attempt, number), preview.data)
        except StorageFailed as error:
            LOG.warning("task %s: a preview is lost: %s", task.id, error.log, extra={"task_id": task.id})
            return False
        return True

    def _stored(self, task: Task, number: int, made: EncodedPicture | Failure) -> Output | Failure:
        if isinstance(made, Failure):
            return made
        key = output_key(task.id, task.standing.attempt, number, made.extension)
        try:
            self.patience.settle(lambda: self.objects.put(key, made.data), longest_s=self.storage_wait_s)
        except StoreForeign:
            raise
        except StorageFailed as error:
            return failure_of(task, error)
        return Output(key, made.width, made.height, made.media_type, made.recipe)


def _end(made: tuple[Output | Failure, ...], compute_ms: int) -> AttemptEnd:
    failures = [result for result in made if isinstance(result, Failure)]
    if len(failures) < len(made):
        return AttemptEnd(State.SUCCEEDED, Outcome(made, None, compute_ms))
    return AttemptEnd(State.FAILED, Outcome(made, failures[0], compute_ms))
