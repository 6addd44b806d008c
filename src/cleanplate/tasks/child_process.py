"""The server's end of one process that does tasks: what it is given, what it says, and when it is ended."""

import atexit
import multiprocessing
import select
import signal
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Final

from cleanplate.errors import CleanplateError, EngineFailed, InputTooLarge, NotAPicture
from cleanplate.tasks.child import ChildSetup, main
from cleanplate.tasks.child_figures import ChildFigures
from cleanplate.tasks.child_limits import ChildLimits, resident_bytes
from cleanplate.tasks.child_messages import (
    ENDS,
    GROUP_ENDS,
    MADE,
    STOP,
    Group,
    Job,
    Kind,
    Message,
    receive,
)
from cleanplate.tasks.performer import Made, PerformerDied, Report, TaskCancelled, TaskFailed
from cleanplate.tasks.process_start import start_process
from cleanplate.tasks.task import Failure

_LOOK_S: Final = 0.1
"""How often a process is looked at that says nothing."""
_STOP_S: Final = 0.5
"""How long one may go on that was told to stop; its edit may be deep in native code."""
_END_S: Final = 5.0


class ChildProcess:
    """One process. One thread at a time uses it.

    Attributes:
        usable: it can have a task.
        figures: what it said of the last task; None when it did not come to its end.
    """

    def __init__(self, setup: ChildSetup) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._speaks = _speaks(self._pipe)
        self._limits = setup.limits
        self._start_s = setup.start_s
        self._process = start_process(main, theirs, setup)
        theirs.close()
        self.usable = self._spent = False
        self.figures: ChildFigures | None = None

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def alive(self) -> bool:
        """False: it has ended, or was killed. One that is idle says nothing but its end."""
        return self._process.is_alive() and not (self.usable and self._speaks(0))

    def wait(self, report: Report) -> bool:
        """Wait until it is usable. False: it will not be. `report` is called meanwhile, and may raise."""
        deadline_s = time.monotonic() + self._start_s
        with suppress(PerformerDied):
            while not self.usable and time.monotonic() < deadline_s:
                message = self._heard(_LOOK_S)
                self.usable = message is not None and message.kind == "ready"
                report(0.0)
        return self.usable

    def perform(self, job: Job, report: Report) -> Iterator[Made]:
        """See `Children.perform`. Unless this is heard to its end, the process is not usable any more.

        Nor is it when it says that it is spent: it then ends, and nothing of that is the task's fault.
        """
        self.usable, self.figures = False, None
        self._send(job)
        watch, done = _Watch(self._limits, self.pid), 0.0
        while (message := self._heard(_LOOK_S)) is None or message.kind not in ENDS:
            if message is not None:
                done = message.fields.get("done", done)
                if message.kind == "decoded":
                    watch.decoded()
                elif message.kind in MADE:
                    with watch.paused():
                        yield MADE[message.kind](message)
            watch.check()
            self._report(report, done)
        self.usable = not self._spent
        if message.kind == "failed":
            raise TaskFailed(Failure(**message.fields))
        if message.kind == "cancelled":
            raise TaskCancelled

    def perform_group(
        self, jobs: Sequence[Job], unwanted: Callable[[], Collection[int]]
    ) -> Iterator[Message]:
        """What is said of tasks that are done side by side, until the last of them has ended.

        Together they have the time and the memory of one task.

        Args:
            unwanted: asked now and then; the numbers of tasks that nobody wants any more.

        Raises:
            CleanplateError, PerformerDied: it is over for all that have not ended, and nobody knows whose
                fault it is. The process is not usable any more.
        """
        self.usable, self.figures = False, None
        self._send(Group(tuple(jobs)))
        watch, members = _Watch(self._limits, self.pid), _Members(len(jobs))
        while (message := self._heard(_LOOK_S)) is None or message.kind != "over":
            if message is not None and members.hear(message):
                yield message
            if not members.reading:
                watch.decoded()
            watch.check()
            for number in members.stop(unwanted()):
                self._send(number)
            if members.unended and members.unended <= members.stopped:
                self._hear_end("over")
                return
        self.usable = not self._spent

    def kill(self) -> None:
        """End it at once, whatever it does. From any thread."""
        self.usable = False
        self._process.kill()
        self._process.join(_END_S)
        atexit.unregister(self._process.kill)

    def drop(self) -> None:
        """End it; only the thread that uses it may. One that cannot be killed any more ends with its pipe."""
        self.kill()
        self._pipe.close()

    def _report(self, report: Report, done: float) -> None:
        try:
            report(done)
        except TaskCancelled:
            self._stop()
            raise

    def _stop(self) -> None:
        """Tell it to stop; when it does so soon, it can be used on."""
        with suppress(PerformerDied):
            self._send(STOP)
            self._hear_end(*ENDS)

    def _hear_end(self, *ends: Kind) -> None:
        """Wait for one of these, and not for long."""
        deadline_s = time.monotonic() + _STOP_S
        with suppress(PerformerDied):
            while not self.usable and (left_s := deadline_s - time.monotonic()) > 0:
                message = self._heard(left_s)
                self.usable = message is not None and message.kind in ends and not self._spent

    def _send(self, what: Job | Group | int | str) -> None:
        try:
            self._pipe.send(what)
        except OSError as error:
            raise self._death() from error

    def _heard(self, longest_s: float) -> Message | None:
        """The next message; None when there is none for so long."""
        try:
            message = receive(self._pipe) if self._speaks(longest_s) else None
        except (EOFError, OSError) as error:
            raise self._death() from error
        if message is not None and message.figures is not None:
            self.figures = ChildFigures.model_validate(message.figures)
        if message is not None and message.kind == "spent":
            self._spent = True
        return message

    def _death(self) -> CleanplateError | PerformerDied:
        self._process.join(_END_S)
        code = self._process.exitcode or 0
        if code == -signal.SIGXCPU:
            return _too_slow(self._limits.task_s)
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return PerformerDied(f"its process ended {how}")


def _speaks(pipe: Connection) -> Callable[[float], object]:
    """(seconds) -> whether there is something to read, or the end, after so long at most.

    As `Connection.poll`, which makes and drops a selector each time; several times for each task.
    """
    if not hasattr(select, "poll"):  # Windows
        return pipe.poll
    ready = select.poll()
    ready.register(pipe, select.POLLIN)
    return lambda longest_s: ready.poll(1000 * longest_s)


class _Members:
    """Where the tasks of a group are, by their numbers.

    Attributes:
        reading: their files are not read yet.
        unended: they have not ended.
        stopped: they were told to stop.
    """

    def __init__(self, count: int) -> None:
        self.reading, self.unended, self.stopped = set(range(count)), set(range(count)), set[int]()

    def hear(self, message: Message) -> bool:
        """Whether it is of a task that has not ended: a process may say anything."""
        number, known = message.number, message.number in self.unended
        if message.kind in ("decoded", *GROUP_ENDS):
            self.reading.discard(number)
        if message.kind in GROUP_ENDS:
            self.unended.discard(number)
        return known

    def stop(self, unwanted: Collection[int]) -> set[int]:
        """Those of them that are to be told so."""
        fresh = self.unended.intersection(unwanted) - self.stopped
        self.stopped |= fresh
        return fresh


class _Watch:
    """What one task may use, as its process goes through it.

    Args:
        pid: of the process.
    """

    def __init__(self, limits: ChildLimits, pid: int) -> None:
        self._limits = limits
        self._pid = pid
        self._decoding = True
        self._until_s = time.monotonic() + limits.decode_s
        self._look_s = 0.0

    def decoded(self) -> None:
        """Its files are read; from the first such word on, its edit is what takes time."""
        if self._decoding:
            self._decoding = False
            self._until_s = time.monotonic() + self._limits.task_s

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What passes meanwhile is not the task's time."""
        began_s = time.monotonic()
        yield
        self._until_s += time.monotonic() - began_s

    def check(self) -> None:
        """Raises `NotAPicture`, `InputTooLarge` or `EngineFailed`: the task has used up what it may."""
        now_s = time.monotonic()
        if now_s > self._until_s:
            raise _unreadable(self._limits.decode_s) if self._decoding else _too_slow(self._limits.task_s)
        if now_s < self._look_s:
            return
        self._look_s = now_s + _LOOK_S
        most = self._limits.memory_bytes
        if most is not None and resident_bytes(self._pid) > most:
            too_large = InputTooLarge("reading the files takes more memory than a task may have here")
            raise too_large if self._decoding else EngineFailed("out of memory")


def _unreadable(seconds: float) -> CleanplateError:
    return NotAPicture(f"reading the files takes longer than {seconds:g} s; they may be damaged")


def _too_slow(seconds: float) -> CleanplateError:
    return EngineFailed(f"it took longer than {seconds:g} s")
