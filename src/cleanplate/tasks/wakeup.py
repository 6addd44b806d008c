"""A word between threads of one process: "look now". What is true stands in the database alone."""

import threading


class Wakeup:
    """Wakes idle workers. One that is missed, or meant for another process, costs a poll and nothing else."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often somebody called. Read it before looking, then wait with it: no call gets lost between."""
        return self._count

    def one(self) -> None:
        """There may be work for one: wake one of those that wait. From any thread; returns at once."""
        with self._changed:
            self._count += 1
            self._changed.notify()

    def all(self) -> None:
        """There may be work for several: wake all."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, count: int, longest_s: float) -> bool:
        """Wait until somebody has called since `count` was read; False when nobody has for so long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count != count, longest_s)
