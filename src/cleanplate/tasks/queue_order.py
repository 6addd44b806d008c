"""Which of its queues a worker looks at first."""

import threading
from collections.abc import Sequence
from typing import Final

_IN_A_ROW: Final = 8
"""So many tasks of one queue are taken, whose models are in memory, before another one has its turn."""


class QueueOrder:
    """The queues of one worker. Thread-safe.

    Args:
        queues: at least one; where nothing else decides, in this order.
    """

    def __init__(self, queues: Sequence[str]) -> None:
        self._queues = tuple(queues)
        self._last = ""
        self._in_a_row = 0
        self._lock = threading.Lock()

    @property
    def warm(self) -> str:
        """The one that the last task came from; "" before the first."""
        return self._last

    def now(self) -> tuple[str, ...]:
        """All, that of the last task first, or last when it had its share."""
        with self._lock:
            others = tuple(queue for queue in self._queues if queue != self._last)
            if len(others) == len(self._queues):
                return self._queues
            # Behind the last one in the list the first follows: each has its turn
            place = self._queues.index(self._last)
            others = (*others[place:], *others[:place])
            return (self._last, *others) if self._in_a_row < _IN_A_ROW else (*others, self._last)

    def took(self, queue: str) -> None:
        """A task of this queue."""
        with self._lock:
            others_had_none = self._in_a_row == _IN_A_ROW
            self._in_a_row = 1 if queue != self._last or others_had_none else self._in_a_row + 1
            self._last = queue
