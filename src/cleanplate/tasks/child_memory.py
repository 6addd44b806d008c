"""What a process keeps of a task in memory: its room is the next one's."""

from dataclasses import dataclass, field

from cleanplate.errors import lacked_memory
from cleanplate.runtime.pool import Pool
from cleanplate.tasks.child_limits import private_bytes


@dataclass(slots=True)
class Leftovers:
    """Of one process, from when it is ready for its first task.

    Attributes:
        memory_bytes: what the process may have; None is any amount.
        pool: the models that it has loaded.
    """

    memory_bytes: int | None
    pool: Pool
    _own_bytes: int = field(default_factory=private_bytes)
    _lacked: bool = False

    def failed(self, error: BaseException) -> None:
        """Told of each error of a task."""
        self._lacked = self._lacked or lacked_memory(error)

    def spoil(self) -> bool:
        """After a task: whether this process must do no other. What takes the room of the next is dropped.

        One that was short of memory must not: native code may have left anything half done.
        """
        if self._lacked or not self._are_large():
            return self._lacked
        self.pool.clear()  # and memory that is free goes back to the system
        return self._are_large()

    def _are_large(self) -> bool:
        """More than half of what the process may have beside its own."""
        return self.memory_bytes is not None and 2 * private_bytes() > self._own_bytes + self.memory_bytes
