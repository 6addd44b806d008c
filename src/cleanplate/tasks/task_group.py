"""Tasks that are done side by side in one process, each asked for by a thread of its own.

What becomes of the group is no fault of one task: where its process dies, or lacks the time or the memory,
each task that had not ended is done again alone, and only what happens then is said of it.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from cleanplate.tasks.child_messages import MADE, Job, Message
from cleanplate.tasks.performer import Made, Perform, Report, TaskCancelled, TaskFailed
from cleanplate.tasks.task import Failure, Task
from cleanplate.tracing.spans import TraceContext, Tracer

LOG = logging.getLogger(__name__)

_LOOK_S: Final = 0.1


class GroupMember:
    """One task's place in a group. As a block it is left at its end, whatever has become of the task.

    Attributes:
        job: the task, once it has come.
        attempt: the trace that it belongs to.
        unwanted: nobody listens to what becomes of it.
    """

    job: Job
    attempt: TraceContext

    def __init__(self, group: "TaskGroup") -> None:
        self.unwanted = False
        self._group = group
        self._left = False
        self._said: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def __enter__(self) -> "GroupMember":
        return self

    def __exit__(self, *_error: object) -> None:
        self._leave(None)

    def perform(self, task: Task, inputs: Mapping[str, bytes], report: Report) -> Iterator[Made]:
        """As `TaskPerformer.perform`, once. It begins when every other place is taken, or left.

        The thread that asks for one task waits for the others meanwhile, so each needs a thread of its own.
        """
        self.job, self.attempt = Job(task, inputs), self._group.tracer.current
        self._leave(self)
        given = 0
        try:
            for message in self._heard(report):
                if message is None:
                    yield from islice(self._group.alone(task, inputs, report), given, None)
                    return
                if message.kind in MADE:
                    given += message.kind != "preview"  # where there are previews, nothing is behind a result
                    yield MADE[message.kind](message)
                elif message.kind == "failed":
                    raise TaskFailed(Failure(**message.fields))
                elif message.kind == "cancelled":
                    raise TaskCancelled
                elif message.kind == "ended":
                    return
        finally:
            self.unwanted = True

    def tell(self, message: Message | None) -> None:
        """What its process says of it; None, or "unsettled": it is to be done alone."""
        self._said.put(None if message is None or message.kind == "unsettled" else message)

    def _heard(self, report: Report) -> Iterator[Message | None]:
        """What it was told, as it comes. `report` is called meanwhile, and may raise."""
        done = 0.0
        while True:
            report(done)
            try:
                message = self._said.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if message is not None:
                done = message.fields.get("done", done)
            yield message

    def _leave(self, come: "GroupMember | None") -> None:
        if not self._left:
            self._left = True
            self._group.decided(come)


class TaskGroup:
    """Waits until each of its places is taken or left.

    Args:
        count: of places.
        start: called with those that came, in a thread of its own; it tells each what becomes of it, and None
            at last.
        alone: does one task by itself.
    """

    def __init__(
        self, count: int, start: Callable[[Sequence[GroupMember]], None], alone: Perform, tracer: Tracer
    ) -> None:
        self.alone = alone
        self.tracer = tracer
        self.members = [GroupMember(self) for _ in range(count)]
        self._start = start
        self._undecided = count
        self._come: list[GroupMember] = []
        self._lock = threading.Lock()

    def decided(self, come: GroupMember | None) -> None:
        """One more has come, or (None) will not. From any thread."""
        with self._lock:
            self._undecided -= 1
            if come is not None:
                self._come.append(come)
            if self._undecided:
                return
        wanted = [member for member in self._come if not member.unwanted]
        if len(wanted) < 2 or not self._started(wanted):  # noqa: PLR2004 - one is none that could be together
            for member in wanted:
                member.tell(None)

    def _started(self, wanted: Sequence[GroupMember]) -> bool:
        """False: there is no room for one more thread."""
        together = threading.Thread(target=self._start, args=(wanted,), name="task-group", daemon=True)
        try:
            together.start()
        except RuntimeError as error:
            LOG.warning("tasks are done one by one: %s", error)
            return False
        return True
