"""The process in which tasks are done: what a stranger's file breaks here, breaks nothing else."""

import logging
import os
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Final

from cleanplate.edits.catalogue import edits
from cleanplate.runtime.runtime import Runtime
from cleanplate.runtime.threads import cores
from cleanplate.settings import Settings
from cleanplate.tasks.child_environment import forget_secrets
from cleanplate.tasks.child_figures import StageClock, figures_of
from cleanplate.tasks.child_group import perform_group
from cleanplate.tasks.child_limits import ChildLimits, allow_seconds, confine
from cleanplate.tasks.child_memory import Leftovers
from cleanplate.tasks.child_messages import ENDS, STOP, Group, Job, Kind, Message, send
from cleanplate.tasks.child_work import messages, now_and_then
from cleanplate.tasks.moderation import moderation
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.performer import TaskCancelled
from cleanplate.telemetry import setup_logging, working_for

LOG = logging.getLogger(__name__)

_START_S: Final = 120.0
"""Imports of a slow disk, and plug-ins."""
_LOADING_S: Final = 1800.0
"""The same with models of tens of gigabytes, from a disk in a network."""


@dataclass(frozen=True, slots=True)
class ChildSetup:
    """What a process begins with.

    Attributes:
        settings: from which it makes its runtime and its catalogue.
        limits: what it may use.
        queues: whose models are loaded before it is usable (`tasks.queues`); none are loaded when needed.
    """

    settings: Settings
    limits: ChildLimits
    queues: tuple[str, ...] = ()

    @property
    def start_s(self) -> float:
        """How long it may take until it is usable."""
        return _LOADING_S if self.queues else _START_S


def main(pipe: Connection, setup: ChildSetup) -> None:
    """Do what comes down the pipe, a task or a group at a time, until it closes or the process is spent."""
    confine(setup.limits.memory_bytes)
    forget_secrets(os.environ)
    setup_logging(setup.settings.log_level, setup.settings.log_format, setup.settings.secrets)
    count = cores()  # read off files, which takes as long as a small task
    runtime = Runtime.from_settings(setup.settings)
    stages = StageClock()
    leftovers = Leftovers(setup.limits.memory_bytes, runtime.pool)
    runtime.batcher.failed = leftovers.failed
    performer = LocalPerformer(
        edits(runtime),
        runtime,
        moderation(setup.settings, runtime),
        decoded=lambda: _say(pipe, "decoded"),
        memory_bytes=setup.limits.memory_bytes,
        previewed=lambda file: send(pipe, Message("preview", {}, file)),
        timed=stages.timed,
        failed=leftovers.failed,
    )
    if setup.queues:
        from cleanplate.tasks.warm_models import warm_models

        LOG.info("loaded: %s", ", ".join(warm_models(runtime, setup.queues)) or "no models")
    _say(pipe, "ready")
    try:
        spent = False
        while not spent:
            job = pipe.recv()
            if isinstance(job, Job):  # and no late STOP
                allow_seconds(setup.limits, count)
                with working_for(job.task.submission.request_id):
                    last = _perform(performer, job, pipe)
                    spent = leftovers.spoil()
                    if spent:
                        _say(pipe, "spent")
                    send(pipe, replace(last, figures=figures_of(stages, runtime)))
            elif isinstance(job, Group):
                allow_seconds(setup.limits, count)
                perform_group(performer, job, pipe)
                spent = leftovers.spoil()
                if spent:
                    _say(pipe, "spent")
                _say(pipe, "over")
    except (EOFError, OSError):
        LOG.debug("the server closed the pipe")


def _perform(performer: LocalPerformer, job: Job, pipe: Connection) -> Message:
    """Say all of one task but the last, which is for the caller to say. Nothing is kept of what failed."""

    def report(done: float) -> None:
        _say(pipe, "progress", done=done)
        if pipe.poll() and pipe.recv() == STOP:
            raise TaskCancelled

    said = messages(performer, job, now_and_then(report))
    while (message := next(said)).kind not in ENDS:
        send(pipe, message)
    return message


def _say(pipe: Connection, kind: Kind, **fields: Any) -> None:
    send(pipe, Message(kind, fields))
