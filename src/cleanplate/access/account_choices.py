"""What accounts chose last, for as long as a process lives."""

import threading
from collections import OrderedDict
from typing import Final

MOST_CHOICES: Final = 10_000


class Choices:
    """What accounts chose last, in the memory of this process alone. Thread-safe."""

    def __init__(self, most: int = MOST_CHOICES) -> None:
        self._most = most
        self._chosen: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, account: str, what: str) -> str | None:
        with self._lock:
            return self._chosen.get((account, what))

    def set(self, account: str, what: str, choice: str) -> None:
        """Keep it; of too many the oldest is forgotten."""
        with self._lock:
            self._chosen[account, what] = choice
            self._chosen.move_to_end((account, what))
            while len(self._chosen) > self._most:
                self._chosen.popitem(last=False)
