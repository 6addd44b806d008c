"""A start that waits for what it needs: machines of a cluster come up in any order."""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from cleanplate.errors import ServiceAway

_log = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 5.0


def when_reached(
    attempt: Callable[[], T], *, longest_s: float, sleep: Callable[[float], None] = time.sleep
) -> T:
    """Do it, again and again while what it needs is away, and say each time what that is.

    Args:
        longest_s: seconds after which it is given up; 0 is one try.

    Raises:
        ServiceAway: it was away for so long.
        SetupError: at once: what waiting does not mend.
    """
    pause_s, began_s = _FIRST_PAUSE_S, time.monotonic()
    while True:
        try:
            return attempt()
        except ServiceAway as error:
            left_s = longest_s - (time.monotonic() - began_s)
            if left_s <= 0:
                raise
            _log.warning("waiting, %.0f s more at most: %s", left_s, error.public)
            sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
