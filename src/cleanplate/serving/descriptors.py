"""How many files and sockets the process may have open."""

import contextlib
import sys
from typing import Final

from cleanplate.errors import SetupError

_OTHERS: Final = 200
"""For the database, tasks, downloads, callbacks and libraries."""
_EACH: Final = 2
"""A connection, and the file that is read for it or written of it."""
_LEAST: Final = 64
"""The server, one task and one client have 30 open, and a few more of each must fit."""
_UNLIMITED: Final = 2**20


def raise_descriptors() -> int:
    """Raise the limit as far as this user may; how many connections there are descriptors for.

    Raises:
        SetupError: too few for any work.
    """
    limit = _raise_limit()
    if limit < _LEAST:
        raise SetupError(f"too few open files are allowed: {limit}, needed are {_LEAST} (ulimit -n)")
    return max((limit - _OTHERS) // _EACH, 1)


def _raise_limit() -> int:
    if sys.platform == "win32":
        return _UNLIMITED
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # macOS refuses what is above its own maximum, though it says "unlimited"
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return _UNLIMITED if soft == resource.RLIM_INFINITY else min(soft, _UNLIMITED)
