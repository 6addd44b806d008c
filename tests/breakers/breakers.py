"""A plug-in with one edit that does to its process what hostile files and native code do.

`how` says what: one of `_WAYS` or `_RECIPES`; "" breaks nothing, nor do `_LOANS`, which use a model.
"""

import ctypes
import os
import re
import resource
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

import cleanplate.tasks.child
from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import BadParameter
from cleanplate.runtime.pool import Pool

_CHUNK: Final = 2**24
_HOARD: Final = 640 * 2**20
_HOUR_S: Final = 3600


class Breaking(Parameters):
    how: str = ""


def _spin() -> None:
    """Hold the interpreter's lock: in catastrophic backtracking no other thread of the process runs."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def _fill() -> None:
    taken = []
    while True:
        taken.append(np.ones(_CHUNK, np.uint8))


def _hoard() -> None:
    """Keep half of a GiB and more beyond the task."""
    vars(cleanplate.tasks.child)["hoard"] = np.ones(_HOARD, np.uint8)


def _lie() -> None:
    """Say of this task what no process of ours says."""
    said = {"stages": [{"name": "x" * 99}], "models": {}}
    vars(cleanplate.tasks.child)["figures_of"] = lambda *_: said


def _lend(pool: Pool) -> None:
    with pool.lend("breaker/part", 1000, lambda: "loaded"):
        pass


def _keep(pool: Pool) -> None:
    with pool.lend("breaker/large", 1000, lambda: np.ones(_HOARD, np.uint8)):
        pass


def _use_up_cpu() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    _spin()


def _no_thread() -> None:
    """Start one whose stack has no room."""
    threading.stack_size(2**40)
    try:
        threading.Thread(target=_refuse).start()
    finally:
        threading.stack_size(0)


def _refuse() -> None:
    raise BadParameter("how: not in this way")


_WAYS: Final[Mapping[str, Callable[[], object]]] = {
    "": lambda: None,
    "segfault": lambda: ctypes.string_at(0),
    "exit": lambda: os._exit(3),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "sleep": lambda: time.sleep(_HOUR_S),
    "nap": lambda: time.sleep(1),
    "spin": _spin,
    "fill": _fill,
    "large": lambda: np.ones(50 * 10**9, np.uint8),
    "cpu": _use_up_cpu,
    "words": _refuse,
    "hoard": _hoard,
    "threads": _no_thread,
    "lie": _lie,
}


_LOANS: Final[Mapping[str, Callable[[Pool], None]]] = {"lend": _lend, "keep": _keep}
_RECIPES: Final[Mapping[str, object]] = {"nan": float("nan"), "surrogate": "\ud800", "object": object()}


def _perform(request: EditRequest) -> Edited:
    assert isinstance(request.parameters, Breaking)
    how = request.parameters.how
    if how in _RECIPES:
        return Edited(request.pixels, {"odd": _RECIPES[how]})
    if how in _LOANS:
        _LOANS[how](request.runtime.pool)
    else:
        _WAYS[how]()
    request.progress("broken", 0.5)
    return Edited(request.pixels, {"pid": os.getpid()})


EDIT = Edit("break", "Break the process.", Breaking, _perform)
