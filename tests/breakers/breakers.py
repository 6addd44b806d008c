"""A plug-in with one edit that does to its process what hostile files and native code do.

`how` says what: "segfault", "exit", "killed", "sleep", "spin" (holds the interpreter's lock), "fill" (takes all
memory), "large" (asks for 50 GB at once), "cpu" (uses up its CPU time), "words" (refuses as an edit does), or "".
"""

import ctypes
import os
import re
import resource
import signal
import time
from typing import Final

import numpy as np

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import BadParameter

_CHUNK: Final = 2**24
_HOURS_S: Final = 3600


class Breaking(Parameters):
    how: str = ""


def _spin() -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")  # catastrophic backtracking: no other thread of the process runs


def _perform(request: EditRequest) -> Edited:
    assert isinstance(request.parameters, Breaking)
    match request.parameters.how:
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(_HOURS_S)
        case "spin":
            _spin()
        case "fill":
            taken = []
            while True:
                taken.append(np.ones(_CHUNK, np.uint8))
        case "large":
            np.ones(50 * 10**9, np.uint8)
        case "cpu":
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (1, hard))
            _spin()
        case "words":
            raise BadParameter("how: not in this way")
    request.progress("broken", 0.5)
    return Edited(request.pixels, {"pid": os.getpid()})


EDIT = Edit("break", "Break the process.", Breaking, _perform)
