"""What memory a task needs at least, from what is known before it is done; one that cannot have so much is
refused at once.
"""

import math
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from cleanplate.edits.base import Edit, Parameters
from cleanplate.errors import PictureSize
from cleanplate.intake.header_size import size_in_header
from cleanplate.tasks.catalogue import Catalogue
from cleanplate.tasks.child_messages import Job
from cleanplate.tasks.performer import Report
from cleanplate.tasks.task import Submission, TaskInput

PROCESS_BYTES: Final = 2**27
"""What a process that does tasks has before any picture: 128 MiB on one core, more on several."""
_USUAL: Final = 2
"""So many times the least memory is what a task usually takes."""
_LOOK_S: Final = 0.1


def least_bytes(bytes_per_pixel: float, pixels: float) -> int:
    """What a task needs at the very least, all of its process included."""
    return PROCESS_BYTES + round(bytes_per_pixel * pixels)


def refuse_oversized(
    width: int, height: int, *, bytes_per_pixel: float, pixels: float, memory_bytes: int | None
) -> None:
    """Refuse a picture whose task could only run out of memory.

    Args:
        bytes_per_pixel: the edit's least, for each of `pixels`.
        pixels: of the picture, or of what is made of it where that is more.
        memory_bytes: what the process of a task may have; None is any amount.

    Raises:
        PictureSize: it needs more; says how large a picture may be.
    """
    if memory_bytes is None or least_bytes(bytes_per_pixel, pixels) <= memory_bytes:
        return
    most = max(0.0, memory_bytes - PROCESS_BYTES) / bytes_per_pixel * width * height / pixels
    raise PictureSize(
        f"it is {width}x{height} px; for what is asked, a task of this server has memory for pictures of at "
        f"most {most / 10**6:.1f} million pixels"
    )


def check_edit_memory(
    edit: Edit, parameters: Parameters, memory_bytes: int | None, width: int, height: int
) -> None:
    """Refuse a picture of this size for this edit, as `refuse_oversized` does."""
    refuse_oversized(
        width,
        height,
        bytes_per_pixel=edit.bytes_per_pixel,
        pixels=edit.makes_pixels(parameters, width, height),
        memory_bytes=memory_bytes,
    )


def check_memory(catalogue: Catalogue, asked: Submission, data: bytes) -> None:
    """Refuse a task whose picture is here, and whose header says that it is too large for this server.

    What breaks the rules of its dialect is left to its decoder, which says so in the vendor's words.

    Raises:
        PictureSize: it is.
    """
    card, size = catalogue.get(asked.edit), size_in_header(data)
    if (
        card is not None
        and size is not None
        and asked.scenario is None
        and _allowed(asked.inputs["image"], *size)
    ):
        card.check_memory(asked.parameters, *size)


def _allowed(given: TaskInput, width: int, height: int) -> bool:
    rules = given.rules
    return max(width, height) <= rules.max_side_px and width * height <= rules.max_pixels


class SharedMemory:
    """Memory that tasks share which run at the same time. Thread-safe.

    Who waits longest is next, so that many small tasks keep no large one waiting for ever.

    Args:
        total_bytes: what all of them together may have.
    """

    def __init__(self, total_bytes: int) -> None:
        self._free = self._total = total_bytes
        self._line: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted_bytes: int, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold so much, after waiting for it; whoever wants more than there is gets it all.

        Args:
            waiting: called now and then meanwhile; what it raises ends the wait.
        """
        amount, ticket = min(wanted_bytes, self._total), object()
        with self._changed:
            self._line.append(ticket)
        try:
            while not self._taken(ticket, amount):
                waiting()
        except BaseException:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()
            raise
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()

    def _taken(self, ticket: object, amount: int) -> bool:
        with self._changed:
            if not self._changed.wait_for(lambda: self._line[0] is ticket and amount <= self._free, _LOOK_S):
                return False
            self._line.popleft()
            self._free -= amount
            self._changed.notify_all()
            return True


@dataclass(frozen=True, slots=True)
class MemoryGate:
    """Lets tasks begin when there is memory for them beside those that run.

    Attributes:
        shared: what all have together; None where the limits of each see to it.
        most_bytes: what one process may have at most; None is any amount.
    """

    shared: SharedMemory | None
    catalogue: Catalogue
    most_bytes: int | None

    def hold(self, jobs: Sequence[Job], report: Report) -> AbstractContextManager[None]:
        """Hold what they are predicted to take together. `report` is called meanwhile, and may raise."""
        if self.shared is None:
            return nullcontext()
        return self.shared.hold(sum(map(self._predicted, jobs)), lambda: report(0.0))

    def parts(self, jobs: Sequence[Job]) -> list[list[int]]:
        """Their numbers, in groups for each of which one process has the memory; at least one in each."""
        parts, free = list[list[int]](), 0.0
        for number, job in enumerate(jobs):
            wanted = self._predicted(job)
            if not parts or wanted > free:
                parts.append([])
                free = math.inf if self.most_bytes is None else self.most_bytes
            parts[-1].append(number)
            free -= wanted
        return parts

    def _predicted(self, job: Job) -> int:
        """What it usually takes; no more than it may have."""
        most = sys.maxsize if self.most_bytes is None else self.most_bytes
        card, size = self.catalogue.get(job.task.submission.edit), size_in_header(job.inputs["image"])
        if card is None or size is None:
            return most
        return min(most, _USUAL * card.least_bytes(job.task.submission.parameters, *size))


NO_GATE: Final = MemoryGate(None, {}, None)
"""For who has memory for whatever comes."""
