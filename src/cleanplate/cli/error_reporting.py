"""What an error comes to at a terminal: one line and an exit code; a traceback where it is asked for."""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from cleanplate.errors import (
    CleanplateError,
    ConnectionLost,
    DatabaseAway,
    ServiceAway,
    StoreAway,
    out_of_memory,
)

if sys.platform != "win32":
    import resource

BAD_INPUT = 2
AWAY = 75
"""As sysexits.h has it: what is needed is away for a while, and the same command may do later."""
INTERNAL = 70
"""As sysexits.h has it: a fault of the program itself."""
_MANY_ADDRESSES = 2**34
"""Libraries of networks reserve several GiB before they use any."""
DEBUG = "CLEANPLATE_DEBUG"
"""The environment variable that asks for tracebacks."""


def error_line(error: BaseException) -> str:
    """The one line about an error, whatever it is. With `CLEANPLATE_DEBUG` its traceback comes before."""
    if os.environ.get(DEBUG, "0") not in ("", "0"):
        traceback.print_exception(error)
    if isinstance(error, CleanplateError):
        return _one_line(error.public)
    if _may_be_for_want_of_addresses(error) and (limit := _address_limit()) is not None:
        allowed = f"a process may have {limit >> 20} MiB of addresses here"
        return f"out of memory: {allowed}; `ulimit -v unlimited` first"
    if out_of_memory(error):
        return "out of memory; a smaller picture needs less"
    if isinstance(error, OSError) and error.strerror:
        return _one_line(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    what = _one_line(f"{type(error).__name__}: {error}").rstrip(": .")
    return f"internal error: {what}; {DEBUG}=1 shows the traceback: please report it"


def exit_code(error: BaseException) -> int:
    """2 for what the user or the machine's owner can mend, 75 for what may mend itself, else 70."""
    if isinstance(error, ServiceAway | DatabaseAway | ConnectionLost | StoreAway):
        return AWAY
    mendable = isinstance(error, CleanplateError | OSError) or out_of_memory(error)
    limited = _may_be_for_want_of_addresses(error) and _address_limit() is not None
    return BAD_INPUT if mendable or limited else INTERNAL


def open_closed_streams() -> None:
    """Who was started without a standard stream gets one that leads nowhere: `None` has no methods."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open


def discard_output() -> None:
    """Nobody reads what is written: what is left of it must not become an error when Python ends."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _may_be_for_want_of_addresses(error: BaseException) -> bool:
    """Libraries that cannot be mapped say so in many ways: torch that it cannot be imported twice."""
    return isinstance(error, ImportError) or out_of_memory(error)


def _address_limit() -> int | None:
    """The bytes of addresses that this process may have; None when they are no few."""
    if sys.platform == "win32":
        return None
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if soft == resource.RLIM_INFINITY or soft >= _MANY_ADDRESSES else soft


def _one_line(text: str) -> str:
    return " ".join(text.split())
