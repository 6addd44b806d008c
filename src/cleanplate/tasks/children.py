"""Processes that do tasks for the server: started before they are needed, watched, ended and replaced."""

import logging
import math
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import resident_bytes
from cleanplate.tasks.child_messages import Job
from cleanplate.tasks.child_process import ChildProcess
from cleanplate.tasks.performer import Made, PerformerDied, Report, TaskCancelled
from cleanplate.tasks.pool_totals import ModelTotals, PoolTotals
from cleanplate.tasks.process_start import check_temporary_folder
from cleanplate.tasks.task import Task
from cleanplate.tasks.task_group import GroupMember, TaskGroup
from cleanplate.tasks.task_memory import NO_GATE, MemoryGate
from cleanplate.tracing.spans import NO_TRACE, NO_TRACES, TraceContext, Tracer

LOG = logging.getLogger(__name__)

_LOOK_S: Final = 0.1
_SLOW_START_S: Final = 30.0
_NOT_STARTING: Final = "its processes do not start"
_AGAIN_S: Final = 1.0
"""Between tries to start a process where none starts."""


class Children:
    """A `TaskPerformer` that does each task in a process of its own, which then does the next.

    Args:
        count: how many tasks can be done at the same time.
        setup: what each process begins with.
        gate: held while tasks are done; it may wait, and says how many have the memory together.
        tracer: told of the stages of each task.
        pools: told what the models of each process did.

    Raises:
        SetupError: none could be started here.
    """

    def __init__(
        self,
        count: int,
        setup: ChildSetup,
        gate: MemoryGate = NO_GATE,
        *,
        tracer: Tracer = NO_TRACES,
        pools: PoolTotals | None = None,
    ) -> None:
        check_temporary_folder()
        self._gate = gate
        self._setup = setup
        self._count = count
        self._tracer = tracer
        self._pools = pools or PoolTotals()
        # One entry for each task that can be done; None: its process is started when it is needed.
        self._idle: queue.LifoQueue[ChildProcess | None] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._living: set[ChildProcess] = set()
        self._closing = threading.Event()
        self._loaded, self._begun = threading.Event(), False
        self._trouble = ""
        self._started, self._counting = 0, threading.Lock()
        self._starting_since_s: dict[int, float] = {}

    def start(self) -> None:
        """Start all processes, and wait for none. Before any task; a second call does nothing."""
        if self._begun:
            return
        self._begun = True
        for _ in range(self._count):
            self._idle.get()
        threading.Thread(target=self._start_all, name="task-processes", daemon=True).start()

    def wait_until_loaded(self) -> None:
        """Wait until each process has the models that its setup names, or has failed; or until closed."""
        while not (self._closing.is_set() or self._loaded.wait(_LOOK_S)):
            pass

    def perform(self, task: Task, inputs: Mapping[str, bytes], report: Report) -> Iterator[Made]:
        """See `TaskPerformer`. A process that breaks its limits is ended, and the task fails.

        Raises:
            NotAPicture, InputTooLarge: its files take too long, or too much memory, to be read.
            EngineFailed: the same of its edit.
        """
        job = Job(task, inputs)
        with self._child([job], report, self._tracer.current) as child:
            yield from child.perform(job, report)

    def group(self, count: int) -> list[GroupMember]:
        """Places for so many tasks, whose edits run side by side in one process: model calls become batches.

        Each place is for one thread, which performs its task there, or leaves it.
        """
        return TaskGroup(count, self._perform_group, self.perform, self._tracer).members

    def trouble(self) -> str:
        """Why no task can be done; "" when there is a process, or none was needed yet."""
        since_s = min(self._starting_since_s.copy().values(), default=math.inf)
        hangs = time.monotonic() - since_s > _SLOW_START_S
        return _NOT_STARTING if hangs else self._trouble

    def pids(self) -> list[int]:
        """Of the processes that there are now."""
        return [child.pid for child in self._living.copy()]

    @property
    def loaded(self) -> bool:
        """Whether all processes have been waited for as `wait_until_loaded` does."""
        return self._loaded.is_set()

    @property
    def started(self) -> int:
        """How many processes were ever started."""
        return self._started

    def models(self) -> Mapping[str, ModelTotals]:
        """What the models of all processes did, and which are in memory."""
        return self._pools.read([pid for pid in self.pids() if resident_bytes(pid)])

    def close(self) -> None:
        """End every process; tasks that they are doing end with `PerformerDied`."""
        self._closing.set()
        for child in self._living.copy():
            child.kill()

    def _perform_group(self, members: Sequence[GroupMember]) -> None:
        """Do them, as many together as one process has the memory for."""
        for part in self._gate.parts([member.job for member in members]):
            self._perform_together([members[number] for number in part])

    def _perform_together(self, members: Sequence[GroupMember]) -> None:
        def report(_done: float) -> None:
            if all(member.unwanted for member in members):
                raise TaskCancelled

        def unwanted() -> set[int]:
            return {number for number, member in enumerate(members) if member.unwanted}

        jobs = [member.job for member in members]
        try:
            if len(jobs) > 1:
                with self._child(jobs, report) as child:
                    for message in child.perform_group(jobs, unwanted):
                        if message.figures is not None:
                            self._tell(child, members[message.number].attempt)
                        members[message.number].tell(message)
        except TaskCancelled:
            LOG.debug("nobody wants the tasks of a group any more")
        except Exception as error:
            LOG.warning("%d tasks are done again, each alone: %s", len(members), error)
        finally:
            for member in members:
                member.tell(None)  # who has ended does not listen

    @contextmanager
    def _child(
        self, jobs: Sequence[Job], report: Report, attempt: TraceContext = NO_TRACE
    ) -> Iterator[ChildProcess]:
        """Have a process for these tasks, once there is one and the memory for them.

        Args:
            attempt: told of the stages that it says of them at last.
        """
        child = self._place(report)
        try:
            with self._gate.hold(jobs, report):
                child = self._ready(child, report)
                yield child
        finally:
            if child is not None:
                self._tell(child, attempt)
            self._idle.put(self._renewed(child))

    def _tell(self, child: ChildProcess, attempt: TraceContext) -> None:
        """What it said of a task, once."""
        figures, child.figures = child.figures, None
        if figures is not None:
            self._pools.update(child.pid, figures.models)
            for stage in figures.stages:
                self._tracer.record(stage.name, attempt, stage.began_ns, stage.ended_ns)

    def _start_all(self) -> None:
        children = [None if self._closing.is_set() else self._new() for _ in range(self._count)]
        for child in children:
            if child is not None and self._setup.queues:
                child.wait(lambda _done: None)
            self._idle.put(child)
        self._loaded.set()

    def _place(self, report: Report) -> ChildProcess | None:
        while True:
            with suppress(queue.Empty):
                return self._idle.get(timeout=_LOOK_S)
            report(0.0)

    def _ready(self, child: ChildProcess | None, report: Report) -> ChildProcess:
        """This one or another that can have a task, however long it takes."""
        if child is not None and child.alive and child.wait(report):
            return child
        if child is not None:
            self._end(child)
        while not self._closing.is_set():
            fresh = self._new()
            if fresh is not None and self._waited(fresh, report):
                self._trouble = ""
                return fresh
            self._trouble = _NOT_STARTING
            LOG.error("a process for tasks did not start; trying again in %.0f s", _AGAIN_S)
            self._closing.wait(_AGAIN_S)
            report(0.0)
        raise PerformerDied("the server stops")

    def _waited(self, child: ChildProcess, report: Report) -> bool:
        """Whether it became usable; otherwise it is ended."""
        try:
            return child.wait(report)
        finally:
            if not child.usable:
                self._end(child)

    def _renewed(self, child: ChildProcess | None) -> ChildProcess | None:
        """The process for the next task."""
        if child is None or child.usable:
            return child
        self._end(child)
        return None if self._closing.is_set() else self._new()

    def _new(self) -> ChildProcess | None:
        """None: the process that forks them was killed just now; the next start makes another."""
        self._starting_since_s[threading.get_ident()] = time.monotonic()
        try:
            child = ChildProcess(self._setup)
        except (OSError, EOFError) as error:
            LOG.warning("a process for tasks cannot be forked: %r", error)
            return None
        finally:
            del self._starting_since_s[threading.get_ident()]
        self._living.add(child)
        with self._counting:
            self._started += 1
        return child

    def _end(self, child: ChildProcess) -> None:
        child.drop()
        self._living.discard(child)
        self._pools.end(child.pid)
