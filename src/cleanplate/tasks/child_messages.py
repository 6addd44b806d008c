"""What goes down the pipe to a process that does tasks, and what comes up.

Down come jobs, as pickles; up go lines of JSON and files, for what a process says that a stranger may have
taken over is read as data and never as code.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final, Literal, TypeAlias

from cleanplate.tasks.performer import EncodedPicture, EncodedPreview, Made
from cleanplate.tasks.task import Failure, Task

STOP: Final = "stop"
"""Sent down instead of a job: the task that is being done is not wanted any more. Of a group, its number."""

Kind: TypeAlias = Literal[
    "ready",
    "decoded",
    "progress",
    "preview",
    "picture",
    "failure",
    "spent",
    "failed",
    "cancelled",
    "ended",
    "unsettled",
    "over",
]
"""What a message says: of one result "picture" or "failure", of the whole task "failed". Before a task's end
comes "spent" when the process ends with this task. A task of a group that may succeed alone is "unsettled";
the last message of a group is "over", after its "spent"."""

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
        fields: JSON: `done` of "progress"; `code` and `message` of failures; what a picture is but its file.
        data: the file of a picture or a preview.
        number: of the task in its group, from 0.
        figures: JSON, `ChildFigures`: the last message of a task has them.
    """

    kind: Kind
    fields: Mapping[str, Any]
    data: bytes = b""
    number: int = 0
    figures: Mapping[str, Any] | None = None


MADE: Final[Mapping[Kind, Callable[[Message], Made]]] = {
    "preview": lambda message: EncodedPreview(message.data),
    "picture": lambda message: EncodedPicture(message.data, **message.fields),
    "failure": lambda message: Failure(**message.fields),
}
"""What messages of results and of previews are."""
_WITH_FILE: Final = ("picture", "preview")


def send(pipe: Connection, message: Message) -> None:
    """Write one message."""
    said = message.kind, message.fields, message.number, message.figures
    pipe.send_bytes(json.dumps(said).encode())
    if message.kind in _WITH_FILE:
        pipe.send_bytes(message.data)


def receive(pipe: Connection) -> Message:
    """Read one message. Raises `EOFError` or `OSError` when there is nobody to write it."""
    kind, fields, number, figures = json.loads(pipe.recv_bytes())
    return Message(kind, fields, pipe.recv_bytes() if kind in _WITH_FILE else b"", number, figures)
