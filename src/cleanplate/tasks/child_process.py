"""The server's end of one process that does tasks: what it is given, what it says, and when it is ended."""

import atexit
import logging
import multiprocessing
import os
import pkgutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Final

import cleanplate.edits
from cleanplate.errors import CleanplateError, EngineFailed, InputTooLarge, NotAPicture, SetupError
from cleanplate.tasks.child import ENDS, STOP, ChildSetup, Job, Kind, Message, main, receive
from cleanplate.tasks.child_figures import ChildFigures
from cleanplate.tasks.child_limits import ChildLimits, resident_bytes
from cleanplate.tasks.performer import EncodedPicture, PerformerDied, Report, TaskCancelled, TaskFailed
from cleanplate.tasks.task import Failure

LOG = logging.getLogger(__name__)

_LOOK_S: Final = 0.1
"""How often a process is looked at that says nothing."""
_STOP_S: Final = 0.5
"""How long one may go on that was told to stop; its edit may be deep in native code."""
_START_S: Final = 120.0
"""Imports of a slow disk, and plug-ins."""
_FORK_S: Final = 60.0
"""How long the process that forks may take, imports included; one that takes longer is replaced."""
_END_S: Final = 5.0

_STARTING: Final = threading.Lock()
"""What a process inherits is set for the whole of this one, so starts take turns."""
_SAFE_PATH: Final = "PYTHONSAFEPATH"
_LONGEST_FOLDER: Final = 70
"""Of the 107 bytes of a socket's path, see unix(7); `multiprocessing` adds two names."""

_RESULTS: Final[Mapping[Kind, Callable[[Message], EncodedPicture | Failure]]] = {
    "picture": lambda message: EncodedPicture(message.data, **message.fields),
    "failure": lambda message: Failure(**message.fields),
}


class ChildProcess:
    """One process. One thread at a time uses it.

    Attributes:
        usable: it can have a task.
        figures: what it said of the last task; None when it did not come to its end.
    """

    def __init__(self, setup: ChildSetup) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._limits = setup.limits
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
        return self._process.is_alive() and not (self.usable and self._pipe.poll())

    def wait(self, report: Report) -> bool:
        """Wait until it is usable. False: it will not be. `report` is called meanwhile, and may raise."""
        deadline_s = time.monotonic() + _START_S
        with suppress(PerformerDied):
            while not self.usable and time.monotonic() < deadline_s:
                message = self._heard(_LOOK_S)
                self.usable = message is not None and message.kind == "ready"
                report(0.0)
        return self.usable

    def perform(self, job: Job, report: Report) -> Iterator[EncodedPicture | Failure]:
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
                elif message.kind in _RESULTS:
                    with watch.paused():
                        yield _RESULTS[message.kind](message)
            watch.check()
            self._report(report, done)
        self.usable = not self._spent
        if message.kind == "failed":
            raise TaskFailed(Failure(**message.fields))
        if message.kind == "cancelled":
            raise TaskCancelled

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
        deadline_s = time.monotonic() + _STOP_S
        with suppress(PerformerDied):
            self._send(STOP)
            while not self.usable and (left_s := deadline_s - time.monotonic()) > 0:
                message = self._heard(left_s)
                self.usable = message is not None and message.kind in ENDS and not self._spent

    def _send(self, what: Job | str) -> None:
        try:
            self._pipe.send(what)
        except OSError as error:
            raise self._death() from error

    def _heard(self, longest_s: float) -> Message | None:
        """The next message; None when there is none for so long."""
        try:
            message = receive(self._pipe) if self._pipe.poll(longest_s) else None
        except (EOFError, OSError) as error:
            raise self._death() from error
        if message is not None and message.kind == "figures":
            self.figures = ChildFigures.model_validate(message.fields)
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

    def decoded(self) -> None:
        """Its files are read; from here its edit is what takes time."""
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
        if time.monotonic() > self._until_s:
            raise _unreadable(self._limits.decode_s) if self._decoding else _too_slow(self._limits.task_s)
        most = self._limits.memory_bytes
        if most is not None and resident_bytes(self._pid) > most:
            too_large = InputTooLarge("reading the files takes more memory than a task may have here")
            raise too_large if self._decoding else EngineFailed("out of memory")


def _unreadable(seconds: float) -> CleanplateError:
    return NotAPicture(f"reading the files takes longer than {seconds:g} s; they may be damaged")


def _too_slow(seconds: float) -> CleanplateError:
    return EngineFailed(f"it took longer than {seconds:g} s")


def start_process(target: Callable[..., None], *args: object) -> BaseProcess:
    """Start one that is confined, and that is killed at the latest when this process ends by itself.

    `multiprocessing` would only ask it to end, which those that are confined do not listen to.
    """
    process = start_context().Process(target=target, args=args, daemon=True)
    with _STARTING, _apart(), _forking_watched():
        process.start()
    atexit.register(process.kill)
    return process


@contextmanager
def _forking_watched() -> Iterator[None]:
    """Kill the process that forks when it does not do so in time: it was stopped, or hangs.

    Whoever waits for it then has an `EOFError`, and the next start makes another. What it has forked goes on.
    """
    watch = threading.Timer(_FORK_S, _kill_forking)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _kill_forking() -> None:
    # Nothing public names it; the module is there once it is used. As a child of this process that nobody
    # waits for meanwhile, it still has its number.
    known = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    pid: int | None = getattr(known, "_forkserver_pid", None)
    if pid is not None:
        LOG.error("the process that forks those for tasks does not answer: it is replaced")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def _apart() -> Iterator[None]:
    """Meanwhile nothing of this program but its package is handed on to a process that starts.

    `multiprocessing` would have it run the program's main module again, which is no business of a task; look
    for modules in the working directory, whatever lies there; and not start at all where that is gone.
    """
    main_module, safe = sys.modules["__main__"], os.environ.get(_SAFE_PATH)
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ[_SAFE_PATH] = "1"
    with suppress(OSError):
        _leave_removed_folder()
    try:
        yield
    finally:
        sys.modules["__main__"] = main_module
        if safe is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = safe


def _leave_removed_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir(os.sep)


def check_temporary_folder() -> None:
    """Raises `SetupError` where the socket of the process that forks would have too long a path."""
    folder = tempfile.gettempdir()
    if len(os.fsencode(folder)) > _LONGEST_FOLDER:
        raise SetupError(f"TMPDIR: {folder[:40]}... is too long a path, at most {_LONGEST_FOLDER} bytes fit")


def start_context() -> ForkServerContext | SpawnContext:
    """How processes are started: forked from one that has imported what edits need and has done nothing else.

    So a new one is there in 20 ms, and inherits no thread, no lock and no GPU. Where no process can be forked
    (Windows), each imports for itself.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    edits = (f"cleanplate.edits.{module.name}" for module in pkgutil.iter_modules(cleanplate.edits.__path__))
    context.set_forkserver_preload([main.__module__, *edits])
    return context
