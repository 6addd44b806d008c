"""What goes down the pipe to a process that does tasks, and what comes up.

Down come jobs, as pickles; up go lines of JSON and files, for what a process says that a stranger may have
taken over is read as data and never as code.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, Literal, TypeAlias

from cleanplate.tasks.performer import EncodedPicture
from cleanplate.tasks.task import Failure, Task

STOP: Final = "stop"
"""Sent down instead of a job: the task that is being done is not wanted any more. Of a group, its number."""

Kind: TypeAlias = Literal[
    "ready",
    "decoded",
    "progress",
    "picture",
    "failure",
    "spent",
    "figures",
    "failed",
    "cancelled",
    "ended",
    "unsettled",
    "over",
]
"""What a message says: of one result "picture" or "failure", of the whole task "failed". Before a task's end
come "figures", and before these "spent" when the process ends with this task. A task of a group that may
succeed alone is "unsettled"; the last message of a group is "over", after its "spent"."""

ENDS: Final = ("ended", "failed", "cancelled")
"""The last message of a task is one of these."""
GROUP_ENDS: Final = (*ENDS, "unsettled")
"""The same of a task of a group."""


@dataclass(frozen=True, slots=True)
class Job:
    """A task, and the files of its inputs by role."""

    task: Task
    inputs: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks whose edits run side by side."""

    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One of those that go up.

    Attributes:
        fields: JSON: `done` of "progress"; `code` and `message` of failures; what a picture is but its file;
            `ChildFigures`.
        data: the file of a picture.
        number: of the task in its group, from 0.
    """

    kind: Kind
    fields: Mapping[str, Any]
    data: bytes = b""
    number: int = 0


RESULTS: Final[Mapping[Kind, Callable[[Message], EncodedPicture | Failure]]] = {
    "picture": lambda message: EncodedPicture(message.data, **message.fields),
    "failure": lambda message: Failure(**message.fields),
}
"""What messages of results are."""


def send(pipe: Connection, message: Message) -> None:
    """Write one message."""
    pipe.send_bytes(json.dumps([message.kind, message.fields, message.number]).encode())
    if message.kind == "picture":
        pipe.send_bytes(message.data)


def receive(pipe: Connection) -> Message:
    """Read one message. Raises `EOFError` or `OSError` when there is nobody to write it."""
    kind, fields, number = json.loads(pipe.recv_bytes())
    return Message(kind, fields, pipe.recv_bytes() if kind == "picture" else b"", number)
