"""How processes are started that are confined: forked from one that has done nothing but imports."""

import atexit
import logging
import multiprocessing
import os
import pkgutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Final

import cleanplate.edits
from cleanplate.errors import SetupError
from cleanplate.tasks.child import main

LOG = logging.getLogger(__name__)

_FORK_S: Final = 60.0
"""How long the process that forks may take, imports included; one that takes longer is replaced."""
_STARTING: Final = threading.Lock()
"""What a process inherits is set for the whole of this one, so starts take turns."""
_SAFE_PATH: Final = "PYTHONSAFEPATH"
_LONGEST_FOLDER: Final = 70
"""Of the 107 bytes of a socket's path, see unix(7); `multiprocessing` adds two names."""


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
        # Empty is as absent; taken away it would be missing to another thread that reads all of them just now
        os.environ[_SAFE_PATH] = safe or ""


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
