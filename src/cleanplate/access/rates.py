"""Submits a second: one token bucket for each key, in memory."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cleanplate.errors import LimitReached


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Rates:
    """The buckets of one process. Thread-safe. A restart fills them.

    Args:
        clock_s: seconds that never go back.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, key_id: str, rate_per_s: float) -> None:
        """Spend one token of this key; the bucket holds `max(1, rate_per_s)`.

        Raises:
            LimitReached: it is empty; says in how many whole seconds there is one again.
        """
        most = max(1.0, rate_per_s)
        with self._lock:
            now_s = self._clock_s()
            bucket = self._buckets.setdefault(key_id, _Bucket(most, now_s))
            bucket.tokens = min(most, bucket.tokens + (now_s - bucket.at_s) * rate_per_s)
            bucket.at_s = now_s
            if bucket.tokens < 1.0:
                wait_s = math.ceil((1.0 - bucket.tokens) / rate_per_s)
                raise LimitReached("too many requests in a second", kind="rate", retry_after_s=max(1, wait_s))
            bucket.tokens -= 1.0
