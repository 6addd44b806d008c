"""How long a task will wait, from what lies in line before it and what such work took lately; and when that
is too long for it to be accepted."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeAlias, TypeVar

from cleanplate.key_limits import Allowance, Told
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Submission, Task
from cleanplate.tasks.turns import Ahead
from cleanplate.usage.quota import queue_full

K = TypeVar("K")
V = TypeVar("V")

GUESS_MS: Final = 1000.0
"""What one result of an edit is taken to need until one was made here."""
_LEAST_MS: Final = 1.0
_FRESH_S: Final = 1.0
_PACE: Final = "pace of "
"""No edit has such a name, beside whose times those of queues are kept."""
_LONGEST_RETRY_S: Final = 60
_NEAR: Final = 2
"""So many times as long as the last wait may one be for nobody to count anew."""
_FAR: Final = 20
_FAR_FRESH_S: Final = 5.0
"""One that may be so many times as long is counted as seldom: it reads all that is in line and runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPolicy:
    """How long tasks may wait.

    Attributes:
        max_wait_s: predicted seconds in line, beyond which none is accepted.
        max_interactive_s: the same where a request waits for the end, and gives up after so long.
        workers: queue -> tasks of it that run at the same time, >= 1. It must return at once.
    """

    max_wait_s: float = math.inf
    max_interactive_s: float = math.inf
    workers: Callable[[str], int] = field(default=lambda _queue: 1)


_Who: TypeAlias = tuple[str, str, bool]
"""Account, queue, and whether somebody waits."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an unfinished task has before it.

    Attributes:
        position: how many tasks end before it starts; 0 when it runs.
        eta_ms: about how long it takes until it has ended; None before one of its edit has.
    """

    position: int
    eta_ms: int | None


class _Recent(Generic[K, V]):
    """Remembers for a second, or as long as it is told."""

    def __init__(self, fresh_s: float = 0.0) -> None:
        self._known: dict[K, tuple[float, V]] = {}
        self._fresh_s = fresh_s

    def get(self, name: K) -> V | None:
        found = self.found(name)
        return None if found is None else found[1]

    def found(self, name: K) -> tuple[float, V] | None:
        """With the time from which it counts, by `time.monotonic`."""
        found = self._known.get(name)
        fresh_s = self._fresh_s or _FRESH_S
        return found if found is not None and time.monotonic() - found[0] < fresh_s else None

    def put(self, name: K, value: V, since_s: float | None = None) -> V:
        self._known[name] = time.monotonic() if since_s is None else since_s, value
        return value


class QueueWait:
    """Predicts waits in one store. Thread-safe."""

    def __init__(self, store: TaskStore, policy: WaitPolicy) -> None:
        self._store = store
        self._policy = policy
        # A flood of submits asks often, and most often in vain.
        self._times: _Recent[str, float] = _Recent()
        self._waits: _Recent[_Who, float] = _Recent(_FAR_FRESH_S)
        self._refused: _Recent[_Who, Allowance] = _Recent()

    def priced(self, asked: Submission) -> Submission:
        """The submission with what it is predicted to take. What is only simulated takes nothing."""
        if asked.scenario is not None:
            return replace(asked, cost_ms=0)
        typical_ms = self._typical_ms(asked.edit) or GUESS_MS
        return replace(asked, cost_ms=round(max(typical_ms, _LEAST_MS) * asked.count))

    def check(self, asked: Submission, told: Told) -> None:
        """Make sure that a task which is priced would not wait too long.

        An account with nothing unfinished gets in, however long the rest takes.

        Args:
            told: given how many more of its kind would be accepted now.

        Raises:
            LimitReached: it would; says when it would not any more, if nothing else came.
        """
        policy = self._policy
        longest_s = min(policy.max_wait_s, policy.max_interactive_s if asked.interactive else math.inf)
        if math.isinf(longest_s) or asked.scenario is not None:
            return
        who = asked.account, asked.queue, asked.interactive
        refused = self._refused.get(who)
        if refused is None:
            wait_s = self._wait_s(who, asked, longest_s)
            allowance = self._allowance(asked, wait_s, longest_s)
            if wait_s <= longest_s or not self._store.has_unfinished(asked.account):
                told(allowance)
                return
            refused = self._refused.put(who, allowance)
        told(refused)
        raise queue_full(refused.reset_s)

    def outlook(self, task: Task) -> Outlook:
        """What an unfinished task has before it."""
        asked, ahead = task.submission, Ahead(0, 0.0)
        if task.standing.state is State.QUEUED:
            ahead = self._store.ahead_of(task.id, simulated=asked.scenario is not None)
        typical_ms = self._typical_ms(asked.edit)
        if typical_ms is None:
            return Outlook(ahead.tasks, None)
        own_ms = typical_ms * asked.count * (1 - task.standing.progress)
        return Outlook(ahead.tasks, round(1000 * self._seconds(ahead.work_ms, asked.queue) + own_ms))

    def _wait_s(self, who: _Who, asked: Submission, longest_s: float) -> float:
        """How long a task would wait: as it was a moment ago, and what has come here since.

        Where that comes near to what is too long, all is counted.
        """
        known = self._waits.found(who)
        if known is not None and _holds(*known, longest_s):
            looked_s, wait_s = known
        else:
            looked_s = time.monotonic()
            wait_s = self._seconds(self._store.ahead_of_new(asked).work_ms, asked.queue)
        self._waits.put(who, wait_s + self._seconds(asked.cost_ms, asked.queue), looked_s)
        return wait_s

    def _allowance(self, asked: Submission, wait_s: float, longest_s: float) -> Allowance:
        """How many tasks like this one there is room for, after this one."""
        each_s = max(self._seconds(asked.cost_ms, asked.queue), _LEAST_MS / 1000)
        left = max(0, math.floor((longest_s - wait_s) / each_s))
        reset_s = math.ceil(max(wait_s - longest_s, each_s))
        most = 1 + math.floor(longest_s / each_s)
        return Allowance("queue", most, left, max(1, min(reset_s, _LONGEST_RETRY_S)))

    def _seconds(self, work_ms: float, queue: str) -> float:
        """How long all workers of a queue together need for work that was predicted to take so much."""
        name = _PACE + queue
        pace = self._times.get(name) or self._times.put(name, self._store.pace(queue))
        return pace * work_ms / 1000 / self._policy.workers(queue)

    def _typical_ms(self, edit: str) -> float | None:
        """0 and None alike: not known."""
        known = self._times.get(edit)
        if known is None:
            known = self._times.put(edit, self._store.typical_compute_ms(edit) or 0.0)
        return known or None


def _holds(looked_s: float, wait_s: float, longest_s: float) -> bool:
    """Whether what was counted then, by `time.monotonic`, need not be counted anew."""
    fresh = time.monotonic() - looked_s < _FRESH_S
    return wait_s <= longest_s / (_NEAR if fresh else _FAR)
