"""Who does a task's computation, here or in another process: stored bytes in, encoded pictures out."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from cleanplate.errors import CleanplateError, EngineFailed, out_of_memory
from cleanplate.tasks.task import Failure, Task

LOG = logging.getLogger(__name__)

Report = Callable[[float], None]
"""Called with the share of the whole task that is done, 0..1; may raise `TaskCancelled`."""


class TaskCancelled(Exception):
    """The task is to stop. Raised by its progress callback, through whatever edit calls it."""


class TaskFailed(Exception):
    """The whole task failed, and what is said of it is said."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class PerformerDied(Exception):
    """The process that did the task is gone, and nobody knows why: it may be tried again."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One encoded result.

    Attributes:
        data: the file.
        width, height: in pixels.
        extension, media_type: of its format, as "jpeg" and "image/jpeg".
        recipe: how it was made, JSON.
    """

    data: bytes
    width: int
    height: int
    extension: str
    media_type: str
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EncodedPreview:
    """One preview of a result that is not done. `data`: the file, in the format of the result."""

    data: bytes


Made: TypeAlias = EncodedPicture | Failure | EncodedPreview
"""What comes of a task while it is done: its results in order, and previews before these."""
Perform: TypeAlias = Callable[[Task, Mapping[str, bytes], Report], Iterator[Made]]
"""See `TaskPerformer.perform`."""


class TaskPerformer(Protocol):
    """Knows no database and no object store. Any number of threads may call it."""

    def perform(self, task: Task, inputs: Mapping[str, bytes], report: Report) -> Iterator[Made]:
        """Each result that was asked for, in order. One that fails does not take the others along.

        Previews come before them, in any number: who takes them counts them.

        Args:
            inputs: role ("image", "mask", "keep", "reference") to the file's bytes; "image" must be there.
            report: called now and then while it works.

        Raises:
            CleanplateError, TaskFailed: the whole task failed: an input breaks its rules.
            TaskCancelled: as `report` raised it.
            PerformerDied: the process that did it is gone.
        """

    def trouble(self) -> str:
        """Why nothing can be done now; "" when it can."""

    def start(self) -> None:
        """Get ready for the first task. Returns before all is ready."""

    def close(self) -> None:
        """Give back what it holds. What is still being done is not finished."""


def failure_of(task: Task, error: BaseException) -> Failure:
    """The public words for an error of a task; the log gets the rest."""
    if isinstance(error, TaskFailed):
        return error.failure
    if isinstance(error, CleanplateError):
        LOG.info("task %s: %s: %s", task.id, error.code, error.log, extra={"task_id": task.id})
        return Failure(error.code, error.public)
    LOG.error("task %s: %s failed", task.id, task.submission.edit, exc_info=error, extra={"task_id": task.id})
    return Failure(EngineFailed.code, "out of memory" if out_of_memory(error) else "internal error")
