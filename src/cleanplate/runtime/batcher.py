"""Model calls of edits that run side by side become one run of the network.

A group of threads, one for each edit, meets here. As soon as every thread of the group waits at a call or has
ended, the calls that fit together run, each set of them as one batch; all others run alone. No clock decides
anything: nobody waits for what may never come, and who belongs to no group never waits.
"""

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Generic, TypeAlias, TypeVar

LOG = logging.getLogger(__name__)

Given = TypeVar("Given")
Made = TypeVar("Made")
ReportShare: TypeAlias = Callable[[float], None]
"""Called with the share done, 0..1; it raises when nobody wants the rest."""
RunBatch: TypeAlias = Callable[[Sequence[Given], ReportShare], Sequence[Made]]
"""Makes of each that is given what it would make of it alone, in the same order."""


@dataclass(eq=False, slots=True)
class _Call(Generic[Given, Made]):
    """A call that waits, or is part of a batch.

    Attributes:
        failed: told why a batch that it leads failed.
        place: of its thread.
        stop: what its progress raised; its batch goes on without it.
        next_step: what its own thread is to do, which ends with its result.
    """

    given: Given
    run: RunBatch[Given, Made]
    progress: ReportShare
    failed: Callable[[BaseException], None]
    place: "Participant"
    stop: BaseException | None = None
    next_step: "Future[Callable[[], Made]]" = field(default_factory=Future)

    def alone(self) -> Made:
        return self.run([self.given], self.progress)[0]

    def proceed(self, step: Callable[[], Made]) -> None:
        """Once: one that was stopped has gone already."""
        if self.stop is None:
            self.next_step.set_result(step)

    def report(self, done: float) -> None:
        """Tell how far its batch is. It leaves that batch when its progress raises."""
        if self.stop is None:
            try:
                self.progress(done)
            except BaseException as stop:
                self.stop = stop
                if not self.next_step.done():  # the thread that runs the batch has other things to do first
                    self.next_step.set_exception(stop)


class _Group:
    """Threads that meet. Thread-safe.

    Args:
        count: of places.
    """

    def __init__(self, count: int, here: threading.local) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, list[_Call[Any, Any]]] = {}
        self.places = [Participant(self, here) for _ in range(count)]
        self._coming = set(self.places)
        """Whose threads may make a call yet: neither do they wait, nor have they left."""

    def arrive(self, key: Hashable, call: _Call[Any, Any], limit: int) -> bool:
        """Wait with this call; whoever comes last starts all that is due. False: the place was left."""
        with self._lock:
            if call.place not in self._coming:
                return False
            calls = self._waiting.setdefault(key, [])
            calls.append(call)
            self._coming.remove(call.place)
            if len(calls) >= limit:
                self._start(key)
            self._start_due()
        return True

    def leave(self, place: "Participant") -> None:
        """It makes no call any more that others wait for."""
        with self._lock:
            place.has_left = True
            self._coming.discard(place)
            self._start_due()

    def _start_due(self) -> None:
        if not self._coming:
            for key in tuple(self._waiting):
                self._start(key)

    def _start(self, key: Hashable) -> None:
        batch = self._waiting.pop(key)
        self._coming.update(call.place for call in batch if not call.place.has_left)
        batch[0].proceed(partial(_lead, batch))


class Participant:
    """One thread's place in a group; what it calls within the block may become part of a batch.

    Attributes:
        has_left: others do not wait for it any more.
    """

    def __init__(self, group: _Group, here: threading.local) -> None:
        self.has_left = False
        self.group, self._here = group, here

    def __enter__(self) -> None:
        self._here.place = self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.place = None
        self.leave()

    def leave(self) -> None:
        """Let nobody wait for it any more, whatever its thread does, which may never have come.

        From any thread. What the thread calls from now on runs alone.
        """
        self.group.leave(self)


class Batcher:
    """Where threads meet.

    Args:
        has_model: whether the calling thread has a model to itself. Others may wait for that, so it waits for
            nobody.

    Attributes:
        failed: told why a batch failed, before it is run one by one.
    """

    def __init__(self, has_model: Callable[[], bool]) -> None:
        self.failed: Callable[[BaseException], None] = lambda error: None
        self._has_model = has_model
        self._here = threading.local()

    def group(self, count: int) -> list[Participant]:
        """Places for so many threads, each of which has to take its own or leave it."""
        return _Group(count, self._here).places

    def run(
        self,
        key: Hashable,
        given: Given,
        run: RunBatch[Given, Made],
        *,
        limit: Callable[[], int],
        progress: ReportShare,
    ) -> Made:
        """Have `run` make one thing, alone or beside others of the group.

        One of a batch whose progress raises leaves it with that, and the others go on. A batch that fails is
        run again, one by one, so that each has its own error or none.

        Args:
            key: says which network it is, and all that one run has in common, as the shape of its inputs.
            run: the same for equal keys.
            limit: the most that one run takes; asked only in a group.
            progress: told of this one's part; of a batch, that of all.

        Raises:
            what `run` and `progress` raise.
        """
        place: Participant | None = getattr(self._here, "place", None)
        if place is None or self._has_model() or (most := limit()) <= 1:
            return run([given], progress)[0]
        call = _Call(given, run, progress, self.failed, place)
        if not place.group.arrive(key, call, most):
            return call.alone()
        step = call.next_step.result()
        self._here.place = None  # the rest of its batch waits for this thread: it must wait for nobody
        try:
            return step()
        finally:
            self._here.place = place


def _lead(batch: Sequence[_Call[Given, Made]]) -> Made:
    """Run a batch in the thread of its first call, and send all others on their way."""
    leader, *others = batch
    if not others:
        return leader.alone()
    try:
        made = _run_together(batch)
    except BaseException as error:
        # Base: the panics of some native libraries are no Exception.
        if not all(call.stop for call in batch):
            said = getattr(error, "log", repr(error))
            LOG.warning("a batch of %d failed, and is run one by one: %s", len(batch), said)
            leader.failed(error)
        for call in others:
            call.proceed(call.alone)
        own: Callable[[], Made] = leader.alone
    else:
        for call, result in zip(others, made[1:], strict=True):
            call.proceed(partial(_same, result))
        own = partial(_same, made[0])
    if leader.stop is not None:
        raise leader.stop
    return own()


def _run_together(batch: Sequence[_Call[Given, Made]]) -> Sequence[Made]:
    made = batch[0].run([call.given for call in batch], partial(_report, batch))
    if len(made) != len(batch):
        raise ValueError(f"{len(made)} results of {len(batch)}")
    return made


def _report(batch: Sequence[_Call[Any, Any]], done: float) -> None:
    """Tell each; raises where none of them wants the rest."""
    for call in batch:
        call.report(done)
    if batch[0].stop is not None and all(call.stop for call in batch):
        raise batch[0].stop


def _same(made: Made) -> Made:
    return made
