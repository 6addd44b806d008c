"""`partial_images`: the previews of one task, found in the store while the request waits for its end."""

import logging
from collections.abc import Iterator
from typing import Final

from cleanplate.api.encoded_results import Parts
from cleanplate.api.openai.openai_replies import ImageReply
from cleanplate.errors import StorageFailed
from cleanplate.tasks.task import Task, preview_key

_LOG: Final = logging.getLogger(__name__)


class PartialImages:
    """Looks for them. What the store refuses is as what is not there: no result depends on it.

    Args:
        task: as it was accepted; it says how many there may be.
    """

    def __init__(self, task: Task, reply: ImageReply) -> None:
        self._task = task
        self._reply = reply
        self._found = 0
        self._progress = 0.0

    @property
    def wanted(self) -> bool:
        """Whether there may be any."""
        return self._task.submission.previews > 0

    def new_events(self, task: Task) -> list[Parts]:
        """The events of those that came since the last call, in order.

        Args:
            task: as it is now. Of one that was begun anew they go on behind those that were found.
        """
        self._task = task
        if task.standing.progress == self._progress and not task.standing.state.terminal:
            return []  # nor is there a new preview, most likely
        self._progress = task.standing.progress
        return list(self._new_events())

    def _new_events(self) -> Iterator[Parts]:
        try:
            while self._found < self._task.submission.previews:
                event = self._reply.partial_event(self._task, self._found)
                if event is None:
                    return
                self._found += 1
                yield event
        except StorageFailed as error:
            _LOG.warning("task %s: a preview cannot be read: %s", self._task.id, error.log)

    def delete(self) -> None:
        """Those of the attempt that was seen last; what stays goes with the task."""
        task = self._task
        try:
            for number in range(task.submission.previews):
                key = preview_key(task.id, task.standing.attempt, number)
                self._reply.call.services.objects.delete(key)
        except StorageFailed as error:
            _LOG.warning("task %s: a preview stays: %s", task.id, error.log)
