"""A group of tasks in a process that does tasks: their edits run side by side, each in its own thread."""

import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from cleanplate.errors import lacked_memory
from cleanplate.runtime.batcher import Participant
from cleanplate.tasks.child_figures import StageClock, figures_of
from cleanplate.tasks.child_messages import GROUP_ENDS, Group, Job, Message, send
from cleanplate.tasks.child_work import messages, now_and_then
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import TaskCancelled
from cleanplate.telemetry import working_for


def perform_group(performer: LocalPerformer, group: Group, pipe: Connection) -> None:
    """Do all, and say of each how it ended; returns then.

    Raises:
        RuntimeError: there is no memory for so many threads. Those that run end with the process.
    """
    places = performer.runtime.batcher.group(len(group.jobs))
    shared, unwanted = _SharedPipe(pipe), set[int]()
    ends, end = Pipe(duplex=False)
    for number, (job, place) in enumerate(zip(group.jobs, places, strict=True)):
        line = _Line(shared, number, unwanted)
        threading.Thread(target=_perform, args=(performer, job, line, place, end), daemon=True).start()
    left = len(places)
    while left:
        for ready in wait([pipe, ends]):
            if ready is ends:
                ends.recv_bytes()
                left -= 1
            else:
                number = pipe.recv()
                unwanted.add(number)
                places[number].leave()  # it may hang: nobody waits for it


def _perform(performer: LocalPerformer, job: Job, line: "_Line", place: Participant, end: Connection) -> None:
    """One of them. That memory lacks is no failure of a task that shares it: it is left unsettled."""
    stages, lacks = StageClock(), False

    def failed(error: BaseException) -> None:
        nonlocal lacks
        lacks = lacks or lacked_memory(error)
        performer.failed(error)

    own = replace(
        performer,
        decoded=line.say_decoded,
        previewed=line.say_preview,
        timed=stages.timed,
        failed=failed,
    )
    with _told(end), suppress(OSError), place, working_for(job.task.submission.request_id):
        for message in messages(own, job, now_and_then(line.report)):
            said = Message("unsettled", {}) if lacks else message
            if said.kind in GROUP_ENDS:
                said = replace(said, figures=figures_of(stages, performer.runtime))
            line.say(said)
            if lacks:
                break


@contextmanager
def _told(end: Connection) -> Iterator[None]:
    """Whatever becomes of the block, its end is told."""
    try:
        yield
    finally:
        end.send_bytes(b"")


class _SharedPipe:
    """The pipe for several threads."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        with self._lock:
            send(self._pipe, message)


class _Line:
    """What one task of the group says, and whether it is wanted.

    Args:
        unwanted: the numbers of those that are not, as the server says so.
    """

    def __init__(self, pipe: _SharedPipe, number: int, unwanted: Container[int]) -> None:
        self._pipe, self._number, self._unwanted = pipe, number, unwanted

    def say(self, message: Message) -> None:
        self._pipe.send(replace(message, number=self._number))

    def say_decoded(self) -> None:
        self.say(Message("decoded", {}))

    def say_preview(self, file: bytes) -> None:
        self.say(Message("preview", {}, file))

    def report(self, done: float) -> None:
        """See `Report`."""
        self.say(Message("progress", {"done": done}))
        if self._number in self._unwanted:
            raise TaskCancelled
