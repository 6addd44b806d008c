"""What a process says of one task while it does it, in whichever thread."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from cleanplate.tasks.child_messages import Job, Message
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import EncodedPicture, Report, TaskCancelled, failure_of
from cleanplate.tasks.task import Failure

_SAY_S: Final = 0.05


def messages(performer: LocalPerformer, job: Job, report: Report) -> Iterator[Message]:
    """What is said of one task; the last is of the whole of it."""
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


def now_and_then(report: Report) -> Report:
    """The same, called no more often than is of use, and not for what is done at once."""
    said_s = time.monotonic()

    def paced(done: float) -> None:
        nonlocal said_s
        now_s = time.monotonic()
        if now_s - said_s >= _SAY_S:
            said_s = now_s
            report(done)

    return paced


def _result(made: EncodedPicture | Failure) -> Message:
    if isinstance(made, Failure):
        return Message("failure", asdict(made))
    fields = asdict(made)
    return Message("picture", fields, fields.pop("data"))
