"""The process in which tasks are done: what a stranger's file breaks here, breaks nothing else.

Down the pipe come jobs, as pickles; up go lines of JSON and files, for what a process says that a stranger
may have taken over is read as data and never as code.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, Literal, TypeAlias

from cleanplate.edits.catalogue import edits
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import Settings
from cleanplate.tasks.child_figures import StageClock, figures_of
from cleanplate.tasks.child_limits import ChildLimits, allow_seconds, confine
from cleanplate.tasks.child_memory import Leftovers
from cleanplate.tasks.moderation import moderation
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import EncodedPicture, TaskCancelled, failure_of
from cleanplate.tasks.task import Failure, Task
from cleanplate.telemetry import setup_logging, working_for

LOG = logging.getLogger(__name__)

STOP: Final = "stop"
"""Sent down instead of a job: the task that is being done is not wanted any more."""

_SAY_S: Final = 0.05

Kind: TypeAlias = Literal[
    "ready", "decoded", "progress", "picture", "failure", "spent", "figures", "failed", "cancelled", "ended"
]
"""What a message says: of one result "picture" or "failure", of the whole task "failed". Before a task's end
come "figures", and before these "spent" when the process ends with this task."""

ENDS: Final = ("ended", "failed", "cancelled")
"""The last message of a task is one of these."""


@dataclass(frozen=True, slots=True)
class Job:
    """A task, and the files of its inputs by role."""

    task: Task
    inputs: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class ChildSetup:
    """What a process begins with.

    Attributes:
        settings: from which it makes its runtime and its catalogue.
        limits: what it may use.
    """

    settings: Settings
    limits: ChildLimits


@dataclass(frozen=True, slots=True)
class Message:
    """One of those that go up.

    Attributes:
        fields: JSON: `done` of "progress"; `code` and `message` of failures; what a picture is but its file;
            `ChildFigures`.
        data: the file of a picture.
    """

    kind: Kind
    fields: Mapping[str, Any]
    data: bytes = b""


def send(pipe: Connection, message: Message) -> None:
    """Write one message."""
    pipe.send_bytes(json.dumps([message.kind, message.fields]).encode())
    if message.kind == "picture":
        pipe.send_bytes(message.data)


def receive(pipe: Connection) -> Message:
    """Read one message. Raises `EOFError` or `OSError` when there is nobody to write it."""
    kind, fields = json.loads(pipe.recv_bytes())
    return Message(kind, fields, pipe.recv_bytes() if kind == "picture" else b"")


def main(pipe: Connection, setup: ChildSetup) -> None:
    """Do what comes down the pipe, one task after the other, until it is closed or the process is spent."""
    confine(setup.limits.memory_bytes)
    setup_logging(setup.settings.log_level, setup.settings.log_format, setup.settings.secrets)
    runtime = Runtime.from_settings(setup.settings)
    stages = StageClock()
    leftovers = Leftovers(setup.limits.memory_bytes, runtime.pool)
    performer = LocalPerformer(
        edits(runtime),
        runtime,
        moderation(setup.settings, runtime),
        decoded=lambda: _say(pipe, "decoded"),
        memory_bytes=setup.limits.memory_bytes,
        timed=stages.timed,
        failed=leftovers.failed,
    )
    _say(pipe, "ready")
    try:
        spent = False
        while not spent:
            job = pipe.recv()
            if isinstance(job, Job):  # and no late STOP
                allow_seconds(setup.limits)
                with working_for(job.task.submission.request_id):
                    last = _perform(performer, job, pipe)
                    spent = leftovers.spoil()
                    if spent:
                        _say(pipe, "spent")
                    _say(pipe, "figures", **figures_of(stages, runtime))
                    send(pipe, last)
    except (EOFError, OSError):
        LOG.debug("the server closed the pipe")


def _perform(performer: LocalPerformer, job: Job, pipe: Connection) -> Message:
    """Say all of one task but the last, which is for the caller to say. Nothing is kept of what failed."""
    messages = _messages(performer, job, pipe)
    while (message := next(messages)).kind not in ENDS:
        send(pipe, message)
    return message


def _messages(performer: LocalPerformer, job: Job, pipe: Connection) -> Iterator[Message]:
    """What is said of one task; the last is of the whole of it."""
    report = _Reporter(pipe).report
    try:
        for made in performer.perform(job.task, job.inputs, report):
            yield _result(made)
        last = Message("ended", {})
    except TaskCancelled:
        last = Message("cancelled", {})
    except BaseException as error:
        # Base: the panics of some native libraries are no Exception.
        performer.failed(error)
        last = Message("failed", asdict(failure_of(job.task, error)))
    yield last  # here, where nothing is kept of an error and what it holds


@dataclass(slots=True)
class _Reporter:
    """Says now and then how far a task is, and looks whether it is still wanted."""

    pipe: Connection
    said_s: float = 0.0

    def report(self, done: float) -> None:
        """See `Report`."""
        now_s = time.monotonic()
        if now_s - self.said_s < _SAY_S:
            return
        self.said_s = now_s
        _say(self.pipe, "progress", done=done)
        if self.pipe.poll() and self.pipe.recv() == STOP:
            raise TaskCancelled


def _result(made: EncodedPicture | Failure) -> Message:
    if isinstance(made, Failure):
        return Message("failure", asdict(made))
    fields = asdict(made)
    return Message("picture", fields, fields.pop("data"))


def _say(pipe: Connection, kind: Kind, **fields: Any) -> None:
    send(pipe, Message(kind, fields))
