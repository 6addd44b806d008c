"""One attempt at a task: its inputs are read, its pictures made and stored, and every fault becomes words."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cleanplate.edits.base import Edit
from cleanplate.errors import CleanplateError, EngineFailed, out_of_memory
from cleanplate.runtime.runtime import Runtime
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.moderation import Moderation
from cleanplate.tasks.perform import EncodedPicture, TaskCancelled, perform
from cleanplate.tasks.task import (
    Failure,
    Outcome,
    Output,
    State,
    Task,
    input_key,
    output_group,
    output_key,
)

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended: cancelled, with a failure, or with results of which at least one is a picture."""

    state: State
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(frozen=True, slots=True)
class Attempts:
    """What every attempt uses.

    Attributes:
        objects: where inputs lie and results go.
        edits: the catalogue, by name.
        runtime: what they run by.
        moderation: looks at pictures.
    """

    objects: BlobStore
    edits: Mapping[str, Edit]
    runtime: Runtime
    moderation: Moderation

    def run(self, task: Task, report: Callable[[float], None]) -> AttemptEnd:
        """Do the task. Nothing is raised, whatever an edit does.

        Args:
            report: called with the share that is done, 0..1; may raise `TaskCancelled`.
        """
        compute_ms: int | None = None
        try:
            if task.standing.attempt > 1:
                # A process that was killed between storing its picture and saying so left one behind.
                self.objects.delete_group(output_group(task.id))
            inputs = {role: self.objects.get(input_key(task.id, role)) for role in task.submission.inputs}
            began_s = time.perf_counter()
            try:
                edit = self.edits.get(task.submission.edit)
                pictures = perform(edit, task, inputs, report, self.moderation, self.runtime)
                made = self._results(task, pictures)
            finally:
                compute_ms = round((time.perf_counter() - began_s) * 1000)
            failures = [result for result in made if isinstance(result, Failure)]
            if len(failures) < len(made):
                return AttemptEnd(State.SUCCEEDED, Outcome(made, None, compute_ms))
            return AttemptEnd(State.FAILED, Outcome(made, failures[0], compute_ms))
        except TaskCancelled:
            return AttemptEnd(State.CANCELLED, Outcome(compute_ms=compute_ms))
        except BaseException as error:
            # Base: the panics of some native libraries are no Exception.
            return AttemptEnd(State.FAILED, Outcome((), _failure(task, error), compute_ms))

    def _results(
        self, task: Task, pictures: Iterator[Callable[[], EncodedPicture]]
    ) -> tuple[Output | Failure, ...]:
        """Make each picture and store it. One that fails does not take the others along."""
        made: list[Output | Failure] = []
        for number, make in enumerate(pictures, start=1):
            try:
                made.append(self._store(task, number, make()))
            except TaskCancelled:
                raise
            except BaseException as error:
                # Base: the panics of some native libraries are no Exception.
                made.append(_failure(task, error))
        return tuple(made)

    def _store(self, task: Task, number: int, picture: EncodedPicture) -> Output:
        key = output_key(task.id, task.standing.attempt, number, picture.extension)
        self.objects.put(key, picture.data)
        return Output(key, picture.width, picture.height, picture.media_type, picture.recipe)


def _failure(task: Task, error: BaseException) -> Failure:
    if isinstance(error, CleanplateError):
        LOG.info("task %s: %s: %s", task.id, error.code, error.log, extra={"task_id": task.id})
        return Failure(error.code, error.public)
    LOG.error("task %s: %s failed", task.id, task.submission.edit, exc_info=error, extra={"task_id": task.id})
    return Failure(EngineFailed.code, "out of memory" if out_of_memory(error) else "internal error")
