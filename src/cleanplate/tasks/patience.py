"""Steps that a full disk or a locked database refuses for a while, done again until they succeed."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cleanplate.errors import BlobMissing, StorageFailed, StoreForeign

LOG = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long somebody tries.

    Attributes:
        given_up: set when nobody waits for the step any more.
    """

    given_up: threading.Event

    def settle(self, step: Callable[[], T], *, longest_s: float = float("inf")) -> T:
        """Do this step, however often it is refused; what it returns.

        Args:
            longest_s: seconds after which a refusal is final.

        Raises:
            StorageFailed: the last refusal, after `longest_s` or when given up.
            BlobMissing: at once: what is gone does not come back.
            StoreForeign: at once: somebody else may have the right store.
        """
        pause_s, began_s = _FIRST_PAUSE_S, time.monotonic()
        while True:
            try:
                return step()
            except (BlobMissing, StoreForeign):
                raise
            except StorageFailed as error:
                if self.given_up.is_set() or time.monotonic() - began_s > longest_s:
                    raise
                LOG.warning("%s; trying again in %.1f s", error.log, pause_s)
                self.given_up.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
