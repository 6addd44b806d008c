"""What networks made of pictures a moment ago: whoever asks again about the same picture need not wait.

Bounded in number, and thus in memory: what was not asked for the longest leaves first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")

MOST_RESULTS: Final = 8
"""Of some four megabytes each: what an encoder makes of a picture."""


class RecentResults:
    """Results by what they were made of; they are read and never written to. For any threads.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = MOST_RESULTS) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()  # the latest last
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, or what it returned for an equal key.

        Two threads that ask for the same at the same time may both make it. What `make` raises is not kept.

        Args:
            key: the network, and a cryptographic hash of what is given to it.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(T, self._kept[key])
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)
